"""All poses of a file as one set of arrays, and the frames made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError
from posetrack.structures import NO_TRACK, BoolArray, FloatArray, FramePoses, IntArray

Regions = tuple[tuple[FloatArray, ...], ...]


@dataclass(frozen=True, eq=False)
class PoseTable:
    """The P poses of a file; the columns are those of ``FramePoses``.

    Attributes:
        frame: (P,) index of the frame that each pose belongs to.
        boxes_xyxy: (P, 4).
        scores: (P,).
        joints_xy: (P, K, 2).
        joint_scores: (P, K).
        joint_valid: (P, K).
        joint_visible: (P, K).
        track_ids: (P,).
        origin: (P,).
        head_boxes_xyxy: (P, 4).
        joints_listed: (P,).
    """

    frame: IntArray
    boxes_xyxy: FloatArray
    scores: FloatArray
    joints_xy: FloatArray
    joint_scores: FloatArray
    joint_valid: BoolArray
    joint_visible: BoolArray
    track_ids: IntArray
    origin: npt.NDArray[np.uint8]
    head_boxes_xyxy: FloatArray
    joints_listed: BoolArray

    def check_tracks(self, path: str, place: Callable[[int], str]) -> None:
        """Raise FormatError if two poses of a frame have the same track id."""
        order = np.lexsort((self.track_ids, self.frame))
        ids, frames = self.track_ids[order], self.frame[order]
        same = (ids[1:] == ids[:-1]) & (frames[1:] == frames[:-1]) & (ids[1:] != NO_TRACK)
        if same.any():
            at = int(np.argmax(same))
            first, second = sorted((int(order[at]), int(order[at + 1])))
            raise FormatError(
                f"{path}: frame {frames[at]}: {place(first)} and {place(second)} have the same track_id {ids[at]}, "
                "expected every id once in a frame; give one of them another id"
            )

    def to_frames(self, image_sizes_hw: Sequence[tuple[int, int]]) -> tuple[FramePoses, ...]:
        """One FramePoses for each of the sizes, persons in the file's order, frames without persons included."""
        order = np.argsort(self.frame, kind="stable")
        count = len(image_sizes_hw)
        bounds = np.searchsorted(self.frame[order], np.arange(count + 1)).tolist()
        columns = [np.take(getattr(self, name), order, axis=0) for name in _COLUMNS]
        frames = []
        for index, size in enumerate(image_sizes_hw):
            part = slice(bounds[index], bounds[index + 1])
            frames.append(FramePoses(index, size, *(column[part] for column in columns)))
        return tuple(frames)

    def extent_hw(self, regions: Regions) -> tuple[int, int]:
        """Height and width of the smallest image that holds all poses and regions; at least 1 x 1."""
        points = [self.joints_xy.reshape(-1, 2), self.boxes_xyxy.reshape(-1, 2), self.head_boxes_xyxy.reshape(-1, 2)]
        points += [polygon for frame in regions for polygon in frame]
        corner = np.nanmax(np.concatenate([*points, np.zeros((1, 2))]), axis=0)
        return math.floor(max(corner[1], 0.0)) + 1, math.floor(max(corner[0], 0.0)) + 1


_COLUMNS = (
    "boxes_xyxy", "scores", "joints_xy", "joint_scores", "joint_valid", "joint_visible", "track_ids", "origin",
    "head_boxes_xyxy", "joints_listed",
)  # fmt: skip
