"""How many joints are within a threshold of the truth: the counts behind PCK, PCKh and their curves.

A distance is measured in sizes of the person. Of sequences, persons are paired by the official assignment
(``matching.assign_persons``, within 0.5 of the head size whatever is measured afterwards); joints of a truth
without a partner, and joints not predicted, are wrong. Predictions without a truth do not count: PCK measures
recall. Counts of sequences add up.
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
    """Right joints at each threshold.

    Attributes:
        joints: names of the K joints.
        thresholds: (T,) float64, increasing, in sizes of the person.
        annotated: (K,) int64.
        right: (T, K) int64 annotated joints whose prediction is at most the threshold away.
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
        """(T, K) share of right joints in percent, NaN where none is annotated."""
        return np.asarray(100.0 * self.right / np.where(self.annotated > 0, self.annotated, np.nan))


def count_right(
    distances: FloatArray, annotated: BoolArray, joints: Sequence[str], thresholds: Iterable[float]
) -> PckCounts:
    """Counts from distances, at all thresholds in one pass.

    Args:
        distances: (N, K) float64 in sizes of the person; NaN = not predicted, or no size: wrong.
        annotated: (N, K) bool, the joint has a truth.
        joints: K names.
        thresholds: increasing; a distance equal to one is within it.

    Raises:
        ValueError: shapes that do not belong together; thresholds that do not increase.
    """
    edges = np.array(list(thresholds), dtype=np.float64)
    if not len(edges) or np.isnan(edges).any() or (np.diff(edges) <= 0).any():
        raise ValueError(f"thresholds are {edges.tolist()}, expected one or more increasing numbers")
    if distances.shape != annotated.shape or distances.shape[1:] != (len(joints),):
        raise ValueError(
            f"distances are {distances.shape} and annotated {annotated.shape}, expected (N, {len(joints)}) both"
        )
    count = len(joints)
    # The first threshold that holds each distance; NaN sorts behind all of them.
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
    """Distances of paired poses in sizes of the person.

    Args:
        pred_xy, truth_xy: (N, K, 2) pixels, row by row the same person; NaN = no joint.
        sizes: (N,) pixels.

    Returns:
        (N, K) float64; NaN where a joint is missing or the size is NaN or not positive.
    """
    known = np.where(sizes > 0, sizes, np.nan)[:, None]
    return np.asarray(np.linalg.norm(pred_xy - truth_xy, axis=2) / known)


def count_pck(
    gt: SequencePoses, pred: SequencePoses, thresholds: Iterable[float], reference: str = "head"
) -> PckCounts:
    """What one sequence contributes, in the 15 joints of the PoseTrack evaluation.

    Frames are paired by name (``pair_frames``), those without annotated people and what lies in ignore regions left
    out as the PoseTrack evaluation does.

    Args:
        gt: ground truth with head boxes.
        pred: predictions for the same frames.
        thresholds: increasing, in sizes of the person.
        reference: ``"head"``, the head size (PCKh), or ``"box"``, the longer side of the box around the annotated
            joints (PCK, Yang and Ramanan 2013).

    Raises:
        FormatError: unequal numbers of frames; an annotated person without a head box; a skeleton without one of
            the 15 joints.
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
    """The counts of several sequences together.

    Raises:
        ValueError: there is none, or they are of other thresholds.
    """
    total: PckCounts | None = None
    for part in parts:
        total = part if total is None else total + part
    if total is None:
        raise ValueError("no sequence to merge")
    return total


def assigned_persons(gt: SequencePoses, pred: SequencePoses) -> tuple[PersonColumns, PersonColumns, IntArray, IntArray]:
    """The persons that count and who is paired with whom, as for the official AP.

    Returns:
        Truth and predictions as ``evaluated_persons`` has them, the positions of the frames kept, and (A, 2) int64
        rows of truth and prediction.

    Raises:
        FormatError: unequal numbers of frames; an annotated person without a head box; a skeleton without one of
            the 15 joints.
    """
    truth, prediction, kept = evaluated_persons(gt, pred)
    lacking = np.isnan(truth.head_sizes) & truth.joint_valid.any(axis=1)
    if lacking.any():
        frame = kept[truth.frames[lacking.argmax()]]
        raise FormatError(
            f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]}): no head box (bbox_head, or x1 y1 x2 y2) of "
            f"an annotated person, but persons are paired in head sizes; {int(lacking.sum())} such persons in the "
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
