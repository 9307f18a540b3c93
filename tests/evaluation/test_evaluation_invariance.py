"""Changes that must never alter a figure, and changes that may alter it in one direction only."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation_builders import sequence, walk

from posetrack.evaluation import count_sequence, evaluate_posetrack, merge_counts

LISTS = ("ap", "precision", "recall", "mota", "motp", "mot_precision", "mot_recall")


def _evaluate(gt, pred):
    return evaluate_posetrack([sequence(gt)], [sequence(pred)])


def _table(result):
    return np.array([getattr(result, name) for name in LISTS])


def _noisy(seed, num_frames=8, num_people=4, twins=True):
    """(truth, predictions) with noise, missing people and joints, duplicates and ID switches."""
    rng = np.random.default_rng(seed)
    truth, pred = [], []
    for people in walk(num_frames, num_people):
        shown = [(i, _holes(rng, joints / 2), 1.0) for i, joints, _ in people if rng.random() < 0.9]
        guessed = [
            (int(i + 10 * (rng.random() < 0.1)), _holes(rng, joints / 2 + rng.normal(0, 5, (15, 2))), rng.random())
            for i, joints, _ in people
            if rng.random() < 0.8
        ]
        truth.append(shown)
        twin = [(50, guessed[0][1] + 1.5, rng.random())] if guessed and twins else []
        pred.append(guessed + twin)
    return truth, pred


def _holes(rng, joints):
    return np.where(rng.random((15, 1)) < 0.15, np.nan, joints)


@pytest.mark.parametrize("seed", range(5))
def test_relabelling_tracks_changes_nothing(seed):
    truth, pred = _noisy(seed)
    rename = np.random.default_rng(seed).permutation(100)
    renamed = [[(int(rename[i]), *rest) for i, *rest in people] for people in pred]
    renamed_truth = [[(int(rename[i]) + 7, *rest) for i, *rest in people] for people in truth]
    expected = _table(_evaluate(truth, pred))
    np.testing.assert_array_equal(_table(_evaluate(truth, renamed)), expected)
    np.testing.assert_array_equal(_table(_evaluate(renamed_truth, pred)), expected)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_persons_changes_nothing_where_none_are_equally_good(seed):
    truth, pred = _noisy(seed, twins=False)
    turned = [people[::-1] for people in pred]
    turned_truth = [people[::-1] for people in truth]
    np.testing.assert_allclose(_table(_evaluate(turned_truth, turned)), _table(_evaluate(truth, pred)), atol=1e-9)


def test_of_two_equally_good_predictions_the_first_in_the_file_counts():
    truth = walk(3, num_people=1)
    high, low = ([(i, people[0][1] + i, 0.5 + i / 10) for people in walk(3, num_people=1)] for i in (2, 1))
    high_first = _evaluate(truth, [list(both) for both in zip(high, low, strict=True)])
    low_first = _evaluate(truth, [list(both) for both in zip(low, high, strict=True)])
    np.testing.assert_allclose(high_first.ap, 100.0)
    np.testing.assert_allclose(low_first.ap, 50.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_sequences_changes_nothing(seed):
    parts = [count_sequence(*map(sequence, _noisy(s))) for s in range(seed, seed + 3)]
    forth, back = merge_counts(parts).result(), merge_counts(parts[::-1]).result()
    np.testing.assert_allclose(_table(forth), _table(back), atol=1e-9)


def test_merging_step_by_step_is_merging_at_once():
    parts = [count_sequence(*map(sequence, _noisy(s))) for s in range(3)]
    stepwise = merge_counts([merge_counts(parts[:2]), parts[2]]).result()
    np.testing.assert_array_equal(_table(stepwise), _table(merge_counts(parts).result()))


def test_removing_a_true_positive_never_raises_recall_or_ap():
    truth, pred = _noisy(3)
    before = _evaluate(truth, pred)
    counts = count_sequence(sequence(truth), sequence(pred))
    for joint in range(15):
        hits = np.flatnonzero(counts.labels[joint])
        keep = np.delete(np.arange(len(counts.labels[joint])), hits[0])
        fewer = replace(
            counts,
            scores=tuple(s[keep] if j == joint else s for j, s in enumerate(counts.scores)),
            labels=tuple(m[keep] if j == joint else m for j, m in enumerate(counts.labels)),
        ).result()
        assert fewer.recall[joint] < before.recall[joint]
        assert fewer.ap[joint] <= before.ap[joint]


def test_inputs_are_left_as_they_are():
    truth, pred = map(sequence, _noisy(1))
    kept = [(f.joints_xy.copy(), f.joint_valid.copy(), f.track_ids.copy()) for s in (truth, pred) for f in s.frames]
    evaluate_posetrack([truth], [pred])
    after = [(f.joints_xy, f.joint_valid, f.track_ids) for s in (truth, pred) for f in s.frames]
    for before, now in zip(kept, after, strict=True):
        for a, b in zip(before, now, strict=True):
            np.testing.assert_array_equal(a, b)


def test_many_people_in_blocks_equal_few(monkeypatch):
    truth, pred = _noisy(2, num_frames=5, num_people=9)
    expected = _table(_evaluate(truth, pred))
    monkeypatch.setattr("posetrack.evaluation.matching._PAIRS_AT_ONCE", 7)
    np.testing.assert_array_equal(_table(_evaluate(truth, pred)), expected)
