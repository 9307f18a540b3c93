"""Average precision of joints, as poseval computes it.

Source: poseval 4258a15, ``eval_helpers.computeRPC``, ``VOCap`` and ``evaluateAP.computeMetrics``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import BoolArray, FloatArray

MISSING_SCORE = -9999.0  # what poseval gives a joint without a score


@dataclass(frozen=True)
class PrecisionFigures:
    """AP and the last point of the curve, as fractions (not percent); NaN = undefined."""

    average_precision: float
    precision: float
    recall: float


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """The curve of one joint: each point is what one would have with the predictions up to there, best first.

    Attributes:
        recall: (N,) float64 fractions, rising; NaN for a joint that is never annotated.
        precision: (N,) float64 fractions.
        envelope: (N,) float64 the highest precision at this recall or any higher; AP is the area under it.
    """

    recall: FloatArray
    precision: FloatArray
    envelope: FloatArray

    def figures(self) -> PrecisionFigures:
        """AP and the last point, see ``average_precision``."""
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
    """The scores that joints are ranked by: -9999 where there is none, NaN, which ranks first, where it is null.

    In the official program null becomes NaN, and ``numpy.argsort(scores)[::-1]`` begins with those.

    Args:
        scores: float64, NaN = none, or null.
        nulls: of the same shape, where it is null.
    """
    return np.where(np.isnan(scores) & ~nulls, MISSING_SCORE, scores)


def precision_recall_curve(scores: FloatArray, labels: BoolArray, num_annotated: int) -> PrecisionRecallCurve:
    """The curve that ``average_precision`` measures; the same arguments."""
    hits = np.cumsum(labels[np.argsort(scores)[::-1]]).astype(np.float64)
    precision = hits / np.arange(1, len(hits) + 1)
    return PrecisionRecallCurve(
        recall=hits / (num_annotated or np.nan),
        precision=precision,
        envelope=np.maximum.accumulate(precision[::-1])[::-1],
    )


def average_precision(scores: FloatArray, labels: BoolArray, num_annotated: int) -> PrecisionFigures:
    """The area under the monotone envelope of the precision-recall curve of one joint.

    Equal scores keep the order of ``numpy.argsort(scores)[::-1]``, the official program's own call:
    where right and wrong predictions share a score, the figure depends on their order in the files
    (and, numpy's default sort being unstable, on the processor), there as here.

    Args:
        scores: (N,) float64 of ``ranked_scores``, in the order of sequences, frames and persons.
        labels: (N,) bool, true positives.
        num_annotated: annotated joints over all frames.

    Returns:
        All 0 without any prediction, even if the joint was never annotated; NaN, precision 0, NaN
        for a joint that is predicted and never annotated.
    """
    return precision_recall_curve(scores, labels, num_annotated).figures()
