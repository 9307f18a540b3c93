"""From frames to one person over time, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from posetrack.structures.poses import NO_TRACK, FramePoses, TrackedPose, all_candidates
from posetrack.structures.skeleton import IntArray


def tracks_of(frames: Iterable[FramePoses]) -> list[TrackedPose]:
    """The tracks of a sequence.

    Args:
        frames: in order of time; frames without poses may lack. Poses without a track id are left out.

    Returns:
        One TrackedPose an id, the ids increasing. Joints that are not valid are NaN; scores and candidates are those of
        the frames.

    Raises:
        ValueError: frame indices do not increase; frames of different skeletons.
    """
    given = list(frames)
    index = np.array([frame.frame_index for frame in given], dtype=np.int64)
    _check_order(index)
    occupied = [frame for frame in given if len(frame)]
    if not occupied:
        return []
    if len({frame.num_joints for frame in occupied}) > 1:
        raise ValueError("frames have poses of different numbers of joints, expected one skeleton")
    ids = np.concatenate([frame.track_ids for frame in occupied])
    rows = np.flatnonzero(ids != NO_TRACK)
    rows = rows[np.argsort(ids[rows], kind="stable")]
    numbers = np.repeat([frame.frame_index for frame in occupied], [len(frame) for frame in occupied])
    xy = np.concatenate([frame.joints_xy for frame in occupied])
    scores = np.concatenate([frame.joint_scores for frame in occupied])
    origin = np.concatenate([frame.origin for frame in occupied])
    candidates = all_candidates(occupied)
    starts = np.flatnonzero(np.diff(ids[rows])) + 1
    return [
        TrackedPose(int(ids[part[0]]), numbers[part], xy[part], scores[part], origin[part], candidates[part])
        for part in np.split(rows, starts)
        if len(part)
    ]


def with_track_joints(frames: Sequence[FramePoses], tracks: Iterable[TrackedPose]) -> list[FramePoses]:
    """The same frames with the joints of the tracks: the way back from ``tracks_of``.

    Boxes, scores, ids, origin and head boxes stay; candidates, which belong to joints as the network saw them, do not. A
    joint is valid where the track has it; one that was there before keeps its visibility, one that is new counts as
    visible. Poses without a track id stay as they are.

    Args:
        frames: what the tracks were taken from.
        tracks: those tracks with other ``joints_xy`` and ``joint_scores``.

    Raises:
        ValueError: a pose of the frames is in no track, or a track holds a frame in which it has no pose.
    """
    known = {track.track_id: track for track in tracks}
    used = 0
    result = []
    for frame in frames:
        rows = np.flatnonzero(frame.track_ids != NO_TRACK)
        if not len(rows):
            result.append(frame)
            continue
        xy, scores = frame.joints_xy.copy(), frame.joint_scores.copy()
        for row, track_id in zip(rows.tolist(), frame.track_ids[rows].tolist(), strict=True):
            track = known.get(track_id)
            at = -1 if track is None else _position(track, frame.frame_index)
            if track is None or at < 0:
                raise ValueError(f"frame {frame.frame_index}: the pose of track {track_id} is in none of the tracks")
            xy[row], scores[row] = track.joints_xy[at], track.joint_scores[at]
        used += len(rows)
        valid = np.asarray(~np.isnan(xy).any(axis=2))
        visible = np.where(frame.joint_valid, frame.joint_visible, valid)
        result.append(
            replace(
                frame, joints_xy=xy, joint_scores=scores, joint_valid=valid, joint_visible=visible,
                candidates=frame.candidates[:, :, :0],
            )
        )  # fmt: skip
    total = sum(len(track) for track in known.values())
    if used != total:
        raise ValueError(f"the tracks hold {total} poses, the frames only {used} of them: expected the same poses")
    return result


def _position(track: TrackedPose, frame_index: int) -> int:
    """Where the frame is in the track, -1 = nowhere."""
    at = int(np.searchsorted(track.frame_indices, frame_index))
    return at if at < len(track) and track.frame_indices[at] == frame_index else -1


def _check_order(index: IntArray) -> None:
    wrong = np.flatnonzero(np.diff(index) <= 0)
    if len(wrong):
        raise ValueError(
            f"frame {index[wrong[0] + 1]} follows frame {index[wrong[0]]}: expected frame indices that increase"
        )
