"""Augmentation of a person's crop: scale, rotation, mirroring, half body.

Source: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``JointsDataset``; its values are the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.config.setting_checks import check_range
from posetrack.geometry import box_to_center_scale
from posetrack.geometry.affine import SCALE_UNIT_PX
from posetrack.structures import BoolArray, FloatArray, Skeleton

HALF_BODY_PADDING = 1.5
UPPER_SHARE = 0.69  # official: upper body if randn() < 0.5
_MOST_SCALE = 0.9  # keeps the crop from shrinking to nothing
_MOST_JITTER = 0.25  # larger jitter would sometimes invert a box


@dataclass(frozen=True)
class Augmentation:
    """Strength of the crop augmentation.

    Attributes:
        scale: the box is scaled by 1 + N(0, 1)·scale, clipped to 1 ± scale.
        rotation_deg: rotated by N(0, 1)·rotation, clipped to ± twice that.
        rotate_probability: how often it is rotated at all.
        flip_probability: how often it is mirrored.
        half_body_probability: how often only the upper or lower body is shown, for people with more than
            eight joints.
        box_jitter: the box's sides are moved by N(0, 1)·jitter of its size, imitating a detector's errors.
        seen_box_probability: how often the box encloses only the visible part of a rendered person, as many annotators
            draw it, instead of the whole body.
    """

    scale: float = 0.35
    rotation_deg: float = 45.0
    rotate_probability: float = 0.6
    flip_probability: float = 0.5
    half_body_probability: float = 0.3
    box_jitter: float = 0.0
    seen_box_probability: float = 0.0

    def __post_init__(self) -> None:
        check_range(self, 0, _MOST_SCALE, "scale")
        check_range(self, 0, 180, "rotation_deg")
        check_range(self, 0, 1, "rotate_probability", "flip_probability", "half_body_probability", "seen_box_probability")
        check_range(self, 0, _MOST_JITTER, "box_jitter")


@dataclass(frozen=True)
class CropPlans:
    """Placement of B crops: centres (B, 2), scales (B, 2) in units of 200 pixels, rotations (B,), mirroring (B,)."""

    centers: FloatArray
    scales: FloatArray
    rotations_deg: FloatArray
    flips: BoolArray


MIN_JOINTS_FOR_HALF = 8  # a person needs more than these
MIN_JOINTS_OF_HALF = 3
MIN_SIDE_PX = 4.0  # coinciding joints make no crop


def plan_crops(
    boxes_xyxy: FloatArray,
    joints_xy: FloatArray,
    joint_valid: BoolArray,
    skeleton: Skeleton,
    aspect_wh: float,
    augmentation: Augmentation | None,
    rng: np.random.Generator,
) -> CropPlans:
    """Choose the crops of B people; without augmentation, the crops used for testing.

    Args:
        boxes_xyxy: (B, 4) pixels.
        joints_xy: (B, K, 2) pixels.
        joint_valid: (B, K).
        skeleton: the joints.
        aspect_wh: width / height of the network's input.
        augmentation: None = no augmentation.
        rng: random generator.
    """
    count = len(boxes_xyxy)
    if augmentation is None:
        return CropPlans(*box_to_center_scale(boxes_xyxy, aspect_wh), np.zeros(count), np.zeros(count, dtype=bool))
    size = np.tile(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], 2)
    boxes = boxes_xyxy + rng.normal(0.0, 1.0, (count, 4)) * augmentation.box_jitter * size
    centers, scales = box_to_center_scale(boxes, aspect_wh)
    wanted = (joint_valid.sum(axis=1) > MIN_JOINTS_FOR_HALF) & (rng.random(count) < augmentation.half_body_probability)
    upper = np.array([not name.endswith(("_hip", "_knee", "_ankle")) for name in skeleton.joints])
    half_centers, half_scales = half_bodies(joints_xy, joint_valid, upper, aspect_wh, rng.random(count) < UPPER_SHARE)
    halved = wanted & (half_scales.min(axis=1) * SCALE_UNIT_PX >= MIN_SIDE_PX)
    centers, scales = np.where(halved[:, None], half_centers, centers), np.where(halved[:, None], half_scales, scales)
    factors = np.clip(1.0 + rng.normal(size=count) * augmentation.scale, 1.0 - augmentation.scale, 1.0 + augmentation.scale)
    limit = 2.0 * augmentation.rotation_deg
    turns = np.clip(rng.normal(size=count) * augmentation.rotation_deg, -limit, limit)
    turns = np.where(rng.random(count) < augmentation.rotate_probability, turns, 0.0)
    return CropPlans(centers, scales * factors[:, None], turns, rng.random(count) < augmentation.flip_probability)


def half_bodies(
    joints_xy: FloatArray, joint_valid: BoolArray, upper: BoolArray, aspect_wh: float, prefer_upper: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Centres and scales of crops of one half of each person.

    Args:
        joints_xy: (B, K, 2) pixels.
        joint_valid: (B, K).
        upper: (K,) which joints belong to the upper body.
        aspect_wh: width / height of the network's input.
        prefer_upper: (B,) take the upper body if it has three joints; otherwise the lower, if that has three.

    Returns:
        Centres (B, 2), the means of the joints, and scales (B, 2) in units of 200 pixels; NaN for fewer than two
        joints.
    """
    above, below = joint_valid & upper, joint_valid & ~upper
    lower = (below.sum(axis=1) >= MIN_JOINTS_OF_HALF) & ~(prefer_upper & (above.sum(axis=1) >= MIN_JOINTS_OF_HALF))
    chosen = np.where(lower[:, None], below, above)
    count = chosen.sum(axis=1)[:, None]
    points = np.where(chosen[..., None], joints_xy, 0.0)
    low = np.where(chosen[..., None], joints_xy, np.inf).min(axis=1)
    high = np.where(chosen[..., None], joints_xy, -np.inf).max(axis=1)
    enough = count >= 2
    boxes = np.where(enough, np.concatenate([low, high], axis=1), np.nan)
    _, scales = box_to_center_scale(boxes, aspect_wh, HALF_BODY_PADDING)
    return np.where(enough, points.sum(axis=1) / np.maximum(count, 1), np.nan), scales


def mirror_joints(joints_xy: FloatArray, width: int, skeleton: Skeleton) -> FloatArray:
    """(K, 2) joints in the mirrored image of that width, left and right swapped."""
    return np.asarray(np.stack([width - 1 - joints_xy[:, 0], joints_xy[:, 1]], axis=1)[skeleton.flip_order])


def mirror_boxes(boxes_xyxy: FloatArray, width: int) -> FloatArray:
    """(N, 4) boxes in the mirrored image of that width."""
    return np.asarray(boxes_xyxy[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([width - 1, 0, width - 1, 0]))
