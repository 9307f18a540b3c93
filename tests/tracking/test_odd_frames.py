"""Odd frames through every tracker, linking and smoothing: empty, NaN, zero-size boxes, crowds, duplicates, gaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from posetrack.smoothing import AutoConfig, smooth_frames
from posetrack.structures import COCO, NO_TRACK, FramePoses
from posetrack.tracking import SimpleBaselineTrackerConfig, TrackerConfig, build_tracker
from posetrack.tracking.linking import GlobalLinkingConfig, link
from tests.tracking.walkers import IMAGE_HW, K, people

CONFIGS = {
    "default": TrackerConfig(),
    "iou-greedy": TrackerConfig(similarity="iou", association="greedy"),
    "faithful-pose": SimpleBaselineTrackerConfig(similarity="pose", propagate_boxes=False),
    "faithful-box": SimpleBaselineTrackerConfig(similarity="box", propagate_boxes=False),
}
EVERYBODY = GlobalLinkingConfig(drop=False)


@pytest.fixture(params=list(CONFIGS))
def tracked(request: pytest.FixtureRequest) -> Callable[[list[FramePoses]], list[FramePoses]]:
    """Track with one of the trackers, check invariants, and link and smooth the result."""

    def run(frames: list[FramePoses]) -> list[FramePoses]:
        tracker = build_tracker(CONFIGS[request.param], COCO)
        result = [tracker.update(frame) for frame in frames]
        for before, after in zip(frames, result, strict=True):
            assert after.frame_index == before.frame_index and len(after) <= len(before)
            assert (after.track_ids != NO_TRACK).all()
            assert len(set(after.track_ids.tolist())) == len(after)
        settled = smooth_frames(link(result, EVERYBODY, COCO), AutoConfig(), COCO)
        for before, after in zip(result, settled, strict=True):
            assert len(after) >= len(before) and np.isfinite(after.joints_xy[after.joint_valid]).all()
        return result

    return run


Tracked = Callable[[list[FramePoses]], list[FramePoses]]


def nobody(index: int) -> FramePoses:
    return FramePoses.empty(index, IMAGE_HW, K)


def walker(index: int) -> FramePoses:
    return people(index, [(100 + 2 * index, 200, 100)])


def ids(frames: list[FramePoses]) -> list[list[int]]:
    return [frame.track_ids.tolist() for frame in frames]


@pytest.mark.parametrize("empty", [{0, 1, 2}, {4}, {8, 9}, set(range(10))], ids=["start", "middle", "end", "all"])
def test_frames_without_people(tracked: Tracked, empty: set[int], request: pytest.FixtureRequest) -> None:
    result = tracked([nobody(t) if t in empty else walker(t) for t in range(10)])
    found = [i for t, here in enumerate(ids(result)) for i in here if t not in empty]
    assert len(found) == 10 - len(empty)
    if empty != {4} or "default" in request.node.name:  # the faithful trackers look back one frame
        assert set(found) <= {0}


def test_one_joint(tracked: Tracked) -> None:
    only = np.zeros((1, K), dtype=bool)
    only[0, 5] = True
    frames = [replace(walker(t), joint_valid=only, joint_visible=only) for t in range(5)]
    assert ids(tracked(frames)) == [[0]] * 5


def test_all_joints_invalid(tracked: Tracked) -> None:
    none = np.zeros((1, K), dtype=bool)
    frames = [replace(walker(t), joint_valid=none, joint_visible=none) if t == 2 else walker(t) for t in range(5)]
    result = tracked(frames)
    assert result[0].track_ids.tolist() == [0] and len(result[4]) == 1


def test_nan_boxes_and_scores(tracked: Tracked) -> None:
    frames = [
        replace(walker(t), boxes_xyxy=np.full((1, 4), np.nan), scores=[np.nan], joint_scores=np.full((1, K), np.nan))
        for t in range(5)
    ]
    assert ids(tracked(frames)) == [[0]] * 5


def test_a_valid_joint_that_is_nan_cannot_be_made() -> None:
    xy = walker(0).joints_xy.copy()
    xy[0, 3] = np.nan
    with pytest.raises(ValueError, match="joints_xy is NaN or infinite where joint_valid is true"):
        replace(walker(0), joints_xy=xy, joint_valid=np.ones((1, K), dtype=bool))


def test_boxes_of_no_size(tracked: Tracked) -> None:
    """A pose with all joints at one pixel is still tracked."""
    frames = []
    for t in range(5):
        point = np.full((1, K, 2), 50.0)
        frames.append(replace(walker(t), joints_xy=point, boxes_xyxy=np.full((1, 4), 50.0)))
    assert all(len(frame) == 1 for frame in tracked(frames))


def test_500_people(tracked: Tracked) -> None:
    places = [(25.0 * (n % 25), 40.0 + 40 * (n // 25), 36.0) for n in range(500)]
    frames = [people(t, [(x + t, y, h) for x, y, h in places]) for t in range(3)]
    result = tracked(frames)
    assert [len(frame) for frame in result] == [500] * 3
    assert ids(result)[2] == ids(result)[0]


def test_identical_poses(tracked: Tracked) -> None:
    """Duplicates in every frame get unique ids, reproducibly."""
    frames = [people(t, [(100.0, 200, 100)] * 3) for t in range(6)]
    result = tracked(frames)
    assert ids(result) == ids(tracked(frames))
    assert len({i for here in ids(result) for i in here}) <= 3


def test_holes_in_the_frame_indices(tracked: Tracked, request: pytest.FixtureRequest) -> None:
    frames = [walker(t).at_frame(t if t < 5 else t + 1000) for t in range(10)]
    result = tracked(frames)
    assert [frame.frame_index for frame in result] == [*range(5), *range(1005, 1010)]
    before, after = set(sum(ids(result)[:5], [])), set(sum(ids(result)[5:], []))
    # The faithful trackers count the frames they are given, like the paper's queue.
    assert before == {0} and after == ({0} if "faithful" in request.node.name else {1})


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_two_sequences_in_one(config: TrackerConfig | SimpleBaselineTrackerConfig) -> None:
    tracker = build_tracker(config, COCO)
    tracker.update(walker(3))
    with pytest.raises(ValueError, match="frame 0 .* frame 3"):
        tracker.update(walker(0))
    with pytest.raises(ValueError, match="3"):
        tracker.update(walker(3))
