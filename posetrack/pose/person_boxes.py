"""Refine a person's box from the detector's box and the joints found in it.

A small detector often boxes only part of a person, or two people as one, although the joints found in its box are
right. The constants are a robust least-squares fit to the boxes of whole people on rendered sequences (mean IoU 0.82 ->
0.86 on SynthTrack val, 0.77 -> 0.81 on test). Boxes of the same person become similar, so the worse ones can be
suppressed. On real people: ``docs/bundled_models.md``.
"""

from __future__ import annotations

import numpy as np

from posetrack.geometry import box_iou, clip_boxes, joints_box, suppress
from posetrack.pose.scoring import RESCORE_JOINT_THRESHOLD
from posetrack.structures import FloatArray, IntArray, Skeleton

# Left, top, right and bottom side.
_SHARES = np.array([0.68, 0.53, 0.68, 0.55])  # fraction of the way from the detector's side to the outermost joint
_MARGINS = np.array([-0.032, -0.006, 0.032, 0.036])  # then added, relative to the longer side of the joints' box
_DOUBLE_IOU = 0.6  # refined boxes that overlap more are of the same person
_DOUBLE_SHARE = 0.7  # poses that share more of their joint positions are of the same person
_SURE = 0.3  # only joints that score more are compared
_SAME_PLACE = 0.05  # joints coincide below this distance, relative to the longer side of the smaller box
_ENDS = {"head_top", "left_wrist", "right_wrist", "left_ankle", "right_ankle"}


def reach_the_ends(skeleton: Skeleton) -> bool:
    """Whether the skeleton reaches from head to foot, as ``refine_boxes`` assumes."""
    return _ENDS <= set(skeleton.joints)


def refine_boxes(
    boxes_xyxy: FloatArray, joints_xy: FloatArray, joint_scores: FloatArray, image_hw: tuple[int, int]
) -> FloatArray:
    """Move each side of a box towards the outermost joint.

    Args:
        boxes_xyxy: (N, 4) the detector's boxes, pixels.
        joints_xy: (N, K, 2) pixels.
        joint_scores: (N, K); joints above 0.2 count, as for a pose's score.
        image_hw: height and width of the image, to which the boxes are clipped.

    Returns:
        (N, 4); the detector's box where no joint counts.
    """
    around = joints_box(joints_xy, joint_scores > RESCORE_JOINT_THRESHOLD)
    longer = (around[:, 2:] - around[:, :2]).max(axis=1, keepdims=True)
    moved = boxes_xyxy + _SHARES * (around - boxes_xyxy) + _MARGINS * longer
    return clip_boxes(np.where(np.isfinite(around), moved, boxes_xyxy), image_hw)


def without_doubles(
    boxes_xyxy: FloatArray, joints_xy: FloatArray, joint_scores: FloatArray, scores: FloatArray
) -> IntArray:
    """Keep the best of poses whose boxes or joints belong to the same person.

    Args:
        boxes_xyxy: (N, 4) from ``refine_boxes``.
        joints_xy: (N, K, 2) pixels.
        joint_scores: (N, K).
        scores: (N,) scores of the poses.

    Returns:
        Indices to keep, best score first, (M,) int64.
    """
    longer = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1, initial=0)
    apart = np.linalg.norm(joints_xy[:, None] - joints_xy[None], axis=3)
    sure = joint_scores > _SURE
    same = (apart < _SAME_PLACE * np.minimum(longer[:, None], longer[None])[..., None]) & sure[:, None] & sure[None]
    fewer = np.minimum(sure.sum(axis=1)[:, None], sure.sum(axis=1)[None])
    share = same.sum(axis=2) / np.maximum(fewer, 1)
    return suppress(np.maximum(box_iou(boxes_xyxy, boxes_xyxy) / _DOUBLE_IOU, share / _DOUBLE_SHARE), scores, 1.0)
