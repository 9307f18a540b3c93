"""The box of a person, from what a detector says and from where the joints are.

A small detector often takes a part for the whole, or two for one, where the joints found in its box lie right. The numbers
are a robust least-squares fit to the boxes of whole people on rendered sequences (SynthTrack val: mean IoU 0.82 -> 0.86; of
test 0.77 -> 0.81). Boxes of one person become alike thereby, and the worse ones go. On real people:
``docs/bundled_models.md``.
"""

from __future__ import annotations

import numpy as np

from posetrack.geometry import box_iou, clip_boxes, joints_box, suppress
from posetrack.pose.scoring import RESCORE_JOINT_THRESHOLD
from posetrack.structures import FloatArray, IntArray, Skeleton

# Of the left, top, right and bottom side.
_SHARES = np.array([0.68, 0.53, 0.68, 0.55])  # of the way from the detector's side to that of the outermost joint
_MARGINS = np.array([-0.032, -0.006, 0.032, 0.036])  # added to it, of the longer side of the box around the joints
_DOUBLE_IOU = 0.6  # of two boxes put right, above which they are of one person
_DOUBLE_SHARE = 0.7  # of the joints of one pose that lie where the other's do, above which they are one person's
_SURE = 0.3  # joints that score more are asked
_SAME_PLACE = 0.05  # of the longer side of the smaller box: less apart is on one place
_ENDS = {"head_top", "left_wrist", "right_wrist", "left_ankle", "right_ankle"}


def reach_the_ends(skeleton: Skeleton) -> bool:
    """Whether a person's joints reach from head to foot, as ``refine_boxes`` takes it."""
    return _ENDS <= set(skeleton.joints)


def refine_boxes(
    boxes_xyxy: FloatArray, joints_xy: FloatArray, joint_scores: FloatArray, image_hw: tuple[int, int]
) -> FloatArray:
    """Move each side of a box towards the outermost joint.

    Args:
        boxes_xyxy: (N, 4) the detector's, pixels.
        joints_xy: (N, K, 2) pixels.
        joint_scores: (N, K); joints above 0.2 count, as for a pose's score.
        image_hw: of the image, at which the boxes are cut.

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
    """Of poses whose boxes, or whose joints, are one person's the best.

    Args:
        boxes_xyxy: (N, 4) of ``refine_boxes``.
        joints_xy: (N, K, 2) pixels.
        joint_scores: (N, K).
        scores: (N,) of the poses.

    Returns:
        indices that stay, best score first, (M,) int64.
    """
    longer = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1, initial=0)
    apart = np.linalg.norm(joints_xy[:, None] - joints_xy[None], axis=3)
    sure = joint_scores > _SURE
    same = (apart < _SAME_PLACE * np.minimum(longer[:, None], longer[None])[..., None]) & sure[:, None] & sure[None]
    fewer = np.minimum(sure.sum(axis=1)[:, None], sure.sum(axis=1)[None])
    share = same.sum(axis=2) / np.maximum(fewer, 1)
    return suppress(np.maximum(box_iou(boxes_xyxy, boxes_xyxy) / _DOUBLE_IOU, share / _DOUBLE_SHARE), scores, 1.0)
