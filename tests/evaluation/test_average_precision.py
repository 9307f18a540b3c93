"""AP of one joint, worked out by hand."""

import numpy as np
import pytest

from posetrack.evaluation.average_precision import average_precision, precision_recall_curve


def _figures(scores, labels, annotated):
    found = average_precision(np.array(scores, dtype=float), np.array(labels, dtype=bool), annotated)
    return found.average_precision, found.precision, found.recall


def test_area_under_the_envelope():
    # precision 1, 1/2, 2/3 at recall 1/4, 1/4, 2/4: 1/4 * 1 + 1/4 * 2/3
    assert _figures([0.9, 0.8, 0.7], [1, 0, 1], 4) == pytest.approx((1 / 4 + 1 / 6, 2 / 3, 1 / 2))


def test_order_of_the_list_does_not_matter():
    assert _figures([0.7, 0.9, 0.8], [1, 1, 0], 4) == _figures([0.9, 0.8, 0.7], [1, 0, 1], 4)


def test_without_predictions_all_is_zero_even_if_never_annotated():
    assert _figures([], [], 3) == (0, 0, 0)
    assert _figures([], [], 0) == (0, 0, 0)


def test_predicted_but_never_annotated_is_undefined():
    ap, precision, recall = _figures([0.5], [0], 0)
    assert np.isnan(ap) and np.isnan(recall) and precision == 0


def test_only_false_positives():
    assert _figures([0.5, 0.4], [0, 0], 2) == (0, 0, 0)


def test_curve_by_hand():
    curve = precision_recall_curve(np.array([0.7, 0.9, 0.8]), np.array([True, True, False]), 4)
    assert curve.recall.tolist() == [1 / 4, 1 / 4, 2 / 4]
    assert curve.precision.tolist() == [1, 1 / 2, 2 / 3]
    assert curve.envelope.tolist() == [1, 2 / 3, 2 / 3]
    never = precision_recall_curve(np.array([0.7]), np.array([False]), 0)
    assert np.isnan(never.recall).all() and never.precision.tolist() == [0]
    assert not len(precision_recall_curve(np.zeros(0), np.zeros(0, dtype=bool), 3).recall)
