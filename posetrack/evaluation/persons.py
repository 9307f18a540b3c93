"""The persons of one side of a sequence as columns, in the evaluator's 15 joints.

The evaluation works on these columns rather than on one object per frame, so that numpy processes whole
sequences at once. A reader that fills the columns itself can skip ``SequencePoses``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError
from posetrack.structures import (
    POSETRACK17,
    BoolArray,
    FloatArray,
    IntArray,
    PoseColumns,
    SequencePoses,
    joint_map,
)

NUM_JOINTS = POSETRACK17.num_joints
HEAD_SIZE_FACTOR = 0.6  # of the head box's diagonal: poseval ``getHeadSize``, MPII's convention


@dataclass(frozen=True, eq=False)
class PersonColumns:
    """One row per person, ordered by frame.

    Attributes:
        frames: (P,) int64 frame index, non-decreasing.
        joints_xy: (P, 15, 2) float64 pixels, NaN = no joint.
        joint_valid: (P, 15) bool.
        joint_scores: (P, 15) float64, NaN = not in the file.
        null_scores: (P, 15) bool, the score is null in the file.
        track_ids: (P,) int64, ``NO_TRACK`` = none.
        head_sizes: (P,) float64 pixels; NaN = no head box.
        joints_listed: (P,) bool, see ``FramePoses``.
        scores: (P,) float64 from ``person_scores``, NaN = none.
    """

    frames: IntArray
    joints_xy: FloatArray
    joint_valid: BoolArray
    joint_scores: FloatArray
    null_scores: BoolArray
    track_ids: IntArray
    head_sizes: FloatArray
    joints_listed: BoolArray
    scores: FloatArray

    def __len__(self) -> int:
        return len(self.frames)

    def select(self, rows: npt.NDArray[Any]) -> PersonColumns:
        """Return the persons at ``rows`` (a mask, or increasing indices)."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def person_columns(sequence: SequencePoses) -> PersonColumns:
    """Convert the persons of a sequence to the evaluator's joints (matched by name; other joints are dropped).

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
    persons = sequence.columns
    with np.errstate(over="ignore"):  # boxes of 10^154 pixels and more
        size = persons.head_boxes_xyxy[:, 2:] - persons.head_boxes_xyxy[:, :2]
        diagonal = np.sqrt(np.vecdot(size, size))
    return PersonColumns(
        frames=persons.frame,
        joints_xy=persons.joints_xy[:, order],
        joint_valid=persons.joint_valid[:, order],
        joint_scores=persons.joint_scores[:, order],
        null_scores=persons.null_scores[:, order],
        track_ids=persons.track_ids,
        head_sizes=HEAD_SIZE_FACTOR * diagonal,
        joints_listed=persons.joints_listed,
        scores=person_scores(persons),
    )


def person_scores(persons: PoseColumns) -> FloatArray:
    """Return each person's score: the one in the file, or else the mean of the available joint scores.

    Returns:
        (P,) float64, NaN = neither the person nor any of its joints has a score.
    """
    known = persons.joint_valid & ~np.isnan(persons.joint_scores)
    total = np.where(known, persons.joint_scores, 0.0).sum(axis=1)
    number = known.sum(axis=1)
    mean = np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)
    return np.where(np.isnan(persons.scores), mean, persons.scores)
