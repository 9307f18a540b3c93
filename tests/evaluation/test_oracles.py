"""Each oracle corrects exactly what it claims: scenes whose gains are known exactly."""

from dataclasses import replace

import numpy as np
import pytest
from diagnosis_scenes import scene
from evaluation_builders import HEAD, frame, sequence, skeleton_at, walk

from posetrack.evaluation import count_sequence
from posetrack.evaluation.diagnosis import LADDERS, diagnose, merge_diagnoses

HEAD_SIZE = 0.6 * np.sqrt(2) * HEAD


def _diagnose(gt, pred, **kwargs):
    return diagnose(sequence(gt, **kwargs), sequence(pred))


def _gains(diagnosis):
    """Gains in mAP and MOTA for each combination of oracles."""
    return {gain.oracles: (gain.map_gain, gain.mota_gain) for gain in diagnosis.gains()}


def _single(diagnosis):
    return {names[0]: gain for names, gain in _gains(diagnosis).items() if len(names) == 1}


def _changed(people, who, change):
    return [change(*person) if person[0] == who else person for person in people]


def test_nothing_is_gained_on_perfect_predictions():
    diagnosis = _diagnose(walk(), walk())
    assert diagnosis.counts.result().map_total == diagnosis.counts.result().mota_total == 100.0
    for gains in _gains(diagnosis).values():
        assert gains == (0.0, 0.0)


def test_a_person_never_found_is_gained_by_boxes_and_by_no_misses():
    pred = [people[:2] for people in walk()]
    gains = _single(_diagnose(walk(), pred))
    third = pytest.approx((100 / 3, 100 / 3))
    assert gains["perfect boxes"] == third
    assert gains["no misses"] == third
    assert gains["perfect joints"] == gains["perfect ids"] == gains["no false positives"] == (0.0, 0.0)


def test_a_person_missed_in_between_comes_back_under_its_predicted_id():
    pred = [[(i + 40, joints, s) for i, joints, s in people] for people in walk()]
    pred[2] = pred[2][:2]
    diagnosis = _diagnose(walk(), pred)
    assert diagnosis.counts.tracks.switches.sum() == 0
    after = diagnosis.mended[("perfect boxes",)]
    assert after.result().mota_total == after.result().map_total == 100.0
    np.testing.assert_array_equal(after.tracks.switches, 0)


def test_a_person_that_is_nobody_is_gained_by_boxes_and_by_no_false_positives():
    pred = [[*people, (9, skeleton_at(20, 400), 0.95)] for people in walk(num_people=2)]
    diagnosis = _diagnose(walk(num_people=2), pred)
    gains = _single(diagnosis)
    assert gains["perfect boxes"] == gains["no false positives"]
    # one false positive for two annotated joints
    assert gains["perfect boxes"] == pytest.approx((100 - diagnosis.counts.result().map_total, 50.0))
    assert gains["perfect joints"] == gains["perfect ids"] == gains["no misses"] == (0.0, 0.0)


def test_the_frame_of_a_removed_person_is_not_empty():
    truth, pred = walk(num_people=1), walk(num_people=1)
    pred[1] = [(0, skeleton_at(400, 400), 0.9)]
    after = _diagnose(truth, pred).mended[("no false positives",)].tracks
    np.testing.assert_array_equal(after.misses, 1)
    np.testing.assert_array_equal(after.false_positives, 0)


def test_a_joint_in_the_wrong_place_is_split_between_misses_and_false_positives():
    def shifted(i, joints, s):
        joints = joints.copy()
        joints[7] += 1.2 * HEAD_SIZE
        return i, joints, s

    pred = [_changed(people, 1, shifted) for people in walk(num_people=2)]
    diagnosis = _diagnose(walk(num_people=2), pred)
    gains = _single(diagnosis)
    # half of one joint of fifteen: a miss and a false positive each
    assert diagnosis.counts.result().mota_total == pytest.approx(100 - 100 / 15)
    assert gains["perfect joints"][1] == pytest.approx(100 / 15)
    assert gains["no misses"][1] == pytest.approx(50 / 15)
    assert gains["no false positives"][1] == pytest.approx(50 / 15)
    assert gains["perfect boxes"] == gains["perfect ids"] == (0.0, 0.0)
    np.testing.assert_array_equal(diagnosis.mended[("no misses",)].tracks.misses, 0)
    assert diagnosis.mended[("no misses",)].tracks.false_positives.sum() == 5


def test_joints_that_are_not_annotated_are_gained_by_perfect_joints():
    truth = [_changed(people, 0, lambda i, j, s: (i, np.where(np.arange(15)[:, None] == 3, np.nan, j), s))
             for people in walk(num_people=2)]  # fmt: skip
    diagnosis = _diagnose(truth, walk(num_people=2))
    gains = _single(diagnosis)
    assert gains["perfect joints"][1] == pytest.approx(100 / 15)  # five wrong for five annotated, one joint of 15
    assert gains["no false positives"][1] == pytest.approx(100 / 15)
    assert gains["perfect boxes"] == gains["no misses"] == (0.0, 0.0)


def test_ids_alone():
    pred = walk(num_people=2)
    pred[3] = [(1 - i, joints, s) for i, joints, s in pred[3]]
    diagnosis = _diagnose(walk(num_people=2), pred)
    # two persons switch in frame 3 and back in frame 4, of five tracked frames
    assert diagnosis.counts.result().mota_total == pytest.approx(60.0)
    gains = _single(diagnosis)
    assert gains["perfect ids"] == pytest.approx((0.0, 40.0))
    assert {names: gain for names, gain in gains.items() if gain != (0.0, 0.0)}.keys() == {"perfect ids"}


@pytest.mark.parametrize("seed", range(12))
def test_ladders_end_at_100(seed):
    truth, pred = scene(seed)
    pred = [people or [(60, skeleton_at(20.0, 420.0), 0.1)] for people in pred]
    diagnosis = _diagnose(truth, pred)
    assert diagnosis.counts.result().mota_total < 90
    for ladder in LADDERS:
        top = diagnosis.mended[ladder].result()
        assert top.map_total == pytest.approx(100.0)
        assert top.mota_total == pytest.approx(100.0)
    np.testing.assert_array_equal(diagnosis.mended[("no misses",)].tracks.misses, 0)
    np.testing.assert_array_equal(diagnosis.mended[("no false positives",)].tracks.false_positives, 0)
    assert all(labels.all() for labels in diagnosis.mended[("no false positives",)].labels)
    assert _single(diagnosis)["perfect ids"][0] == 0.0


def test_ids_of_63_bits():
    pred = [[(2**62 + i, joints, s) for i, joints, s in people[:1]] for people in walk(num_people=2)]
    truth = [[(2**63 - 1 - i, joints, s) for i, joints, s in people] for people in walk(num_people=2)]
    top = _diagnose(truth, pred).mended[LADDERS[0]].result()
    assert top.map_total == top.mota_total == 100.0


def test_degenerate_sequences():
    nobody = [[] for _ in range(4)]
    for truth, pred in ((nobody, nobody), (walk(4), nobody), (walk(1), walk(1)), (nobody, walk(4))):
        diagnosis = _diagnose(truth, pred)
        assert diagnosis.to_json()["oracles"][0]["oracles"] == ("perfect boxes",)
    no_points = [[(0, np.full((15, 2), np.nan), 1.0)]] * 3
    assert _diagnose(no_points, walk(3)).pose_errors[8].sum() == 3 * 45
    zero_heads = [frame(t, people, head=0.0) for t, people in enumerate(walk(3))]
    assert _diagnose(zero_heads, walk(3)).pose_errors[0].sum() == 0


def test_inputs_are_not_changed():
    truth, pred = scene(3)
    gt, prediction = sequence(truth), sequence(pred)
    before = count_sequence(gt, prediction).result().to_json()
    diagnose(gt, prediction)
    assert count_sequence(gt, prediction).result().to_json() == before


def test_diagnoses_add_up():
    scenes = enumerate([scene(1), scene(2)])
    parts = [diagnose(sequence(truth, name=str(n)), sequence(pred)) for n, (truth, pred) in scenes]
    both = merge_diagnoses(parts)
    np.testing.assert_array_equal(both.pose_errors, parts[0].pose_errors + parts[1].pose_errors)
    assert both.counts.tracks.objects.sum() == sum(part.counts.tracks.objects.sum() for part in parts)
    totals = [found.total for found in both.worst_frames]
    assert totals == sorted(totals, reverse=True)
    assert {found.sequence for found in both.worst_frames} == {"0", "1"}
    assert replace(both, name="x").to_json()["name"] == "x"
