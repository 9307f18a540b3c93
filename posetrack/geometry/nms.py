"""Non-maximum suppression on any similarity, such as box IoU or object keypoint similarity."""

from __future__ import annotations

import numpy as np

from posetrack.geometry.boxes import box_iou
from posetrack.structures import FloatArray, IntArray


def suppress(similarity: FloatArray, scores: FloatArray, threshold: float) -> IntArray:
    """Greedy suppression: best score first; everything more similar to it than ``threshold`` is removed.

    Args:
        similarity: (N, N).
        scores: (N,); on a tie the earlier one wins.
        threshold: a pair with a similarity above it is a duplicate.

    Returns:
        indices to keep, best score first, (M,) int64.
    """
    order = np.argsort(-scores, kind="stable")
    alive = np.ones(len(scores), dtype=bool)
    keep = []
    for i in order:
        if alive[i]:
            keep.append(i)
            alive &= ~(similarity[i] > threshold)
            alive[i] = False
    return np.array(keep, dtype=np.int64)


def box_nms(boxes_xyxy: FloatArray, scores: FloatArray, iou_threshold: float) -> IntArray:
    """Indices of the boxes to keep, best score first."""
    return suppress(box_iou(boxes_xyxy, boxes_xyxy), scores, iou_threshold)
