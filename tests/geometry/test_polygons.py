"""Points strictly inside polygons."""

import numpy as np
import pytest

from posetrack.geometry.polygons import points_in_polygons

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((5, 5), True),
        ((0, 5), False),
        ((10, 10), False),
        ((11, 5), False),
        ((9.999, 0.001), True),
        ((np.nan, 5), False),
    ],
)
def test_the_edge_is_outside(point, inside):
    assert points_in_polygons(np.array([point], dtype=float), [SQUARE]).tolist() == [inside]


def test_slanted_edge_is_outside():
    triangle = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    assert points_in_polygons(np.array([[2.0, 2.0], [1.9, 2.0]]), [triangle]).tolist() == [False, True]


def test_self_intersection_counts_by_the_even_odd_rule():
    twice = np.concatenate([SQUARE, SQUARE / 2 + 2.5])  # also runs round an inner square
    star = np.array([[0.0, 3.0], [6.0, 3.0], [1.0, 7.0], [3.0, 0.0], [5.0, 7.0]])  # a pentagram
    assert not points_in_polygons(np.array([[3.0, 3.7]]), [star]).any()
    assert points_in_polygons(np.array([[1.0, 1.0]]), [twice]).any()


def test_any_of_the_polygons_and_any_shape_of_points():
    points = np.array([[[5.0, 5.0], [25.0, 5.0]], [[15.0, 5.0], [35.0, 5.0]]])
    assert points_in_polygons(points, [SQUARE, SQUARE + [20, 0]]).tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize("polygon", [np.zeros((0, 2)), np.zeros((1, 2)), np.array([[0.0, 0.0], [9.0, 9.0]])])
def test_fewer_than_three_corners_enclose_nothing(polygon):
    assert not points_in_polygons(np.array([[1.0, 1.0], [0.0, 0.0]]), [polygon]).any()


def test_without_polygons_and_without_points():
    assert not points_in_polygons(np.array([[1.0, 1.0]]), []).any()
    assert points_in_polygons(np.zeros((0, 15, 2)), [SQUARE]).shape == (0, 15)
