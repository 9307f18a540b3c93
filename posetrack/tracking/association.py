"""Association: match rows with columns of a similarity matrix."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from posetrack.structures import FloatArray, IntArray

Method = Literal["greedy", "hungarian"]
MIN_SIMILARITY = 1e-9  # OKS can be as low as 1e-200, which vanishes in sums of similarities and makes matches arbitrary


def associate(similarity: FloatArray, threshold: float, method: Method = "hungarian") -> IntArray:
    """Match rows with columns, each at most once.

    Args:
        similarity: (T, N); NaN or less than ``threshold`` = never matched.
        threshold: minimum similarity of a pair; pairs below ``MIN_SIMILARITY`` never match.
        method: ``greedy`` takes the most similar pair first (ties: lowest row, then lowest column);
            ``hungarian`` takes the assignment with the largest sum of similarities.

    Returns:
        (M, 2) int64 pairs (row, column), sorted by row.

    Source: greedy, Xiao et al. 2018 section 4; Hungarian, Kuhn 1955 (scipy's implementation).
    """
    if method not in ("greedy", "hungarian"):
        raise ValueError(f"method is {method!r}, expected greedy or hungarian")
    values = np.where(np.isnan(similarity), 0.0, similarity)
    allowed = values >= max(threshold, MIN_SIMILARITY)
    pairs = _greedy(values, allowed) if method == "greedy" else _hungarian(values, allowed)
    return pairs[np.argsort(pairs[:, 0], kind="stable")]


def _greedy(values: FloatArray, allowed: np.ndarray) -> IntArray:
    rows, columns = np.nonzero(allowed)
    order = np.argsort(-values[rows, columns], kind="stable")
    free_row, free_column = np.ones(values.shape[0], dtype=bool), np.ones(values.shape[1], dtype=bool)
    pairs = []
    for row, column in zip(rows[order], columns[order], strict=True):
        if free_row[row] and free_column[column]:
            free_row[row] = free_column[column] = False
            pairs.append((row, column))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _hungarian(values: FloatArray, allowed: np.ndarray) -> IntArray:
    # A forbidden pair is worth 0, the same as being unmatched; it is dropped afterwards.
    rows, columns = linear_sum_assignment(np.where(allowed, values, 0.0), maximize=True)
    pairs = np.stack([rows, columns], axis=1).astype(np.int64)
    return np.asarray(pairs[allowed[rows, columns]])
