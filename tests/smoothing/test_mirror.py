"""Repairing left-right swaps: what must be swapped, and what must not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.smoothing import GaussianConfig, MirrorConfig, repair_swaps, smooth
from posetrack.smoothing.mirror import limb_pairs
from posetrack.structures import COCO, MPII, POSETRACK17, POSETRACK18, FloatArray, Skeleton, TrackedPose
from tests.smoothing.people import K, standing, track

LEGS = [POSETRACK18.index(f"{side}_{part}") for part in ("knee", "ankle") for side in ("left", "right")]
ARMS = [POSETRACK18.index(f"{side}_{part}") for part in ("elbow", "wrist") for side in ("left", "right")]


def walker(count: int = 60, noise: float = 0.0) -> FloatArray:
    """(T, K, 2) a person walking right: the legs swing past each other once per second, the arms hang apart."""
    swing = np.sin(2 * np.pi * np.arange(count) / 25)
    xy = standing(count) + np.arange(count)[:, None, None] * [2.0, 0.0]
    middle = xy[:, [POSETRACK18.index("nose")]]
    for number, (pair, reach, down) in enumerate(((LEGS[:2], 20, 90), (LEGS[2:], 40, 150), (ARMS[:2], 0, 40),
                                                  (ARMS[2:], 0, 60))):  # fmt: skip
        for side, joint in zip((-1, 1), pair, strict=True):
            apart = side * swing * reach if number < 2 else side * np.full(count, 30.0)
            xy[:, joint] = middle[:, 0] + np.stack([apart, np.full(count, down)], axis=1)
    return xy + np.random.default_rng(2).normal(0, noise, xy.shape) if noise else xy


def exchanged(xy: FloatArray, frames: slice, joints: list[int]) -> FloatArray:
    """Swap left and right of these joints in these frames."""
    result = xy.copy()
    result[frames, joints] = xy[frames, np.array(joints).reshape(-1, 2)[:, ::-1].ravel().tolist()]
    return result


def repaired(xy: FloatArray, config: MirrorConfig | None = None, **more: FloatArray) -> TrackedPose:
    return repair_swaps([track(xy, **more)], config or MirrorConfig(), POSETRACK18, 25.0)[0]


@pytest.mark.parametrize("noise", [0.0, 2.0])
@pytest.mark.parametrize("joints", [LEGS, ARMS, LEGS + ARMS])
def test_limbs_exchanged_for_some_frames_are_exchanged_back(joints: list[int], noise: float) -> None:
    true = walker(noise=noise)
    assert np.array_equal(repaired(true).joints_xy, true)
    broken = exchanged(exchanged(true, slice(5, 9), joints), slice(31, 32), joints)
    assert np.array_equal(repaired(broken).joints_xy, true)


def test_the_name_that_holds_most_of_the_time_stays() -> None:
    wrong = exchanged(walker(100), slice(0, 70), ARMS)
    assert np.array_equal(repaired(wrong).joints_xy[:70], wrong[:70])
    assert np.array_equal(repaired(exchanged(walker(20), slice(0, 20), ARMS)).joints_xy,
                          exchanged(walker(20), slice(0, 20), ARMS))  # fmt: skip


def test_scores_go_with_their_joints_and_missing_ones_stay_missing() -> None:
    xy = exchanged(walker(40), slice(10, 15), LEGS)
    xy[12, LEGS[3]] = np.nan
    scores = np.random.default_rng(0).uniform(0.5, 1, (40, K))
    result = repaired(xy, scores=scores)
    assert np.array_equal(np.isnan(result.joints_xy), np.isnan(xy))
    assert np.array_equal(result.joint_scores[11, LEGS[:2]], scores[11, LEGS[1::-1]])
    assert np.array_equal(result.joints_xy[12, LEGS[2]], xy[12, LEGS[2]])  # without its counterpart it stays
    assert np.array_equal(result.joints_xy[12, LEGS[0]], xy[12, LEGS[1]])
    assert np.array_equal(result.joint_scores[20:], scores[20:])


def test_one_joint_far_off_is_no_exchange() -> None:
    xy = walker(40)
    xy[12, ARMS[2]] += [80.0, 0.0]
    assert np.array_equal(repaired(xy).joints_xy, xy)


def test_smoothing_puts_right_first() -> None:
    true = walker(60)
    broken = exchanged(true, slice(20, 24), ARMS)
    with_repair, without = (
        smooth([track(broken)], GaussianConfig(mirror=MirrorConfig(enabled=on)), POSETRACK18, 25.0)[0].joints_xy
        for on in (True, False)
    )
    assert np.allclose(with_repair[:, ARMS], smooth([track(true)], GaussianConfig(), POSETRACK18)[0].joints_xy[:, ARMS])
    assert np.abs(without - true)[20:24, ARMS].max() > 20.0
    assert np.array_equal(repaired(broken, MirrorConfig(enabled=False)).joints_xy, broken)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 30), holes=st.floats(0, 1), zoom=st.sampled_from([0.25, 1, 8]))
def test_joints_are_only_exchanged_and_alike_at_every_size(seed: int, count: int, holes: float, zoom: float) -> None:
    rng = np.random.default_rng(seed)
    xy = np.cumsum(rng.normal(0, 8, (count, K, 2)), axis=0) + (standing(count) if count else 0)
    xy[rng.random((count, K)) < holes] = np.nan
    frames, scores = np.cumsum(rng.integers(1, 4, count)), rng.random((count, K))
    result = repaired(xy, frames=frames, scores=scores)
    assert np.array_equal(np.isnan(result.joints_xy), np.isnan(xy))
    assert np.array_equal(np.sort(result.joints_xy, axis=1), np.sort(xy, axis=1), equal_nan=True)
    larger = repaired(zoom * xy + 64.0, frames=frames, scores=scores)
    assert np.allclose(larger.joints_xy, zoom * result.joints_xy + 64.0, equal_nan=True)


def test_limbs_of_every_skeleton() -> None:
    for skeleton in (COCO, MPII, POSETRACK17, POSETRACK18):
        names = [[skeleton.joints[j] for j in limb.ravel()] for limb in limb_pairs(skeleton)]
        assert names[0] == ["left_knee", "right_knee", "left_ankle", "right_ankle"]
        assert names[1:] == [["left_elbow", "right_elbow", "left_wrist", "right_wrist"], ["left_hip", "right_hip"],
                             ["left_shoulder", "right_shoulder"]]  # fmt: skip
    head = Skeleton("head", ("nose",), (), (), (0.1,))
    lone = [track(np.zeros((3, 1, 2)))]
    assert repair_swaps(lone, MirrorConfig(), head) == lone


@pytest.mark.parametrize("name", ["spread", "most", "change_cost", "frame_cost"])
def test_a_wrong_setting_is_told_of(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0"):
        MirrorConfig(**{name: 0.0})  # type: ignore[arg-type]
