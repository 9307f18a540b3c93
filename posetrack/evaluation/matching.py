"""Which predicted joint is near enough to which annotated joint, and which pose belongs to which.

Source: poseval 4258a15, ``eval_helpers.assignGTmulti`` (every step of it that is about distances).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

MATCH_THRESHOLD = 0.5  # of the head size: PCKh@0.5, PoseTrack evaluation
_PAIRS_AT_ONCE = 1 << 18  # bounds the memory of a crowded sequence
_GATE_SLACK = 1 + 1e-6  # the box test must never be stricter than the distance test


@dataclass(frozen=True, eq=False)
class PosePairs:
    """The (prediction, truth) pairs that share at least one joint within the threshold.

    Attributes:
        pred_rows: (M,) int64 rows of the predictions' columns, never decreasing.
        truth_rows: (M,) int64 rows of the truth's columns, increasing within a prediction.
        distances: (M, 15) float64 in head sizes of the truth; NaN where a joint is missing.
        within: (M, 15) bool, the distance is at most the threshold.
    """

    pred_rows: IntArray
    truth_rows: IntArray
    distances: FloatArray
    within: BoolArray


def pair_poses(
    truth: PersonColumns, pred: PersonColumns, num_frames: int, threshold: float = MATCH_THRESHOLD
) -> PosePairs:
    """Compare every prediction with every truth of its frame.

    Pairs whose boxes of joints are further apart than the threshold (in head sizes) are never measured
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
    """(pred row, truth row) of every pair of a frame whose boxes of joints come near, in blocks."""
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
    """The box around each person's joints, (P, 2) low and high; inverted and infinite without joints."""
    mask = persons.joint_valid[..., None]
    low = np.where(mask, persons.joints_xy, np.inf).min(axis=1)
    high = np.where(mask, persons.joints_xy, -np.inf).max(axis=1)
    return low, high


def _near(
    truth: PersonColumns, pred: PersonColumns, pred_rows: IntArray, truth_rows: IntArray, threshold: float
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    offset = pred.joints_xy[pred_rows] - truth.joints_xy[truth_rows]
    # A head of size zero gives inf or NaN: no match, as in the official program.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        distances = np.sqrt(np.vecdot(offset, offset)) / truth.head_sizes[truth_rows, None]
        within = distances <= threshold
    keep = within.any(axis=1)
    return pred_rows[keep], truth_rows[keep], distances[keep], within[keep]


def prediction_labels(
    truth: PersonColumns, pred: PersonColumns, pairs: PosePairs, nearest_of_equals: bool = False
) -> BoolArray:
    """Which predicted joints are true positives for AP.

    A joint is right when it is within the threshold of the truth its person is assigned to.

    Args:
        truth, pred: the persons.
        pairs: what ``pair_poses`` found for them.
        nearest_of_equals: see ``assign_persons``.

    Returns:
        (P, 15) bool for the rows of ``pred``.
    """
    labels = np.zeros((len(pred), NUM_JOINTS), dtype=np.bool_)
    assigned = assign_persons(truth, pairs, nearest_of_equals)
    labels[pairs.pred_rows[assigned]] = pairs.within[assigned]
    return labels


def assign_persons(truth: PersonColumns, pairs: PosePairs, nearest_of_equals: bool = False) -> IntArray:
    """Which pairs are the official one-to-one assignment of predictions to truths.

    Each prediction keeps the truth of which it has the largest share of annotated joints right
    (the first of equals); each truth then takes its best remaining prediction (again the first).
    Scores play no part.

    Args:
        truth: the annotated persons.
        pairs: what ``pair_poses`` found for them.
        nearest_of_equals: among equal shares not the first counts but the one with more joints right (a person of one
            annotated joint has all right easily), and of these the nearest, by the mean distance of the joints that are
            right; not official.

    Returns:
        (A,) int64 rows of ``pairs``, by truth; every truth and every prediction at most once.
    """
    right = pairs.within.sum(axis=1)
    share = right / truth.joint_valid.sum(axis=1)[pairs.truth_rows]
    distance = np.zeros(len(share))
    if nearest_of_equals:  # every pair has a joint that is right
        distance = np.where(pairs.within, pairs.distances, 0.0).sum(axis=1) / right - right  # distances are below 1
    return assign_by_share(pairs.pred_rows, pairs.truth_rows, share, distance)


def assign_by_share(pred_rows: IntArray, truth_rows: IntArray, share: FloatArray, distance: FloatArray) -> IntArray:
    """The rule of ``assign_persons`` for any pairs, all (M,): the largest share, then the smallest distance, is best.

    Returns:
        (A,) int64 which of the pairs, by truth; every truth and every prediction at most once.
    """
    order = np.lexsort((truth_rows, distance, -share, pred_rows))
    chosen = order[_first_of_run(pred_rows[order])]
    order = chosen[np.lexsort((pred_rows[chosen], distance[chosen], -share[chosen], truth_rows[chosen]))]
    return np.asarray(order[_first_of_run(truth_rows[order])])


def _first_of_run(values: IntArray) -> BoolArray:
    """Where a sorted array begins a new value."""
    first = np.ones(len(values), dtype=np.bool_)
    first[1:] = values[1:] != values[:-1]
    return first
