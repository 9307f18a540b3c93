"""All filters: what each must keep, and what each must do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.smoothing import (
    AutoConfig,
    ButterworthConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
    smooth,
    smooth_frames,
)
from posetrack.structures import POSETRACK18, FloatArray, FramePoses
from tests.smoothing.people import K, standing, track

FILTERS: list[SmoothingConfig] = [
    AutoConfig(), KalmanConfig(), OneEuroConfig(), OneEuroConfig(both_ways=False), GaussianConfig(),
    SavitzkyGolayConfig(), MedianConfig(), ButterworthConfig(), ButterworthConfig(order=3),
]  # fmt: skip
KEEP_LINES = [f for f in FILTERS if not isinstance(f, OneEuroConfig)]
every_filter = pytest.mark.parametrize("config", FILTERS, ids=str)


def one(xy: FloatArray, config: SmoothingConfig, **more: FloatArray) -> FloatArray:
    return smooth([track(xy, **more)], config, POSETRACK18, 25.0)[0].joints_xy


def tremor(xy: FloatArray) -> float:
    return float(np.nanmean(np.linalg.norm(np.diff(xy, n=2, axis=0), axis=-1)))


@every_filter
def test_trembling_is_cut_by_half_and_joints_come_nearer(config: SmoothingConfig) -> None:
    true = standing()
    noisy = true + np.random.default_rng(1).normal(0, 3, true.shape)
    result = one(noisy, config)
    assert tremor(result) < 0.5 * tremor(noisy)
    assert np.abs(result - true).mean() < np.abs(noisy - true).mean()


@every_filter
def test_what_does_not_tremble_stays(config: SmoothingConfig) -> None:
    assert np.allclose(one(standing(30), config), standing(30), atol=1e-6)


@pytest.mark.parametrize("config", KEEP_LINES, ids=str)
def test_uniform_motion_is_kept_up_to_the_ends(config: SmoothingConfig) -> None:
    xy = standing(40) + np.arange(40)[:, None, None] * [3.0, -2.0]
    if config == ButterworthConfig(order=1):
        pytest.skip("keeps constants only")
    assert np.allclose(one(xy, config), xy, atol=1e-3)


@pytest.mark.parametrize("config", KEEP_LINES, ids=str)
def test_motion_over_a_short_gap_is_kept(config: SmoothingConfig) -> None:
    xy = standing(40) + np.arange(40)[:, None, None] * [3.0, -2.0]
    xy[20:23, 5] = np.nan
    result = one(xy, config)
    assert np.array_equal(np.isnan(result), np.isnan(xy))
    assert np.nanmax(np.abs(result - xy)) < (4.0 if isinstance(config, MedianConfig) else 1e-3)


@every_filter
def test_nothing_is_carried_over_a_long_gap(config: SmoothingConfig) -> None:
    there = standing(20)
    xy = np.concatenate([there, there + 500.0])
    frames = np.concatenate([np.arange(20), np.arange(20) + 40])
    assert np.allclose(one(xy, config, frames=frames), xy, atol=1e-6)
    xy = np.concatenate([there, np.full((7, K, 2), np.nan), there + 500.0])
    result = one(xy, config)
    assert np.array_equal(np.isnan(result), np.isnan(xy))
    assert np.nanmax(np.abs(result - xy)) < 1e-6


@pytest.mark.parametrize("config", FILTERS[1:], ids=str)  # auto may choose another strength
def test_a_joint_of_low_score_pulls_less(config: SmoothingConfig) -> None:
    xy = standing(40)
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 2, xy.shape)
    noise[20] = 4.0
    pulls = []
    for score in (1.0, 0.3):
        scores = np.ones(xy.shape[:2])
        scores[20] = score
        pulls.append(np.abs(one(xy + noise, config, scores=scores)[20] - xy[20]).mean())
    assert pulls[1] < pulls[0] + 1e-9


@every_filter
def test_degenerate_tracks_pass(config: SmoothingConfig) -> None:
    assert smooth([], config, POSETRACK18, 25.0) == []
    for count in (0, 1, 2, 3):
        assert np.allclose(one(standing(count), config), standing(count), atol=1e-6)
    missing = np.full((5, K, 2), np.nan)
    assert np.isnan(one(missing, config)).all()
    scores = np.full((30, K), np.nan)
    assert np.isfinite(one(standing(30), config, scores=scores)).all()
    zero = np.zeros((30, K))
    assert np.isfinite(one(standing(30), config, scores=zero)).all()
    same = np.full((30, K, 2), 7.0)  # a person of zero size
    assert np.allclose(one(same, config), same)


@every_filter
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 40), holes=st.floats(0, 0.9))
def test_missing_joints_inputs_and_the_place_in_the_image(
    config: SmoothingConfig, seed: int, count: int, holes: float
) -> None:
    """With any holes: missing stays missing, the input is unchanged, and smoothing commutes with shifts."""
    rng = np.random.default_rng(seed)
    xy = standing(count) + rng.normal(0, 4, (count, K, 2))
    xy[rng.random((count, K)) < holes] = np.nan
    frames = np.cumsum(rng.integers(1, 9, count))
    given_track = track(xy, frames, rng.random((count, K)))
    before = given_track.joints_xy.copy()
    result = smooth([given_track], config, POSETRACK18, 25.0)[0]
    assert np.array_equal(given_track.joints_xy, before, equal_nan=True)
    assert np.array_equal(np.isnan(result.joints_xy), np.isnan(xy))
    assert np.array_equal(result.joint_scores, given_track.joint_scores)
    moved = smooth([replace(given_track, joints_xy=xy + [300.0, -80.0])], config, POSETRACK18, 25.0)[0]
    assert np.allclose(moved.joints_xy - [300.0, -80.0], result.joints_xy, atol=1e-4, equal_nan=True)


@pytest.mark.parametrize("config", [f for f in FILTERS if f != AutoConfig()], ids=str)
def test_people_do_not_change_each_other(config: SmoothingConfig) -> None:
    """All filters except ``auto``, which learns from all people."""
    rng = np.random.default_rng(3)
    first = track(standing(50) + rng.normal(0, 3, (50, K, 2)))
    second = replace(track(standing(23) + rng.normal(0, 3, (23, K, 2))), track_id=9)
    both = smooth([first, second], config, POSETRACK18, 25.0)
    for alone, together in zip((first, second), both, strict=True):
        single = smooth([alone], config, POSETRACK18, 25.0)[0]
        assert np.allclose(single.joints_xy, together.joints_xy, atol=1e-9)


@pytest.mark.parametrize("config", [f for f in FILTERS if not isinstance(f, OneEuroConfig) or f.both_ways], ids=str)
def test_time_told_backwards_gives_the_same(config: SmoothingConfig) -> None:
    xy = standing(30) + np.random.default_rng(4).normal(0, 3, (30, K, 2))
    assert np.allclose(one(xy[::-1], config)[::-1], one(xy, config), atol=1e-3)


@pytest.mark.parametrize("config", [AutoConfig(), KalmanConfig(), MedianConfig()], ids=str)
def test_an_outlier_is_taken_away(config: SmoothingConfig) -> None:
    true = standing(50)
    noisy = true + np.random.default_rng(5).normal(0, 2, true.shape)
    noisy[25, 10] += 120.0
    assert np.linalg.norm(one(noisy, config)[25, 10] - true[25, 10]) < 8.0


def test_timestamps_go_before_the_frame_rate() -> None:
    xy = standing(30) + np.random.default_rng(7).normal(0, 3, (30, K, 2))
    by_rate = smooth([track(xy)], GaussianConfig(), POSETRACK18, 50.0)[0].joints_xy
    by_clock = smooth([track(xy)], GaussianConfig(), POSETRACK18, 25.0, np.arange(30) / 50.0)[0].joints_xy
    assert np.allclose(by_rate, by_clock)
    with pytest.raises(ValueError, match="timestamps that increase"):
        smooth([track(xy)], GaussianConfig(), POSETRACK18, None, np.zeros(30))
    with pytest.raises(ValueError, match="number above 0"):
        smooth([track(xy)], GaussianConfig(), POSETRACK18, 0.0)


def test_a_track_of_another_skeleton_is_told_of() -> None:
    with pytest.raises(ValueError, match="has 5 joints, expected the 17 of posetrack18"):
        smooth([track(np.zeros((4, 5, 2)))], AutoConfig(), POSETRACK18, 25.0)


def test_frames_keep_all_but_the_joints_of_tracks() -> None:
    rng = np.random.default_rng(8)
    frames = []
    for t in range(20):
        xy = standing(1)[[0, 0]] + rng.normal(0, 3, (2, K, 2))
        poses = FramePoses(t, (480, 640), np.tile([0.0, 0, 9, 9], (2, 1)), np.ones(2), xy, np.ones((2, K)),
                           np.ones((2, K), dtype=bool), track_ids=np.array([4, -1]))  # fmt: skip
        frames.append(poses)
    assert smooth_frames(frames, NoSmoothingConfig(), POSETRACK18, 25.0) == frames
    result = smooth_frames(frames, GaussianConfig(), POSETRACK18, 25.0)
    for before, after in zip(frames, result, strict=True):
        assert np.array_equal(before.joints_xy[1], after.joints_xy[1])
        assert not np.array_equal(before.joints_xy[0], after.joints_xy[0])
        assert np.array_equal(before.boxes_xyxy, after.boxes_xyxy)
        assert np.array_equal(before.track_ids, after.track_ids)


@pytest.mark.parametrize("config", [AutoConfig(), ButterworthConfig(), KalmanConfig()], ids=str)
def test_a_clock_that_jumps_ahead_parts_what_is_before_from_what_is_behind(config: SmoothingConfig) -> None:
    times = np.arange(80) / 25.0
    xy = standing(80) + 30 * np.sin(2 * np.pi * 2 * times)[:, None, None]
    jumped = np.where(np.arange(80) < 40, times, times + 1e6)
    result = smooth([track(xy)], config, POSETRACK18, 25.0, timestamps_s=jumped)[0].joints_xy
    halves = [smooth([track(half)], config, POSETRACK18, 25.0)[0].joints_xy for half in (xy[:40], xy[40:])]
    assert np.abs(result - np.concatenate(halves)).max() < 0.5


def test_butterworth_takes_low_cutoffs_at_high_frame_rates() -> None:
    config = ButterworthConfig(order=4, cutoff_hz=0.5)
    times = np.arange(600) / 1000.0
    xy = standing(600) + (40 * times - 30 * times**2 + 20 * times**3)[:, None, None]  # a cubic is preserved
    noisy = xy + np.random.default_rng(0).normal(0, 1, xy.shape)
    fits = [np.polyval(np.polyfit(times, column, 3), times) for column in noisy.reshape(600, -1).T]
    result = smooth([track(noisy)], config, POSETRACK18, 1000.0)[0].joints_xy
    assert np.abs(result.reshape(600, -1) - np.array(fits).T).max() < 0.2
