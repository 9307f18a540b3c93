"""Every class of joint error on constructed cases, and the classes add up."""

import numpy as np
import pytest
from diagnosis_scenes import scene
from evaluation_builders import HEAD, sequence, skeleton_at, walk

from posetrack.evaluation.diagnosis import POSE_CLASSES, diagnose
from posetrack.evaluation.diagnosis.errors_of_pose import (
    FALSE_JOINT,
    FALSE_PERSON,
    GOOD,
    INVERSION,
    JITTER,
    MISS_FAR,
    MISS_JOINT,
    MISS_PERSON,
    OF_ANNOTATED,
    OF_PREDICTED,
    SWAP,
)
from posetrack.structures import POSETRACK17

HEAD_SIZE = 0.6 * np.sqrt(2) * HEAD
NAN = np.array([np.nan, np.nan])
KNEE, OTHER_KNEE = POSETRACK17.index("left_knee"), POSETRACK17.index("right_knee")
NOSE, ELBOW = POSETRACK17.index("nose"), POSETRACK17.index("left_elbow")


def classes(truth, pred):
    """(9, 15) counts of one frame of ``(15, 2)`` people (a second, empty frame is not labelled)."""
    gt = [[(i, joints, 1.0) for i, joints in enumerate(truth)]]
    found = [[(i, joints, 0.5) for i, joints in enumerate(pred)]]
    return diagnose(sequence(gt), sequence(found)).pose_errors


def person(x=100.0, **joints):
    points = skeleton_at(x, 100.0)
    for name, place in joints.items():
        points[POSETRACK17.index(name)] = place
    return points


def expect(counts, joint, number):
    """Assert that only ``joint`` is wrong, with error class ``number``."""
    wrong = counts.copy()
    wrong[GOOD] = 0
    assert wrong[number, joint] == 1
    assert wrong.sum() == 1


def test_all_good():
    counts = classes([person()], [person()])
    np.testing.assert_array_equal(counts[GOOD], 1)
    assert counts.sum() == 15


@pytest.mark.parametrize(
    ("distance", "number"), [(0.49, GOOD), (0.51, JITTER), (0.99, JITTER), (1.01, MISS_FAR), (30.0, MISS_FAR)]
)
def test_the_thresholds_of_jitter(distance, number):
    truth = person()
    counts = classes([truth], [person(nose=truth[NOSE] + [distance * HEAD_SIZE, 0])])
    assert counts[number, NOSE] == 1
    assert counts.sum() == 15


def test_inversion_of_both_knees():
    truth = person()
    counts = classes([truth], [person(left_knee=truth[OTHER_KNEE], right_knee=truth[KNEE])])
    assert counts[INVERSION, KNEE] == counts[INVERSION, OTHER_KNEE] == 1
    assert counts[GOOD].sum() == 13


def test_inversion_only_where_the_mirror_joint_is_annotated():
    truth = person()
    pred = person(left_knee=truth[OTHER_KNEE], right_knee=NAN)
    counts = classes([truth], [pred])
    assert counts[INVERSION, KNEE] == counts[MISS_JOINT, OTHER_KNEE] == 1
    counts = classes([person(right_knee=NAN)], [pred])
    expect(counts, KNEE, MISS_FAR)


def test_the_nearest_decides_between_jitter_and_inversion():
    truth = person()
    truth[OTHER_KNEE] = truth[KNEE] + [1.4 * HEAD_SIZE, 0]
    for share, number in ((0.6, JITTER), (0.8, INVERSION)):
        counts = classes([truth], [person(right_knee=truth[OTHER_KNEE],
                                          left_knee=truth[KNEE] + [share * HEAD_SIZE, 0])])  # fmt: skip
        expect(counts, KNEE, number)


def test_swap_with_the_same_or_the_mirror_joint_of_another_person():
    truth = [person(), person(400.0)]
    for joint in (KNEE, OTHER_KNEE):
        counts = classes(truth, [person(left_knee=truth[1][joint]), person(400.0)])
        expect(counts, KNEE, SWAP)
    # a different joint of the other person is no swap
    counts = classes(truth, [person(left_knee=truth[1][NOSE]), person(400.0)])
    expect(counts, KNEE, MISS_FAR)


def test_swap_with_a_person_who_was_not_found():
    truth = [person(), person(400.0)]
    counts = classes(truth, [person(left_elbow=truth[1][ELBOW])])
    assert counts[SWAP, ELBOW] == 1
    assert counts[MISS_PERSON].sum() == 15


def test_the_middle_joints_have_no_mirror():
    truth = [person(), person(400.0)]
    counts = classes(truth, [person(nose=truth[1][NOSE]), person(400.0)])
    expect(counts, NOSE, SWAP)


def test_misses_and_false_positives():
    truth = [person(nose=NAN), person(400.0)]
    counts = classes(truth, [person(left_knee=NAN), skeleton_at(100.0, 300.0)])
    assert counts[FALSE_JOINT, NOSE] == 1
    assert counts[MISS_JOINT, KNEE] == 1
    np.testing.assert_array_equal(counts[MISS_PERSON], 1)
    np.testing.assert_array_equal(counts[FALSE_PERSON], 1)
    assert counts[GOOD].sum() == 13
    assert counts.sum() == 13 + 2 + 30


def test_a_second_prediction_of_one_person_is_nobody():
    counts = classes([person()], [person(), person() + 1.0])
    np.testing.assert_array_equal(counts[GOOD], 1)
    np.testing.assert_array_equal(counts[FALSE_PERSON], 1)


def test_a_person_all_of_whose_joints_are_only_near_is_matched():
    counts = classes([person()], [person() + [0.7 * HEAD_SIZE, 0]])
    np.testing.assert_array_equal(counts[JITTER], 1)
    assert counts.sum() == 15


@pytest.mark.parametrize("seed", range(8))
def test_classes_add_up(seed):
    truth, pred = scene(seed)
    diagnosis = diagnose(sequence(truth), sequence(pred))
    counts = diagnosis.pose_errors
    np.testing.assert_array_equal(counts[list(OF_ANNOTATED)].sum(axis=0), diagnosis.counts.annotated)
    np.testing.assert_array_equal(counts[list(OF_PREDICTED)].sum(axis=0), [len(s) for s in diagnosis.counts.scores])
    np.testing.assert_array_equal(counts[GOOD], [labels.sum() for labels in diagnosis.counts.labels])
    in_frames = sum(found.total for found in diagnosis.worst_frames)
    assert in_frames == counts.sum() - counts[GOOD].sum() + diagnosis.switches.sum()


def test_order_of_persons_changes_nothing():
    truth, pred = scene(4)
    before = diagnose(sequence(truth), sequence(pred))
    after = diagnose(sequence([people[::-1] for people in truth]), sequence([people[::-1] for people in pred]))
    np.testing.assert_array_equal(before.pose_errors, after.pose_errors)
    np.testing.assert_array_equal(before.switches, after.switches)


def test_worst_frames_are_named_among_all_frames():
    truth, pred = walk(5, num_people=1), walk(5, num_people=1)
    truth[1] = []
    pred[3] = [(0, skeleton_at(400, 300), 0.9)]
    worst = diagnose(sequence(truth), sequence(pred)).worst_frames
    assert [(found.frame, found.total) for found in worst] == [(3, 30)]
    assert worst[0].name.endswith("000003.jpg")
    assert worst[0].errors == {POSE_CLASSES[MISS_PERSON]: 15, POSE_CLASSES[FALSE_PERSON]: 15}
