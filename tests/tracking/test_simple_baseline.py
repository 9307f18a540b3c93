"""The published tracker: flow-based similarity, queue, greedy matching, box propagation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import walkers

from posetrack.structures import COCO, FloatArray, FrameBoxes, FramePoses, Origin
from posetrack.tracking import FrameContext, SimpleBaselineTracker, SimpleBaselineTrackerConfig

FAST = 60.0  # pixels per frame: more than OKS tolerates for a person 100 pixels tall


def tracker(**settings: Any) -> SimpleBaselineTracker:
    return SimpleBaselineTracker(SimpleBaselineTrackerConfig(**settings), COCO)


def moving(pixels: float) -> FrameContext:
    """Everything has moved right by ``pixels`` since the last frame."""

    def carry(points_xy: FloatArray) -> FloatArray:
        return points_xy + [pixels, 0.0]

    return FrameContext(carry=carry)


def running(count: int) -> list[FramePoses]:
    """Two people 100 pixels tall, ``FAST`` pixels apart, who run right at ``FAST`` pixels per frame."""
    return [
        walkers.people(i, [(60 + FAST * i, 200, 100), (60 + FAST * (i + 1), 200, 100)], [0.8, 0.9])
        for i in range(count)
    ]


@pytest.mark.parametrize(("similarity", "expected"), [("flow", [1, 0]), ("multi-flow", [1, 0])])
def test_along_the_flow_people_who_run_keep_their_ids(similarity: str, expected: list[int]) -> None:
    one = tracker(similarity=similarity)
    ids = [one.update(frame, moving(FAST)).track_ids.tolist() for frame in running(5)]
    assert ids == [expected] * 5


@pytest.mark.parametrize("similarity", ["box", "pose"])
def test_without_the_flow_the_one_behind_takes_the_id_of_the_one_before(similarity: str) -> None:
    one = tracker(similarity=similarity)
    first, second = (one.update(frame, moving(FAST)).track_ids.tolist() for frame in running(2))
    assert first == [1, 0]
    assert second[0] == first[1]


def test_a_queue_of_many_frames_brings_a_missed_person_back() -> None:
    stays, missed = (100, 200, 100), (400, 210, 120)
    frames = [walkers.people(0, [stays, missed]), *(walkers.people(i, [stays]) for i in (1, 2, 3))]
    for similarity, gap, expected in (("flow", 1, 2), ("multi-flow", 3, 1)):
        one = tracker(similarity=similarity, queue_frames=4)
        for frame in frames[: gap + 1]:
            one.update(frame, moving(0))
        assert one.update(walkers.people(gap + 1, [stays, missed]), moving(0)).track_ids[1] == expected


def test_beyond_the_queue_the_person_is_somebody_new() -> None:
    stays, missed = (100, 200, 100), (400, 210, 120)
    one = tracker(queue_frames=2)
    one.update(walkers.people(0, [stays, missed]))
    for index in (1, 2):
        one.update(walkers.people(index, [stays]))
    assert one.update(walkers.people(3, [stays, missed])).track_ids.tolist() == [0, 2]


def test_the_best_pair_is_matched_first() -> None:
    """Of two new poses for one past person, the nearer takes the id even with the lower score."""
    one = tracker(similarity="pose")
    one.update(walkers.people(0, [(100, 200, 100)]))
    found = one.update(walkers.people(1, [(112, 200, 100), (102, 200, 100)], [0.9, 0.6]))
    assert found.track_ids.tolist() == [1, 0]


def test_weak_poses_and_weak_joints_are_left_out() -> None:
    one = tracker(pose_threshold=0.5, joint_threshold=0.95)
    found = one.update(walkers.people(0, [(100, 200, 100), (300, 200, 100)], [0.49, 0.5]))
    assert found.track_ids.tolist() == [0]
    assert not found.joint_valid.any()


def test_a_cut_ends_all_tracks() -> None:
    one = tracker()
    one.update(walkers.people(0, [(100, 200, 100)]))
    assert one.update(walkers.people(1, [(100, 200, 100)]), FrameContext(is_cut=True)).track_ids.tolist() == [1]


def test_the_last_people_are_proposed_where_the_flow_carries_them() -> None:
    one = tracker(propagate_threshold=0.7)
    last = one.update(walkers.people(0, [(100, 200, 100)]))
    detected = FrameBoxes(1, walkers.IMAGE_HW, np.array([[300.0, 10, 350, 60]]), np.array([0.95]))
    union = one.propose(detected, moving(20))
    assert len(union) == 2
    low, high = np.nanmin(last.joints_xy[0], axis=0) + [20, 0], np.nanmax(last.joints_xy[0], axis=0) + [20, 0]
    margin = 0.075 * (high - low)
    np.testing.assert_allclose(union.xyxy[1], [*(low - margin), *(high + margin)])
    assert union.scores.tolist() == pytest.approx([0.95, 0.9])  # the propagated box has the mean joint score
    assert union.origin.tolist() == [Origin.OBSERVED, Origin.PROPAGATED]


@pytest.mark.parametrize("context", [FrameContext(), FrameContext(carry=lambda xy: xy, is_cut=True)])
def test_nothing_is_proposed_without_a_flow_or_over_a_cut(context: FrameContext) -> None:
    one = tracker()
    one.update(walkers.people(0, [(100, 200, 100)]))
    detected = FrameBoxes.empty(1, walkers.IMAGE_HW)
    assert len(one.propose(detected, context)) == 0


def test_the_uncertain_and_the_lost_are_not_proposed() -> None:
    detected = FrameBoxes.empty(1, walkers.IMAGE_HW)
    unsure = tracker(propagate_threshold=0.91)
    unsure.update(walkers.people(0, [(100, 200, 100)]))
    assert len(unsure.propose(detected, moving(0))) == 0
    lost = tracker()
    lost.update(walkers.people(0, [(100, 200, 100)]))
    assert len(lost.propose(detected, FrameContext(carry=lambda xy: xy * np.nan))) == 0


def test_ids_are_unique_in_a_frame_and_counted() -> None:
    one = tracker(match_threshold=0.0, pose_threshold=0.0)
    given: set[int] = set()
    for frame in walkers.random_frames(3, 200):
        ids = one.update(frame, moving(1.0)).track_ids.tolist()
        assert len(set(ids)) == len(ids) == len(frame)
        assert all(i in given or i >= len(given) for i in ids)
        given |= set(ids)
    assert given == set(range(one.num_tracks))


@pytest.mark.parametrize(
    ("settings", "part"),
    [({"queue_frames": 0}, "queue_frames is 0"), ({"similarity": "giou"}, "similarity is 'giou'"),
     ({"match_threshold": 1.5}, "match_threshold is 1.5")],
)  # fmt: skip
def test_bad_settings_are_refused(settings: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        SimpleBaselineTrackerConfig(**settings)
