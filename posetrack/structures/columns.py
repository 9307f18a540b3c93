"""The poses of many frames as one set of arrays, used to read, write and score whole files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from posetrack.structures.poses import FramePoses
from posetrack.structures.skeleton import BoolArray, FloatArray, IntArray

_DERIVED: Any = None  # a field whose default depends on the others, set in __post_init__


@dataclass(frozen=True, eq=False)
class PoseColumns:
    """The P poses of a sequence, ordered by frame; the columns besides ``frame`` are those of ``FramePoses``.

    Attributes:
        frame: (P,) frame index of each pose, never decreasing.
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
        null_scores: (P, K) bool, true where the file gives a joint score as null, which the official evaluator treats
            differently from a missing score; ``joint_scores`` is NaN there. ``FramePoses`` does not keep it.
            Default: all false.
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
    null_scores: BoolArray = _DERIVED

    def __post_init__(self) -> None:
        if self.null_scores is None:
            object.__setattr__(self, "null_scores", np.zeros(self.joint_valid.shape, dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.frame)

    @classmethod
    def of_frames(cls, frames: Sequence[FramePoses], num_joints: int) -> PoseColumns:
        """The poses of all frames; ``num_joints`` is needed if there are no frames."""
        if isinstance(frames, ColumnFrames):
            return frames.columns
        parts = frames or (FramePoses.empty(0, (1, 1), num_joints),)
        index = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return cls(index, *(np.concatenate([getattr(part, name) for part in parts]) for name in _PER_POSE))

    def sorted_by_frame(self) -> PoseColumns:
        """The same poses sorted by frame; poses of one frame keep their order."""
        if (np.diff(self.frame) >= 0).all():
            return self
        order = np.argsort(self.frame, kind="stable")
        return PoseColumns(*(np.take(getattr(self, f.name), order, axis=0) for f in fields(self)))

    def frames(self, image_sizes_hw: Sequence[tuple[int, int]]) -> ColumnFrames:
        """One FramePoses per image size, frames without poses included."""
        return ColumnFrames(self.sorted_by_frame(), image_sizes_hw)


_PER_POSE = tuple(f.name for f in fields(PoseColumns) if f.name not in ("frame", "null_scores"))


class ColumnFrames(Sequence[FramePoses]):
    """The frames of ``PoseColumns``, each built on access.

    Building a FramePoses costs more than reading its share of a file, and scoring a file needs none.

    Args:
        columns: the poses.
        image_sizes_hw: height and width of each frame.
    """

    def __init__(self, columns: PoseColumns, image_sizes_hw: Sequence[tuple[int, int]]) -> None:
        self.columns = columns
        self._sizes = tuple(image_sizes_hw)
        self._bounds = np.searchsorted(columns.frame, np.arange(len(self._sizes) + 1)).tolist()

    def __len__(self) -> int:
        return len(self._sizes)

    @overload
    def __getitem__(self, index: int) -> FramePoses: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[FramePoses, ...]: ...

    def __getitem__(self, index: int | slice) -> FramePoses | tuple[FramePoses, ...]:
        positions = range(len(self._sizes))[index]
        return self._frame(positions) if isinstance(positions, int) else tuple(self._frame(i) for i in positions)

    def _frame(self, index: int) -> FramePoses:
        part = slice(self._bounds[index], self._bounds[index + 1])
        values: list[Any] = [getattr(self.columns, name)[part] for name in _PER_POSE]
        return FramePoses(index, self._sizes[index], *values)
