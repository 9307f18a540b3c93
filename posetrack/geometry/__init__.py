"""Pure functions on arrays: boxes, affine transforms, similarity, non-maximum suppression."""

from posetrack.geometry.affine import (
    affine_matrices,
    affine_matrix,
    apply_affine,
    apply_affines,
    box_to_center_scale,
    udp_affine_matrix,
)
from posetrack.geometry.boxes import box_area, box_iou, clip_boxes, joints_box
from posetrack.geometry.nms import box_nms, suppress
from posetrack.geometry.similarity import oks

__all__ = [
    "affine_matrices",
    "affine_matrix",
    "apply_affine",
    "apply_affines",
    "box_area",
    "box_iou",
    "box_nms",
    "box_to_center_scale",
    "clip_boxes",
    "joints_box",
    "oks",
    "suppress",
    "udp_affine_matrix",
]
