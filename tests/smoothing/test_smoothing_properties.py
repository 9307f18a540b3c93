"""Properties of every filter for any tracks."""

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
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
    smooth,
)
from posetrack.structures import POSETRACK18, TrackedPose
from tests.smoothing.people import K, standing, track

FILTERS: list[SmoothingConfig] = [
    AutoConfig(), KalmanConfig(), OneEuroConfig(), OneEuroConfig(both_ways=False), GaussianConfig(),
    SavitzkyGolayConfig(), MedianConfig(), ButterworthConfig(),
]  # fmt: skip
every_filter = pytest.mark.parametrize("config", FILTERS, ids=lambda config: f"{config.kind}")


def people(seed: int, count: int) -> list[TrackedPose]:
    """Three people with random holes, gaps between frames, and scores."""
    rng = np.random.default_rng(seed)
    tracks = []
    for number in range(3):
        length = int(rng.integers(1, count + 1))
        xy = standing(length) + np.cumsum(rng.normal(0, 3, (length, K, 2)), axis=0)
        xy[rng.random((length, K)) < 0.2] = np.nan
        frames = np.cumsum(rng.choice([1, 1, 1, 2, 9], length))
        tracks.append(track(xy, frames, rng.random((length, K)), track_id=number))
    return tracks


def smoothed(tracks: list[TrackedPose], config: SmoothingConfig) -> list[TrackedPose]:
    return smooth(tracks, config, POSETRACK18, 25.0)


@every_filter
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 30), zoom=st.sampled_from([0.5, 4.0]))
def test_a_larger_picture_gives_larger_tracks(config: SmoothingConfig, seed: int, count: int, zoom: float) -> None:
    tracks = people(seed, count)
    larger = [replace(t, joints_xy=zoom * t.joints_xy) for t in tracks]
    for a, b in zip(smoothed(tracks, config), smoothed(larger, config), strict=True):
        assert np.allclose(zoom * a.joints_xy, b.joints_xy, rtol=0, atol=1e-4, equal_nan=True)


@every_filter
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 30))
def test_the_same_again_and_in_any_order(config: SmoothingConfig, seed: int, count: int) -> None:
    tracks = people(seed, count)
    first = smoothed(tracks, config)
    for a, b in zip(first, smoothed(tracks, config), strict=True):
        assert np.array_equal(a.joints_xy, b.joints_xy, equal_nan=True)
    for a, b in zip(first, smoothed(tracks[::-1], config)[::-1], strict=True):
        assert np.allclose(a.joints_xy, b.joints_xy, rtol=0, atol=1e-6, equal_nan=True)


# auto's strength, and the person size in two-way One-Euro, depend on the whole track.
@pytest.mark.parametrize("config", [f for f in FILTERS if f.kind not in ("auto", "one-euro")], ids=lambda c: f"{c.kind}")
@settings(deadline=None, max_examples=8)
@given(longest=st.integers(0, 6), more=st.integers(1, 4), jump=st.floats(-500, 500))
def test_behind_a_long_gap_all_is_as_if_alone(config: SmoothingConfig, longest: int, more: int, jump: float) -> None:
    rng = np.random.default_rng(0)
    before, after = (standing(12) + rng.normal(0, 3, (12, K, 2)) for _ in range(2))
    config = replace(config, max_gap_frames=longest)  # type: ignore[type-var]
    frames = np.r_[np.arange(12), np.arange(12) + 12 + longest + more]
    together = smoothed([track(np.concatenate([before, after + jump]), frames)], config)[0].joints_xy
    alone = [smoothed([track(xy)], config)[0].joints_xy for xy in (before, after + jump)]
    assert np.allclose(together, np.concatenate(alone), rtol=0, atol=1e-6)


@every_filter
def test_constant_speed_at_uneven_times_is_kept(config: SmoothingConfig) -> None:
    if isinstance(config, OneEuroConfig | ButterworthConfig | MedianConfig):
        pytest.skip("One-Euro lags, the others work on even samples or ranks")
    clock = np.cumsum(np.random.default_rng(1).uniform(0.02, 0.06, 40))
    xy = standing(40) + clock[:, None, None] * [60.0, -35.0]
    result = smooth([track(xy)], config, POSETRACK18, None, clock)[0].joints_xy
    assert np.allclose(result, xy, rtol=0, atol=1e-3)


def test_auto_keeps_a_fast_limb_and_steadies_the_trunk() -> None:
    xy = standing(80) + np.random.default_rng(2).normal(0, 1, (80, K, 2))
    wrist = POSETRACK18.index("left_wrist")
    swing = 25 * np.sin(2 * np.pi * 0.25 * np.arange(80) + 0.5)  # about 6 times per second
    xy[:, wrist, 0] += swing
    result = smoothed([track(xy)], AutoConfig())[0].joints_xy
    kept = (result - standing(80))[:, wrist, 0] @ swing / (swing @ swing)
    assert kept > 0.9
    trunk = [POSETRACK18.index(f"{side}_{part}") for side in ("left", "right") for part in ("hip", "shoulder")]
    assert np.abs(result - standing(80))[:, trunk].mean() < 0.6 * np.abs(xy - standing(80))[:, trunk].mean()


@every_filter
def test_a_single_sample_and_a_joint_seen_once_stay(config: SmoothingConfig) -> None:
    xy = standing(9)
    xy[:, 4] = np.nan
    xy[3, 4] = [7.0, 8.0]
    result = smoothed([track(xy)], config)[0].joints_xy
    assert np.allclose(result[3, 4], [7.0, 8.0])
    assert np.array_equal(smoothed([track(standing(1))], config)[0].joints_xy, standing(1))
