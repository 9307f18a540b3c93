"""Targets and half-body crops equal the official ones, recorded by ``tests/data/datasets/record_official.py``."""

from __future__ import annotations

from pathlib import Path

import dataset_cases as cases
import numpy as np
import pytest
import torch

from posetrack.datasets import gaussian_targets, target_centers
from posetrack.datasets.augment import half_bodies

OFFICIAL = np.load(Path(__file__).parents[1] / "data" / "datasets" / "official.npz")


@pytest.mark.parametrize("name", sorted(cases.TARGETS))
def test_targets_and_weights_are_the_official_ones(name: str) -> None:
    input_wh, sigma = cases.TARGETS[name]
    joints, valid = cases.target_joints(input_wh)
    centers = target_centers(torch.from_numpy(joints), 4)
    targets, weights = gaussian_targets(
        centers, torch.from_numpy(valid).float(), (input_wh[1] // 4, input_wh[0] // 4), sigma
    )
    maps = targets.numpy()
    np.testing.assert_array_equal(weights.numpy(), OFFICIAL[f"{name}/weights"])
    np.testing.assert_array_equal(np.flatnonzero(maps)[::100], OFFICIAL[f"{name}/places"])
    np.testing.assert_allclose(maps.ravel()[OFFICIAL[f"{name}/places"]], OFFICIAL[f"{name}/values"], rtol=1e-6)
    np.testing.assert_allclose(maps.sum(axis=(2, 3)), OFFICIAL[f"{name}/sums"], rtol=1e-5)


@pytest.mark.parametrize("half", ["upper", "lower"])
def test_half_bodies_are_cut_where_the_official_code_cuts_them(half: str) -> None:
    upper = np.isin(np.arange(cases.NUM_JOINTS), cases.UPPER_JOINTS)
    joints, valid = (np.stack(list(part)) for part in cases.people())
    prefer_upper = np.full(len(joints), half == "upper")
    centers, scales = half_bodies(joints, valid, upper, cases.ASPECT_WH, prefer_upper)
    np.testing.assert_allclose(np.concatenate([centers, scales], axis=1), OFFICIAL[f"half/{half}"], rtol=1e-6)
