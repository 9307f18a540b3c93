"""Additive counts behind HOTA, and the metrics computed from them.

Source: TrackEval 12c8791 ``trackeval/metrics/hota.py`` (``combine_sequences``, ``_compute_final_fields``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from posetrack.evaluation.plain import plain_list
from posetrack.structures import FloatArray, IntArray

ALPHAS: FloatArray = np.arange(0.05, 0.99, 0.05)  # the 19 similarity thresholds of HOTA
_FLOOR = 1e-10  # as in both programs: LocA is 1 at a threshold that no pair reaches


@dataclass(frozen=True, eq=False)
class HotaCounts:
    """Counts of C classes at each threshold, each (19, C); counts of several sequences can be added.

    Attributes:
        true_positives: pairs that reach the threshold, int64.
        misses: annotated objects in no such pair, int64.
        false_positives: predicted objects in no such pair, int64.
        similarity: float64, summed over the pairs.
        association, association_recall, association_precision: float64, summed over the pairs: number of
            frames in which the pair's two tracks are paired, divided by the number of frames with either
            track, with the ground-truth track, and with the predicted track.
        fragments: float64, like ``association`` but counting only the frames of the unbroken run.
    """

    true_positives: IntArray
    misses: IntArray
    false_positives: IntArray
    similarity: FloatArray
    association: FloatArray
    association_recall: FloatArray
    association_precision: FloatArray
    fragments: FloatArray

    @classmethod
    def zero(cls, width: int) -> HotaCounts:
        """Return the counts of zero frames for ``width`` classes."""
        count = np.zeros((len(ALPHAS), width), dtype=np.int64)
        share = np.zeros((len(ALPHAS), width))
        return cls(count, count, count, share, share, share, share, share)

    def __add__(self, other: HotaCounts) -> HotaCounts:
        return HotaCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def with_sequence_total(self) -> HotaCounts:
        """Append a column: the total of PoseTrack21's kit, see ``KitQuirks.total_of_sequences``."""
        found = self.true_positives.sum(axis=1, keepdims=True)
        loc = np.maximum(_FLOOR, self.similarity) / np.maximum(_FLOOR, self.true_positives)
        shares = [
            values / np.maximum(1, self.true_positives)
            for values in (self.association, self.association_recall, self.association_precision, self.fragments)
        ]
        totals = [
            found,
            self.misses.sum(axis=1, keepdims=True),
            self.false_positives.sum(axis=1, keepdims=True),
            *(found * values.mean(axis=1, keepdims=True) for values in (loc, *shares)),
        ]
        own = (getattr(self, f.name) for f in fields(self))
        return HotaCounts(*(np.append(a, b, axis=1) for a, b in zip(own, totals, strict=True)))

    def result(self) -> HotaResult:
        """Compute the metrics of each class."""
        found = self.true_positives
        annotated, predicted = found + self.misses, found + self.false_positives
        ass = self.association / np.maximum(1, found)
        frag = self.fragments / np.maximum(1, found)
        det = found / np.maximum(1, annotated + self.false_positives)
        figures = HotaResult(
            hota=np.sqrt(det * ass),
            det_a=det,
            ass_a=ass,
            loc_a=np.maximum(_FLOOR, self.similarity) / np.maximum(_FLOOR, found),
            det_re=found / np.maximum(1, annotated),
            det_pr=found / np.maximum(1, predicted),
            ass_re=self.association_recall / np.maximum(1, found),
            ass_pr=self.association_precision / np.maximum(1, found),
            frag_a=frag,
            fa_hota=np.sqrt(det * np.sqrt(ass * frag)),
        )
        return figures.map(lambda values: 100.0 * values)


@dataclass(frozen=True, eq=False)
class HotaResult:
    """HOTA and its components in percent, each (19, C) float64, NaN = undefined.

    Attributes:
        hota: sqrt(DetA * AssA).
        det_a, det_re, det_pr: detection accuracy, recall and precision.
        ass_a, ass_re, ass_pr: association accuracy, recall and precision.
        loc_a: mean similarity of the pairs; 100 at a threshold that no pair reaches.
        frag_a: like AssA, but a track that switches to another prediction and back counts in separate parts.
        fa_hota: sqrt(DetA * sqrt(AssA * FragA)), PoseTrack21's fragmentation-aware HOTA.
    """

    hota: FloatArray
    det_a: FloatArray
    ass_a: FloatArray
    loc_a: FloatArray
    det_re: FloatArray
    det_pr: FloatArray
    ass_re: FloatArray
    ass_pr: FloatArray
    frag_a: FloatArray
    fa_hota: FloatArray

    def map(self, change: Any) -> HotaResult:
        """Apply ``change`` to every array."""
        return HotaResult(*(change(getattr(self, f.name)) for f in fields(self)))

    def summary(self) -> dict[str, FloatArray]:
        """Return the mean of each metric over the thresholds, (C,): what is reported as HOTA, DetA, ..."""
        return {f.name: getattr(self, f.name).mean(axis=0) for f in fields(self)}

    def to_json(self) -> dict[str, list[float | None]]:
        """Return ``summary`` as lists, None for NaN."""
        return {name: plain_list(values) for name, values in self.summary().items()}


def without_absent(figures: HotaResult, counts: HotaCounts) -> HotaResult:
    """Set classes that are never annotated to NaN; LocA also where no pair was found at all."""
    absent = counts.true_positives[0] + counts.misses[0] == 0
    lost = counts.true_positives[0] == 0

    def masked(values: FloatArray, mask: Any) -> FloatArray:
        return np.where(mask, np.nan, values)

    kept = figures.map(lambda values: masked(values, absent))
    return HotaResult(**{f.name: getattr(kept, f.name) for f in fields(kept)} | {"loc_a": masked(kept.loc_a, lost)})


def with_mean(figures: HotaResult) -> HotaResult:
    """Append a column: the mean over the classes for which the metric is defined."""

    def mean(values: FloatArray) -> FloatArray:
        defined = ~np.isnan(values)
        number = defined.sum(axis=1, keepdims=True)
        total = np.where(defined, values, 0.0).sum(axis=1, keepdims=True)
        return np.append(values, np.where(number > 0, total / np.maximum(number, 1), np.nan), axis=1)

    return figures.map(mean)
