"""Pairing of one joint in one crowded frame, as done by py-motmetrics 1.4.0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from posetrack.structures import FloatArray, IntArray


def pair_crowd(
    truth_rows: Sequence[int],
    pred_rows: Sequence[int],
    distances: FloatArray,
    kept: Sequence[bool],
    everybody: Callable[[], tuple[IntArray, IntArray]],
) -> list[int]:
    """Choose the pairing among pairs of joints within the threshold of each other.

    An object keeps the hypothesis it was last paired with (objects in file order); the rest are paired by the
    Hungarian method: as many as possible, at the least total distance.

    Args:
        truth_rows, pred_rows: (E,) rows of the two joints of each pair, sorted by ground truth, then prediction.
        distances: (E,) float64.
        kept: (E,) whether the ground-truth joint was last paired with this prediction's track.
        everybody: returns the rows of all ground-truth persons and all predictions of the frame that have the joint,
            including those without a partner: among pairings of equal cost the solver's choice depends on them, and
            it must be py-motmetrics' choice.

    Returns:
        Indices of the chosen pairs, each ground-truth person and each prediction at most once.
    """
    accepted: list[int] = []
    used_truth: set[int] = set()
    used_pred: set[int] = set()
    for edge, (truth_row, pred_row) in enumerate(zip(truth_rows, pred_rows, strict=True)):
        if kept[edge] and pred_row not in used_pred:
            accepted.append(edge)
            used_truth.add(truth_row)
            used_pred.add(pred_row)
    rest = [
        edge
        for edge, (truth_row, pred_row) in enumerate(zip(truth_rows, pred_rows, strict=True))
        if truth_row not in used_truth and pred_row not in used_pred
    ]
    rows, columns = [truth_rows[edge] for edge in rest], [pred_rows[edge] for edge in rest]
    if len(set(rows)) == len(rows) and len(set(columns)) == len(columns):
        return accepted + rest  # no conflicts
    row_of, column_of = everybody()
    at = np.searchsorted(row_of, rows), np.searchsorted(column_of, columns)
    costs = np.full((len(row_of), len(column_of)), np.nan)
    costs[at] = distances[rest]
    chosen = set(zip(*(c.tolist() for c in linear_sum_assignment(_with_expensive_edges(costs))), strict=True))
    cells = zip(*(a.tolist() for a in at), strict=True)
    return accepted + [edge for edge, cell in zip(rest, cells, strict=True) if cell in chosen]


def _with_expensive_edges(costs: FloatArray) -> FloatArray:
    """Replace forbidden (NaN) pairs by a cost too high for any optimum that can avoid it.

    The value is py-motmetrics' (``lap.add_expensive_edges``), so that rounding and ties are equal.
    """
    worst = np.nanmax(np.abs(costs)) + 1
    return np.where(np.isnan(costs), 2 * min(costs.shape) * worst + 1, costs)
