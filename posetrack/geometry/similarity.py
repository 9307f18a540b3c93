"""Similarity of poses."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray


def oks(
    a_xy: FloatArray,
    b_xy: FloatArray,
    area: FloatArray,
    sigmas: FloatArray,
) -> FloatArray:
    """Object keypoint similarity of every pair of poses.

    Args:
        a_xy: (N, K, 2) pixels; NaN = no joint.
        b_xy: (M, K, 2) pixels; NaN = no joint.
        area: squared scale of each pair in square pixels, broadcastable to (N, M).
        sigmas: (K,) per-joint constants.

    Returns:
        (N, M) in 0..1: the mean over the joints both poses have; 0 if they share none.

    Source: COCO keypoint evaluation (pycocotools); official HRNet ``lib/nms/nms.py``.
    """
    delta = a_xy[:, None] - b_xy[None]
    squared = (delta**2).sum(axis=-1)
    shared = ~np.isnan(squared)
    scale = np.broadcast_to(area, squared.shape[:2])[..., None] + np.spacing(1)
    error = np.where(shared, squared, 0.0) / (2.0 * sigmas) ** 2 / scale / 2.0
    total = np.where(shared, np.exp(-error), 0.0).sum(axis=-1)
    count = shared.sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.zeros_like(total), where=count > 0))
