"""Sparse assignment problems: which pairs influence each other at all."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from posetrack.structures import BoolArray, FloatArray, IntArray


def best_pairs(rows: IntArray, columns: IntArray, scores: FloatArray) -> BoolArray:
    """The pairs of the one-to-one pairing with the greatest total score.

    Rows and columns that no chain of pairs connects cannot influence each other: each connected group is
    solved alone, so that memory and time follow the crowd and not the number of rows times columns.

    Args:
        rows, columns: (E,) int64 what each pair joins, any numbers; no pair twice.
        scores: (E,) float64, greater than 0.

    Returns:
        (E,) bool.
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
    """Indices of the pairs of each connected group."""
    if not len(rows):
        return []
    row_ids, row_of = np.unique(rows, return_inverse=True)
    column_ids, column_of = np.unique(columns, return_inverse=True)
    size = len(row_ids) + len(column_ids)
    graph = coo_array((np.ones(len(rows)), (row_of, len(row_ids) + column_of)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][row_of]
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
