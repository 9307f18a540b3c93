"""Every cause of an ID switch on constructed cases; splits and merges."""

import numpy as np
import pytest
from diagnosis_scenes import scene
from evaluation_builders import HEAD, sequence, skeleton_at, walk

from posetrack.evaluation.diagnosis import SWITCH_CAUSES, diagnose
from posetrack.evaluation.diagnosis.errors_of_tracks import CROSSING, DETECTION_GAP, NO_CAUSE, OCCLUSION, RE_ENTRY

HEAD_SIZE = 0.6 * np.sqrt(2) * HEAD
BEHIND = 9  # id of somebody far away, so that no frame is empty


def _stage(ids, here=None, predicted=None, neighbour=None):
    """A person standing still, predicted under ``ids``; 0 in ``here`` or ``predicted`` = absent from that frame.

    A last frame is added, which MOTA leaves out.
    """
    count = len(ids)
    here, predicted = here or [1] * count, predicted or [1] * count
    far, person = skeleton_at(20.0, 350.0), skeleton_at(100.0, 100.0)
    truth, pred = [], []
    for t in range(count):
        others = [(BEHIND, far, 0.9)] + ([(5, neighbour, 0.9)] if neighbour is not None else [])
        truth.append(others + ([(0, person, 0.9)] if here[t] else []))
        pred.append(others + ([(ids[t], person, 0.9)] if predicted[t] and here[t] else []))
    return [*truth, truth[0]], [*pred, pred[0]]


def _diagnose(truth, pred):
    diagnosis = diagnose(sequence(truth), sequence(pred))
    np.testing.assert_array_equal(diagnosis.switches.sum(axis=0), diagnosis.counts.tracks.switches)
    return diagnosis


def _expect(diagnosis, cause, joints=15):
    expected = np.zeros(len(SWITCH_CAUSES), dtype=int)
    expected[cause] = joints
    np.testing.assert_array_equal(diagnosis.switches.sum(axis=1), expected)
    expected[cause] = 1
    np.testing.assert_array_equal(diagnosis.person_switches, expected)


def test_no_switch():
    diagnosis = _diagnose(*_stage([1, 1, 1]))
    assert diagnosis.switches.sum() == 0
    assert (diagnosis.split, diagnosis.merged, diagnosis.truth_tracks, diagnosis.pred_tracks) == (0, 0, 2, 2)


def test_from_one_frame_to_the_next_with_nobody_near():
    diagnosis = _diagnose(*_stage([1, 1, 2]))
    _expect(diagnosis, NO_CAUSE)
    assert (diagnosis.split, diagnosis.extra_parts, diagnosis.merged) == (1, 1, 0)


def test_detection_gap():
    _expect(_diagnose(*_stage([1, 0, 2], predicted=[1, 0, 1])), DETECTION_GAP)


def test_re_entry():
    _expect(_diagnose(*_stage([1, 1, 0, 2], here=[1, 1, 0, 1])), RE_ENTRY)


def test_re_entry_comes_before_a_detection_gap():
    _expect(_diagnose(*_stage([1, 0, 0, 2], here=[1, 0, 1, 1], predicted=[1, 0, 0, 1])), RE_ENTRY)


def test_occlusion_of_some_joints():
    truth, pred = _stage([1, 0, 2], predicted=[1, 0, 1])
    hidden = skeleton_at(100.0, 100.0)
    hidden[:6] = np.nan
    truth[1] = [truth[1][0], (0, hidden, 0.9)]
    diagnosis = _diagnose(truth, pred)
    np.testing.assert_array_equal(diagnosis.switches[OCCLUSION], [1] * 6 + [0] * 9)
    np.testing.assert_array_equal(diagnosis.switches[DETECTION_GAP], [0] * 6 + [1] * 9)
    assert diagnosis.person_switches[DETECTION_GAP] == 1  # the cause of most joints


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize(("distance", "crossing"), [(0.95, True), (1.05, False)])
def test_crossing(gap, distance, crossing):
    neighbour = np.full((15, 2), np.nan)
    neighbour[14] = skeleton_at(100.0, 100.0)[0] + [-distance * HEAD_SIZE, 0]  # a different joint near joint 0
    ids, predicted = ([1, 0, 2], [1, 0, 1]) if gap else ([1, 1, 2], None)
    diagnosis = _diagnose(*_stage(ids, predicted=predicted, neighbour=neighbour))
    assert diagnosis.switches[CROSSING, 0] == crossing
    assert diagnosis.switches[CROSSING].sum() == crossing
    assert diagnosis.switches[DETECTION_GAP if gap else NO_CAUSE].sum() == 15 - crossing


def test_somebody_near_in_another_frame_is_no_crossing():
    truth, pred = _stage([1, 1, 1, 2])
    truth[0] = [*truth[0], (5, skeleton_at(103.0, 100.0), 0.9)]
    diagnosis = _diagnose(truth, pred)
    assert diagnosis.switches[CROSSING].sum() == 0
    assert diagnosis.switches[NO_CAUSE].sum() == 15


def test_split_and_merge():
    pred = walk(6, num_people=2)
    pred = [[(i if t < 3 else 1 - i, joints, s) for i, joints, s in people] for t, people in enumerate(pred)]
    diagnosis = _diagnose(walk(6, num_people=2), pred)
    assert (diagnosis.split, diagnosis.extra_parts, diagnosis.merged, diagnosis.extra_owners) == (2, 2, 2, 2)
    one_id_then_another = [[(t, joints, s) for _, joints, s in people[:1]] for t, people in enumerate(walk(6))]
    diagnosis = _diagnose(walk(6, num_people=1), one_id_then_another)
    assert (diagnosis.split, diagnosis.extra_parts, diagnosis.merged) == (1, 4, 0)  # the last frame is not tracked


@pytest.mark.parametrize("seed", range(8))
def test_causes_add_up_to_the_official_switches(seed):
    truth, pred = scene(seed, num_frames=12)
    rng = np.random.default_rng(seed)
    truth = [[(i, joints * 0.3, s) for i, joints, s in people if rng.random() < 0.8] or people for people in truth]
    pred = [[(i, joints * 0.3, s) for i, joints, s in people] for people in pred]
    diagnosis = _diagnose(truth, pred)
    assert diagnosis.switches.sum() > 0
    assert 0 < diagnosis.person_switches.sum() <= diagnosis.switches.sum()
