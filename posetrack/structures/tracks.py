"""Convert poses by frame to poses by track, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from posetrack.structures.poses import NO_TRACK, FramePoses, TrackedPose, all_candidates
from posetrack.structures.skeleton import IntArray


def tracks_of(frames: Iterable[FramePoses]) -> list[TrackedPose]:
    """The tracks of a sequence.

    Args:
        frames: in time order; frames without poses may be missing. Poses without a track id are left out.

    Returns:
        One TrackedPose per track id, by increasing id. Invalid joints are NaN; scores and candidates are those of the
        frames.

    Raises:
        ValueError: frame indices do not increase, or the skeletons differ.
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
    """The same frames with the joints of the tracks: the inverse of ``tracks_of``.

    Boxes, scores, ids, origin and head boxes are kept; candidates, which belong to the joints as the network saw them,
    are dropped. A joint is valid where the track has it; existing joints keep their visibility, new ones, which nobody saw,
    count as not visible. Poses without a track id keep their joints.

    Args:
        frames: the frames the tracks were taken from.
        tracks: the same tracks with changed ``joints_xy`` and ``joint_scores``.

    Raises:
        ValueError: a pose of the frames is in no track, or a track has a frame that holds no pose of it.
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
        visible = frame.joint_visible & valid
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
    """Position of the frame in the track, -1 if absent."""
    at = int(np.searchsorted(track.frame_indices, frame_index))
    return at if at < len(track) and track.frame_indices[at] == frame_index else -1


def _check_order(index: IntArray) -> None:
    wrong = np.flatnonzero(np.diff(index) <= 0)
    if len(wrong):
        raise ValueError(
            f"frame {index[wrong[0] + 1]} follows frame {index[wrong[0]]}: expected frame indices that increase"
        )
