"""Matching of predicted joints to annotated joints, and of poses to people.

Source: poseval 4258a15, ``eval_helpers.assignGTmulti`` (all its distance-based steps).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

MATCH_THRESHOLD = 0.5  # of the head size: PCKh@0.5, PoseTrack evaluation
_PAIRS_AT_ONCE = 1 << 18  # bounds the memory for crowded sequences
_GATE_SLACK = 1 + 1e-6  # the box test must never be stricter than the distance test


@dataclass(frozen=True, eq=False)
class PosePairs:
    """The (prediction, ground truth) pairs of poses that share at least one joint within the threshold.

    Attributes:
        pred_rows: (M,) int64 rows in the prediction columns, non-decreasing.
        truth_rows: (M,) int64 rows in the ground-truth columns, increasing within a prediction.
        distances: (M, 15) float64 in head sizes of the ground truth; NaN where a joint is missing.
        within: (M, 15) bool, the distance is at most the threshold.
    """

    pred_rows: IntArray
    truth_rows: IntArray
    distances: FloatArray
    within: BoolArray


def pair_poses(
    truth: PersonColumns, pred: PersonColumns, num_frames: int, threshold: float = MATCH_THRESHOLD
) -> PosePairs:
    """Compare every prediction with every ground-truth person of its frame.

    Pairs whose joint bounding boxes are further apart than the threshold (in head sizes) are not measured
    joint by joint: the cost is that of the neighbours, not of all pairs.
    """
    found = [_near(truth, pred, *rows, threshold) for rows in _candidates(truth, pred, num_frames, threshold)]
    if not found:
        none = np.zeros(0, dtype=np.int64)
        empty = np.zeros((0, NUM_JOINTS))
        return PosePairs(none, none, empty, empty.astype(np.bool_))
    pred_rows, truth_rows, distances, within = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return PosePairs(pred_rows, truth_rows, distances, within)


def _candidates(
    truth: PersonColumns, pred: PersonColumns, num_frames: int, threshold: float
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield, in blocks, (pred row, truth row) of same-frame pairs whose joint bounding boxes are near each other."""
    per_frame = np.bincount(truth.frames, minlength=num_frames)
    first_truth = np.cumsum(per_frame) - per_frame
    partners = per_frame[pred.frames]
    done = np.cumsum(partners)
    low, high = _extent(pred)
    truth_low, truth_high = _extent(truth)
    radius = (threshold * _GATE_SLACK * truth.head_sizes)[:, None]
    truth_low, truth_high = truth_low - radius, truth_high + radius
    start = 0
    while start < len(pred):
        begin = done[start] - partners[start]
        stop = max(start + 1, int(np.searchsorted(done, begin + _PAIRS_AT_ONCE, side="right")))
        rows = np.arange(start, stop)
        pred_rows = np.repeat(rows, partners[rows])
        offset = np.arange(len(pred_rows)) - np.repeat(done[rows] - partners[rows] - begin, partners[rows])
        truth_rows = first_truth[pred.frames[pred_rows]] + offset
        near = (low[pred_rows] <= truth_high[truth_rows]) & (high[pred_rows] >= truth_low[truth_rows])
        keep = near[:, 0] & near[:, 1]
        yield pred_rows[keep], truth_rows[keep]
        start = stop


def _extent(persons: PersonColumns) -> tuple[FloatArray, FloatArray]:
    """(P, 2) low and high corner of the box around each person's joints; inverted and infinite without joints."""
    mask = persons.joint_valid[..., None]
    low = np.where(mask, persons.joints_xy, np.inf).min(axis=1)
    high = np.where(mask, persons.joints_xy, -np.inf).max(axis=1)
    return low, high


def _near(
    truth: PersonColumns, pred: PersonColumns, pred_rows: IntArray, truth_rows: IntArray, threshold: float
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    offset = pred.joints_xy[pred_rows] - truth.joints_xy[truth_rows]
    # A head size of zero gives inf or NaN: no match, as in the official program.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        distances = np.sqrt(np.vecdot(offset, offset)) / truth.head_sizes[truth_rows, None]
        within = distances <= threshold
    keep = within.any(axis=1)
    return pred_rows[keep], truth_rows[keep], distances[keep], within[keep]


def prediction_labels(
    truth: PersonColumns, pred: PersonColumns, pairs: PosePairs, nearest_of_equals: bool = False
) -> BoolArray:
    """Determine which predicted joints are true positives for AP.

    A joint is correct if it is within the threshold of the ground-truth person its pose is assigned to.

    Args:
        truth, pred: the persons.
        pairs: their pairs from ``pair_poses``.
        nearest_of_equals: see ``assign_persons``.
    Returns:
        (P, 15) bool for the rows of ``pred``.
    """
    labels = np.zeros((len(pred), NUM_JOINTS), dtype=np.bool_)
    assigned = assign_persons(truth, pairs, nearest_of_equals)
    labels[pairs.pred_rows[assigned]] = pairs.within[assigned]
    return labels


def assign_persons(truth: PersonColumns, pairs: PosePairs, nearest_of_equals: bool = False) -> IntArray:
    """Compute the official one-to-one assignment of predictions to ground-truth persons.

    Each prediction keeps the ground-truth person for whom it has the largest fraction of annotated joints
    correct (the first one in a tie); each ground-truth person then takes its best remaining prediction
    (again the first). Scores play no part.

    Args:
        truth: the annotated persons.
        pairs: their pairs from ``pair_poses``.
        nearest_of_equals: not official: break ties by the number of correct joints (a person with a single annotated
            joint easily has all of them correct), then by the mean distance of the correct joints, instead of taking
            the first.

    Returns:
        (A,) int64 rows of ``pairs``, ordered by ground truth; each ground-truth person and prediction at most once.
    """
    right = pairs.within.sum(axis=1)
    share = right / truth.joint_valid.sum(axis=1)[pairs.truth_rows]
    distance = np.zeros(len(share))
    if nearest_of_equals:  # every pair has a correct joint
        distance = np.where(pairs.within, pairs.distances, 0.0).sum(axis=1) / right - right  # distances are below 1
    return assign_by_share(pairs.pred_rows, pairs.truth_rows, share, distance)


def assign_by_share(pred_rows: IntArray, truth_rows: IntArray, share: FloatArray, distance: FloatArray) -> IntArray:
    """Apply the rule of ``assign_persons`` to any pairs, all (M,): largest share first, then smallest distance.

    Returns:
        (A,) int64 indices of the pairs, ordered by ground truth; each ground truth and prediction at most once.
    """
    order = np.lexsort((truth_rows, distance, -share, pred_rows))
    chosen = order[_first_of_run(pred_rows[order])]
    order = chosen[np.lexsort((pred_rows[chosen], distance[chosen], -share[chosen], truth_rows[chosen]))]
    return np.asarray(order[_first_of_run(truth_rows[order])])


def _first_of_run(values: IntArray) -> BoolArray:
    """Mark where a sorted array starts a new value."""
    first = np.ones(len(values), dtype=np.bool_)
    first[1:] = values[1:] != values[:-1]
    return first
