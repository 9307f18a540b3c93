"""Joints within a threshold of the ground truth: the counts behind PCK, PCKh and their curves.

Distances are relative to the size of the person. In sequences, persons are paired by the official assignment
(``matching.assign_persons``, within 0.5 of the head size whatever is measured afterwards); joints of an unpaired
ground-truth person and joints that are not predicted count as wrong. Predictions without ground truth do not count:
PCK measures recall. Counts of several sequences can be added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.matching import assign_persons, pair_poses
from posetrack.evaluation.persons import PersonColumns
from posetrack.evaluation.posetrack import evaluated_persons
from posetrack.structures import POSETRACK17, BoolArray, FloatArray, IntArray, SequencePoses

REFERENCES = ("head", "box")


@dataclass(frozen=True, eq=False)
class PckCounts:
    """Number of correct joints at each threshold.

    Attributes:
        joints: names of the K joints.
        thresholds: (T,) float64, increasing, in person sizes.
        annotated: (K,) int64 number of annotated joints.
        right: (T, K) int64 number of annotated joints whose prediction is at most the threshold away.
    """

    joints: tuple[str, ...]
    thresholds: FloatArray
    annotated: IntArray
    right: IntArray

    def __add__(self, other: PckCounts) -> PckCounts:
        if self.joints != other.joints or not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError("PCK counts of other joints or other thresholds cannot be added")
        return replace(self, annotated=self.annotated + other.annotated, right=self.right + other.right)

    @property
    def percent(self) -> FloatArray:
        """(T, K) correct joints in percent, NaN where none is annotated."""
        return np.asarray(100.0 * self.right / np.where(self.annotated > 0, self.annotated, np.nan))


def count_right(
    distances: FloatArray, annotated: BoolArray, joints: Sequence[str], thresholds: Iterable[float]
) -> PckCounts:
    """Count from distances, at all thresholds in one pass.

    Args:
        distances: (N, K) float64 in person sizes; NaN = not predicted or size unknown, counts as wrong.
        annotated: (N, K) bool, the joint is annotated.
        joints: K names.
        thresholds: increasing; a distance equal to the threshold is within it.

    Raises:
        ValueError: inconsistent shapes; thresholds that do not increase.
    """
    edges = np.array(list(thresholds), dtype=np.float64)
    if not len(edges) or np.isnan(edges).any() or (np.diff(edges) <= 0).any():
        raise ValueError(f"thresholds are {edges.tolist()}, expected one or more increasing numbers")
    if distances.shape != annotated.shape or distances.shape[1:] != (len(joints),):
        raise ValueError(
            f"distances are {distances.shape} and annotated {annotated.shape}, expected (N, {len(joints)}) both"
        )
    count = len(joints)
    # Index of the first threshold that covers each distance; NaN sorts after all of them.
    first = np.searchsorted(edges, distances, side="left")
    cells = (first * count + np.arange(count))[annotated]
    per_cell = np.bincount(cells, minlength=(len(edges) + 1) * count).reshape(-1, count)
    return PckCounts(
        joints=tuple(joints),
        thresholds=edges,
        annotated=annotated.sum(axis=0),
        right=per_cell.cumsum(axis=0)[: len(edges)],
    )


def joint_distances(pred_xy: FloatArray, truth_xy: FloatArray, sizes: FloatArray) -> FloatArray:
    """Compute joint distances of paired poses, in person sizes.

    Args:
        pred_xy, truth_xy: (N, K, 2) pixels, row i is the same person in both; NaN = no joint.
        sizes: (N,) pixels.

    Returns:
        (N, K) float64; NaN where a joint is missing or the size is NaN or not positive.
    """
    known = np.where(sizes > 0, sizes, np.nan)[:, None]
    return np.asarray(np.linalg.norm(pred_xy - truth_xy, axis=2) / known)


def count_pck(
    gt: SequencePoses, pred: SequencePoses, thresholds: Iterable[float], reference: str = "head"
) -> PckCounts:
    """Count one sequence, for the 15 joints of the PoseTrack evaluation.

    Frames are paired by name (``pair_frames``). As in the PoseTrack evaluation, frames without annotated people and
    anything inside ignore regions are left out.

    Args:
        gt: ground truth with head boxes.
        pred: predictions for the same frames.
        thresholds: increasing, in person sizes.
        reference: ``"head"``, the head size (PCKh), or ``"box"``, the longer side of the box around the annotated
            joints (PCK, Yang and Ramanan 2013).

    Raises:
        FormatError: different numbers of frames; an annotated person without a head box; a skeleton that lacks one
            of the 15 joints.
        ValueError: an unknown reference, thresholds that do not increase.
    """
    if reference not in REFERENCES:
        raise ValueError(f"reference is {reference!r}, expected one of {', '.join(REFERENCES)}")
    truth, prediction, _, pairs = assigned_persons(gt, pred)
    partner = np.full(len(truth), -1)
    partner[pairs[:, 0]] = pairs[:, 1]
    pred_xy = np.full(truth.joints_xy.shape, np.nan)
    pred_xy[partner >= 0] = prediction.joints_xy[partner[partner >= 0]]
    sizes = truth.head_sizes if reference == "head" else _box_sizes(truth)
    distances = joint_distances(pred_xy, truth.joints_xy, sizes)
    return count_right(distances, truth.joint_valid, POSETRACK17.joints, thresholds)


def merge_pck(parts: Iterable[PckCounts]) -> PckCounts:
    """Add up the counts of several sequences.

    Raises:
        ValueError: no sequences, or sequences with different joints or thresholds.
    """
    total: PckCounts | None = None
    for part in parts:
        total = part if total is None else total + part
    if total is None:
        raise ValueError("no sequence to merge")
    return total


def assigned_persons(gt: SequencePoses, pred: SequencePoses) -> tuple[PersonColumns, PersonColumns, IntArray, IntArray]:
    """Return the evaluated persons and their pairing as for the official AP.

    Returns:
        Ground truth and predictions from ``evaluated_persons``, the positions of the kept frames, and (A, 2) int64
        rows of ground truth and prediction.

    Raises:
        FormatError: different numbers of frames; an annotated person without a head box; a skeleton that lacks one
            of the 15 joints.
    """
    truth, prediction, kept = evaluated_persons(gt, pred)
    lacking = np.isnan(truth.head_sizes) & truth.joint_valid.any(axis=1)
    if lacking.any():
        frame = kept[truth.frames[lacking.argmax()]]
        raise FormatError(
            f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]}): an annotated person "
            f"has no head box (bbox_head, or x1 y1 x2 y2), but pairing needs head sizes; {int(lacking.sum())} such persons in the "
            "sequence: add their boxes"
        )
    pairs = pair_poses(truth, prediction, len(kept))
    assigned = assign_persons(truth, pairs)
    return truth, prediction, kept, np.stack([pairs.truth_rows[assigned], pairs.pred_rows[assigned]], axis=1)


def _box_sizes(persons: PersonColumns) -> FloatArray:
    mask = persons.joint_valid[..., None]
    low = np.where(mask, persons.joints_xy, np.inf).min(axis=1)
    high = np.where(mask, persons.joints_xy, -np.inf).max(axis=1)
    return np.asarray((high - low).max(axis=1))
