"""Tracking metrics beyond MOTA: HOTA and identity measures of one or more sequences.

All labelled frames are used, including the last. Each sequence gives ``TrackingCounts``, which can be added, so
memory is bounded by the largest sequence and sequences can be counted separately.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.hota import CORRECTED, KitQuirks, joint_hota, person_hota
from posetrack.evaluation.hota_counts import HotaCounts, HotaResult, with_mean, without_absent
from posetrack.evaluation.identity import IdentityCounts, IdentityResult, joint_identity
from posetrack.evaluation.matching import pair_poses
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.posetrack import evaluated_persons
from posetrack.structures import NO_TRACK, BoolArray, IntArray, SequencePoses


@dataclass(frozen=True, eq=False)
class TrackingCounts:
    """Counts of one or more sequences.

    Attributes:
        joints: HOTA of the 15 joints; a 16th column, if present, is the kit's total, see ``KitQuirks``.
        persons: HOTA of whole poses, one column.
        identity: identity measures of the joints.
    """

    joints: HotaCounts
    persons: HotaCounts
    identity: IdentityCounts

    def __add__(self, other: TrackingCounts) -> TrackingCounts:
        return TrackingCounts(self.joints + other.joints, self.persons + other.persons, self.identity + other.identity)

    def result(self) -> TrackingResult:
        """Compute the metrics of these counts."""
        joints = self.joints.result()
        if self.joints.true_positives.shape[1] == NUM_JOINTS:
            joints = with_mean(without_absent(joints, self.joints))
        return TrackingResult(
            joints=joints,
            persons=without_absent(self.persons.result(), self.persons),
            identity=self.identity.result(),
        )


@dataclass(frozen=True, eq=False)
class TrackingResult:
    """Tracking metrics, in percent or as counts.

    Attributes:
        joints: HOTA, (19, 16): 15 joints in PoseTrack17 order, then the total: their mean, or the kit's.
        persons: HOTA of whole poses, (19, 1).
        identity: IDF1, switches, ... (16,).
    """

    joints: HotaResult
    persons: HotaResult
    identity: IdentityResult

    def to_json(self) -> dict[str, Any]:
        """Return ``{"HOTA": {"hota": 16 numbers, ...}, "HOTA_person": {"hota": number, ...}, "ID": {"idf1": ...}}``.

        HOTA metrics are means over the thresholds; None for NaN.
        """
        return {
            "HOTA": self.joints.to_json(),
            "HOTA_person": {name: values[0] for name, values in self.persons.to_json().items()},
            "ID": self.identity.to_json(),
        }


def count_tracking(gt: SequencePoses, pred: SequencePoses, quirks: KitQuirks = CORRECTED) -> TrackingCounts:
    """Count one sequence; frames are paired by name (``pair_frames``).

    Args:
        gt: ground truth.
        pred: predictions for the same frames.
        quirks: deviations to adopt from PoseTrack21's kit for joint HOTA; nothing else depends on them.

    Raises:
        FormatError: different numbers of frames; a person with joints but without a track id; the same id
            twice in a frame; a ground-truth person without a head box; a skeleton that lacks one of the 15 joints.
    """
    truth, prediction, kept = evaluated_persons(gt, pred)
    for persons, side in ((truth, "ground truth"), (prediction, "predictions")):
        with_joints = persons.joint_valid.any(axis=1)
        _refuse(with_joints & (persons.track_ids == NO_TRACK), persons, gt, kept, _NO_ID.format(side=side))
        _refuse(_repeated_ids(persons), persons, gt, kept, _REPEATED_ID.format(side=side))
    compared = np.isin(truth.frames, prediction.frames)
    lacking = truth.joint_valid.any(axis=1) & np.isnan(truth.head_sizes) & compared
    _refuse(lacking, truth, gt, kept, _NO_HEAD)
    return TrackingCounts(
        joints=joint_hota(truth, prediction, len(kept), quirks),
        persons=person_hota(truth, prediction, len(kept)),
        identity=joint_identity(truth, prediction, pair_poses(truth, prediction, len(kept))),
    )


def merge_tracking(parts: Iterable[TrackingCounts]) -> TrackingCounts:
    """Add up the counts of several sequences, all counted with the same quirks.

    Raises:
        ValueError: no sequences.
    """
    total: TrackingCounts | None = None
    for part in parts:
        total = part if total is None else total + part
    if total is None:
        raise ValueError("no sequence to merge")
    return total


_NO_ID = (
    "a person of the {side} has no track id (0 or greater), but HOTA and identity measures need one each: track the "
    "poses first"
)
_REPEATED_ID = "two persons of the {side} share a track id in this frame: give each its own"
_NO_HEAD = (
    "an annotated person has no head box (bbox_head, or x1 y1 x2 y2), but distances are measured in head sizes: add it"
)


def _repeated_ids(persons: PersonColumns) -> BoolArray:
    """Mark persons whose id an earlier person of the frame already has; persons without an id are never marked."""
    order = np.lexsort((persons.track_ids, persons.frames))
    same = np.zeros(len(persons), dtype=np.bool_)
    ids, frames = persons.track_ids[order], persons.frames[order]
    same[order[1:]] = (ids[1:] == ids[:-1]) & (frames[1:] == frames[:-1]) & (ids[1:] != NO_TRACK)
    return same


def _refuse(faulty: BoolArray, persons: PersonColumns, gt: SequencePoses, kept: IntArray, what: str) -> None:
    if faulty.any():
        frame = kept[persons.frames[faulty.argmax()]]
        raise FormatError(
            f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]}): {what} "
            f"({int(faulty.sum())} such persons in the sequence)"
        )
