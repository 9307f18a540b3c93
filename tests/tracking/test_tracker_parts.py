"""The parts of the default tracker, each on and off, on scenes where it makes the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from walkers import people

from posetrack.structures import COCO, FloatArray, FramePoses
from posetrack.tracking import FrameContext, Tracker, TrackerConfig
from posetrack.tracking.observed import Observed
from posetrack.tracking.tracks import Tracks, _step, held_inside

WIDTH = 640


def ids_of(
    frames: Sequence[FramePoses], contexts: Sequence[FrameContext] | None = None, **settings: Any
) -> list[list[int]]:
    tracker = Tracker(TrackerConfig(**settings), COCO)
    known = [FrameContext()] * len(frames) if contexts is None else contexts
    return [tracker.update(f, c).track_ids.tolist() for f, c in zip(frames, known, strict=True)]


@pytest.mark.parametrize(("motion", "last"), [(True, [0]), (False, [1])])
def test_motion_carries_a_person_over_a_gap(motion: bool, last: list[int]) -> None:
    frames = [people(t, [(100 + 8 * t, 200, 100)] if t < 10 or t > 20 else []) for t in range(22)]
    assert ids_of(frames, motion=motion)[-1] == last


@pytest.mark.parametrize(("inside", "last"), [(True, [0]), (False, [1])])
def test_who_walks_out_is_expected_at_the_border(inside: bool, last: list[int]) -> None:
    """A person moves 10 pixels per frame, leaves at the right in frame 13 and returns there 20 frames later."""
    frames = [people(t, [(500 + 10 * t, 200, 100)] if t < 13 else []) for t in range(33)]
    frames.append(people(33, [(625, 200, 100)]))
    assert ids_of(frames, stay_inside=inside)[-1] == last


def test_held_inside_stops_at_the_border_and_never_pulls_back() -> None:
    boxes = np.array([[600.0, 0, 620, 40], [700, 0, 720, 40], [0, 100, 20, 140]])
    shift = np.array([[100.0, 0], [50, 0], [-4, 3]])
    held = held_inside(shift, boxes, (240, WIDTH))
    assert_allclose(held, [[29, 0], [0, 0], [-4, 3]])
    assert_allclose(shift[0], [100, 0])


def meeting(t: int) -> FramePoses:
    """Two people walk side by side; in frame 10 one pose has most of its joints on the other person."""
    frame = people(t, [(100 + 6 * t, 200, 100), (150 + 6 * t, 200, 100)])
    if t != 10:
        return frame
    xy = frame.joints_xy.copy()
    xy[0, 5:] = xy[1, 5:]
    boxes = frame.boxes_xyxy.copy()
    boxes[0, 2] = boxes[1, 2]
    return replace(frame, joints_xy=xy, boxes_xyxy=boxes)


def test_a_pose_under_another_says_less_of_the_velocity() -> None:
    """After the mixed pose, ``overlap_caution`` keeps the velocity closer to the true 6 pixels."""
    speeds = []
    for caution in (0.0, 1.0):
        tracker = Tracker(TrackerConfig(overlap_caution=caution, duplicate_oks=1.0), COCO)
        for t in range(11):
            tracker.update(meeting(t))
        speeds.append(abs(float(tracker._tracks.velocity[0, 0]) - 6.0))
    assert speeds[1] < speeds[0]


def looking(poses: FramePoses, *looks: Sequence[int]) -> FramePoses:
    return replace(poses, appearance=np.array(looks, dtype=np.int8).reshape(len(poses), -1))


RED, BLUE = (127, 0), (0, 127)


@pytest.mark.parametrize(("weight", "last"), [(0.6, [0, 1]), (0.0, [1, 0])])
def test_appearance_tells_who_is_who_after_a_turn(weight: float, last: list[int]) -> None:
    """Two people meet and turn back; by position alone they seem to have passed each other."""
    frames = []
    for t in range(31):
        apart = 6 * abs(15 - t)
        pair = people(t, [(320 + apart, 200, 100), (320 - apart, 200, 100)])
        frames.append(people(t, []) if 13 < t < 17 else looking(pair, RED, BLUE))
    result = ids_of(frames, appearance_weight=weight)
    assert result[0] == [0, 1]
    assert result[-1] == last


def test_alike_people_far_away_are_never_taken_for_one() -> None:
    frames = [looking(people(t, [(100 + 400 * t, 200, 100)]), RED) for t in range(2)]
    assert ids_of(frames, appearance_weight=1.0) == [[0], [1]]


def test_poses_without_a_look_are_tracked_as_without_appearance() -> None:
    frames = [looking(people(t, [(100 + 4 * t, 200, 100)]), look) for t, look in enumerate([RED, (0, 0)])]
    assert ids_of(frames, appearance_weight=0.4) == [[0], [0]]


@pytest.mark.parametrize("look", [RED, (0, 0)])
def test_a_look_that_is_not_known_counts_neither_for_nor_against(look: tuple[int, int]) -> None:
    """The step is so long that position alone just reaches the threshold."""
    frames = [looking(people(t, [(100 + 26 * t, 200, 100)]), (0, 0) if t == 0 else look) for t in range(2)]
    assert ids_of(frames, appearance_weight=0.0) == ids_of(frames, appearance_weight=0.6) == [[0], [0]]


@pytest.mark.parametrize(("known", "last"), [(True, [0]), (False, [1])])
def test_camera_motion_is_followed(known: bool, last: list[int]) -> None:
    shift: FloatArray = np.array([[1.0, 0, -150], [0, 1, 0]])
    frames = [people(0, [(400, 200, 100)]), people(1, [(250, 200, 100)])]
    contexts = [FrameContext(), FrameContext(camera=shift if known else None)]
    assert ids_of(frames, contexts)[-1] == last


def test_nobody_goes_on_over_a_cut() -> None:
    frames = [people(t, [(100, 200, 100)]) for t in range(3)]
    assert ids_of(frames, [FrameContext(), FrameContext(is_cut=True), FrameContext()]) == [[0], [1], [1]]


@pytest.mark.parametrize(("confirm_after", "last"), [(1, [0]), (3, [1])])
def test_tentative_tracks_end_when_missed(confirm_after: int, last: list[int]) -> None:
    frames = [people(t, [(100, 200, 100)] if t != 2 else []) for t in range(4)]
    assert ids_of(frames, confirm_after=confirm_after)[-1] == last


def test_weak_poses_go_to_people_seen_a_moment_ago() -> None:
    frames = [people(t, [(100, 200, 100)], [0.15 if t else 0.9]) for t in range(3)]
    assert ids_of(frames, weak_threshold=0.1) == [[0], [0], [0]]
    assert ids_of(frames) == [[0], [], []]


def test_of_two_poses_of_one_person_the_better_stays() -> None:
    frame = people(0, [(100, 200, 100), (101, 200, 100)], [0.6, 0.9])
    tracked = Tracker(TrackerConfig(), COCO).update(frame)
    assert tracked.scores.tolist() == [pytest.approx(0.9)]
    assert len(Tracker(TrackerConfig(duplicate_oks=1), COCO).update(frame)) == 2


def test_500_people_and_identical_poses() -> None:
    rng = np.random.default_rng(0)
    crowd = [(x, y, 20) for x, y in rng.uniform((0, 20), (WIDTH, 240), (500, 2))]
    settings = {"duplicate_oks": 1.0}
    ids = ids_of([people(t, crowd) for t in range(3)], **settings)
    assert [len(set(row)) for row in ids] == [500] * 3
    same = ids_of([people(t, [(100, 200, 100)] * 4) for t in range(3)], **settings)
    assert [sorted(row) for row in same] == [[0, 1, 2, 3]] * 3


def test_degenerate_poses_are_somebody_and_hurt_nobody() -> None:
    """With a box without area, one joint, no joint, no box: ids are unique, and the intact pose keeps its id."""
    frames = []
    for t in range(3):
        frame = people(t, [(100, 200, 100), (300, 200, 100), (400, 200, 100), (500, 200, 100)])
        boxes, valid = frame.boxes_xyxy.copy(), frame.joint_valid.copy()
        boxes[1] = boxes[1, [0, 1, 0, 1]]
        boxes[3] = np.nan
        valid[2, 1:] = False
        valid[3] = False
        frames.append(replace(frame, boxes_xyxy=boxes, joint_valid=valid, joint_visible=valid))
    ids = ids_of(frames)
    assert all(len(set(row)) == len(row) for row in ids)
    assert all(row[0] == ids[0][0] for row in ids)


def test_the_step_is_the_median_over_the_joints_that_both_have() -> None:
    rng = np.random.default_rng(1)
    before, now = rng.normal(size=(2, 30, 17, 2))
    before[rng.random((30, 17)) < 0.5] = np.nan
    now[:3, 1:] = np.nan
    now[0] = np.nan
    way = now - before
    seen = ~np.isnan(way[..., 0]).all(axis=1)
    assert_allclose(_step(before, now)[seen], np.nanmedian(way[seen], axis=1))
    assert (_step(before, now)[~seen] == 0).all()


def test_boxes_of_people_who_are_not_seen_keep_their_size_under_a_camera_that_turns() -> None:
    angle = np.deg2rad(1.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0]])
    tracks = Tracks.none(COCO.num_joints).begun(Observed.of(people(0, [(300, 200, 100)]), 0.0, 0.0), 0)
    later = tracks
    for _ in range(20):
        later = later.moved(turn)
    size, before = (t.boxes_xyxy[0, 2:] - t.boxes_xyxy[0, :2] for t in (later, tracks))
    assert_allclose(size, before)
