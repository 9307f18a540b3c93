"""PCKh against figures recorded from the official HRNet code, and by hand on sequences."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from evaluation_builders import frame, sequence, skeleton_at, walk

from posetrack.errors import FormatError
from posetrack.evaluation.pck import count_right, merge_pck
from posetrack.evaluation.pckh import count_mpii, count_pckh, pckh_result, pckh_thresholds
from posetrack.structures import MPII, POSETRACK17

RECORD = Path(__file__).parents[1] / "data" / "pckh" / "official_pckh.json.gz"
HEAD_SIZE = 0.6 * math.hypot(20, 20)


def recorded():
    return json.loads(gzip.decompress(RECORD.read_bytes()))


def counts_of(case, official_strict):
    heads = np.array(case["heads"])
    return count_mpii(
        np.array(case["pred"]) + 1.0,  # the ground truth in MPII's file is 1-based
        np.array(case["truth"]),
        ~np.array(case["missing"]),
        0.6 * np.linalg.norm(heads[:, 1] - heads[:, 0], axis=1),
        official_strict=official_strict,
    )


@pytest.mark.parametrize("number", range(8))
def test_official_figures(number):
    case = recorded()[number]
    result = pckh_result(counts_of(case, official_strict=True))
    ours = {**result.groups, "Mean": result.mean, "Mean@0.1": result.mean_strict}
    assert ours.keys() == case["official"].keys()
    for name, value in case["official"].items():
        assert ours[name] == pytest.approx(value, abs=1e-9), name


def test_strict_threshold_is_a_tenth_unless_the_quirk_is_asked_for():
    assert pckh_thresholds() == (0.1, 0.5)
    assert pckh_thresholds(official_strict=True) == (np.arange(0, 0.51, 0.01)[11], 0.5)
    cases = recorded()
    plain = merge_pck(counts_of(case, official_strict=False) for case in cases)
    quirk = merge_pck(counts_of(case, official_strict=True) for case in cases)
    assert pckh_result(plain).mean_strict < pckh_result(quirk).mean_strict
    assert pckh_result(plain).mean == pckh_result(quirk).mean


def test_distance_of_0_105_heads_counts_only_with_the_quirk():
    truth = np.zeros((1, 16, 2))
    pred = truth + [0.105 * 50, 0.0]
    seen = np.ones((1, 16), dtype=bool)
    assert pckh_result(count_mpii(pred, truth, seen, np.array([50.0]))).mean_strict == 0.0
    assert pckh_result(count_mpii(pred, truth, seen, np.array([50.0]), official_strict=True)).mean_strict == 100.0


def test_pelvis_and_thorax_are_not_in_the_mean():
    truth = np.zeros((1, 16, 2))
    pred = truth.copy()
    pred[0, [MPII.index("pelvis"), MPII.index("thorax")]] += 1000.0
    result = pckh_result(count_mpii(pred, truth, np.ones((1, 16), dtype=bool), np.array([10.0])))
    assert result.mean == result.mean_strict == 100.0
    assert result.pckh[MPII.index("pelvis")] == 0.0


def test_nothing_annotated_and_no_person():
    for count in (0, 3):
        zero = np.zeros((count, 16, 2))
        result = pckh_result(count_mpii(zero, zero, np.zeros((count, 16), dtype=bool), np.ones(count)))
        assert math.isnan(result.mean) and np.isnan(result.pckh).all()
        assert result.to_json()["PCKh@0.1"]["mean"] is None
        json.dumps(result.to_json(), allow_nan=False)


def test_missing_prediction_and_zero_head_are_wrong():
    truth = np.zeros((2, 16, 2))
    pred = np.full((2, 16, 2), np.nan)
    pred[1] = 0.0
    result = pckh_result(count_mpii(pred, truth, np.ones((2, 16), dtype=bool), np.array([10.0, 0.0])))
    assert result.mean == 0.0


def test_sequence_by_hand():
    people = walk(num_frames=3, num_people=2)
    shifted = [[(track, xy + [0.3 * HEAD_SIZE, 0.0], score) for track, xy, score in frame_] for frame_ in people]
    result = pckh_result(count_pckh(sequence(people), sequence(shifted)))
    assert result.mean == 100.0 and result.mean_strict == 0.0
    assert result.groups.keys() == {"Head", "Shou", "Elb", "Wri", "Hip", "Knee", "Ankl"}
    assert pckh_result(count_pckh(sequence(people), sequence(people))).mean_strict == 100.0


def test_unpaired_persons_are_wrong_and_spare_predictions_free():
    people = walk(num_frames=4, num_people=2)
    one = [people_[:1] for people_ in people]
    assert pckh_result(count_pckh(sequence(people), sequence(one))).mean == 50.0
    assert pckh_result(count_pckh(sequence(one), sequence(people))).mean == 100.0
    assert pckh_result(count_pckh(sequence(people), sequence([[]] * 4))).mean == 0.0
    assert math.isnan(pckh_result(count_pckh(sequence([[]] * 4), sequence(people))).mean)


def test_counts_of_sequences_add_up():
    gt, pred = walk(5, 2), walk(5, 1)
    whole = count_pckh(sequence(gt), sequence(pred))
    parts = merge_pck(count_pckh(sequence([g]), sequence([p])) for g, p in zip(gt, pred, strict=True))
    np.testing.assert_array_equal(whole.right, parts.right)
    np.testing.assert_array_equal(whole.annotated, parts.annotated)


def test_errors():
    headless = frame(0, [(0, skeleton_at(10, 10), 0.9)], head=np.nan)
    with pytest.raises(FormatError, match="frame 0 .*no head box.*1 such persons"):
        count_pckh(sequence([headless]), sequence([[]]))
    with pytest.raises(FormatError, match="2 frames of predictions, expected 1"):
        count_pckh(sequence(walk(1)), sequence(walk(2)))
    with pytest.raises(ValueError, match="expected those of pckh_thresholds"):
        pckh_result(count_right(np.zeros((1, 15)), np.ones((1, 15), dtype=bool), POSETRACK17.joints, [0.2]))
    with pytest.raises(ValueError, match="no sequence"):
        merge_pck([])
