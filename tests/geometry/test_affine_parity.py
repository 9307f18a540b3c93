"""Centre, scale and affine maps equal the official ones, recorded by ``tests/data/pose/record_official.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from posetrack.geometry import affine_matrix, apply_affine, box_to_center_scale, udp_affine_matrix

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "pose"))
import pose_cases as cases  # noqa: E402

OFFICIAL = np.load(TESTS / "data" / "pose" / "official.npz")


def rows() -> list[tuple[int, tuple[int, int], float]]:
    """(box index, size, rotation) in the recorded order."""
    angles = cases.ROTATIONS_DEG
    return [(i, wh, angles[i % len(angles)]) for wh in cases.INPUT_SIZES_WH for i in range(len(cases.boxes_xyxy()))]


def test_centre_and_scale_are_the_official_numbers() -> None:
    found = [box_to_center_scale(cases.boxes_xyxy(), w / h) for w, h in cases.INPUT_SIZES_WH]
    np.testing.assert_array_equal(np.concatenate([c for c, _ in found]), OFFICIAL["affine/center"])
    np.testing.assert_array_equal(np.concatenate([s for _, s in found]), OFFICIAL["affine/scale"])


def test_affine_maps_are_the_official_ones() -> None:
    center, scale = OFFICIAL["affine/center"], OFFICIAL["affine/scale"]
    for n, (_, wh, rotation) in enumerate(rows()):
        there = affine_matrix(center[n], scale[n], wh, rotation)
        back = affine_matrix(center[n], scale[n], wh, rotation, inverse=True)
        np.testing.assert_allclose(there, OFFICIAL["affine/there"][n], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(back, OFFICIAL["affine/back"][n], rtol=1e-12, atol=1e-12)


def test_udp_maps_are_mmposes_ones_and_their_inverse_takes_back() -> None:
    center, scale = OFFICIAL["affine/center"], OFFICIAL["affine/scale"]
    for n, (_, wh, rotation) in enumerate(rows()):
        there = udp_affine_matrix(center[n], scale[n], wh, rotation)
        official = OFFICIAL["affine/udp"][n]
        np.testing.assert_allclose(there[:, :2], official[:, :2], rtol=3e-7, atol=1e-9)
        # mmpose sums the translation in float32, so compare to the rounding of its largest term.
        rounding = 3e-7 * (np.abs(there[:, :2]) @ np.abs(center[n])).max() + 1e-5
        np.testing.assert_allclose(there[:, 2], official[:, 2], rtol=0, atol=rounding)
        back = udp_affine_matrix(center[n], scale[n], wh, rotation, inverse=True)
        corners = np.array([[0.0, 0], [wh[0] - 1, 0], [wh[0] - 1, wh[1] - 1]])
        np.testing.assert_allclose(apply_affine(apply_affine(corners, back), there), corners, atol=0.05)
