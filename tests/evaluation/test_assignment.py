"""Sparse assignment: best total whatever the numbering; a huge crowd needs no huge table."""

import numpy as np
from evaluation_builders import HEAD
from hota_cases import columns_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from posetrack.evaluation.assignment import best_pairs
from posetrack.evaluation.hota import joint_hota
from posetrack.evaluation.hota_pairing import _LARGEST_TABLE


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(1, 9), max_size=24))
def test_equals_the_dense_solution(pairs):
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    columns = np.array([column for _, column in pairs], dtype=np.int64)
    scores = np.array(list(pairs.values()), dtype=np.float64)
    table = np.zeros((8, 8))
    table[rows, columns] = scores
    chosen = best_pairs(rows * 1000 + 5, columns * 7, scores)
    assert len(set(rows[chosen])) == len(set(columns[chosen])) == chosen.sum()
    assert scores[chosen].sum() == table[linear_sum_assignment(-table)].sum()


def test_a_frame_of_thousands_is_paired_like_a_frame_of_few():
    """Pairs of close neighbours in a row, so that each prediction is near two people."""

    def side(count, offset, first_id):
        return [[first_id + n, [[40.0 * (n // 2) + offset + 2.0 * (n % 2), 0.0], *[None] * 14]] for n in range(count)]

    def counts(count):
        truth, pred = side(count, 0.0, 0), side(count, 0.5, 10**6)
        return joint_hota(columns_of([truth], [[HEAD] * count]), columns_of([pred]), 1)

    few, many = counts(40), counts(3_000)
    assert 3_000**2 > _LARGEST_TABLE > 40**2
    for name in ("true_positives", "misses", "false_positives", "similarity", "association"):
        np.testing.assert_allclose(getattr(many, name) / 75, getattr(few, name), rtol=1e-9)
