"""Clutter behind people and over objects, and automatic exposure."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from posetrack.synthetic.humans.scene.clutter import clutter, cluttered
from posetrack.synthetic.humans.scene.effects import exposed


@pytest.mark.parametrize("image_hw", [(128, 96), (90, 160), (700, 30)])
def test_clutter_follows_from_the_seed_and_has_the_size_asked_for(image_hw: tuple[int, int]) -> None:
    first, again, other = (clutter(np.random.default_rng(seed), image_hw) for seed in (1, 1, 2))
    assert first.shape == (*image_hw, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


def test_clutter_has_structure_at_every_scale() -> None:
    pictures = [clutter(np.random.default_rng(seed), (128, 128)).astype(np.float32).mean(axis=2) for seed in range(20)]
    for blur in (1, 4, 16):
        bands = [p - cv2.GaussianBlur(p, (0, 0), blur) for p in pictures]
        assert np.mean([band.std() for band in bands]) > 5
        pictures = [cv2.GaussianBlur(p, (0, 0), blur) for p in pictures]


def test_only_what_is_not_a_person_is_cluttered() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (64, 48, 3)).astype(np.uint8)
    people = np.zeros((64, 48), dtype=np.float32)
    people[10:50, 12:30] = 1
    for _ in range(8):
        changed = cluttered(rng, image, people)
        np.testing.assert_array_equal(changed[people == 1], image[people == 1])
        assert (changed[people == 0] != image[people == 0]).mean() > 0.5


def test_exposure_brings_the_mean_near_the_one_asked_for() -> None:
    dark = np.full((8, 8, 3), 40, dtype=np.float32)
    assert exposed(dark, 100.0).mean() == pytest.approx(40 * 2.5**0.85, rel=1e-5)
    assert exposed(np.zeros((8, 8, 3), dtype=np.float32), 100.0).max() == 0  # black stays black
