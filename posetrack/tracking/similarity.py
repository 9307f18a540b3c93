"""How alike the people of the tracks and of the new frame are: (T, N) in 0..1."""

from __future__ import annotations

import numpy as np

from posetrack.geometry import box_area, box_iou, joints_box, oks
from posetrack.structures import FloatArray, FramePoses, Skeleton


def iou_similarity(past: FramePoses, current: FramePoses) -> FloatArray:
    """Overlap of the boxes around the joints; a pose without joints counts with its own box."""
    return box_iou(_body_boxes(past), _body_boxes(current))


def oks_similarity(past: FramePoses, current: FramePoses, skeleton: Skeleton) -> FloatArray:
    """OKS over the joints that both poses have.

    The scale of a pair is the mean area of the two boxes around the joints, as in the official
    OKS-NMS; two poses that share no joint have similarity 0.
    """
    areas = [np.maximum(box_area(_body_boxes(poses)), 1.0) for poses in (past, current)]
    scale = (areas[0][:, None] + areas[1][None, :]) / 2.0
    return oks(past.joints_xy, current.joints_xy, scale, skeleton.sigmas)


def mixed_similarity(past: FramePoses, current: FramePoses, skeleton: Skeleton, oks_weight: float) -> FloatArray:
    """``oks_weight`` of OKS and the rest of IoU."""
    joints = oks_similarity(past, current, skeleton) if oks_weight > 0 else 0.0
    boxes = iou_similarity(past, current) if oks_weight < 1 else 0.0
    return np.asarray(oks_weight * joints + (1.0 - oks_weight) * boxes)


def _body_boxes(poses: FramePoses) -> FloatArray:
    around = joints_box(poses.joints_xy, poses.joint_valid)
    return np.nan_to_num(np.where(np.isnan(around), poses.boxes_xyxy, around))
