"""How sure the figures are: resampling of sequences.

Sequences are drawn with replacement, since frames of one sequence are not independent. AP is pooled over sequences
as in the official figure: all scores are sorted once, and a resample only changes how often each sequence counts.

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
    """A figure in percent and its percentile interval; NaN = undefined."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """``{"value", "low", "high"}``, None for NaN."""
        return plain_dict(asdict(self))


@dataclass(frozen=True)
class BootstrapResult:
    """The intervals of mAP and MOTA.

    Attributes:
        map, mota: percent.
        confidence: of both intervals, such as 0.95.
        num_resamples: how many were drawn.
        num_sequences: of how many sequences each.
    """

    map: Interval
    mota: Interval
    confidence: float
    num_resamples: int
    num_sequences: int

    def to_json(self) -> dict[str, object]:
        """Plain values, None for NaN."""
        return {**asdict(self), "map": self.map.to_json(), "mota": self.mota.to_json()}


@dataclass(frozen=True)
class Difference:
    """Run B minus run A, in points.

    Attributes:
        a, b: the figures of the runs, percent.
        difference: ``b - a``, with its percentile interval ``low`` to ``high``.
        p: two-sided; NaN = undefined.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float

    def to_json(self) -> dict[str, float | None]:
        """The attributes, None for NaN."""
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
        """Plain values, None for NaN."""
        return {**asdict(self), "map": self.map.to_json(), "mota": self.mota.to_json()}


def bootstrap_intervals(
    counts: Sequence[SequenceCounts],
    num_resamples: int = NUM_RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> BootstrapResult:
    """mAP and MOTA of all sequences together, with percentile intervals.

    Args:
        counts: one a sequence.
        num_resamples: sets of as many sequences as there are, drawn with replacement.
        confidence: between 0 and 1.
        seed: equal seeds give equal intervals.

    Raises:
        FormatError: no sequence at all.
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
    """Is run B better than run A? Paired: both runs are scored on the same resampled sequences.

    ``p`` is twice the smaller share of resamples in which B is not better, or A is not better, the figure as it is
    counted as one resample more (so it is never 0), at most 1: it is below ``1 - confidence`` about where the
    interval leaves out 0. Equal runs have p = 1. Of one sequence nothing can be said of others: NaN.

    Args:
        counts_a, counts_b: one a sequence, in the same order.
        num_resamples, confidence, seed: see ``bootstrap_intervals``.

    Raises:
        FormatError: no sequence; unequal numbers; sequences whose annotated joints differ between the runs, which
            then were not scored on the same sequences in the same order.
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
    """mAP and MOTA with each sequence counted as often as its weight says.

    Args:
        counts: S, one a sequence.
        weights: (B, S) int64, 0 or more.

    Returns:
        mAP (B,) and MOTA (B,) in percent; NaN = undefined. Weights of 1 give the figures of ``merge_counts``.
    """
    ap = np.stack([_average_precisions(counts, joint, weights) for joint in range(NUM_JOINTS)], axis=1)
    tracks = [part.tracks for part in counts]
    objects = weights @ np.stack([t.objects for t in tracks])
    errors = weights @ np.stack([t.misses + t.switches + t.false_positives for t in tracks])
    mota = 1.0 - np.divide(errors, objects, out=np.full(objects.shape, np.nan), where=objects > 0)
    return 100.0 * _mean_of_defined(ap), 100.0 * _mean_of_defined(mota)


def _average_precisions(counts: Sequence[SequenceCounts], joint: int, weights: IntArray) -> FloatArray:
    """(B,) AP of one joint as ``average_precision`` gives it; copies of a sequence stand side by side."""
    scores = np.concatenate([part.scores[joint] for part in counts])
    labels = np.concatenate([part.labels[joint] for part in counts])
    sizes = [len(part.scores[joint]) for part in counts]
    order = np.argsort(scores)[::-1]
    sequence = np.repeat(np.arange(len(counts)), sizes)[order]
    hits = np.flatnonzero(labels[order])  # between hits precision only falls: the envelope needs no other points
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
    """(B,) mean over the joints that are not NaN; NaN where none is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=1)
    total = np.where(defined, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _draw(num_sequences: int, num_resamples: int, confidence: float, seed: int) -> IntArray:
    """(1 + num_resamples, S) weights; the first row is the data as they are."""
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
