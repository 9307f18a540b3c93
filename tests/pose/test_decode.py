"""Decoding: properties and degenerate maps."""

from __future__ import annotations

import numpy as np
import pose_cases as cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.models.zoo import DecodeKind
from posetrack.pose.decode import decode, merge_flipped
from posetrack.structures import COCO

KINDS: tuple[DecodeKind, ...] = ("quarter", "dark", "udp", "smooth")
NEAR_PX = {"quarter": 0.26, "dark": 0.01, "udp": 0.02, "smooth": 0.02}


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(KINDS), st.floats(8, 40), st.floats(8, 55), st.floats(0.05, 1))
def test_a_gaussian_is_found(kind: DecodeKind, x: float, y: float, height: float) -> None:
    rows, columns = np.mgrid[:64, :48]
    peak = height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)
    found = decode(peak[None, None].astype(np.float32), kind)
    np.testing.assert_allclose(found.xy[0, 0], [x, y], atol=NEAR_PX[kind])
    assert 0.85 * height <= found.scores[0, 0] <= height + 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_people_are_independent_and_the_maps_stay_as_they_are(kind: DecodeKind) -> None:
    maps = cases.heatmaps("people")
    before = maps.copy()
    together = decode(maps, kind)
    for n in range(len(maps)):
        np.testing.assert_array_equal(decode(maps[n : n + 1], kind).xy[0], together.xy[n])
    np.testing.assert_array_equal(maps, before)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_and_a_map_of_one_pixel(kind: DecodeKind) -> None:
    nobody = decode(np.zeros((0, 17, 8, 6), dtype=np.float32), kind)
    assert nobody.xy.shape == (0, 17, 2) and nobody.scores.shape == (0, 17)
    dot = decode(np.ones((1, 1, 1, 1), dtype=np.float32), kind)
    np.testing.assert_allclose(dot.xy, [[[0, 0]]], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_without_a_positive_value_has_no_joint(kind: DecodeKind) -> None:
    maps = np.stack([np.zeros((16, 12)), np.full((16, 12), -1.0), np.full((16, 12), np.nan)])[None]
    found = decode(maps.astype(np.float32), kind)
    assert np.isnan(found.xy).all()
    np.testing.assert_array_equal(found.scores, [[0, -1, np.nan]])


def test_smooth_takes_the_broad_peak_and_stays_with_it_whatever_the_noise() -> None:
    rows, columns = np.mgrid[:64, :48]
    broad = 0.8 * np.exp(-((columns - 20.3) ** 2 + (rows - 40.6) ** 2) / 8)
    broad[10, 30] = 1.0  # a single pixel
    noise = np.random.default_rng(3).normal(0, 0.03, (200, 1, 64, 48))
    found = decode((broad + noise).astype(np.float32), "smooth")
    assert np.abs(found.xy - [20.3, 40.6]).max() < 0.5
    np.testing.assert_array_equal(found.scores[:, 0], (broad + noise).astype(np.float32).max(axis=(1, 2, 3)))


@pytest.mark.parametrize("kind", ["quarter", "smooth"])
def test_no_joint_leaves_its_map_on_noise(kind: DecodeKind) -> None:
    noise = np.random.default_rng(4).random((50, 17, 16, 12), dtype=np.float32)
    found = decode(noise, kind).xy
    assert (found >= -1).all() and (found <= [12, 16]).all()


def test_merging_a_map_with_its_mirror_image_changes_nothing() -> None:
    maps = cases.heatmaps("people")
    before = maps.copy()
    mirror = np.ascontiguousarray(maps[:, COCO.flip_order, :, ::-1])
    np.testing.assert_array_equal(merge_flipped(maps, mirror, COCO.flip_order, shift=False), maps)
    shifted = merge_flipped(maps, mirror, COCO.flip_order, shift=True)
    np.testing.assert_array_equal(shifted[..., 0], maps[..., 0])
    np.testing.assert_array_equal(shifted[..., 1:], (maps[..., 1:] + maps[..., :-1]) * np.float32(0.5))
    np.testing.assert_array_equal(maps, before)
