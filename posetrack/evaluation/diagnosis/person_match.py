"""Matching of predicted to annotated persons within a frame, for the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.evaluation.matching import MATCH_THRESHOLD, PosePairs, assign_by_share, pair_poses
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

NOBODY = -1
# In head sizes: beyond the threshold, yet still near this joint. Ronchi & Perona (ICCV 2017) call a joint good up to
# a keypoint similarity of 0.85 and near up to 0.5, which is 2.07 times as far.
NEAR_RADIUS = 2 * MATCH_THRESHOLD


@dataclass(frozen=True, eq=False)
class PersonMatch:
    """One-to-one matching within each frame.

    Attributes:
        truth_of: (P,) int64 row of the ground truth for each prediction, ``NOBODY`` = none.
        pred_of: (T,) int64 row of the prediction for each annotated person, ``NOBODY`` = none.
    """

    truth_of: IntArray
    pred_of: IntArray


def match_persons(truth: PersonColumns, pred: PersonColumns, num_frames: int) -> PersonMatch:
    """Match every prediction to at most one annotated person, and vice versa.

    First come the pairs that the official AP assigns (``matching.assign_persons``). The rest are paired greedily,
    best pair first: by the share of annotated joints within the threshold, then by closeness, the sum of
    ``1 - distance / NEAR_RADIUS`` over the near joints. Pairs without a joint within ``NEAR_RADIUS`` are excluded.
    """
    truth_of = np.full(len(pred), NOBODY, dtype=np.int64)
    pred_of = np.full(len(truth), NOBODY, dtype=np.int64)
    pairs = pair_poses(truth, pred, num_frames, NEAR_RADIUS)
    if len(pairs.pred_rows):
        annotated = truth.joint_valid.sum(axis=1)[pairs.truth_rows]
        share = (pairs.distances <= MATCH_THRESHOLD).sum(axis=1) / annotated
        for chosen in (_official(pairs, share), None):
            if chosen is None:
                free = (truth_of[pairs.pred_rows] == NOBODY) & (pred_of[pairs.truth_rows] == NOBODY)
                chosen = _greedy(pairs, share, np.flatnonzero(free))
            truth_of[pairs.pred_rows[chosen]] = pairs.truth_rows[chosen]
            pred_of[pairs.truth_rows[chosen]] = pairs.pred_rows[chosen]
    return PersonMatch(truth_of, pred_of)


def joint_distances(truth: PersonColumns, pred: PersonColumns, truth_of: IntArray) -> FloatArray:
    """(P, 15) distance in head sizes from each joint to the same joint of the matched person; NaN where undefined."""
    distances = np.full((len(pred), NUM_JOINTS), np.nan)
    rows = np.flatnonzero(truth_of != NOBODY)
    owners = truth_of[rows]
    offset = pred.joints_xy[rows] - truth.joints_xy[owners]
    with np.errstate(divide="ignore", invalid="ignore"):
        distances[rows] = np.sqrt(offset[..., 0] ** 2 + offset[..., 1] ** 2) / truth.head_sizes[owners, None]
    return distances


def good_joints(truth: PersonColumns, pred: PersonColumns, truth_of: IntArray) -> BoolArray:
    """(P, 15) bool, the predicted joint is within the official threshold of the matched person's joint."""
    with np.errstate(invalid="ignore"):
        return np.asarray(joint_distances(truth, pred, truth_of) <= MATCH_THRESHOLD)


def _official(pairs: PosePairs, share: FloatArray) -> IntArray:
    near = np.flatnonzero(share > 0)
    equal = np.zeros(len(near))  # the official rule ignores distances
    return np.asarray(near[assign_by_share(pairs.pred_rows[near], pairs.truth_rows[near], share[near], equal)])


def _greedy(pairs: PosePairs, share: FloatArray, candidates: IntArray) -> IntArray:
    """Take the best pair first: in rounds, each taking every pair that is the best for both its persons."""
    closeness = np.nansum(np.maximum(1 - pairs.distances[candidates] / NEAR_RADIUS, 0), axis=1)
    order = np.lexsort((pairs.truth_rows[candidates], pairs.pred_rows[candidates], -closeness, -share[candidates]))
    left = candidates[order]
    accepted = [np.zeros(0, dtype=np.int64)]
    while len(left):
        preds, truths = pairs.pred_rows[left], pairs.truth_rows[left]
        best = np.zeros(len(left), dtype=np.int64)
        for rows in (preds, truths):
            best[np.unique(rows, return_index=True)[1]] += 1
        taken = best == 2
        accepted.append(left[taken])
        left = left[~(np.isin(preds, preds[taken]) | np.isin(truths, truths[taken]))]
    return np.concatenate(accepted)
