"""Conversion from frames to tracks and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posetrack.structures import FramePoses
from posetrack.structures.tracks import tracks_of, with_track_joints


def frame(index: int, ids: list[int], joints: int = 4, seed: int = 0) -> FramePoses:
    rng = np.random.default_rng([seed, index])
    valid = rng.random((len(ids), joints)) < 0.8
    return FramePoses(index, (48, 64), np.zeros((len(ids), 4)), np.ones(len(ids)),
                      rng.uniform(0, 40, (len(ids), joints, 2)), rng.random((len(ids), joints)), valid,
                      joint_visible=rng.random(valid.shape) < 0.7, track_ids=np.array(ids))  # fmt: skip


def test_tracks_are_sorted_and_hold_their_frames() -> None:
    tracks = tracks_of([frame(0, [7, 2]), frame(1, []), frame(3, [2, -1])])
    assert [t.track_id for t in tracks] == [2, 7]
    assert tracks[0].frame_indices.tolist() == [0, 3]
    assert np.array_equal(tracks[1].joints_xy[0], frame(0, [7, 2]).joints_xy[0], equal_nan=True)


@given(seed=st.integers(0, 1000), people=st.lists(st.sampled_from([-1, 0, 1, 5]), min_size=1, max_size=12))
def test_there_and_back_changes_nothing(seed: int, people: list[int]) -> None:
    frames = [frame(i, [person, 9], seed=seed) for i, person in enumerate(people)]
    for before, after in zip(frames, with_track_joints(frames, tracks_of(frames)), strict=True):
        for name in ("joints_xy", "joint_scores", "joint_valid", "joint_visible", "track_ids", "scores"):
            assert np.array_equal(getattr(before, name), getattr(after, name), equal_nan=name.startswith("joints"))


def test_no_frames_and_nobody_give_no_tracks() -> None:
    assert tracks_of([]) == []
    assert tracks_of([frame(0, [])]) == []
    assert tracks_of([frame(0, [-1])]) == []


def test_a_joint_that_is_new_counts_as_not_visible() -> None:
    given_frame = frame(0, [1])
    track = tracks_of([given_frame])[0]
    filled = with_track_joints([given_frame], [replace(track, joints_xy=np.ones((1, 4, 2)))])[0]
    assert filled.joint_valid.all()
    assert np.array_equal(filled.joint_visible, given_frame.joint_visible)


def test_frames_out_of_order_or_of_two_skeletons_are_told_of() -> None:
    with pytest.raises(ValueError, match="increase"):
        tracks_of([frame(1, [1]), frame(1, [2])])
    with pytest.raises(ValueError, match="one skeleton"):
        tracks_of([frame(0, [1]), frame(1, [1], joints=5)])


def test_tracks_that_do_not_fit_the_frames_are_told_of() -> None:
    frames = [frame(0, [1]), frame(1, [1])]
    tracks = tracks_of(frames)
    with pytest.raises(ValueError, match="in none of the tracks"):
        with_track_joints(frames, [])
    with pytest.raises(ValueError, match="only 1 of them"):
        with_track_joints(frames[:1], tracks)
