"""Matching a similarity matrix: no row or column twice, none below the threshold; best sum, or greedy."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posetrack.tracking import associate
from posetrack.tracking.association import MIN_SIMILARITY, Method

METHODS: tuple[Method, ...] = ("greedy", "hungarian")


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    cell = st.floats(0, 1, width=32) | st.sampled_from((0.0, 0.5, 1.0, float("nan")))
    values = draw(st.lists(cell, min_size=rows * columns, max_size=rows * columns))
    return np.array(values, dtype=np.float64).reshape(rows, columns)


def total(similarity: np.ndarray, pairs: np.ndarray) -> float:
    return float(similarity[pairs[:, 0], pairs[:, 1]].sum())


def test_greedy_takes_the_best_first_and_hungarian_the_best_sum() -> None:
    similarity = np.array([[0.9, 0.8], [0.8, 0.1]])
    assert associate(similarity, 0.0, "greedy").tolist() == [[0, 0], [1, 1]]
    assert associate(similarity, 0.0, "hungarian").tolist() == [[0, 1], [1, 0]]
    assert associate(similarity, 0.2, "greedy").tolist() == [[0, 0]]


def test_a_pair_below_the_threshold_never_matches_even_where_it_would_complete_a_better_sum() -> None:
    similarity = np.array([[0.6, 0.55], [0.55, 0.3]])
    assert associate(similarity, 0.5, "hungarian").tolist() == [[0, 1], [1, 0]]
    assert associate(similarity, 0.58, "hungarian").tolist() == [[0, 0]]
    assert associate(similarity, 0.6, "greedy").tolist() == [[0, 0]]  # a similarity equal to the threshold matches


@pytest.mark.parametrize("method", METHODS)
def test_ties_go_to_the_lower_row_and_column(method: Method) -> None:
    assert associate(np.full((2, 3), 0.5), 0.1, method).tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (4, 0)])
def test_nobody_on_a_side(method: Method, shape: tuple[int, int]) -> None:
    assert associate(np.zeros(shape), 0.0, method).shape == (0, 2)


@pytest.mark.parametrize("method", METHODS)
def test_zero_and_nan_never_match_even_without_a_threshold(method: Method) -> None:
    assert len(associate(np.array([[0.0, np.nan], [np.nan, 0.0]]), 0.0, method)) == 0


@given(matrices(), st.floats(0, 1), st.sampled_from(METHODS))
def test_pairs_are_a_matching_above_the_threshold(similarity: np.ndarray, threshold: float, method: Method) -> None:
    before = similarity.copy()
    pairs = associate(similarity, threshold, method)
    assert np.array_equal(similarity, before, equal_nan=True)
    assert pairs.shape == (len(pairs), 2) and pairs.dtype == np.int64
    for side in (0, 1):
        assert len(set(pairs[:, side].tolist())) == len(pairs)
    assert (np.diff(pairs[:, 0]) > 0).all()
    assert (similarity[pairs[:, 0], pairs[:, 1]] >= threshold).all()
    assert np.array_equal(pairs, associate(similarity, threshold, method))


@given(matrices(), st.floats(0, 1))
def test_hungarian_is_the_best_of_all_matchings(similarity: np.ndarray, threshold: float) -> None:
    best = total(similarity, associate(similarity, threshold, "hungarian"))
    assert best >= total(similarity, associate(similarity, threshold, "greedy")) - 1e-12
    least = max(threshold, MIN_SIMILARITY)  # lower values are lost to rounding and never match
    allowed = np.where(np.nan_to_num(similarity) >= least, np.nan_to_num(similarity), 0.0)
    short, wide = allowed if allowed.shape[0] <= allowed.shape[1] else allowed.T, max(allowed.shape)
    every = (sum(short[i, c] for i, c in enumerate(columns)) for columns in permutations(range(wide), len(short)))
    assert best == pytest.approx(max(every), abs=1e-12)
