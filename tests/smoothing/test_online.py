"""Online smoothing: equal to filtering whole tracks as people come and go, in constant memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.smoothing import FixedLagConfig, MirrorConfig, OneEuroConfig, OnlineConfig, OnlineSmoother, smooth_frames
from posetrack.smoothing.kalman import cutoff_to_q, rts_smooth
from posetrack.smoothing.series import Series, filter_tracks
from posetrack.structures import POSETRACK17, POSETRACK18, FloatArray, FramePoses
from posetrack.structures.tracks import tracks_of, with_track_joints
from tests.smoothing.people import K, coming_and_going, frame, standing, trembling

ONE_EURO = OneEuroConfig(both_ways=False, mirror=MirrorConfig(enabled=False))
LIVE: list[OnlineConfig] = [ONE_EURO, FixedLagConfig(), FixedLagConfig(lag_frames=0)]
every_filter = pytest.mark.parametrize("config", LIVE, ids=str)


def live(frames: list[FramePoses], config: OnlineConfig, fps: float | None = 25.0) -> list[FramePoses]:
    smoother = OnlineSmoother(config, POSETRACK18, fps)
    result = [ready for poses in frames for ready in smoother.update(poses)]
    return result + smoother.flush()


def same(a: list[FramePoses], b: list[FramePoses], atol: float = 0.0) -> bool:
    return all(
        x.frame_index == y.frame_index and np.array_equal(x.track_ids, y.track_ids)
        and np.allclose(x.joints_xy, y.joints_xy, rtol=0, atol=atol, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), step=st.integers(1, 4), gap=st.integers(0, 6))
def test_one_euro_live_is_the_filter_forward_bit_for_bit(seed: int, count: int, step: int, gap: int) -> None:
    frames = coming_and_going(count, seed, step)
    config = replace(ONE_EURO, max_gap_frames=gap)
    assert same(live(frames, config), smooth_frames(frames, config, POSETRACK18, 25.0))


def test_one_euro_live_takes_the_frames_own_times() -> None:
    frames = coming_and_going(40, 3)
    clock = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.06, frames[-1].frame_index + 1))
    smoother = OnlineSmoother(ONE_EURO, POSETRACK18, 25.0)
    result = [ready for poses in frames for ready in smoother.update(poses, float(clock[poses.frame_index]))]
    assert same(result, smooth_frames(frames, ONE_EURO, POSETRACK18, None, clock))


def kalman(frames: list[FramePoses], config: FixedLagConfig) -> list[FramePoses]:
    """Smooth each run as a whole, without outlier removal."""
    q = float(cutoff_to_q(config.cutoff_hz / 25.0))

    def smoother(series: Series) -> FloatArray:
        in_frames = replace(series, steps=np.full(len(series), 1 / 25.0))
        return rts_smooth(in_frames, series.weights, np.full(len(series), q)).xy

    return with_track_joints(frames, filter_tracks(tracks_of(frames), smoother, config.max_gap_frames, 25.0))


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 40), step=st.integers(1, 4), gap=st.integers(0, 6))
def test_a_lag_as_long_as_the_video_is_the_smoother(seed: int, count: int, step: int, gap: int) -> None:
    frames = coming_and_going(count, seed, step)
    config = FixedLagConfig(lag_frames=100, max_gap_frames=gap, robust=False)
    assert same(live(frames, config), kalman(frames, config), atol=1e-3)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_frame_is_what_the_smoother_makes_of_its_future_up_to_the_lag(lag: int) -> None:
    frames = coming_and_going(30, 5)
    config = FixedLagConfig(lag_frames=lag, robust=False)
    result = live(frames, config)
    for at in (0, 7, 15, 29):
        assert same([result[at]], [kalman(frames[: at + lag + 1], config)[at]], atol=1e-3)


@every_filter
def test_frames_come_after_the_stated_lag(config: OnlineConfig) -> None:
    smoother = OnlineSmoother(config, POSETRACK18)
    lag = smoother.lag_frames
    assert lag == (config.lag_frames if isinstance(config, FixedLagConfig) else 0)
    for index in range(10):
        ready = smoother.update(frame(3 * index, {1: standing(1)[0]}))
        assert [poses.frame_index for poses in ready] == ([3 * (index - lag)] if index >= lag else [])
    assert [poses.frame_index for poses in smoother.flush()] == [3 * i for i in range(10 - lag, 10)]
    assert smoother.flush() == []


@every_filter
def test_all_but_the_joints_of_tracks_stays(config: OnlineConfig) -> None:
    frames = [
        FramePoses(t, (48, 64), np.full((2, 4), t), np.ones(2), trembling(2, t), np.ones((2, K)),
                   np.ones((2, K), dtype=bool), track_ids=np.array([-1, 4]))
        for t in range(12)
    ]  # fmt: skip
    for before, after in zip(frames, live(frames, config), strict=True):
        assert np.array_equal(before.joints_xy[0], after.joints_xy[0])
        assert np.array_equal(before.boxes_xyxy, after.boxes_xyxy)
        assert np.array_equal(before.joint_valid, after.joint_valid)
    assert not np.array_equal(frames[-2].joints_xy[1], live(frames, config)[-2].joints_xy[1])


@every_filter
def test_the_order_of_people_does_not_matter(config: OnlineConfig) -> None:
    frames = coming_and_going(40, 9)
    turned = [poses.select(np.arange(len(poses))[::-1]) for poses in frames]
    back = [poses.select(np.arange(len(poses))[::-1]) for poses in live(turned, config)]
    assert same(live(frames, config), back)


@every_filter
def test_frames_without_people_pass(config: OnlineConfig) -> None:
    frames = [FramePoses.empty(t, (48, 64), K) for t in range(8)]
    assert same(live(frames, config), frames)
    frames[4] = frame(4, {2: np.full((K, 2), np.nan)})
    assert same(live(frames, config), frames)
    assert live([], config) == []


@every_filter
def test_memory_is_that_of_the_people_in_view(config: OnlineConfig) -> None:
    """A new person every other frame for 800 frames; people who have left are forgotten."""
    smoother = OnlineSmoother(config, POSETRACK18, 25.0)
    most, pose = 0, standing(1)[0]
    for index in range(800):
        smoother.update(frame(index, {index // 2: pose + index % 7}))
        most = max(most, smoother.num_remembered, smoother._filter.slots.capacity)
    assert most <= 5


@every_filter
def test_an_id_that_comes_back_late_starts_anew(config: OnlineConfig) -> None:
    frames = [frame(t, {1: standing(1)[0] + (500.0 if t > 10 else 0.0)}) for t in (0, 1, 2, 20, 21, 22)]
    assert same(live(frames, config), frames, atol=1e-4)


def test_a_longer_lag_comes_nearer_to_the_truth() -> None:
    true = standing(200) + 30 * np.sin(np.arange(200) / 8)[:, None, None]
    noisy = true + np.random.default_rng(3).normal(0, 3, true.shape)
    frames = [frame(t, {0: noisy[t]}) for t in range(200)]
    errors = []
    for lag in (0, 2, 6):
        result = np.array([poses.joints_xy[0] for poses in live(frames, FixedLagConfig(lag_frames=lag))])
        errors.append(float(np.abs(result - true).mean()))
    assert errors[0] > errors[1] > errors[2]


def test_an_outlier_pulls_little() -> None:
    noisy = trembling(60)
    noisy[40, 3] += 100.0
    frames = [frame(t, {0: xy}) for t, xy in enumerate(noisy)]
    off = [np.abs(live(frames, FixedLagConfig(robust=on))[40].joints_xy[0, 3] - standing(1)[0, 3]).max()
           for on in (True, False)]  # fmt: skip
    assert off[0] < 10.0 < 20.0 < off[1]


def test_wrong_input_is_told_of() -> None:
    with pytest.raises(ValueError, match="both_ways is true"):
        OnlineSmoother(OneEuroConfig(), POSETRACK18)
    with pytest.raises(ValueError, match="fps is -1"):
        OnlineSmoother(ONE_EURO, POSETRACK18, -1.0)
    with pytest.raises(ValueError, match="lag_frames is -1"):
        FixedLagConfig(lag_frames=-1)
    with pytest.raises(ValueError, match="has poses of 17 joints, expected the 15 of posetrack17"):
        OnlineSmoother(ONE_EURO, POSETRACK17).update(frame(0, {1: standing(1)[0]}))
    smoother = OnlineSmoother(ONE_EURO, POSETRACK18)
    smoother.update(frame(4, {}), 1.0)
    with pytest.raises(ValueError, match="frame 4 follows frame 4"):
        smoother.update(frame(4, {}), 2.0)
    with pytest.raises(ValueError, match="frame 5: the timestamp is nan s, expected a number"):
        smoother.update(frame(5, {}), float("nan"))


@pytest.mark.parametrize("back", [0.0, 0.36, -5.0])
def test_a_clock_that_goes_back_goes_on_a_frame_later(back: float) -> None:
    """As in joined videos; the step across the jump is taken from the frame rate."""
    poses = [frame(t, {0: xy}) for t, xy in enumerate(trembling(20))]
    times = [0.04 * t if t < 10 else back + 0.04 * (t - 10) for t in range(20)]

    def smoothed(times: list[float]) -> list[FramePoses]:
        smoother = OnlineSmoother(ONE_EURO, POSETRACK18, 25.0)
        return [ready for poses_, time in zip(poses, times, strict=True) for ready in smoother.update(poses_, time)]

    assert same(smoothed(times), smoothed([0.04 * t for t in range(20)]), atol=1e-6)
