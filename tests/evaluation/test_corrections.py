"""Corrected figures against py-motmetrics given all frames unchanged, and each correction by itself."""

from dataclasses import fields

import motmetrics
import numpy as np
import pytest
from diagnosis_scenes import HEAD_SIZE, scene
from evaluation_builders import sequence, skeleton_at, walk

from posetrack.errors import FormatError
from posetrack.evaluation import (
    CORRECTED,
    OFFICIAL,
    SINGLE_CORRECTIONS,
    Corrections,
    count_protocols,
    count_sequence,
    evaluate_posetrack,
    merge_counts,
)
from posetrack.structures import NO_TRACK

NOSE = 14


def _result(gt, pred, corrections):
    return evaluate_posetrack([sequence(gt)], [sequence(pred)], corrections)


def _tracks(gt, pred, corrections):
    return count_sequence(sequence(gt), sequence(pred), corrections).tracks


def _without_joint(frames, joint):
    frames = [[(track, joints.copy(), score) for track, joints, score in people] for people in frames]
    for people in frames:
        for _, joints, _ in people:
            joints[joint] = np.nan
    return frames


def _motmetrics(truth, pred, joint):
    """MOTA and MOTP over pairs of one joint in percent, over all frames, empty ones included."""
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    objects = 0
    for annotated, predicted in zip(truth, pred, strict=True):
        a, b = ([p for p in side if not np.isnan(p[1][joint]).any()] for side in (annotated, predicted))
        objects += len(a)
        points = [np.array([p[1][joint] for p in side]).reshape(-1, 2) for side in (a, b)]
        distance = np.linalg.norm(points[0][:, None] - points[1][None], axis=2) / HEAD_SIZE
        distance[distance > 0.5] = np.nan
        accumulator.update([p[0] for p in a], [p[0] for p in b], distance)
    events = accumulator.mot_events
    count = events.Type.value_counts()
    errors = sum(int(count.get(kind, 0)) for kind in ("MISS", "FP", "SWITCH"))
    paired = events[events.Type.isin(["MATCH", "SWITCH"])]
    return 100 * (1 - errors / objects), 100 * (1 - paired.D.mean())


@pytest.mark.parametrize("seed", range(8))
def test_corrected_mota_and_motp_are_those_of_motmetrics_on_all_frames(seed):
    truth, pred = scene(seed)
    pred[2] = []
    result = _result(truth, pred, CORRECTED)
    for joint in range(15):
        mota, motp = _motmetrics(truth, pred, joint)
        assert result.mota[joint] == pytest.approx(mota, abs=1e-9)
        assert result.motp[joint] == pytest.approx(motp, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_official_ap_is_not_touched_where_all_joints_are_annotated(seed):
    truth, pred = scene(seed)
    official, corrected = (_result(truth, pred, corrections) for corrections in (OFFICIAL, CORRECTED))
    np.testing.assert_array_equal(official.ap, corrected.ap)


def test_the_last_frame_is_tracked():
    pred = walk(4)
    pred[3] = [(9 - track, joints, score) for track, joints, score in pred[3]]
    assert _result(walk(4), pred, OFFICIAL).mota_total == 100.0
    tracks = _tracks(walk(4), pred, SINGLE_CORRECTIONS["track_last_frame"])
    np.testing.assert_array_equal(tracks.switches, 3)
    np.testing.assert_array_equal(tracks.objects, 4 * 3)


def test_a_last_frame_without_track_ids_is_an_error_only_where_it_is_tracked():
    pred = walk(4)
    pred[3] = [(NO_TRACK, joints, score) for _, joints, score in pred[3]]
    assert _result(walk(4), pred, OFFICIAL).mota_total == 100.0
    with pytest.raises(FormatError, match=r"frame 3 .* person of the predictions has no track id"):
        _result(walk(4), pred, CORRECTED)


@pytest.mark.parametrize("empty_side", ["predictions", "truth after ignore regions"])
def test_joints_of_a_one_sided_frame_count_as_they_are(empty_side):
    truth, pred = walk(5, num_people=3), walk(5, num_people=3)
    regions = [()] * 5
    if empty_side == "predictions":
        pred[1] = []
        expected = {"objects": 12, "misses": 3, "false_positives": 0}
    else:
        regions[1] = (np.array([[0.0, 0.0], [600.0, 0.0], [600.0, 300.0], [0.0, 300.0]]),)
        pred[1] = [(n, skeleton_at(20.0 + 210 * n, 350.0), 0.5) for n in range(2)]
        expected = {"objects": 9, "misses": 0, "false_positives": 2}
    counts = count_sequence(
        sequence(truth, regions=regions), sequence(pred), SINGLE_CORRECTIONS["true_miss_counts"]
    ).tracks
    for name, number in expected.items():
        np.testing.assert_array_equal(getattr(counts, name), number)
    official = count_sequence(sequence(truth, regions=regions), sequence(pred)).tracks
    np.testing.assert_array_equal(official.misses, 1)
    np.testing.assert_array_equal(official.false_positives, 1)


def test_a_joint_that_nobody_has_is_invented_officially_and_only_there():
    truth, pred = (_without_joint(walk(5), NOSE) for _ in range(2))
    pred[1] = []
    assert _result(truth, pred, OFFICIAL).mota[NOSE] == -100.0
    single = _result(truth, pred, SINGLE_CORRECTIONS["no_invented_classes"])
    assert np.isnan(single.mota[NOSE])
    np.testing.assert_allclose(single.mota[:NOSE], _result(truth, pred, OFFICIAL).mota[:NOSE])
    # With ``true_miss_counts`` alone the invented joint remains.
    counts = _tracks(truth, pred, SINGLE_CORRECTIONS["true_miss_counts"])
    assert (counts.objects[NOSE], counts.misses[NOSE], counts.false_positives[NOSE]) == (1, 1, 1)


def test_motp_is_over_the_pairs():
    shifted = [[(i, joints + [0.25 * HEAD_SIZE, 0], s) for i, joints, s in people] for people in walk()]
    np.testing.assert_allclose(_result(walk(), shifted, OFFICIAL).motp, 50.0)
    np.testing.assert_allclose(_result(walk(), shifted, SINGLE_CORRECTIONS["motp_over_matches"]).motp, 75.0)


def test_absent_joints_are_left_out_of_the_means():
    truth = _without_joint(walk(), NOSE)
    single = SINGLE_CORRECTIONS["absent_classes"]
    for pred in (truth, walk()):
        result = _result(truth, pred, single)
        for values in (result.ap, result.precision, result.recall, result.motp):
            assert np.isnan(values[NOSE])
        assert result.map_total == 100.0
    official = _result(truth, truth, OFFICIAL)
    assert official.ap[NOSE] == 0.0
    assert official.map_total == pytest.approx(100 * 14 / 15)


def test_a_joint_that_is_annotated_and_never_predicted_stays_in_the_mean():
    result = _result(walk(), _without_joint(walk(), NOSE), CORRECTED)
    assert result.ap[NOSE] == 0.0
    assert np.isnan(result.motp[NOSE])
    assert result.mota[NOSE] == 0.0


def test_singles_are_one_switch_each_and_several_protocols_are_counted_at_once():
    assert list(SINGLE_CORRECTIONS) == [field.name for field in fields(Corrections)]
    truth, pred = scene(3)
    pred[2] = []
    protocols = (OFFICIAL, CORRECTED, *SINGLE_CORRECTIONS.values())
    together = count_protocols(sequence(truth), sequence(pred), protocols)
    for corrections, counts in zip(protocols, together, strict=True):
        assert counts.result().to_json() == _result(truth, pred, corrections).to_json()


def test_counts_under_different_corrections_do_not_mix():
    counts = count_protocols(sequence(walk()), sequence(walk()), (OFFICIAL, CORRECTED))
    with pytest.raises(ValueError, match="different corrections"):
        merge_counts(counts)


def test_somebody_with_one_joint_takes_nobodys_prediction():
    """Among people whose joints a prediction all gets right, it goes to the one with more joints, not the nearest."""
    whole, part = skeleton_at(100.0, 100.0), np.full((15, 2), np.nan)
    part[5] = whole[5] + [4.0, 0.0]
    gt = [[(1, part, 0.9), (0, whole, 0.9)]]
    pred = [[(7, whole + [3.0, 0.0], 0.9)]]
    assert _result(gt, pred, CORRECTED).ap[-1] > 95
    assert _result([people[::-1] for people in gt], pred, CORRECTED).ap[-1] > 95
