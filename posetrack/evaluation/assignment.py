"""Sparse one-to-one assignment problems, solved one connected group at a time."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from posetrack.structures import BoolArray, FloatArray, IntArray


def best_pairs(rows: IntArray, columns: IntArray, scores: FloatArray) -> BoolArray:
    """Select the pairs of the one-to-one assignment with the greatest total score.

    Rows and columns that are not connected by a chain of pairs cannot influence each other, so each connected
    group is solved separately: memory and time grow with the size of the groups, not with rows times columns.

    Args:
        rows, columns: (E,) int64 ids of the two ends of each pair, arbitrary numbers; no pair appears twice.
        scores: (E,) float64, greater than 0.

    Returns:
        (E,) bool, true for the selected pairs.
    """
    chosen = np.zeros(len(rows), dtype=np.bool_)
    for group in _connected_groups(rows, columns):
        row_ids, row_of = np.unique(rows[group], return_inverse=True)
        column_ids, column_of = np.unique(columns[group], return_inverse=True)
        if len(row_ids) == 1 or len(column_ids) == 1:
            chosen[group[scores[group].argmax()]] = True
            continue
        table = np.zeros((len(row_ids), len(column_ids)))
        table[row_of, column_of] = scores[group]
        taken = np.zeros(table.shape, dtype=np.bool_)
        taken[linear_sum_assignment(-table)] = True
        chosen[group] = taken[row_of, column_of]
    return chosen


def _connected_groups(rows: IntArray, columns: IntArray) -> list[IntArray]:
    """Return the indices of the pairs in each connected group."""
    if not len(rows):
        return []
    row_ids, row_of = np.unique(rows, return_inverse=True)
    column_ids, column_of = np.unique(columns, return_inverse=True)
    size = len(row_ids) + len(column_ids)
    graph = coo_array((np.ones(len(rows)), (row_of, len(row_ids) + column_of)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][row_of]
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
