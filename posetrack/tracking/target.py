"""Follow one chosen person through the whole clip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posetrack.config.setting_checks import check_least, check_range
from posetrack.errors import InputError
from posetrack.structures import NO_TRACK, FloatArray, FramePoses


@dataclass(frozen=True, kw_only=True)
class TargetConfig:
    """The person to follow; all others are left out.

    Attributes:
        x: x coordinate in pixels, from the left, of a point on the person.
        y: y coordinate in pixels, from the top.
        frame: number of the frame in which the person is at this point, counted from 0 among the frames read.
        max_gap_frames: the longest absence, in frames, after which offline linking may find the person again; linking
            always runs when a target is set.
    """

    x: float
    y: float
    frame: int
    max_gap_frames: int = 150

    def __post_init__(self) -> None:
        check_range(self, -math.inf, math.inf, "x", "y")
        check_least(self, 0, "frame", "max_gap_frames")


def only_target(frames: Sequence[FramePoses], target: TargetConfig) -> list[FramePoses]:
    """Keep only the poses of the person at the target's point.

    Args:
        frames: tracked and linked poses.
        target: selects, among people whose box contains the point, the one with the nearest joint relative to the
            person's size.

    Raises:
        InputError: there is no such frame, or nobody is at the point; lists the people in the frame.
    """
    frame = next((f for f in frames if f.frame_index == target.frame), None)
    if frame is None:
        last = frames[-1].frame_index if frames else -1
        raise InputError(f"target: no frame {target.frame}, expected 0 to {last}")
    track = _track_at(frame, np.array([target.x, target.y]))
    if track == NO_TRACK:
        middle = (frame.boxes_xyxy[:, :2] + frame.boxes_xyxy[:, 2:]) / 2
        people = ", ".join(f"{x:.0f},{y:.0f}" for x, y in middle) or "nobody"
        raise InputError(
            f"target: nobody at {target.x:g},{target.y:g} in frame {target.frame}; centres of the people there: "
            f"{people}"
        )
    return [f.select(f.track_ids == track) for f in frames]


def anybody_near(frame: FramePoses, target: TargetConfig) -> bool:
    """Whether the point is within one box size of somebody's box; the person may have moved a little."""
    boxes = frame.boxes_xyxy
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)
    point = np.array([target.x, target.y])
    return bool(((boxes[:, :2] - size <= point) & (point <= boxes[:, 2:] + size)).all(axis=1).any())


def _track_at(frame: FramePoses, point: FloatArray) -> int:
    boxes = frame.boxes_xyxy
    inside = ((boxes[:, :2] <= point) & (point <= boxes[:, 2:])).all(axis=1) & (frame.track_ids != NO_TRACK)
    if not inside.any():
        return NO_TRACK
    rows = np.flatnonzero(inside)
    middle = (boxes[rows, :2] + boxes[rows, 2:]) / 2
    points = np.concatenate([frame.joints_xy[rows], middle[:, None]], axis=1)
    size = np.maximum(np.linalg.norm(boxes[rows, 2:] - boxes[rows, :2], axis=1), 1.0)
    distance = np.nanmin(np.linalg.norm(points - point, axis=2), axis=1) / size
    return int(frame.track_ids[rows[np.argmin(distance)]])
