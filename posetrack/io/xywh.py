"""Boxes as the files have them (x, y, width, height) and as we have them (x1, y1, x2, y2)."""

from __future__ import annotations

import numpy as np

from posetrack.structures import BoolArray, FloatArray

BOX_FACTOR = 1.3  # PoseTrack18 files: 15 % more than the joints on each side
_DECIMALS = 7  # 0 to 6: what tools that round their boxes round them to


def xywh_to_xyxy(boxes_xywh: FloatArray) -> FloatArray:
    """(N, 4) x, y, w, h -> x1, y1, x2, y2; NaN stays NaN."""
    return np.concatenate([boxes_xywh[:, :2], boxes_xywh[:, :2] + boxes_xywh[:, 2:]], axis=1)


def xyxy_to_xywh(boxes_xyxy: FloatArray) -> FloatArray:
    """(N, 4) x1, y1, x2, y2 -> x, y, w, h, such that ``xywh_to_xyxy`` gives the same box again.

    x + w is rounded to a float64, so several w give the same x2. Of those the one with the fewest
    decimals is taken, if it has at most six: a file that was read most likely had it. Otherwise the
    difference as it is; it may miss the last digit of a file's w, never that of x2.
    """
    low, high = boxes_xyxy[:, :2], boxes_xyxy[:, 2:]
    size = high - low
    best = _exact(low, high, size)
    open_ = ~np.isnan(size)
    for decimals in range(_DECIMALS):
        rounded = np.round(size, decimals)
        hit = open_ & (low + rounded == high)
        best[hit] = rounded[hit]
        open_ &= ~hit
        if not open_.any():
            break
    return np.concatenate([low, best], axis=1)


def _exact(low: FloatArray, high: FloatArray, size: FloatArray) -> FloatArray:
    """``size``, moved to its neighbour where ``low + size`` misses ``high`` by rounding and the neighbour hits."""
    result = size.copy()
    for neighbour in (np.nextafter(size, np.inf), np.nextafter(size, -np.inf)):
        better = (low + result != high) & (low + neighbour == high)
        result[better] = neighbour[better]
    return result


def posetrack_boxes_xywh(joints_xy: FloatArray, joint_valid: BoolArray) -> FloatArray:
    """The person boxes of the PoseTrack18 files: the joints' extent x 1.3 about its centre.

    Args:
        joints_xy: (N, K, 2) pixels.
        joint_valid: (N, K).

    Returns:
        (N, 4) x, y, w, h; NaN for a person without joints.

    Source: poseval 4258a15 ``convert.py``, equal to the last digit (see ``tests/io``).
    """
    mask = joint_valid[..., None]
    low = np.where(mask, joints_xy, np.inf).min(axis=1, initial=np.inf)
    high = np.where(mask, joints_xy, -np.inf).max(axis=1, initial=-np.inf)
    nobody = ~joint_valid.any(axis=1)
    low[nobody] = high[nobody] = np.nan
    center, reach = (high + low) / 2.0, (high - low) * (BOX_FACTOR / 2.0)
    return np.concatenate([center - reach, (center + reach) - (center - reach)], axis=1)


def person_boxes_xywh(boxes_xyxy: FloatArray, joints_xy: FloatArray, joint_valid: BoolArray) -> FloatArray:
    """The ``bbox`` of each person for a file: its box, or the one around its joints where it has none. (N, 4)."""
    around = posetrack_boxes_xywh(joints_xy, joint_valid)
    none = np.isnan(boxes_xyxy).any(axis=1)
    # The box that a file computed from the joints is written as it was computed, to the last digit.
    computed = none | (xywh_to_xyxy(around) == boxes_xyxy).all(axis=1)
    return np.where(computed[:, None], around, xyxy_to_xywh(boxes_xyxy))
