"""Each cell of a sweep equals the evaluation of predictions that were actually thresholded."""

from dataclasses import fields, replace

import numpy as np
import pytest
from evaluation_builders import frame, sequence, skeleton_at, walk
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_scenes import noisy, poses, truths

from posetrack.errors import FormatError
from posetrack.evaluation import count_sequence, evaluate_posetrack, merge_counts
from posetrack.evaluation.sweep import ThresholdGrid, count_sweep, merge_sweeps, sweep_result, sweep_table, thresholded
from posetrack.evaluation.sweep.grid import NONE

GRID = ThresholdGrid((0.0, 0.3, 0.5, 0.9), (0.0, 0.4, 0.5, 0.8))
REGION = (np.array([[0.0, 0.0], [90.0, 0.0], [90.0, 60.0], [0.0, 60.0]]),)
SMALL = ThresholdGrid((0.0, 0.5), (0.0, 0.6))


@st.composite
def _scenes(draw):
    """(truth, predictions) with all kinds of person and joint scores, or none, and with or without ignore regions."""
    truth = draw(truths(crowd=(0.1, 8.0)))
    pred = poses(draw(noisy(truth)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    digits = draw(st.sampled_from([1, 6]))  # 1: with equal scores, and scores equal to thresholds
    own, missing = draw(st.sampled_from([0.0, 0.5, 1.0])), draw(st.sampled_from([0.0, 0.4]))
    regions = [REGION if rng.random() < 0.5 else () for _ in truth] if draw(st.booleans()) else ()
    scored = [_scored(one, rng, own, missing, digits) for one in pred.frames]
    return poses(truth, regions=regions), replace(pred, frames=tuple(scored))


def _scored(one, rng, own, missing, digits):
    persons, joints = rng.random(len(one)).round(digits), rng.random((len(one), 15)).round(digits)
    joints *= rng.choice([0.0, 0.5, 1.0], (len(one), 1))  # whole people fall below the joint threshold
    persons[rng.random(len(one)) >= own] = np.nan
    joints[rng.random(joints.shape) < missing] = np.nan
    joints[rng.random(len(one)) < missing] = np.nan  # neither the person nor a joint has a score
    listed = rng.random(len(one)) < 0.9
    listed |= one.joint_valid.any(axis=1)
    return replace(one, scores=persons, joint_scores=joints, joints_listed=listed)


def _has_scores(pred):
    columns = pred.columns
    return not len(columns) or not (
        np.isnan(columns.scores).all() and np.isnan(columns.joint_scores[columns.joint_valid]).all()
    )


def _assert_equal(found, expected):
    for field in fields(expected.tracks):
        np.testing.assert_allclose(getattr(found.tracks, field.name), getattr(expected.tracks, field.name), atol=1e-9)
    for name in ("scores", "labels"):
        for ours, theirs in zip(getattr(found, name), getattr(expected, name), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    result, wanted = found.result(), expected.result()
    for field in fields(wanted):
        np.testing.assert_allclose(getattr(result, field.name), getattr(wanted, field.name), atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(scene=_scenes().filter(lambda scene: _has_scores(scene[1])))
def test_every_cell_is_the_evaluation_of_thresholded_predictions(scene):
    gt, pred = scene
    counts = count_sweep(gt, pred, GRID)
    assert counts.grid.cells[0] == (NONE, NONE)
    _assert_equal(counts.cell(0), count_sequence(gt, pred))
    for cell, thresholds in enumerate(GRID.cells):
        _assert_equal(counts.cell(cell), count_sequence(gt, thresholded(pred, *thresholds)))


@settings(max_examples=25, deadline=None)
@given(scenes=st.lists(_scenes().filter(lambda scene: _has_scores(scene[1])), min_size=2, max_size=4))
def test_merged_cells_and_the_figures_are_those_of_all_sequences(scenes):
    parts = {str(number): count_sweep(gt, pred, SMALL) for number, (gt, pred) in enumerate(scenes)}
    merged, result = merge_sweeps(list(parts.values())), sweep_result(parts)
    for cell, thresholds in enumerate(SMALL.cells):
        expected = merge_counts(count_sequence(gt, thresholded(pred, *thresholds)) for gt, pred in scenes)
        _assert_equal(merged.cell(cell), expected)
        wanted = expected.result()
        figures = result.cells[cell]
        found = figures.map, figures.mota, figures.precision, figures.recall
        totals = wanted.map_total, wanted.mota_total, wanted.mot_precision[-1], wanted.mot_recall[-1]
        np.testing.assert_allclose(found, totals, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(scene=_scenes(), person=st.sampled_from([NONE, 0.0, 0.3, 0.5]), joint=st.sampled_from([NONE, 0.0, 0.4, 0.5]))
@example(scene=(sequence(walk()), sequence(walk())), person=0.9, joint=NONE)  # a score equal to the threshold stays
def test_what_thresholded_leaves(scene, person, joint):
    """An independent implementation of the rule, person by person."""
    pred = scene[1]
    left = thresholded(pred, person, joint)
    for before, after in zip(pred.frames, left.frames, strict=True):
        rows = [i for i in range(len(before)) if not _score(before, i) < person]
        assert after.track_ids.tolist() == before.track_ids[rows].tolist()
        for new, old in enumerate(rows):
            stays = [bool(v) and not s < joint for v, s in zip(before.joint_valid[old], before.joint_scores[old])]
            assert after.joint_valid[new].tolist() == stays
            np.testing.assert_array_equal(after.joints_xy[new][stays], before.joints_xy[old][stays])


def _score(one, i):
    if not np.isnan(one.scores[i]):
        return one.scores[i]
    known = [s for s, there in zip(one.joint_scores[i], one.joint_valid[i], strict=True) if there and not np.isnan(s)]
    return sum(known) / len(known) if known else np.nan


def _scene_with_a_ghost(ghost_score, name="000001_mpii_test"):
    """Two people found exactly, and a false positive (ghost), in every frame."""
    truth = walk(num_frames=4, num_people=2)
    ghost = (77, skeleton_at(3000.0, 3000.0), ghost_score)
    return sequence(truth, name), sequence([[*people, ghost] for people in truth], name)


def test_the_best_thresholds_remove_the_ghost():
    result = sweep_result({"one": count_sweep(*_scene_with_a_ghost(0.35))})
    best = result.best("MOTA")
    assert (best.person_threshold, best.joint_threshold) == (0.0, 0.4)  # the lowest of equally good thresholds
    assert best.figures.mota == pytest.approx(100.0)
    assert result.unchanged.mota == pytest.approx(50.0)
    assert result.best("mAP").person_threshold == 0.0 and result.best("mAP").joint_threshold == 0.0
    assert result.values("MOTA").shape == (10, 10)
    assert result.values("MOTA")[4, 0] == pytest.approx(100.0)


def test_held_out_figures_are_of_thresholds_chosen_on_the_others():
    """The ghosts of the two sequences score 0.35 and 0.75, so thresholds chosen on one are not best for the other."""
    scenes = {name: _scene_with_a_ghost(score, name) for name, score in (("a", 0.35), ("b", 0.75))}
    result = sweep_result({name: count_sweep(*scene) for name, scene in scenes.items()})
    held = result.held_out["MOTA"]
    assert held.choices == ((0.0, 0.8), (0.0, 0.4))  # sequence a is scored with the best choice for b
    left = {name: thresholded(scenes[name][1], *choice) for name, choice in zip("ab", held.choices, strict=True)}
    expected = evaluate_posetrack([scenes[n][0] for n in "ab"], [left[n] for n in "ab"])
    assert held.figures.mota == pytest.approx(expected.mota_total, abs=1e-9)
    assert held.figures.map == pytest.approx(expected.map_total, abs=1e-9)
    assert held.figures.mota < result.best("MOTA").figures.mota


def test_folds_do_not_depend_on_the_order_of_sequences():
    names = [f"s{number}" for number in range(7)]
    parts = {name: count_sweep(*_scene_with_a_ghost(0.1 * n + 0.15, name), SMALL) for n, name in enumerate(names)}
    one, other = sweep_result(parts), sweep_result(dict(reversed(parts.items())))
    assert one.held_out["MOTA"] == other.held_out["MOTA"]
    assert len(one.held_out["MOTA"].choices) == 5


def test_one_sequence_has_no_held_out_figure_and_says_so():
    result = sweep_result({"one": count_sweep(*_scene_with_a_ghost(0.35))})
    assert not result.held_out
    assert result.to_json()["held_out"] is None
    table = sweep_table(result)
    assert [name for name, _ in table.rows] == ["no threshold", "best mAP", "best MOTA"]
    assert "optimistic" in table.note and "give several" in table.note


def test_scores_beyond_1_are_pointed_out():
    result = sweep_result({"one": count_sweep(sequence(walk(score=87.0)), sequence(walk(score=87.0)))})
    assert "Scores range from 87 to 87, but thresholds" in sweep_table(result).note


def test_scores_below_0_are_pointed_out():
    result = sweep_result({"one": count_sweep(sequence(walk(score=-3.0)), sequence(walk(score=-3.0)))})
    assert "Scores range from -3 to -3, but thresholds" in sweep_table(result).note


def test_predictions_without_any_score_are_refused():
    unscored = sequence(walk(score=np.nan))
    with pytest.raises(FormatError, match="000001_mpii_test: none of the 18 predicted persons or their joints has a score"):
        count_sweep(sequence(walk()), unscored)


def test_no_truth_no_predictions_no_persons():
    nobody = sequence([[], []])
    people = sequence(walk(num_frames=2))
    for gt, pred in ((nobody, nobody), (people, nobody), (nobody, people)):
        counts = count_sweep(gt, pred, SMALL)
        for cell, thresholds in enumerate(SMALL.cells):
            _assert_equal(counts.cell(cell), count_sequence(gt, thresholded(pred, *thresholds)))
        result = sweep_result({"one": counts})
        assert result.best("MOTA").person_threshold == 0.0
        sweep_table(result)


def test_a_person_left_without_joints_goes_only_where_there_are_regions():
    """As in the official code: the remaining frame may be empty or not, which MOTA charges differently."""
    truth = [[(1, skeleton_at(10.0, 300.0), 0.9)]] * 3
    pred = [frame(t, [(1, skeleton_at(10.0, 300.0), 0.2)]) for t in range(3)]
    pred = sequence([replace(one, scores=np.array([0.9])) for one in pred])
    without, with_regions = (
        count_sweep(sequence(truth, regions=regions), pred, SMALL).cell(2).tracks for regions in ((), [REGION] * 3)
    )
    assert without.false_positives.sum() == 0
    assert with_regions.false_positives.sum() == 2 * 15  # the official placeholder for an empty frame


@pytest.mark.parametrize("persons", [(), (0.5, 0.1), (0.1, 0.1), (0.0, np.nan)])
def test_odd_grids_are_refused(persons):
    with pytest.raises(ValueError, match="finite numbers in increasing order"):
        ThresholdGrid(persons, (0.0,))


def test_counts_of_other_grids_do_not_add_up():
    parts = [count_sweep(sequence(walk()), sequence(walk()), grid) for grid in (GRID, SMALL)]
    with pytest.raises(ValueError, match="all on one grid"):
        merge_sweeps(parts)
