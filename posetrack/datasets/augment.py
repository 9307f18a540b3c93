"""Augmentation of a person's crop: scale, rotation, mirror, half body.

Source: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``JointsDataset``; its numbers are the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.geometry import box_to_center_scale
from posetrack.geometry.affine import SCALE_UNIT_PX
from posetrack.structures import BoolArray, FloatArray, Skeleton

HALF_BODY_PADDING = 1.5
UPPER_SHARE = 0.69  # official: upper body where randn() < 0.5


@dataclass(frozen=True)
class Augmentation:
    """How much a crop is changed.

    Attributes:
        scale: the box is scaled by 1 + N(0, 1)·scale, cut to 1 ± scale.
        rotation_deg: rotated by N(0, 1)·rotation, cut to ± twice that.
        rotate_probability: how often it is rotated at all.
        flip_probability: how often it is mirrored.
        half_body_probability: how often only the upper or lower body is shown, of people with more than
            eight joints.
        box_jitter: the box's sides are moved by N(0, 1)·jitter of its size, as a detector's are.
    """

    scale: float = 0.35
    rotation_deg: float = 45.0
    rotate_probability: float = 0.6
    flip_probability: float = 0.5
    half_body_probability: float = 0.3
    box_jitter: float = 0.0


@dataclass(frozen=True)
class CropPlan:
    """Where a crop is taken, and how: centre (2,), scale (2,) of 200 pixels, degrees, mirrored or not."""

    center: FloatArray
    scale: FloatArray
    rotation_deg: float
    flip: bool


MIN_JOINTS_FOR_HALF = 8  # a person needs more than these
MIN_JOINTS_OF_HALF = 3
MIN_SIDE_PX = 4.0  # joints in one place make no crop


def plan_crop(
    box_xyxy: FloatArray,
    joints_xy: FloatArray,
    joint_valid: BoolArray,
    skeleton: Skeleton,
    aspect_wh: float,
    augmentation: Augmentation | None,
    rng: np.random.Generator,
) -> CropPlan:
    """Choose the crop of one person; without augmentation the one that testing takes.

    Args:
        box_xyxy: (4,) pixels.
        joints_xy: (K, 2) pixels.
        joint_valid: (K,).
        skeleton: the joints.
        aspect_wh: width / height of the network's input.
        augmentation: None = none.
        rng: source of chance.
    """
    if augmentation is None:
        center, scale = box_to_center_scale(box_xyxy[None], aspect_wh)
        return CropPlan(center[0], scale[0], 0.0, False)
    size = np.tile(box_xyxy[2:] - box_xyxy[:2], 2)
    box = box_xyxy + rng.normal(0.0, 1.0, 4) * augmentation.box_jitter * size
    center, scale = box_to_center_scale(box[None], aspect_wh)
    if joint_valid.sum() > MIN_JOINTS_FOR_HALF and rng.random() < augmentation.half_body_probability:
        half = _half_body(joints_xy, joint_valid, skeleton, aspect_wh, rng)
        if half is not None and half[1].min() * SCALE_UNIT_PX >= MIN_SIDE_PX:
            center, scale = half[0][None], half[1][None]
    factor = np.clip(1.0 + rng.normal() * augmentation.scale, 1.0 - augmentation.scale, 1.0 + augmentation.scale)
    turn = 0.0
    if rng.random() < augmentation.rotate_probability:
        limit = 2.0 * augmentation.rotation_deg
        turn = float(np.clip(rng.normal() * augmentation.rotation_deg, -limit, limit))
    return CropPlan(center[0], scale[0] * factor, turn, bool(rng.random() < augmentation.flip_probability))


def _half_body(
    joints_xy: FloatArray, joint_valid: BoolArray, skeleton: Skeleton, aspect_wh: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray] | None:
    lower = np.array([name.endswith(("_hip", "_knee", "_ankle")) for name in skeleton.joints])
    return half_body(joints_xy, joint_valid, ~lower, aspect_wh, prefer_upper=bool(rng.random() < UPPER_SHARE))


def half_body(
    joints_xy: FloatArray, joint_valid: BoolArray, upper: BoolArray, aspect_wh: float, *, prefer_upper: bool
) -> tuple[FloatArray, FloatArray] | None:
    """Where a crop of one half of a person lies.

    Args:
        joints_xy: (K, 2) pixels.
        joint_valid: (K,).
        upper: (K,) which joints belong to the upper body.
        aspect_wh: width / height of the network's input.
        prefer_upper: take the upper body if it has three joints; otherwise the lower, if that has three.

    Returns:
        centre (2,), the mean of the joints, and scale (2,) in units of 200 pixels; None for fewer than two joints.
    """
    above, below = joint_valid & upper, joint_valid & ~upper
    if prefer_upper and above.sum() >= MIN_JOINTS_OF_HALF:
        chosen = above
    else:
        chosen = below if below.sum() >= MIN_JOINTS_OF_HALF else above
    if chosen.sum() < 2:
        return None
    points = joints_xy[chosen]
    box = np.concatenate([points.min(axis=0), points.max(axis=0)])
    _, scale = box_to_center_scale(box[None], aspect_wh, HALF_BODY_PADDING)
    return points.mean(axis=0), scale[0]


def mirror_joints(joints_xy: FloatArray, width: int, skeleton: Skeleton) -> FloatArray:
    """(K, 2) pixels of a mirrored picture of that width, left and right exchanged."""
    return np.asarray(np.stack([width - 1 - joints_xy[:, 0], joints_xy[:, 1]], axis=1)[skeleton.flip_order])


def mirror_boxes(boxes_xyxy: FloatArray, width: int) -> FloatArray:
    """(N, 4) pixels of a mirrored picture of that width."""
    return np.asarray(boxes_xyxy[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([width - 1, 0, width - 1, 0]))
