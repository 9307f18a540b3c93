"""Convert boxes between the files' format (x, y, width, height) and ours (x1, y1, x2, y2)."""

from __future__ import annotations

import numpy as np

from posetrack.structures import BoolArray, FloatArray

BOX_FACTOR = 1.3  # PoseTrack18 files: the joints' extent plus 15 % on each side
_DECIMALS = 7  # tries 0 to 6 decimals, to which other tools round boxes


def xywh_to_xyxy(boxes_xywh: FloatArray) -> FloatArray:
    """(N, 4) x, y, w, h -> x1, y1, x2, y2; NaN stays NaN."""
    return np.concatenate([boxes_xywh[:, :2], boxes_xywh[:, :2] + boxes_xywh[:, 2:]], axis=1)


def xyxy_to_xywh(boxes_xyxy: FloatArray) -> FloatArray:
    """(N, 4) x1, y1, x2, y2 -> x, y, w, h, such that ``xywh_to_xyxy`` restores the same box.

    x + w is rounded to float64, so several w give the same x2. Of those, the one with the fewest decimals
    is used if it has at most six: it is most likely the one in the original file. Otherwise w is the plain
    difference; it may differ from the file's w in the last digit, but x2 never does.
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
    """``size``, or the adjacent float where ``low + size`` misses ``high`` by rounding and the adjacent one hits."""
    result = size.copy()
    for neighbour in (np.nextafter(size, np.inf), np.nextafter(size, -np.inf)):
        better = (low + result != high) & (low + neighbour == high)
        result[better] = neighbour[better]
    return result


def posetrack_boxes_xywh(joints_xy: FloatArray, joint_valid: BoolArray) -> FloatArray:
    """The person boxes of the PoseTrack18 files: the joints' extent scaled by 1.3 about its centre.

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
    """The ``bbox`` of each person for a file, (N, 4): its box, or if it has none, the one derived from its joints."""
    around = posetrack_boxes_xywh(joints_xy, joint_valid)
    none = np.isnan(boxes_xyxy).any(axis=1)
    # A box that equals the one computed from the joints is written as computed, to the last digit.
    computed = none | (xywh_to_xyxy(around) == boxes_xyxy).all(axis=1)
    return np.where(computed[:, None], around, xyxy_to_xywh(boxes_xyxy))
