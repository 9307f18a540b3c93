"""Pose scores and suppression of duplicates, as in the COCO evaluation of the official HRNet code.

Source: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``lib/dataset/coco.py`` (``evaluate``) and
``lib/nms/nms.py``; checked against recorded figures in ``tests/pose/test_scoring_parity.py``. Two deliberate
differences: of equal scores the earlier pose stays (officially the order of ties depends on the sort), and a
missing joint does not count (the official code compares the positions it assigns to such joints).
"""

from __future__ import annotations

import numpy as np

from posetrack.geometry import oks, suppress
from posetrack.geometry.affine import SCALE_UNIT_PX
from posetrack.structures import FloatArray, IntArray

RESCORE_JOINT_THRESHOLD = 0.2  # official IN_VIS_THRE
SOFT_NMS_MAX_PEOPLE = 20  # official, fixed


def rescore(box_scores: FloatArray, joint_scores: FloatArray) -> FloatArray:
    """Score of each pose: the box score times the mean of the joint scores above ``RESCORE_JOINT_THRESHOLD``.

    Args:
        box_scores: (N,); NaN = no score (ground truth), counts as 1.
        joint_scores: (N, K).

    Returns:
        (N,) float64; 0 where no joint counts.
    """
    counted = joint_scores > RESCORE_JOINT_THRESHOLD
    total = np.where(counted, joint_scores, 0.0).sum(axis=1)
    number = counted.sum(axis=1)
    mean = np.divide(total, number, out=np.zeros(len(total)), where=number > 0)
    return np.asarray(mean * np.where(np.isnan(box_scores), 1.0, box_scores))


def padded_area(scales_wh: FloatArray) -> FloatArray:
    """Area in square pixels, (N,), of the enlarged and padded boxes from ``box_to_center_scale``."""
    return np.asarray(np.prod(scales_wh * SCALE_UNIT_PX, axis=1))


def oks_nms(
    joints_xy: FloatArray, scores: FloatArray, areas: FloatArray, sigmas: FloatArray, threshold: float
) -> IntArray:
    """Suppress poses whose OKS with a better one exceeds ``threshold``.

    Args:
        joints_xy: (N, K, 2) pixels; NaN = no joint.
        scores: (N,).
        areas: (N,) from ``padded_area``.
        sigmas: (K,) OKS constants.
        threshold: 0.9 in the official code.

    Returns:
        Indices to keep, best score first, (M,) int64.
    """
    return suppress(_similarity(joints_xy, areas, sigmas), scores, threshold)


def soft_oks_nms(
    joints_xy: FloatArray, scores: FloatArray, areas: FloatArray, sigmas: FloatArray, threshold: float
) -> IntArray:
    """Soft variant: scores of duplicates decay by exp(-OKS^2 / threshold), and the first 20 poses stay.

    The decayed scores only order the poses; each keeps its own score. Arguments as in ``oks_nms``.

    Returns:
        Indices to keep, in the order chosen, (min(N, 20),) int64.
    """
    similarity = _similarity(joints_xy, areas, sigmas)
    decayed = np.array(scores, dtype=np.float64)
    left = np.ones(len(decayed), dtype=bool)
    keep = []
    for _ in range(min(len(decayed), SOFT_NMS_MAX_PEOPLE)):
        best = int(np.argmax(np.where(left, decayed, -np.inf)))
        left[best] = False
        keep.append(best)
        decayed *= np.exp(-(similarity[best] ** 2) / threshold)
    return np.array(keep, dtype=np.int64)


def _similarity(joints_xy: FloatArray, areas: FloatArray, sigmas: FloatArray) -> FloatArray:
    return oks(joints_xy, joints_xy, (areas[:, None] + areas[None]) / 2.0, sigmas)
