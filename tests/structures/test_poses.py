"""The types validate and copy their inputs and are immutable."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from posetrack.structures import (
    COCO,
    Frame,
    FrameBoxes,
    FramePoses,
    Origin,
    SequenceInfo,
    SequencePoses,
    TrackedPose,
    concatenate,
)
from posetrack.structures.tracks import tracks_of, with_track_joints


def _poses(n: int = 3, k: int = 2, **change: Any) -> FramePoses:
    values: dict[str, Any] = {
        "frame_index": 4,
        "image_hw": (48, 64),
        "boxes_xyxy": np.arange(n * 4).reshape(n, 4),
        "scores": np.linspace(0.1, 0.9, n),
        "joints_xy": np.arange(n * k * 2, dtype=float).reshape(n, k, 2),
        "joint_scores": np.full((n, k), 0.5),
        "joint_valid": np.ones((n, k), dtype=bool),
    }
    return FramePoses(**(values | change))


def test_defaults_are_untracked_observed_and_visible() -> None:
    poses = _poses()
    assert poses.track_ids.tolist() == [-1, -1, -1]
    assert (poses.origin == Origin.OBSERVED).all()
    assert poses.joint_visible.all()
    assert np.isnan(poses.head_boxes_xyxy).all()


def test_a_missing_joint_is_nan_and_never_visible() -> None:
    valid = np.array([[True, False], [True, True], [False, False]])
    poses = _poses(joint_valid=valid, joint_visible=np.ones((3, 2), dtype=bool))
    assert np.isnan(poses.joints_xy[~valid]).all()
    assert (poses.joint_visible == valid).all()


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 5, 3)), np.zeros((4, 5), np.uint8), np.zeros((4, 5, 4), np.uint8), np.zeros((3, 4, 5), np.uint8), np.zeros((0, 5, 3), np.uint8)],
    ids=["float", "grey", "alpha", "channels first", "empty"],
)
def test_frames_are_rgb_of_bytes(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"image of frame 3 is .* expected uint8 \(H, W, 3\), RGB"):
        Frame(3, image, None, "3.jpg")


def test_numbers_of_numpy_become_those_of_python() -> None:
    """JSON and tables require Python numbers."""
    info = SequenceInfo("a", ("0",), fps=np.float64(25), labelled=(np.bool_(True),), timestamps_s=(np.float64(0),), image_ids=(np.int64(7),))  # type: ignore[arg-type]
    assert [type(v) for v in (info.fps, info.labelled[0], *(info.timestamps_s or ()), *(info.image_ids or ()))] == [float, bool, float, int]


def test_flags_of_coco_are_visible_or_not() -> None:
    assert _poses(joint_visible=np.full((3, 2), 2)).joint_visible.all()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda poses: pickle.loads(pickle.dumps(poses))])
def test_copies_are_read_only_too(copied: Callable[[FramePoses], FramePoses]) -> None:
    poses = copied(_poses())
    np.testing.assert_array_equal(poses.joints_xy, _poses().joints_xy)
    with pytest.raises(ValueError, match="read-only"):
        poses.joints_xy[0, 0, 0] = 1


def test_arrays_are_copies_and_read_only() -> None:
    xy = np.zeros((3, 2, 2))
    poses = _poses(joints_xy=xy)
    xy[:] = 7
    assert (poses.joints_xy == 0).all()
    with pytest.raises(ValueError, match="read-only"):
        poses.joints_xy[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": np.zeros(2)}, r"scores has shape \(2,\), expected \(3\)"),
        ({"joints_xy": np.zeros((3, 2, 3))}, r"joints_xy has shape \(3, 2, 3\)"),
        ({"joint_valid": np.ones((3, 1), dtype=bool)}, "joint_valid has shape"),
        ({"joints_xy": np.full((3, 2, 2), np.nan)}, "NaN or infinite where joint_valid is true"),
        ({"joints_xy": np.full((3, 2, 2), np.inf)}, "NaN or infinite where joint_valid is true"),
        ({"boxes_xyxy": np.array([[0, 0, 1, np.nan]] * 3)}, "boxes_xyxy is infinite or partly NaN"),
        ({"scores": np.full(3, np.inf)}, "scores are infinite"),
        ({"joint_visible": np.ones(2)}, "joint_visible has shape"),
        ({"track_ids": [0.5, 1, 2]}, r"track_ids holds 0.5, expected whole numbers of int64"),
        ({"track_ids": [-5, 1, 2]}, "track_ids of frame 4 hold -5, expected -1 for none"),
        ({"origin": [7, 0, 0]}, "origin holds 7, expected 0 to 2"),
        ({"track_ids": [5, 5, 1]}, r"track_ids of frame 4 are not unique: \[5, 5, 1\]"),
        ({"image_hw": (0, 5)}, "expected two positive numbers"),
    ],
)
def test_frame_poses_check_themselves(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _poses(**change)


def test_several_people_may_be_untracked() -> None:
    assert _poses(track_ids=[-1, -1, 7]).track_ids.tolist() == [-1, -1, 7]


def test_select_and_concatenate_are_inverse() -> None:
    poses = _poses(track_ids=[3, 1, 2])
    parts = [poses.select([0]), poses.select(np.array([False, True, True]))]
    back = concatenate(parts)
    for name in ("boxes_xyxy", "scores", "joints_xy", "track_ids"):
        assert (getattr(back, name) == getattr(poses, name)).all()
    assert len(poses.select([])) == 0
    with pytest.raises(ValueError, match="same frame and skeleton"):
        concatenate([poses, FramePoses.empty(5, (48, 64), 2)])


def test_poses_with_fewer_candidates_have_nan_beside_others() -> None:
    poses = _poses(track_ids=[3, 1, 2])
    places = np.random.default_rng(0).uniform(0, 40, (*poses.joint_valid.shape, 3, 3)).astype(np.float32)
    some, none = replace(poses, candidates=places).select([2, 0]), poses.select([1])
    assert none.candidates.shape == (1, poses.num_joints, 0, 3)
    together = concatenate([some, none])
    assert (together.candidates[:2] == places[[2, 0]]).all() and np.isnan(together.candidates[2]).all()
    tracks = {track.track_id: track for track in tracks_of([together])}
    assert (tracks[3].candidates[0] == places[0]).all() and np.isnan(tracks[1].candidates).all()
    (back,) = with_track_joints([together], tracks.values())
    assert back.candidates.shape[2] == 0
    with pytest.raises(ValueError, match="candidates"):
        replace(poses, candidates=places[:, :, :, :2])


def test_boxes() -> None:
    boxes = FrameBoxes(0, (10, 10), np.array([[0, 0, 1, 1], [2, 2, 5, 5]]), np.array([0.5, 0.9]))
    assert boxes.select([1]).xyxy.tolist() == [[2, 2, 5, 5]]
    assert len(FrameBoxes.empty(0, (10, 10))) == 0
    with pytest.raises(ValueError, match="xyxy has shape"):
        FrameBoxes(0, (10, 10), np.zeros((2, 3)), np.zeros(2))


def test_a_track_goes_forward_in_time() -> None:
    good = TrackedPose(1, np.array([0, 2]), np.zeros((2, 3, 2)), np.zeros((2, 3)), np.zeros(2))
    assert len(good) == 2
    with pytest.raises(ValueError, match="track 1: frame_indices do not increase"):
        TrackedPose(1, np.array([2, 2]), np.zeros((2, 3, 2)), np.zeros((2, 3)), np.zeros(2))


def test_a_sequence_has_one_entry_a_frame() -> None:
    info = SequenceInfo("s", ("a.jpg", "b.jpg"))
    frames = tuple(FramePoses.empty(i, (4, 4), 17) for i in range(2))
    sequence = SequencePoses(info, COCO, frames)
    assert info.labelled == (True, True)
    assert sequence.ignore_regions == ((), ())
    with pytest.raises(ValueError, match="1 frames of poses, expected 2"):
        SequencePoses(info, COCO, frames[:1])
    with pytest.raises(ValueError, match="frame 0 says it is frame 1"):
        SequencePoses(info, COCO, frames[::-1])
    with pytest.raises(ValueError, match=r"frame 0 has 15 joints, expected 17 \(coco\)"):
        SequencePoses(info, COCO, tuple(FramePoses.empty(i, (4, 4), 15) for i in range(2)))
    with pytest.raises(ValueError, match="timestamps_s of s has 1 entries, expected 2"):
        SequenceInfo("s", ("a", "b"), timestamps_s=(0.0,))
