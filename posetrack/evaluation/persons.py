"""The persons of one side of a sequence as columns, in the evaluator's 15 joints.

What evaluates works on these columns and not on one object a frame: whole sequences go through
numpy at once. A reader that fills the columns itself can skip ``SequencePoses``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError
from posetrack.structures import POSETRACK17, BoolArray, FloatArray, IntArray, SequencePoses, joint_map

NUM_JOINTS = POSETRACK17.num_joints
HEAD_SIZE_FACTOR = 0.6  # of the head box's diagonal: poseval ``getHeadSize``, MPII's convention


@dataclass(frozen=True, eq=False)
class PersonColumns:
    """One row a person, frames one after the other.

    Attributes:
        frames: (P,) int64 index of the frame, never decreasing.
        joints_xy: (P, 15, 2) float64 pixels, NaN = no joint.
        joint_valid: (P, 15) bool.
        joint_scores: (P, 15) float64, NaN = the file gave none.
        track_ids: (P,) int64, ``NO_TRACK`` = none.
        head_sizes: (P,) float64 pixels; NaN = no head box.
        joints_listed: (P,) bool, see ``FramePoses``.
    """

    frames: IntArray
    joints_xy: FloatArray
    joint_valid: BoolArray
    joint_scores: FloatArray
    track_ids: IntArray
    head_sizes: FloatArray
    joints_listed: BoolArray

    def __len__(self) -> int:
        return len(self.frames)

    def select(self, rows: npt.NDArray[Any]) -> PersonColumns:
        """The persons at ``rows`` (a mask, or increasing indices)."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def person_columns(sequence: SequencePoses) -> PersonColumns:
    """The persons of a sequence in the evaluator's joints (by name; others are left out).

    Raises:
        FormatError: the skeleton lacks one of the 15 joints.
    """
    order = joint_map(sequence.skeleton, POSETRACK17)
    if (order < 0).any():
        missing = [name for name, slot in zip(POSETRACK17.joints, order, strict=True) if slot < 0]
        raise FormatError(
            f"{sequence.info.name}: skeleton {sequence.skeleton.name} has no {', '.join(missing)}; the PoseTrack "
            "evaluation needs these 15 joints: convert the poses to posetrack18 or posetrack17 first"
        )
    persons = sequence.frames
    k = sequence.skeleton.num_joints
    heads = _stack([f.head_boxes_xyxy for f in persons], (0, 4), np.float64)
    size = heads[:, 2:] - heads[:, :2]
    return PersonColumns(
        frames=np.repeat(np.arange(len(persons)), [len(f) for f in persons]),
        joints_xy=_stack([f.joints_xy for f in persons], (0, k, 2), np.float64)[:, order],
        joint_valid=_stack([f.joint_valid for f in persons], (0, k), np.bool_)[:, order],
        joint_scores=_stack([f.joint_scores for f in persons], (0, k), np.float64)[:, order],
        track_ids=_stack([f.track_ids for f in persons], (0,), np.int64),
        head_sizes=HEAD_SIZE_FACTOR * np.sqrt(size[:, 0] * size[:, 0] + size[:, 1] * size[:, 1]),
        joints_listed=_stack([f.joints_listed for f in persons], (0,), np.bool_),
    )


def _stack(arrays: list[npt.NDArray[Any]], empty: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.zeros(empty, dtype=dtype)
