"""The peaks of heatmaps."""

from __future__ import annotations

import numpy as np
import pose_cases as cases
import pytest
from scipy.ndimage import maximum_filter

from posetrack.models.zoo import DecodeKind
from posetrack.pose.candidates import LEAST_SCORE, find_candidates
from posetrack.pose.decode import decode, decode_quarter


def one_map(*places: tuple[float, float, float]) -> np.ndarray:
    """``bumps`` as (1, 1, 48, 36)."""
    return cases.bumps(*places)[None, None]


def test_peaks_come_by_falling_height_the_joint_itself_first() -> None:
    maps = one_map((5, 40, 0.3), (10.2, 8, 0.9), (30, 9.8, 0.6), (20, 25, 0.1))
    found = find_candidates(maps, decode(maps, "quarter"), 3)[0, 0]
    np.testing.assert_allclose(found, [[10.25, 8, 0.9], [30, 9.75, 0.6], [5, 40, 0.3]], atol=0.01)
    more = find_candidates(maps, decode(maps, "quarter"), 6)[0, 0]
    np.testing.assert_array_equal(more[:3], found)
    assert more[3, 2] == pytest.approx(0.1) and np.isnan(more[4:]).all()


def test_maps_do_not_reach_into_each_other() -> None:
    low = one_map((18, 0, 0.2))
    high = one_map((18, 47, 0.9))
    stacked = np.concatenate([high, low, high], axis=1)
    found = find_candidates(stacked, decode(stacked, "quarter"), 3)
    np.testing.assert_allclose(found[0, :, 0, 2], [0.9, 0.2, 0.9])
    assert np.isnan(found[0, :, 1:]).all()


@pytest.mark.parametrize("kind", ["quarter", "dark", "udp"])
def test_the_first_is_what_was_decoded_and_the_others_are_those_of_a_plain_search(kind: DecodeKind) -> None:
    maps = cases.heatmaps("people")
    joints = decode(maps, kind)
    found = find_candidates(maps, joints, 4)
    np.testing.assert_array_equal(found[:, :, 0, :2], joints.xy)
    np.testing.assert_array_equal(found[:, :, 0, 2], joints.scores)
    for n, k in np.ndindex(maps.shape[:2]):
        one = maps[n, k]
        peak = (one == maximum_filter(one, size=5)) & (one >= LEAST_SCORE)
        peak[np.unravel_index(one.argmax(), one.shape)] = False
        heights = np.sort(one[peak])[::-1][:3]
        np.testing.assert_array_equal(found[n, k, 1 : 1 + len(heights), 2], heights)
        assert np.isnan(found[n, k, 1 + len(heights) :]).all()
        for x, y, height in found[n, k, 1 : 1 + len(heights)]:
            assert one[round(y), round(x)] == pytest.approx(height)


def test_of_a_smoothed_joint_the_highest_pixel_elsewhere_is_a_candidate() -> None:
    maps = one_map((10, 8, 0.6))
    maps[0, 0, 40, 30] = 0.7
    joints = decode(maps, "smooth")
    found = find_candidates(maps, joints, 3)[0, 0]
    np.testing.assert_allclose(found[:2], [[10, 8, 0.7], [30, 40, 0.7]], atol=0.02)
    assert np.isnan(found[2]).all()


def test_a_flat_top_as_bfloat16_has_it_is_one_place() -> None:
    maps = one_map((10, 8, 0.9), (30, 40, 0.4))
    maps[0, 0, 8, 10:12] = maps[0, 0, 9, 10] = 0.9
    found = find_candidates(maps, decode(maps, "quarter"), 3)[0, 0]
    assert found[1, 2] == pytest.approx(0.4) and np.isnan(found[2]).all()


@pytest.mark.parametrize("pixels", [2, 3, 7])
def test_another_flat_top_is_one_place(pixels: int) -> None:
    """A plateau gives one candidate, its first pixel, even if it is long; peaks elsewhere and other maps are unaffected."""
    maps = np.concatenate([one_map((10, 8, 0.9), (20, 30, 0.4))] * 2, axis=1)
    maps[0, :, 30, 20 : 20 + pixels] = maps[0, :, 31, 19:21] = maps[0, :, 44, 5] = 0.4
    found = find_candidates(maps, decode(maps, "quarter"), 5)
    np.testing.assert_allclose(found[0, :, 1:3, 2], 0.4)
    np.testing.assert_allclose(found[0, :, 1:3, :2], [[[20.25, 30.25], [5, 44]]] * 2, atol=0.26)
    assert np.isnan(found[0, :, 3:]).all()


def test_what_is_as_high_on_the_slope_of_another_peak_does_not_hide_one() -> None:
    maps = np.zeros((1, 1, 8, 16), np.float32)
    maps[0, 0, 4, [4, 5, 7, 12]] = 0.6, 0.3, 0.3, 0.9
    found = find_candidates(maps, decode(maps, "quarter"), 5)[0, 0]
    np.testing.assert_allclose(found[:3, 2], [0.9, 0.6, 0.3])
    assert found[2, :2].round().tolist() == [7, 4] and np.isnan(found[3:]).all()


def test_nobody_and_maps_without_a_joint() -> None:
    nobody = np.zeros((0, 17, 8, 6), np.float32)
    assert find_candidates(nobody, decode_quarter(nobody), 3).shape == (0, 17, 3, 3)
    empty = np.zeros((2, 3, 8, 6), np.float32)
    found = find_candidates(empty, decode_quarter(empty), 3)
    assert np.isnan(found[..., :2]).all() and np.isnan(found[:, :, 1:]).all()
