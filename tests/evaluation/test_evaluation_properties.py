"""Properties for any input: invariances, the score of a perfect prediction, and monotonicity."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_scenes import noisy, poses, truths

from posetrack.evaluation import CORRECTED, OFFICIAL, count_sequence, evaluate_posetrack
from posetrack.evaluation.protocols import PROTOCOLS
from posetrack.evaluation.tracking_measures import count_tracking

LISTS = ("ap", "precision", "recall", "mota", "motp", "mot_precision", "mot_recall")
FEW = settings(max_examples=10, deadline=None)
MANY = settings(max_examples=60, deadline=None)
REGION = (np.array([[0.0, 0.0], [90.0, 0.0], [90.0, 60.0], [0.0, 60.0]]),)
ALL_PROTOCOLS = pytest.mark.parametrize("name", list(PROTOCOLS))


def _result(truth, pred, corrections):
    return evaluate_posetrack([poses(truth)], [poses(pred)], corrections)


def _figures(name, pairs):
    """The figures of a protocol as one flat list of numbers; NaN if undefined."""
    figures = PROTOCOLS[name].summarise([PROTOCOLS[name].count(*pair) for pair in pairs]).figures
    if name == "smoothness":  # per-track figures depend on the track ids
        del figures["smoothness"]["sequences"]
    return _flat(figures)


def _flat(value):
    if isinstance(value, dict):
        return [leaf for key in value for leaf in _flat(value[key])]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _flat(item)]
    return [math.nan if value is None else value] if not isinstance(value, str) else []


@st.composite
def data_sets(draw):
    """(truth, predictions, name) of one to three sequences."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        truth = draw(truths(crowd=(5.0, 30.0), least_people=1))
        name = f"00000{number}_mpii_test"
        found.append((truth, draw(noisy(truth)), name))
    return found


def _pairs(data):
    return [(poses(truth, name), poses(pred, name)) for truth, pred, name in data]


@ALL_PROTOCOLS
@FEW
@given(data=data_sets(), order=st.randoms(use_true_random=False))
def test_the_order_of_sequences_changes_nothing(name, data, order):
    shuffled = order.sample(data, len(data))
    np.testing.assert_allclose(_figures(name, _pairs(shuffled)), _figures(name, _pairs(data)), atol=1e-9)


@ALL_PROTOCOLS
@FEW
@given(data=data_sets(), seed=st.integers(0, 1000))
def test_other_track_ids_change_nothing(name, data, seed):
    numbers = (10**6 + np.random.default_rng(seed).permutation(6000)).tolist()
    for side in (0, 1):
        renamed = [list(entry) for entry in data]
        for entry in renamed:
            entry[side] = [[(numbers[track], *rest) for track, *rest in people] for people in entry[side]]
        np.testing.assert_allclose(_figures(name, _pairs(renamed)), _figures(name, _pairs(data)), atol=1e-9)


@MANY
@given(st.data())
def test_the_order_of_persons_changes_nothing_in_corrected_mode(data):
    truth = data.draw(truths())
    pred = data.draw(noisy(truth))
    order = data.draw(st.randoms(use_true_random=False))
    shuffled = [[order.sample(people, len(people)) for people in side] for side in (truth, pred)]
    found, expected = _result(*shuffled, CORRECTED), _result(truth, pred, CORRECTED)
    for field in LISTS:
        np.testing.assert_allclose(getattr(found, field), getattr(expected, field), atol=1e-9, err_msg=field)


@MANY
@given(truth=truths(), regions=st.booleans())
def test_a_perfect_prediction_scores_100_in_corrected_mode(truth, regions):
    gt = poses(truth, regions=[REGION] * len(truth) if regions else ())
    result = evaluate_posetrack([gt], [poses(truth)], CORRECTED)
    annotated = count_sequence(gt, poses(truth)).annotated > 0
    for field in LISTS:
        expected = np.where(np.append(annotated, annotated.any()), 100.0, np.nan)
        np.testing.assert_allclose(getattr(result, field), expected, atol=1e-9, err_msg=field)


@FEW
@given(truth=truths(least_people=1))
def test_a_perfect_prediction_has_hota_and_idf1_of_100(truth):
    counts = count_tracking(poses(truth), poses(truth))
    result = counts.result()
    annotated = counts.identity.objects > 0
    expected = np.where(np.append(annotated, annotated.any()), 100.0, np.nan)
    np.testing.assert_allclose(result.identity.idf1, expected, atol=1e-9)
    for name in ("hota", "det_a", "ass_a", "loc_a"):
        np.testing.assert_allclose(result.joints.summary()[name], expected, atol=1e-9, err_msg=name)


def _apart(truth):
    """The same people, moved so far apart that a prediction of one is near nobody else."""
    places = {track: 2000.0 * n for n, track in enumerate(sorted({p[0] for people in truth for p in people}))}
    return [[(track, xy + places[track], score) for track, xy, score in people] for people in truth]


@MANY
@given(st.data())
def test_fewer_true_positives_are_never_better(data):
    """Removing joints or whole people from predictions without ID switches may raise no figure."""
    truth = _apart(data.draw(truths(least_people=1)))
    pred = data.draw(noisy(truth, switches=0.0, false_people=0.0))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    before = {mode: _result(truth, pred, mode) for mode in (OFFICIAL, CORRECTED)}
    right = iter(_right_joints(truth, pred))
    fewer = []
    for people in pred:
        left = []
        for track, xy, score in people:
            gone = next(right) & (rng.random(15) < 0.4)
            left.append((track, np.where(gone[:, None], np.nan, xy), score))
        fewer.append(left)
    for mode, expected in before.items():
        found = _result(truth, fewer, mode)
        for field in ("ap", "recall", "mota", "mot_recall"):
            assert _not_above(getattr(found, field), getattr(expected, field)), (mode, field)
    # Officially a frame without predictions costs less than one with people missed, hence corrected mode only.
    without = [[p for p in people if rng.random() < 0.7 or np.isnan(p[1]).all()] for people in _only_right(truth, pred)]
    found, expected = (_result(truth, side, CORRECTED) for side in (without, _only_right(truth, pred)))
    for field in ("ap", "recall", "mota", "mot_recall"):
        assert _not_above(getattr(found, field), getattr(expected, field)), field


def _right_joints(truth, pred):
    """Yield for every predicted person in order (15,) bool: within half a head size of the same person's joint."""
    for annotated, predicted in zip(truth, pred, strict=True):
        own = {track: xy for track, xy, _ in annotated}
        for track, xy, _ in predicted:
            yield np.linalg.norm(xy - own[track], axis=1) <= 0.5 * 0.6 * math.sqrt(2) * 20.0


def _only_right(truth, pred):
    right = iter(_right_joints(truth, pred))
    return [[(t, np.where(next(right)[:, None], xy, np.nan), s) for t, xy, s in people] for people in pred]


def _not_above(found, expected):
    """Whether ``found <= expected``; undefined figures on either side pass."""
    return bool((np.nan_to_num(found, nan=-1e9) <= np.nan_to_num(expected, nan=1e9) + 1e-9).all())


def test_officially_a_perfect_prediction_of_people_who_overlap_can_score_less():
    """One person has only a nose, near that of a whole person, so each prediction fits the whole one at least partly."""
    body = np.stack([np.arange(15) * 40.0, np.zeros(15)], axis=1)
    nose_only = np.full((15, 2), np.nan)
    nose_only[14] = body[14] + 2.0
    truth = [[(1, nose_only, 0.8), (2, body, 0.9)]] * 2
    official, corrected = (_result(truth, truth, mode) for mode in (OFFICIAL, CORRECTED))
    assert official.map_total < 100.0
    assert corrected.map_total == 100.0
