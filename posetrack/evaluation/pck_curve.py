"""Fraction of correct joints as a function of the threshold, and the area under the curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from posetrack.evaluation.pck import PckCounts
from posetrack.evaluation.plain import plain_list
from posetrack.structures import FloatArray

CURVE_THRESHOLDS = tuple(step / 100 for step in range(51))  # 0 to 0.5, as in HRNet's MPII evaluation


@dataclass(frozen=True, eq=False)
class PckCurve:
    """Curves of every joint and of all joints pooled, percent, NaN = never annotated.

    Attributes:
        joints: names of the K joints.
        thresholds: (T,) float64 in person sizes.
        percent: (T, K + 1) float64; the last column is all joints pooled, each annotated joint counted once.
        area: (K + 1,) float64 area under the curve in percent of the maximum; NaN also if there is only one
            threshold.
    """

    joints: tuple[str, ...]
    thresholds: FloatArray
    percent: FloatArray
    area: FloatArray

    def to_json(self) -> dict[str, Any]:
        """Return ``{"thresholds", "joints", "percent", "area"}``; the last two end with the total; None for NaN."""
        return {
            "thresholds": self.thresholds.tolist(),
            "joints": list(self.joints),
            "percent": [plain_list(column) for column in self.percent.T],
            "area": plain_list(self.area),
        }


def pck_curve(counts: PckCounts) -> PckCurve:
    """Compute the curves; the area uses the trapezoid rule between the first and the last threshold."""
    total = counts.annotated.sum()
    pooled = 100.0 * counts.right.sum(axis=1, keepdims=True) / (total if total else np.nan)
    percent = np.concatenate([counts.percent, pooled], axis=1)
    steps = np.diff(counts.thresholds)
    width = float(steps.sum()) or math.nan
    area = (steps[:, None] * (percent[1:] + percent[:-1]) / 2.0).sum(axis=0) / width
    return PckCurve(joints=counts.joints, thresholds=counts.thresholds, percent=percent, area=area)
