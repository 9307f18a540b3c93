"""From a person's box to the network's crop and back, as the official HRNet code does it.

Source: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``lib/utils/transforms.py`` and
``lib/dataset/coco.py``; held to figures recorded from it in ``tests/pose``.
"""

from __future__ import annotations

import cv2
import numpy as np

from posetrack.structures import FloatArray

SCALE_UNIT_PX = 200.0  # the official code measures a person in units of 200 pixels
BOX_PADDING = 1.25  # how much of the surroundings the network sees


def box_to_center_scale(
    boxes_xyxy: FloatArray, aspect_wh: float, padding: float = BOX_PADDING
) -> tuple[FloatArray, FloatArray]:
    """Centre and scale of each box after its short side is enlarged to the network's aspect.

    Args:
        boxes_xyxy: (N, 4) pixels, width = x2 - x1.
        aspect_wh: width / height of the network input.
        padding: factor on the enlarged box.

    Returns:
        centres (N, 2) pixels and scales (N, 2) in units of 200 pixels, (width, height).
    """
    size = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    center = boxes_xyxy[:, :2] + size * 0.5
    width, height = size[:, 0], size[:, 1]
    wide = width > aspect_wh * height
    new_height = np.where(wide, width / aspect_wh, height)
    new_width = np.where(wide, width, height * aspect_wh)
    scale = np.stack([new_width, new_height], axis=1) / SCALE_UNIT_PX
    return center, scale * padding


def affine_matrix(
    center_xy: FloatArray,
    scale_wh: FloatArray,
    output_wh: tuple[int, int],
    rotation_deg: float = 0.0,
    inverse: bool = False,
) -> FloatArray:
    """The affine map from the image to a crop (or heatmap) of ``output_wh``, by three points.

    The three points are the centre, the centre moved up by half the *width*, and the third corner
    of the right angle between them.

    Args:
        center_xy: (2,) pixels.
        scale_wh: (2,) in units of 200 pixels.
        output_wh: width and height of the target in pixels.
        rotation_deg: rotation of the crop.
        inverse: return the map from the target back to the image.

    Returns:
        (2, 3) float64.
    """
    angle = np.deg2rad(rotation_deg)
    half = -0.5 * float(scale_wh[0]) * SCALE_UNIT_PX
    source_dir = np.array([-half * np.sin(angle), half * np.cos(angle)], dtype=np.float32)
    target_dir = np.array([0.0, output_wh[0] * -0.5], dtype=np.float32)
    source = _three_points(np.asarray(center_xy, dtype=np.float32), source_dir)
    target = _three_points(np.array([output_wh[0] * 0.5, output_wh[1] * 0.5], dtype=np.float32), target_dir)
    if inverse:
        source, target = target, source
    return np.asarray(cv2.getAffineTransform(source, target), dtype=np.float64)


def _three_points(origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
    second = origin + direction
    away = origin - second
    third = second + np.array([-away[1], away[0]], dtype=np.float32)
    return np.stack([origin, second, third]).astype(np.float32)


def apply_affine(points_xy: FloatArray, matrix: FloatArray) -> FloatArray:
    """Map points (..., 2) by a (2, 3) matrix; NaN stays NaN."""
    return np.asarray(points_xy @ matrix[:, :2].T + matrix[:, 2])
