"""Boxes as x1, y1, x2, y2 in pixels, width = x2 - x1; arrays (N, 4) float64, NaN = no box."""

from __future__ import annotations

import numpy as np

from posetrack.structures import BoolArray, FloatArray


def box_area(boxes_xyxy: FloatArray) -> FloatArray:
    """Areas in square pixels, (N,); an inverted box has area 0."""
    size = np.maximum(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], 0.0)
    return np.asarray(size[:, 0] * size[:, 1])


def box_iou(a_xyxy: FloatArray, b_xyxy: FloatArray) -> FloatArray:
    """Intersection over union of every pair, (N, M) in 0..1; 0 for two empty boxes."""
    low = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    high = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    size = np.maximum(high - low, 0.0)
    intersection = size[..., 0] * size[..., 1]
    union = box_area(a_xyxy)[:, None] + box_area(b_xyxy)[None, :] - intersection
    return np.asarray(np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0))


def clip_boxes(boxes_xyxy: FloatArray, image_hw: tuple[int, int]) -> FloatArray:
    """Boxes clipped to the image, 0..width-1 and 0..height-1 (pixel centres), (N, 4)."""
    height, width = image_hw
    limit = np.array([width - 1, height - 1, width - 1, height - 1], dtype=np.float64)
    return np.clip(boxes_xyxy, 0.0, limit)


def joints_box(joints_xy: FloatArray, joint_valid: BoolArray, enlarge: float = 1.0) -> FloatArray:
    """The bounding box of each person's joints, scaled by ``enlarge`` about its centre.

    Args:
        joints_xy: (N, K, 2) pixels.
        joint_valid: (N, K).
        enlarge: 1.15 gives the PoseTrack box of the papers, 1.3 the box of the PoseTrack18 files.

    Returns:
        (N, 4); NaN for a person without joints.
    """
    mask = joint_valid[..., None]
    low = np.where(mask, joints_xy, np.inf).min(axis=1, initial=np.inf)
    high = np.where(mask, joints_xy, -np.inf).max(axis=1, initial=-np.inf)
    empty = ~joint_valid.any(axis=1)
    low[empty] = high[empty] = np.nan
    grow = (high - low) * ((enlarge - 1.0) / 2.0)
    return np.concatenate([low - grow, high + grow], axis=1)
