"""PCK counts at many thresholds, with curves and areas."""

import json
import math

import numpy as np
import pytest
from evaluation_builders import sequence, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.evaluation.pck import count_pck, count_right, joint_distances
from posetrack.evaluation.pck_curve import CURVE_THRESHOLDS, pck_curve
from posetrack.structures import POSETRACK17

JOINTS = ("a", "b")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(1, 12))
def test_counts_equal_a_loop(seed, persons, num_thresholds):
    rng = np.random.default_rng(seed)
    thresholds = np.unique(rng.integers(0, 20, num_thresholds)) / 20
    distances = rng.integers(0, 25, (persons, 2)) / 20  # often exactly on a threshold
    distances[rng.random((persons, 2)) < 0.2] = np.nan
    annotated = rng.random((persons, 2)) < 0.7
    counts = count_right(distances, annotated, JOINTS, thresholds)
    for t, threshold in enumerate(thresholds):
        for k in range(2):
            assert counts.right[t, k] == sum(d <= threshold for d in distances[annotated[:, k], k])
    assert counts.annotated.tolist() == annotated.sum(axis=0).tolist()


def test_curve_and_area_by_hand():
    distances = np.array([[0.0, 0.3], [0.2, np.nan]])
    curve = pck_curve(count_right(distances, np.ones((2, 2), dtype=bool), JOINTS, [0.0, 0.2, 0.4]))
    assert curve.percent.T.tolist() == [[50.0, 100.0, 100.0], [0.0, 0.0, 50.0], [25.0, 50.0, 75.0]]
    assert curve.area == pytest.approx([(75 + 100) / 2, 25 / 2, (37.5 + 62.5) / 2])
    assert curve.to_json()["thresholds"] == [0.0, 0.2, 0.4]


def test_perfect_poses_have_the_whole_area():
    gt = sequence(walk())
    for reference in ("head", "box"):
        curve = pck_curve(count_pck(gt, gt, CURVE_THRESHOLDS, reference))
        assert curve.percent.min() == 100.0
        assert curve.area == pytest.approx(100.0)


def test_box_reference_is_the_longer_side_of_the_joints():
    people = walk(2, 1)  # joints span 160 by 80 pixels
    moved = [[(t, xy + [8.0, 0.0], s) for t, xy, s in frame] for frame in people]
    counts = count_pck(sequence(people), sequence(moved), [0.049, 0.05, 0.051], "box")
    assert counts.percent[:, 0].tolist() == [0.0, 100.0, 100.0]


def test_curve_never_falls():
    rng = np.random.default_rng(0)
    people = walk(4, 3)
    shaken = [[(t, xy + rng.normal(0, 5, xy.shape), s) for t, xy, s in frame] for frame in people]
    curve = pck_curve(count_pck(sequence(people), sequence(shaken), CURVE_THRESHOLDS))
    assert (np.diff(curve.percent, axis=0) >= 0).all()
    assert 0 < curve.area[-1] < 100


def test_nothing_annotated_and_one_threshold():
    curve = pck_curve(count_right(np.zeros((0, 2)), np.zeros((0, 2), dtype=bool), JOINTS, [0.1]))
    assert np.isnan(curve.percent).all() and np.isnan(curve.area).all()
    assert curve.to_json()["area"] == [None, None, None]
    json.dumps(curve.to_json(), allow_nan=False)


def test_distances_of_sizes_that_are_none():
    truth = np.zeros((3, 1, 2))
    distances = joint_distances(truth + [3.0, 4.0], truth, np.array([10.0, 0.0, math.nan]))
    assert distances[0, 0] == 0.5 and np.isnan(distances[1:]).all()


def test_errors():
    gt = sequence(walk(1))
    for thresholds in ([], [0.2, 0.1], [0.1, 0.1], [math.nan]):
        with pytest.raises(ValueError, match="increasing"):
            count_pck(gt, gt, thresholds)
    with pytest.raises(ValueError, match="reference is 'torso'"):
        count_pck(gt, gt, [0.1], "torso")
    with pytest.raises(ValueError, match=r"expected \(N, 15\)"):
        count_right(np.zeros((1, 2)), np.ones((1, 2), dtype=bool), POSETRACK17.joints, [0.1])
    with pytest.raises(ValueError, match="cannot be added"):
        count_pck(gt, gt, [0.1]) + count_pck(gt, gt, [0.2])
