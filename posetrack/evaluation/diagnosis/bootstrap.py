"""Uncertainty of the metrics, by resampling sequences.

Sequences are drawn with replacement, since frames of one sequence are not independent. AP is pooled over sequences
as in the official program: all scores are sorted once, and a resample only changes how often each sequence counts.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 (percentile interval) and 16.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.counts import SequenceCounts
from posetrack.evaluation.persons import NUM_JOINTS
from posetrack.evaluation.plain import plain_dict
from posetrack.structures import FloatArray, IntArray

NUM_RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A metric in percent with its percentile interval; NaN = undefined."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return ``{"value", "low", "high"}``, None for NaN."""
        return plain_dict(asdict(self))


@dataclass(frozen=True)
class BootstrapResult:
    """Confidence intervals of mAP and MOTA.

    Attributes:
        map, mota: percent.
        confidence: level of both intervals, such as 0.95.
        num_resamples: number of resamples drawn.
        num_sequences: number of sequences in each.
    """

    map: Interval
    mota: Interval
    confidence: float
    num_resamples: int
    num_sequences: int

    def to_json(self) -> dict[str, object]:
        """Return plain values, None for NaN."""
        return {**asdict(self), "map": self.map.to_json(), "mota": self.mota.to_json()}


@dataclass(frozen=True)
class Difference:
    """Run B minus run A, in percentage points.

    Attributes:
        a, b: the metric of each run, percent.
        difference: ``b - a``, with its percentile interval ``low`` to ``high``.
        p: two-sided p-value; NaN = undefined.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float

    def to_json(self) -> dict[str, float | None]:
        """Return the attributes, None for NaN."""
        return plain_dict(asdict(self))


@dataclass(frozen=True)
class Comparison:
    """Two runs on the same sequences; see ``Difference`` and ``BootstrapResult``."""

    map: Difference
    mota: Difference
    confidence: float
    num_resamples: int
    num_sequences: int

    def to_json(self) -> dict[str, object]:
        """Return plain values, None for NaN."""
        return {**asdict(self), "map": self.map.to_json(), "mota": self.mota.to_json()}


def bootstrap_intervals(
    counts: Sequence[SequenceCounts],
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> BootstrapResult:
    """Compute mAP and MOTA over all sequences, with percentile intervals.

    Args:
        counts: one per sequence.
        num_resamples: number of resamples; each draws as many sequences as given, with replacement.
        confidence: between 0 and 1.
        seed: equal seeds give equal intervals.

    Raises:
        FormatError: no sequences.
        ValueError: ``num_resamples`` or ``confidence`` out of range.
    """
    weights = _draw(len(counts), num_resamples, confidence, seed)
    intervals = []
    for values in resampled_figures(counts, weights):
        low, high = _percentiles(values[1:], confidence)
        intervals.append(Interval(float(values[0]), low, high))
    return BootstrapResult(intervals[0], intervals[1], confidence, num_resamples, len(counts))


def compare_runs(
    counts_a: Sequence[SequenceCounts],
    counts_b: Sequence[SequenceCounts],
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Comparison:
    """Test whether run B is better than run A, scoring both on the same resampled sequences (paired).

    ``p`` is twice the smaller of two shares of resamples, those where B is not better and those where A is not better,
    at most 1; the original data count as one more resample, so it is never 0. It is below ``1 - confidence`` roughly
    when the interval excludes 0. Equal runs have p = 1. With a single sequence, interval and p are NaN.

    Args:
        counts_a, counts_b: one per sequence, in the same order.
        num_resamples, confidence, seed: see ``bootstrap_intervals``.

    Raises:
        FormatError: no sequences; different numbers of sequences; sequences whose annotated joints differ between the
            runs, i.e. that were not scored on the same ground truth in the same order.
        ValueError: see ``bootstrap_intervals``.
    """
    if len(counts_a) != len(counts_b):
        raise FormatError(f"run A has {len(counts_a)} sequences, run B {len(counts_b)}: score both on the same set")
    for number, (a, b) in enumerate(zip(counts_a, counts_b, strict=True), start=1):
        if not np.array_equal(a.annotated, b.annotated):
            raise FormatError(
                f"sequence {number}: {int(a.annotated.sum())} annotated joints in run A, {int(b.annotated.sum())} in "
                "run B (or other joints): score both on the same ground truth, in the same order"
            )
    weights = _draw(len(counts_a), num_resamples, confidence, seed)
    found = []
    runs = resampled_figures(counts_a, weights), resampled_figures(counts_b, weights)
    for of_a, of_b in zip(*runs, strict=True):
        gain = of_b - of_a
        low, high = _percentiles(gain[1:], confidence)
        p = _p_value(gain[1:])
        if len(counts_a) == 1:
            low = high = p = math.nan
        found.append(Difference(float(of_a[0]), float(of_b[0]), float(gain[0]), low, high, p))
    return Comparison(found[0], found[1], confidence, num_resamples, len(counts_a))


def resampled_figures(counts: Sequence[SequenceCounts], weights: IntArray) -> tuple[FloatArray, FloatArray]:
    """Compute mAP and MOTA with each sequence counted as many times as its weight.

    Args:
        counts: S counts, one per sequence.
        weights: (B, S) int64, 0 or more.

    Returns:
        mAP (B,) and MOTA (B,) in percent; NaN = undefined. Weights of 1 give the same metrics as ``merge_counts``.
    """
    ap = np.stack([_average_precisions(counts, joint, weights) for joint in range(NUM_JOINTS)], axis=1)
    tracks = [part.tracks for part in counts]
    objects = weights @ np.stack([t.objects for t in tracks])
    errors = weights @ np.stack([t.misses + t.switches + t.false_positives for t in tracks])
    mota = 1.0 - np.divide(errors, objects, out=np.full(objects.shape, np.nan), where=objects > 0)
    return 100.0 * _mean_of_defined(ap), 100.0 * _mean_of_defined(mota)


def _average_precisions(counts: Sequence[SequenceCounts], joint: int, weights: IntArray) -> FloatArray:
    """(B,) AP of one joint as in ``average_precision``; copies of a sequence are ranked side by side."""
    scores = np.concatenate([part.scores[joint] for part in counts])
    labels = np.concatenate([part.labels[joint] for part in counts])
    sizes = [len(part.scores[joint]) for part in counts]
    order = np.argsort(scores)[::-1]
    sequence = np.repeat(np.arange(len(counts)), sizes)[order]
    hits = np.flatnonzero(labels[order])  # precision only falls between hits: the envelope needs no other points
    sequence_of_hits = sequence[hits]
    annotated = weights @ np.array([part.annotated[joint] for part in counts])
    num_predicted = weights @ np.array(sizes)
    result = np.full(len(weights), np.nan)
    for b, weight in enumerate(weights.astype(np.int32)):
        if num_predicted[b] and annotated[b]:
            gained = weight[sequence_of_hits]
            precision = np.cumsum(gained, dtype=np.int32) / np.cumsum(weight[sequence], dtype=np.int32)[hits].clip(1)
            envelope = np.maximum.accumulate(precision[::-1])[::-1]
            result[b] = np.dot(gained, envelope) / annotated[b]
    result[num_predicted == 0] = 0.0
    return result


def _mean_of_defined(values: FloatArray) -> FloatArray:
    """(B,) mean over the joints that are not NaN; NaN if all are."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=1)
    total = np.where(defined, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _draw(num_sequences: int, num_resamples: int, confidence: float, seed: int) -> IntArray:
    """(1 + num_resamples, S) weights; the first row is the original data."""
    if not num_sequences:
        raise FormatError("no sequence to resample: give at least one scored sequence")
    if num_resamples < 1:
        raise ValueError(f"num_resamples is {num_resamples}, expected 1 or more")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, expected a number between 0 and 1 such as {CONFIDENCE}")
    share = np.full(num_sequences, 1 / num_sequences)
    drawn = np.random.default_rng(seed).multinomial(num_sequences, share, size=num_resamples)
    return np.concatenate([np.ones((1, num_sequences), dtype=np.int64), drawn])


def _percentiles(values: FloatArray, confidence: float) -> tuple[float, float]:
    defined = values[~np.isnan(values)]
    if not len(defined):
        return math.nan, math.nan
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _p_value(gain: FloatArray) -> float:
    defined = gain[~np.isnan(gain)]
    if not len(defined):
        return math.nan
    smaller = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    return min(1.0, 2 * (1 + smaller) / (1 + len(defined)))
