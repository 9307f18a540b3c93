"""Resampled figures equal scoring the resampled sequences; intervals and comparisons behave as they should."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from diagnosis_scenes import scene
from evaluation_builders import sequence, walk
from rich.console import Console

from posetrack.errors import FormatError
from posetrack.evaluation import SequenceCounts, count_sequence, merge_counts
from posetrack.evaluation.diagnosis import bootstrap_intervals, compare_runs, diagnose
from posetrack.evaluation.diagnosis.bootstrap import resampled_figures
from posetrack.evaluation.diagnosis.tables import (
    comparison_table,
    diagnosis_table,
    error_table,
    interval_table,
    sequence_errors_table,
    track_table,
    worst_frames_table,
)
from posetrack.evaluation.joint_tracks import TrackCounts
from posetrack.structures import POSETRACK17


def _counts(seeds, shift=0.0):
    found = []
    for seed in seeds:
        truth, pred = scene(seed)
        pred = [[(i, joints + shift, s) for i, joints, s in people] for people in pred]
        found.append(count_sequence(sequence(truth), sequence(pred)))
    return found


def made_up(num_sequences, frames=52, people=5, right=0.75, seed=0):
    """Synthetic counts at the scale of PoseTrack18's validation set."""
    rng = np.random.default_rng(seed)
    size = frames * people
    parts = []
    for _ in range(num_sequences):
        labels = tuple(rng.random(size) < right * rng.random() ** 0.3 for _ in range(15))
        hits = np.array([mask.sum() for mask in labels])
        zero = TrackCounts.zero()
        tracks = replace(zero, objects=zero.objects + size, misses=size - hits, false_positives=size - hits)
        scores = tuple(rng.random(size) + 0.5 * mask for mask in labels)
        parts.append(SequenceCounts(np.full(15, size), scores, labels, tracks))
    return parts


def test_weights_of_one_give_the_official_figures():
    counts = _counts(range(6))
    official = merge_counts(counts).result()
    result = bootstrap_intervals(counts, num_resamples=20)
    assert result.map.value == pytest.approx(official.map_total, abs=1e-9)
    assert result.mota.value == pytest.approx(official.mota_total, abs=1e-9)
    assert result.map.low <= result.map.value <= result.map.high


def test_weights_equal_repeated_sequences():
    counts = _counts(range(5))
    weights = np.random.default_rng(1).multinomial(5, [0.2] * 5, size=12)
    figures = resampled_figures(counts, weights)
    for b, weight in enumerate(weights):
        repeated = merge_counts(
            [part for part, times in zip(counts, weight, strict=True) for _ in range(times)]
        ).result()
        assert figures[0][b] == pytest.approx(repeated.map_total, abs=1e-9)
        assert figures[1][b] == pytest.approx(repeated.mota_total, abs=1e-9)


def test_joints_without_predictions_or_annotations():
    def without(parts, joint, predicted, annotated):
        found = []
        for part in parts:
            number = part.annotated.copy()
            number[joint] = annotated and number[joint]
            none = np.zeros(0)
            scores = tuple(s if predicted or j != joint else none for j, s in enumerate(part.scores))
            labels = tuple(
                (m if annotated else m & False) if predicted or j != joint else none > 0
                for j, m in enumerate(part.labels)
            )
            found.append(replace(part, annotated=number, scores=scores, labels=labels))
        return found

    for predicted, annotated in ((True, False), (False, True), (False, False)):
        counts = without(_counts(range(3)), 4, predicted, annotated)
        expected = merge_counts(counts).result().map_total
        assert resampled_figures(counts, np.ones((1, 3), dtype=np.int64))[0][0] == pytest.approx(expected, abs=1e-9)


def test_seeds():
    counts = _counts(range(5))
    assert bootstrap_intervals(counts, 50, seed=3) == bootstrap_intervals(counts, 50, seed=3)
    assert bootstrap_intervals(counts, 50, seed=3) != bootstrap_intervals(counts, 50, seed=4)


def test_equal_sequences_have_no_spread():
    result = bootstrap_intervals(_counts([1]) * 6, 50)
    assert result.map.high - result.map.low == pytest.approx(0.0, abs=1e-9)
    assert result.mota.high - result.mota.low == pytest.approx(0.0, abs=1e-9)


def test_a_wider_confidence_has_a_wider_interval():
    counts = made_up(12)
    narrow, wide = (bootstrap_intervals(counts, 300, confidence=c).mota for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_spread_is_that_of_a_mean():
    """MOTA of equally long sequences is their mean, so its standard error is known."""
    counts = made_up(60)
    each = np.array([part.result().mota_total for part in counts])
    found = bootstrap_intervals(counts, 2000, confidence=0.6827).mota
    assert (found.high - found.low) / 2 == pytest.approx(each.std() / np.sqrt(60), rel=0.1)


def test_equal_runs_do_not_differ():
    counts = _counts(range(5))
    result = compare_runs(counts, counts, 100)
    for found in (result.map, result.mota):
        assert (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_a_run_that_is_better_everywhere():
    worse, better = _counts(range(10), shift=6.0), _counts(range(10))
    result = compare_runs(worse, better, 400)
    for found in (result.map, result.mota):
        assert found.difference == pytest.approx(found.b - found.a)
        assert 0 < found.low <= found.difference <= found.high
        assert found.p == pytest.approx(2 / 401)
    back = compare_runs(better, worse, 400)
    assert back.mota.difference == pytest.approx(-result.mota.difference)
    assert back.mota.p == result.mota.p


def test_of_one_sequence_there_is_no_interval():
    found = compare_runs(_counts([1], shift=6.0), _counts([1]), 20).mota
    assert found.difference > 0
    assert np.isnan([found.low, found.high, found.p]).all()


def test_p_is_not_small_without_a_difference():
    """Of 40 pairs of runs from the same distribution, about 2 have p below 0.05."""
    p = [compare_runs(made_up(30, 4, 2, seed=2 * n), made_up(30, 4, 2, seed=2 * n + 1), 200).mota.p for n in range(40)]
    assert (np.array(p) < 0.05).sum() <= 7
    assert np.median(p) > 0.2


def test_undefined_figures_are_none():
    counts = _counts([1])[0]
    empty = replace(counts, annotated=counts.annotated * 0, tracks=TrackCounts.zero())
    result = bootstrap_intervals([empty, empty], 10)
    assert result.to_json()["mota"] == {"value": None, "low": None, "high": None}
    assert compare_runs([empty], [empty], 10).to_json()["mota"]["p"] is None
    json.dumps(result.to_json(), allow_nan=False)


def test_errors():
    counts = _counts([1, 2])
    with pytest.raises(FormatError, match="no sequence"):
        bootstrap_intervals([])
    with pytest.raises(FormatError, match="run A has 2 sequences, run B 1"):
        compare_runs(counts, counts[:1])
    with pytest.raises(FormatError, match="sequence 1: .*same ground truth"):
        compare_runs(counts, counts[::-1])
    with pytest.raises(ValueError, match="num_resamples is 0"):
        bootstrap_intervals(counts, 0)
    with pytest.raises(ValueError, match="confidence is 95"):
        bootstrap_intervals(counts, confidence=95)


def test_tables_and_json():
    truth, pred = scene(2)
    diagnosis = diagnose(sequence(truth), sequence(pred))
    counts = [diagnosis.counts, *_counts([3])]
    console = Console(width=160, record=True, file=io.StringIO())
    for table in (
        diagnosis_table(diagnosis),
        error_table(diagnosis),
        track_table(diagnosis),
        worst_frames_table(diagnosis),
        sequence_errors_table([diagnosis]),
        interval_table(bootstrap_intervals(counts, 10)),
        comparison_table(compare_runs(counts, counts, 10)),
    ):
        console.print(table)
    text = console.export_text()
    assert f"{diagnosis.counts.result().map_total:.1f}" in text
    assert str(int(diagnosis.pose_errors[1].sum())) in text
    assert "mAP and MOTA, %, 95 % intervals\n" in text and "10 resamples of 2 sequences" in text
    written = json.loads(json.dumps(diagnosis.to_json(), allow_nan=False))
    assert written["pose_errors"]["good"]["nose"] == diagnosis.pose_errors[0, POSETRACK17.index("nose")]
    perfect = json.loads(json.dumps(diagnose(sequence(walk(1)), sequence(walk(1))).to_json(), allow_nan=False))
    assert perfect["mota"] is None
