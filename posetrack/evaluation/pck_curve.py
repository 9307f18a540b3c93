"""The share of right joints against the threshold, and the area under it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from posetrack.evaluation.pck import PckCounts
from posetrack.evaluation.plain import plain_list
from posetrack.structures import FloatArray

CURVE_THRESHOLDS = tuple(step / 100 for step in range(51))  # 0 to 0.5, as HRNet's MPII evaluation has them


@dataclass(frozen=True, eq=False)
class PckCurve:
    """Curves of every joint and of all joints together, percent, NaN = never annotated.

    Attributes:
        joints: names of the K joints.
        thresholds: (T,) float64 in sizes of the person.
        percent: (T, K + 1) float64; the last column is all joints together, each annotated joint counted once.
        area: (K + 1,) float64 area under the curve as a share of the whole, in percent; NaN also when there is
            only one threshold.
    """

    joints: tuple[str, ...]
    thresholds: FloatArray
    percent: FloatArray
    area: FloatArray

    def to_json(self) -> dict[str, Any]:
        """``{"thresholds", "joints", "percent", "area"}``; the latter two end with the total; None for NaN."""
        return {
            "thresholds": self.thresholds.tolist(),
            "joints": list(self.joints),
            "percent": [plain_list(column) for column in self.percent.T],
            "area": plain_list(self.area),
        }


def pck_curve(counts: PckCounts) -> PckCurve:
    """The curves of counts; the area is by the trapezoid rule between the first and the last threshold."""
    total = counts.annotated.sum()
    pooled = 100.0 * counts.right.sum(axis=1, keepdims=True) / (total if total else np.nan)
    percent = np.concatenate([counts.percent, pooled], axis=1)
    steps = np.diff(counts.thresholds)
    width = float(steps.sum()) or math.nan
    area = (steps[:, None] * (percent[1:] + percent[:-1]) / 2.0).sum(axis=0) / width
    return PckCurve(joints=counts.joints, thresholds=counts.thresholds, percent=percent, area=area)
