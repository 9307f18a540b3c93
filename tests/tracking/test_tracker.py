"""The default tracker: people who move, cross, vanish and return keep their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import walkers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posetrack.structures import COCO, FramePoses
from posetrack.tracking import Tracker, TrackerConfig, drop_joints

EVERY_WAY = [
    {"similarity": similarity, "association": association}
    for similarity in ("iou", "oks", "mix")
    for association in ("greedy", "hungarian")
]


def tracker(**settings_: Any) -> Tracker:
    return Tracker(TrackerConfig(**settings_), COCO)


def ids_of(frames: Sequence[FramePoses], **settings_: Any) -> list[list[int]]:
    one = tracker(**settings_)
    return [one.update(frame).track_ids.tolist() for frame in frames]


@pytest.mark.parametrize("way", EVERY_WAY)
def test_two_people_who_cross_keep_their_ids(way: dict[str, str]) -> None:
    """A tall person walks right and a smaller one left, 4 pixels per frame; they meet in frame 25."""
    frames = [walkers.people(i, [(220 + 4 * i, 220, 160), (420 - 4 * i, 205, 90)]) for i in range(50)]
    assert ids_of(frames, **way) == [[0, 1]] * 50


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("max_gap_frames", [0, 1, 6])
def test_a_gap_of_max_gap_frames_keeps_the_id_and_one_more_ends_it(way: dict[str, str], max_gap_frames: int) -> None:
    stays, goes = (100, 200, 100), (300, 210, 120)
    for missing, expected in ((max_gap_frames, 1), (max_gap_frames + 1, 2)):
        seen = [walkers.people(0, [stays, goes]), *(walkers.people(1 + i, [stays]) for i in range(missing))]
        seen.append(walkers.people(1 + missing, [stays, goes]))
        assert ids_of(seen, max_gap_frames=max_gap_frames, **way)[-1] == [0, expected]


@pytest.mark.parametrize(("jump", "expected"), [(4, [0]), (5, [1])])
def test_frames_that_are_left_out_count_as_missing(jump: int, expected: list[int]) -> None:
    one = tracker(max_gap_frames=3)
    one.update(walkers.people(7, [(100, 200, 100)]))
    assert one.update(walkers.people(7 + jump, [(100, 200, 100)])).track_ids.tolist() == expected


def test_who_comes_back_elsewhere_is_somebody_new() -> None:
    frames = [walkers.people(0, [(100, 200, 100)]), walkers.people(1, []), walkers.people(2, [(500, 200, 100)])]
    assert ids_of(frames) == [[0], [], [1]]


def test_empty_frames_are_fine_from_the_start() -> None:
    empty = FramePoses.empty(0, walkers.IMAGE_HW, 17)
    frames = [empty, empty.at_frame(1), walkers.people(2, [(100, 200, 100)]), empty.at_frame(3)]
    assert ids_of(frames) == [[], [], [0], []]
    assert tracker().num_tracks == 0


def test_the_best_pose_gets_the_lowest_id() -> None:
    people = [(100, 200, 100), (300, 200, 100), (500, 200, 100)]
    one = tracker()
    assert one.update(walkers.people(0, people, [0.5, 0.9, 0.7])).track_ids.tolist() == [2, 0, 1]
    assert one.num_tracks == 3


def test_a_weak_pose_goes_on_with_a_track_but_starts_none() -> None:
    config = {"pose_threshold": 0.2, "new_track_threshold": 0.5}
    one, other = (100, 200, 100), (400, 200, 100)
    frames = [
        walkers.people(0, [one], [0.5]),
        walkers.people(1, [one, other], [0.2, 0.49]),
        walkers.people(2, [one, other], [0.19, 0.5]),
    ]
    assert ids_of(frames, **config) == [[0], [0], [1]]


def test_joints_below_the_threshold_are_left_out_of_the_result_and_of_the_matching() -> None:
    first = walkers.people(0, [(100, 200, 100)])
    xy, scores = first.joints_xy.copy(), first.joint_scores.copy()
    xy[0, :8] += 300  # eight joints on somebody else
    scores[0, :8] = 0.1
    scores[0, 8] = 0.2
    second = replace(first.at_frame(1), joints_xy=xy, joint_scores=scores)
    one = tracker(similarity="oks", match_threshold=0.95, joint_threshold=0.2)
    one.update(first)
    tracked = one.update(second)
    assert tracked.track_ids.tolist() == [0]
    assert tracked.joint_valid[0].tolist() == [False] * 8 + [True] * 9
    assert np.isnan(tracked.joints_xy[0, :8]).all() and np.isnan(second.joints_xy).sum() == 0


def test_poses_and_joints_without_scores_are_kept() -> None:
    """In ground truth and files without scores they are NaN."""
    poses = walkers.people(0, [(100, 200, 100), (300, 200, 100)])
    bare = replace(poses, scores=np.full(2, np.nan), joint_scores=np.full((2, 17), np.nan))
    one = tracker(new_track_threshold=1.0, joint_threshold=1.0)
    for index in (0, 1):
        tracked = one.update(bare.at_frame(index))
        assert tracked.track_ids.tolist() == [0, 1] and tracked.joint_valid.all()


def test_a_pose_that_loses_all_joints_is_followed_by_its_box() -> None:
    first = walkers.people(0, [(100, 200, 100)])
    second = replace(first.at_frame(1), joint_scores=np.zeros((1, 17)))
    one = tracker(joint_threshold=0.2)
    one.update(first)
    tracked = one.update(second)
    assert tracked.track_ids.tolist() == [0] and not tracked.joint_valid.any()


def test_what_else_is_known_of_a_pose_stays() -> None:
    poses = walkers.people(5, [(100, 200, 100), (300, 200, 100)], [0.1, 0.8])
    poses = replace(poses, origin=np.array([0, 1]), joint_visible=np.arange(34).reshape(2, 17) % 2 == 0)
    tracked = tracker().update(poses)
    assert (tracked.frame_index, tracked.image_hw, len(tracked)) == (5, walkers.IMAGE_HW, 1)
    for field in ("boxes_xyxy", "scores", "joints_xy", "joint_scores", "joint_visible", "origin"):
        assert np.array_equal(getattr(tracked, field), getattr(poses, field)[1:])


def test_frames_must_go_forward_and_fit_the_skeleton() -> None:
    one = tracker()
    one.update(walkers.people(3, [(100, 200, 100)]))
    with pytest.raises(ValueError, match="frame 3 comes after frame 3"):
        one.update(walkers.people(3, []))
    with pytest.raises(ValueError, match="15 joints, expected 17 \\(coco\\)"):
        one.update(FramePoses.empty(4, walkers.IMAGE_HW, 15))
    assert one.update(walkers.people(4, [(100, 200, 100)])).track_ids.tolist() == [0]


def test_drop_joints_at_the_threshold_stays() -> None:
    poses = walkers.people(0, [(100, 200, 100)])
    assert drop_joints(poses, 0.9).joint_valid.all()
    assert not drop_joints(poses, 0.91).joint_valid.any()


CONFIGS = st.fixed_dictionaries(
    {
        "similarity": st.sampled_from(("iou", "oks", "mix")),
        "association": st.sampled_from(("greedy", "hungarian")),
        "match_threshold": st.floats(0, 1),
        "max_gap_frames": st.integers(0, 9),
        "pose_threshold": st.floats(0, 0.5),
        "new_track_threshold": st.floats(0.5, 1),
        "duplicate_oks": st.just(1.0),  # people of ``random_frames`` may coincide, and each must be output
    }
)

# Every pair may match, even with an OKS of 1e-200 that vanishes in the sum the Hungarian method maximises.
UNLIKE_PAIRS = {
    "similarity": "oks", "association": "hungarian", "match_threshold": 0.0, "max_gap_frames": 0,
    "pose_threshold": 0.0, "new_track_threshold": 0.5,
}  # fmt: skip


IN_ONE_PLACE = {
    "similarity": "iou", "association": "greedy", "match_threshold": 0.0, "max_gap_frames": 0, "pose_threshold": 0.0,
    "new_track_threshold": 0.5, "duplicate_oks": 1.0,
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@example(123, IN_ONE_PLACE)
@given(st.integers(0, 10_000), CONFIGS)
def test_ids_are_unique_grow_from_0_and_are_never_used_again(seed: int, config: dict[str, Any]) -> None:
    one = tracker(**config)
    last_seen: dict[int, int] = {}
    for poses in walkers.random_frames(seed, 12):
        arrays = {name: getattr(poses, name).copy() for name in ("joints_xy", "scores", "track_ids", "joint_valid")}
        tracked = one.update(poses)
        for name, array in arrays.items():
            assert np.array_equal(getattr(poses, name), array, equal_nan=True)
        ids = tracked.track_ids.tolist()
        assert len(set(ids)) == len(ids) and min(ids, default=0) >= 0
        fresh = sorted(set(ids) - set(last_seen))
        assert fresh == list(range(len(last_seen), len(last_seen) + len(fresh)))
        for track in set(ids) & set(last_seen):
            assert poses.frame_index - last_seen[track] - 1 <= config["max_gap_frames"]
        last_seen |= dict.fromkeys(ids, poses.frame_index)
        # Everybody who scores enough is in the result.
        assert (poses.scores >= config["new_track_threshold"]).sum() <= len(tracked)
    assert one.num_tracks == len(last_seen)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), CONFIGS)
@example(4868, UNLIKE_PAIRS)
@example(152, UNLIKE_PAIRS)
def test_the_order_of_the_poses_changes_only_the_order_of_the_result(seed: int, config: dict[str, Any]) -> None:
    rng = np.random.default_rng(seed)
    one, other = tracker(**config), tracker(**config)
    for poses in walkers.random_frames(seed, 10):
        order = rng.permutation(len(poses))
        expected, shuffled = one.update(poses), other.update(poses.select(order))
        kept = [i for i in order if poses.boxes_xyxy[i].tolist() in expected.boxes_xyxy.tolist()]
        assert np.array_equal(shuffled.boxes_xyxy, poses.boxes_xyxy[kept])
        named = {tuple(box): track for box, track in zip(expected.boxes_xyxy, expected.track_ids, strict=True)}
        assert [named[tuple(box)] for box in shuffled.boxes_xyxy] == shuffled.track_ids.tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_same_frames_give_the_same_ids(seed: int) -> None:
    frames = walkers.random_frames(seed, 8)
    assert ids_of(frames) == ids_of(frames)
