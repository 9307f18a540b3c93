"""The official rules one by one, degenerate inputs, and changes that must not alter a figure."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation_builders import HEAD, frame, sequence, skeleton_at, walk

from posetrack.errors import FormatError
from posetrack.evaluation import count_sequence, evaluate_posetrack, format_table, group_means
from posetrack.structures import COCO, NO_TRACK, FramePoses

HEAD_SIZE = 0.6 * np.sqrt(2) * HEAD
LISTS = ("ap", "precision", "recall", "mota", "motp", "mot_precision", "mot_recall")


def _evaluate(gt, pred, **kwargs):
    return evaluate_posetrack([sequence(gt, **kwargs)], [sequence(pred)])


def _table(result):
    return np.array([getattr(result, name) for name in LISTS])


def test_perfect_predictions_score_100():
    result = _evaluate(walk(), walk())
    for name in LISTS:
        if name != "motp":
            np.testing.assert_array_equal(getattr(result, name), 100.0)


def test_motp_counts_every_near_pair_once_more():
    shift = 0.25 * HEAD_SIZE
    shifted = [[(i, joints + [shift, 0], s) for i, joints, s in people] for people in walk()]
    result = _evaluate(walk(), shifted)
    # py-motmetrics adds each distance of 0.25 twice, as RAW and as MATCH, hence not 75.
    np.testing.assert_allclose(result.motp, 50.0)
    counts = count_sequence(sequence(walk()), sequence(shifted)).tracks
    np.testing.assert_allclose(counts.matched_distance / counts.matches, 0.25)


def test_threshold_is_half_the_head_size_inclusive():
    truth = [[(1, skeleton_at(100, 100), 1.0)]] * 2
    for head, offset, expected in ((25.0, 0.5 * 0.6 * 25 * np.sqrt(2), 100.0), (25.0, 10.7, 0.0)):
        gt = [frame(t, people, head) for t, people in enumerate(truth)]
        pred = [[(1, joints + [offset, 0], 1.0) for _, joints, _ in people] for people in truth]
        assert _evaluate(gt, pred).ap[0] == pytest.approx(expected)


def test_a_distance_at_the_threshold_is_rounded_as_the_official_program_rounds_it():
    """It applies ``np.linalg.norm`` to single vectors; the CPU may round their sum once (fused) or twice."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(100, 4000, (2000, 2)) / 10
    angles = rng.uniform(0, 2 * np.pi, 2000)
    truths = rng.integers(0, 10_000, (2000, 2)) / 10
    away = 0.3 * np.linalg.norm(sizes, axis=1)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = truths + away
    joints = np.full((15, 2), np.nan)

    def frames(places, heads=None):
        result = []
        for index, place in enumerate(places):
            joints[0] = place
            one = frame(index, [(0, joints, 0.9)])
            result.append(one if heads is None else replace(one, head_boxes_xyxy=[[0, 0, *heads[index]]]))
        return result

    counts = count_sequence(sequence(frames(truths, sizes)), sequence(frames(found)))
    official = [
        np.linalg.norm(f - t) / (0.6 * np.linalg.norm(s)) <= 0.5 for f, t, s in zip(found, truths, sizes, strict=True)
    ]
    assert counts.labels[0].tolist() == official and 0 < sum(official) < 2000


def test_a_head_of_size_zero_matches_nothing():
    gt = [frame(t, people, head=0.0) for t, people in enumerate(walk(3))]
    result = _evaluate(gt, walk(3))
    assert result.map_total == 0.0
    assert result.mota_total == -100.0


def test_the_last_labelled_frame_is_not_tracked():
    truth = [*walk(4), []]
    pred = walk(5)
    pred[3] = [(9 - i, joints, s) for i, joints, s in pred[3]]  # every id changes
    assert _evaluate(truth, pred).mota_total == 100.0
    pred[2] = pred[3]
    assert _evaluate(truth, pred).mota_total < 100.0


def test_predictions_in_frames_without_truth_are_free():
    truth, pred = walk(5), walk(5)
    truth[2] = []
    np.testing.assert_array_equal(_evaluate(truth, pred).ap, 100.0)


def test_a_frame_without_prediction_counts_as_one_miss_and_one_false_positive():
    truth, pred = walk(6, num_people=2), walk(6, num_people=2)
    pred[1] = []
    tracks = count_sequence(sequence(truth), sequence(pred)).tracks
    np.testing.assert_array_equal(tracks.objects, 4 * 2 + 1)
    np.testing.assert_array_equal(tracks.misses, 1)
    np.testing.assert_array_equal(tracks.false_positives, 1)


def test_a_person_without_points_keeps_its_frame_but_one_without_a_list_does_not():
    truth, pred = walk(6, num_people=2), walk(6, num_people=2)
    pred[1] = frame(1, [(0, np.full((15, 2), np.nan), 0.5)])
    listed = count_sequence(sequence(truth), sequence(pred)).tracks
    np.testing.assert_array_equal(listed.misses, 2)
    pred[1] = replace(pred[1], joints_listed=np.array([False]))
    not_listed = count_sequence(sequence(truth), sequence(pred)).tracks
    np.testing.assert_array_equal(not_listed.misses, 1)
    np.testing.assert_array_equal(not_listed.false_positives, 1)


def test_joints_in_ignore_regions_do_not_count():
    truth, pred = walk(4, num_people=1), walk(4, num_people=1)
    pred = [[*people, (7, skeleton_at(400, 300), 0.95)] for people in pred]
    assert _evaluate(truth, pred).map_total < 100.0
    square = np.array([[390.0, 290.0], [600.0, 290.0], [600.0, 420.0], [390.0, 420.0]])
    result = _evaluate(truth, pred, regions=[(square,)] * 4)
    assert result.map_total == 100.0
    assert result.mota_total == 100.0


def test_a_joint_on_the_edge_of_a_region_counts():
    truth, pred = walk(3, num_people=1), walk(3, num_people=1)
    far = skeleton_at(400, 300)
    far[1:] = np.nan
    pred = [[*people, (7, far, 0.95)] for people in pred]
    square = np.array([[400.0, 290.0], [500.0, 290.0], [500.0, 400.0], [400.0, 400.0]])
    assert _evaluate(truth, pred, regions=[(square,)] * 3).ap[0] < 100.0
    assert _evaluate(truth, pred, regions=[(square - [1, 0],)] * 3).ap[0] == 100.0


def test_regions_that_enclose_nothing_are_harmless():
    polygons = (np.zeros((0, 2)), np.array([[0.0, 0.0], [600.0, 400.0]]))
    result = _evaluate(walk(3), walk(3), regions=[polygons] * 3)
    assert result.map_total == 100.0


def test_a_joint_that_the_person_matched_to_does_not_have_is_a_false_positive():
    truth, pred = walk(3, num_people=1), walk(3, num_people=1)
    for people in truth:
        people[0][1][4] = np.nan
    result = _evaluate(truth, pred)
    assert np.isnan(result.ap[4]) and result.precision[4] == 0.0
    assert result.map_total == 100.0  # the mean ignores NaN
    assert np.isnan(group_means(result.ap)["Knee"])
    assert result.mot_precision[4] == 0.0


def test_missing_scores_come_last():
    truth = walk(4, num_people=1)
    far = (8, skeleton_at(400, 300), np.nan)
    before = [[*people, far] for people in walk(4, num_people=1, score=-9998.0)]
    assert _evaluate(truth, before).map_total == 100.0
    after = [[*people, far] for people in walk(4, num_people=1, score=-10000.0)]
    assert _evaluate(truth, after).map_total == 50.0


def test_two_predictions_for_one_truth_leave_one_false_positive():
    truth = walk(3, num_people=1)
    pred = [[*people, (5, people[0][1] + 1.0, 0.99)] for people in walk(3, num_people=1)]
    result = _evaluate(truth, pred)
    np.testing.assert_allclose(result.precision, 50.0)
    np.testing.assert_allclose(result.recall, 100.0)
    np.testing.assert_allclose(result.ap, 50.0)  # the false positive has the higher score and takes no part in matching


# Empty inputs


def test_no_prediction_at_all():
    result = _evaluate(walk(4), [[]] * 4)
    np.testing.assert_array_equal(result.ap, 0.0)
    np.testing.assert_array_equal(result.mota, -100.0)
    np.testing.assert_array_equal(result.motp, 0.0)


def test_no_truth_at_all():
    result = _evaluate([[]] * 4, walk(4))
    np.testing.assert_array_equal(result.ap, 0.0)
    assert np.isnan(result.mota).all() and np.isnan(result.mot_recall).all()


def test_no_sequence_and_no_frame():
    np.testing.assert_array_equal(evaluate_posetrack([], []).ap, 0.0)
    np.testing.assert_array_equal(_evaluate([], []).ap, 0.0)


def test_a_single_labelled_frame_gives_ap_and_no_tracking():
    truth = [[], walk(1)[0], []]
    result = _evaluate(truth, [[], walk(1)[0], []])
    np.testing.assert_array_equal(result.ap, 100.0)
    assert np.isnan(result.mota).all()
    both = evaluate_posetrack([sequence(truth), sequence(walk())], [sequence(truth), sequence(walk())])
    np.testing.assert_array_equal(both.mota, 100.0)


def test_ids_of_any_size():
    big = [[(2**62 + i, joints, s) for i, joints, s in people] for people in walk()]
    np.testing.assert_array_equal(_table(_evaluate(walk(), big)), _table(_evaluate(walk(), walk())))


# Errors


def test_unequal_frame_counts_are_named():
    with pytest.raises(FormatError, match="000001_mpii_test: 5 frames of predictions, expected 6"):
        _evaluate(walk(6), walk(5))


def test_truth_without_head_box_is_named_with_its_frame():
    bare = replace(frame(1, walk()[1]), head_boxes_xyxy=np.full((3, 4), np.nan))
    truth = [walk()[0], bare, *walk()[2:]]
    with pytest.raises(FormatError, match=r"frame 1 \(images/val/000001_mpii_test/000001.jpg\).*no head box"):
        _evaluate(truth, walk())
    without = walk()
    without[1] = []
    assert np.isfinite(_evaluate(truth, without).map_total)  # nothing is matched in that frame


def test_untracked_predictions_are_named():
    pred = walk()
    pred[2] = frame(2, pred[2]).with_tracks([NO_TRACK] * 3)
    with pytest.raises(FormatError, match="frame 2 .*a person of the predictions has no track id .*.* 3 such persons"):
        _evaluate(walk(), pred)


def test_skeleton_without_the_joints_is_named():
    poses = sequence([[]])
    coco = replace(poses, skeleton=COCO, frames=(FramePoses.empty(0, (10, 10), 17),))
    with pytest.raises(FormatError, match="skeleton coco has no head_bottom, head_top"):
        evaluate_posetrack([poses], [coco])


def test_sequences_are_not_mixed_up():
    a, b = sequence(walk(), name="a"), sequence(walk(), name="b")
    with pytest.raises(FormatError, match="predictions of b are paired with ground truth of a"):
        evaluate_posetrack([a, b], [b, a])
    with pytest.raises(FormatError, match="no predictions for sequence 2"):
        evaluate_posetrack([a, b], [a])
    with pytest.raises(FormatError, match="no ground truth for sequence 2"):
        evaluate_posetrack([a], [a, b])
    assert evaluate_posetrack([a], [b]).map_total == 100.0


# Output


def test_json_has_null_for_nan_and_sixteen_figures():
    report = _evaluate([[]] * 2, walk(2)).to_json()
    assert report["MOT"]["mota"] == [None] * 16
    assert report["AP"]["ap"] == [0.0] * 16
    assert {kind: list(lists) for kind, lists in report.items()} == {
        "AP": ["ap", "pre", "rec"],
        "MOT": ["mota", "motp", "pre", "rec"],
    }


def test_table_has_the_official_columns(capsys):
    from rich.console import Console

    console = Console(width=80, record=True)
    console.print(format_table(_evaluate(walk(), walk()), "title"))
    lines = console.export_text().splitlines()
    header = next(line for line in lines if "Head" in line)
    assert header.split() == "Head Shou Elb Wri Hip Knee Ankl Total MOTP Prec Rec".split()
    mota = next(line for line in lines if "MOTA" in line)
    assert mota.split() == ["MOTA", *["100.0"] * 8, "100.0", "100.0", "100.0"]
