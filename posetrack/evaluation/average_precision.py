"""Average precision of joints, as poseval computes it.

Source: poseval 4258a15, ``eval_helpers.computeRPC``, ``VOCap`` and ``evaluateAP.computeMetrics``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import BoolArray, FloatArray

MISSING_SCORE = -9999.0  # poseval's value for a joint without a score


@dataclass(frozen=True)
class PrecisionFigures:
    """AP, and the precision and recall at the end of the curve, as fractions (not percent); NaN = undefined."""

    average_precision: float
    precision: float
    recall: float


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """Precision-recall curve of one joint: point i covers the i + 1 highest-scoring predictions.

    Attributes:
        recall: (N,) float64 fractions, non-decreasing; NaN for a joint that is never annotated.
        precision: (N,) float64 fractions.
        envelope: (N,) float64 highest precision at this recall or any higher one; AP is the area under it.
    """

    recall: FloatArray
    precision: FloatArray
    envelope: FloatArray

    def figures(self) -> PrecisionFigures:
        """Compute AP and the last point, see ``average_precision``."""
        if not len(self.recall):
            return PrecisionFigures(0.0, 0.0, 0.0)
        last = float(self.precision[-1]), float(self.recall[-1])
        if np.isnan(last[1]):
            return PrecisionFigures(np.nan, *last)
        steps = np.concatenate(([0.0], self.recall))
        moved = np.flatnonzero(steps[1:] != steps[:-1])
        area = float(np.sum((steps[moved + 1] - steps[moved]) * self.envelope[moved]))
        return PrecisionFigures(area, *last)


def ranked_scores(scores: FloatArray, nulls: BoolArray) -> FloatArray:
    """Return the scores used for ranking: -9999 if missing, NaN (which ranks first) if null.

    The official program turns null into NaN, and ``numpy.argsort(scores)[::-1]`` puts NaN first.

    Args:
        scores: float64, NaN = missing or null.
        nulls: bool, same shape, true where the score is null.
    """
    return np.where(np.isnan(scores) & ~nulls, MISSING_SCORE, scores)


def precision_recall_curve(scores: FloatArray, labels: BoolArray, num_annotated: int) -> PrecisionRecallCurve:
    """Compute the curve behind ``average_precision``; takes the same arguments."""
    hits = np.cumsum(labels[np.argsort(scores)[::-1]]).astype(np.float64)
    precision = hits / np.arange(1, len(hits) + 1)
    return PrecisionRecallCurve(
        recall=hits / (num_annotated or np.nan),
        precision=precision,
        envelope=np.maximum.accumulate(precision[::-1])[::-1],
    )


def average_precision(scores: FloatArray, labels: BoolArray, num_annotated: int) -> PrecisionFigures:
    """Compute the area under the monotone envelope of one joint's precision-recall curve.

    Ties are ordered by ``numpy.argsort(scores)[::-1]``, exactly as in the official program: where correct and
    wrong predictions share a score, AP depends on their order in the files (and, since numpy's default sort is
    not stable, on the processor), there as here.

    Args:
        scores: (N,) float64 from ``ranked_scores``, in order of sequence, frame and person.
        labels: (N,) bool, true positives.
        num_annotated: number of annotated joints over all frames.

    Returns:
        All 0 without any prediction, even if the joint is never annotated; AP NaN, precision 0 and recall NaN
        for a joint that is predicted but never annotated.
    """
    return precision_recall_curve(scores, labels, num_annotated).figures()
