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


def average_precision(scores: FloatArray, labels: BoolArray, num_annotated: int) -> PrecisionFigures:
    """The area under the monotone envelope of the precision-recall curve of one joint.

    Equal scores keep the order of ``numpy.argsort(scores)[::-1]``, the official program's own call:
    where right and wrong predictions share a score, the figure depends on their order in the files
    (and, numpy's default sort being unstable, on the processor), there as here.

    Args:
        scores: (N,) float64, in the order of sequences, frames and persons.
        labels: (N,) bool, true positives.
        num_annotated: annotated joints over all frames.

    Returns:
        All 0 without any prediction, even if the joint was never annotated; NaN, precision 0, NaN
        for a joint that is predicted and never annotated.
    """
    if not len(scores):
        return PrecisionFigures(0.0, 0.0, 0.0)
    hits = np.cumsum(labels[np.argsort(scores)[::-1]]).astype(np.float64)
    precision = hits / np.arange(1, len(hits) + 1)
    if num_annotated == 0:
        return PrecisionFigures(np.nan, float(precision[-1]), np.nan)
    recall = hits / num_annotated
    envelope = np.maximum.accumulate(np.concatenate((precision, [0.0]))[::-1])[::-1]
    steps = np.concatenate(([0.0], recall, [1.0]))
    moved = np.flatnonzero(steps[1:] != steps[:-1])
    area = float(np.sum((steps[moved + 1] - steps[moved]) * envelope[moved]))
    return PrecisionFigures(area, float(precision[-1]), float(recall[-1]))
