"""Transform between a person's box and the network's crop, as in the official HRNet code.

The official code keeps centres, scales and the three points in float32. So does this module: the
crop's bilinear weights are rounded to 1/32 pixel, so a differently rounded matrix gives a different crop.

Source: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``lib/utils/transforms.py`` and
``lib/dataset/coco.py``; UDP transforms: mmpose 759b39c, ``structures/bbox/transforms.py``. Checked against
values recorded from them in ``tests/geometry/test_affine_parity.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import FloatArray

SCALE_UNIT_PX = 200.0  # the official code measures a person in units of 200 pixels
BOX_PADDING = 1.25  # enlarges the box so that the network sees some context


def box_to_center_scale(
    boxes_xyxy: FloatArray, aspect_wh: float, padding: float = BOX_PADDING
) -> tuple[FloatArray, FloatArray]:
    """Centre and scale of each box, with its short side enlarged to the network's aspect ratio.

    Args:
        boxes_xyxy: (N, 4) pixels, width = x2 - x1.
        aspect_wh: width / height of the network input.
        padding: factor applied to the enlarged box.

    Returns:
        centres (N, 2) in pixels and scales (N, 2), (width, height) in units of 200 pixels; float64
        arrays whose values are rounded to float32.
    """
    size = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    center = boxes_xyxy[:, :2] + size * 0.5
    width, height = size[:, 0], size[:, 1]
    wide = width > aspect_wh * height
    new_height = np.where(wide, width / aspect_wh, height)
    new_width = np.where(wide, width, height * aspect_wh)
    scale = (np.stack([new_width, new_height], axis=1) / SCALE_UNIT_PX).astype(np.float32)
    return center.astype(np.float32).astype(np.float64), (scale * np.float32(padding)).astype(np.float64)


def affine_matrices(
    centers_xy: FloatArray, scales_wh: FloatArray, output_wh: tuple[int, int], rotations_deg: FloatArray
) -> FloatArray:
    """``affine_matrix`` for B crops at once, in float64: for training, where the last bit does not matter.

    Args:
        centers_xy: (B, 2) pixels.
        scales_wh: (B, 2) in units of 200 pixels.
        output_wh: width and height of the target in pixels.
        rotations_deg: (B,).

    Returns:
        (B, 2, 3) float64.
    """
    angles, factors = np.deg2rad(rotations_deg), output_wh[0] / (scales_wh[:, 0] * SCALE_UNIT_PX)
    cos, sin = factors * np.cos(angles), factors * np.sin(angles)
    turned = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    shift = np.array(output_wh) * 0.5 - (turned @ centers_xy[..., None])[..., 0]
    return np.concatenate([turned, shift[..., None]], axis=2)


def affine_matrix(
    center_xy: FloatArray,
    scale_wh: FloatArray,
    output_wh: tuple[int, int],
    rotation_deg: float = 0.0,
    inverse: bool = False,
) -> FloatArray:
    """The affine transform from the image to a crop (or heatmap) of size ``output_wh``, defined by three points.

    The three points are the centre, the centre moved up by half the *width*, and the third corner
    of the right angle between them.

    Args:
        center_xy: (2,) pixels.
        scale_wh: (2,) in units of 200 pixels.
        output_wh: width and height of the target in pixels.
        rotation_deg: rotation of the crop.
        inverse: return the transform from the target back to the image.

    Returns:
        (2, 3) float64.
    """
    angle = np.pi * rotation_deg / 180
    width_px = np.float32(scale_wh[0]) * np.float32(SCALE_UNIT_PX)
    half = -0.5 * float(width_px)
    source = _three_points(np.asarray(center_xy, dtype=np.float32), [-half * np.sin(angle), half * np.cos(angle)])
    target = _three_points(np.array([output_wh[0] * 0.5, output_wh[1] * 0.5]), [0.0, output_wh[0] * -0.5])
    if inverse:
        source, target = target, source
    return np.asarray(cv2.getAffineTransform(source, target), dtype=np.float64)


def _three_points(origin: npt.NDArray[Any], direction: Sequence[float]) -> npt.NDArray[np.float32]:
    points = np.zeros((3, 2), dtype=np.float32)
    points[0] = origin
    points[1] = origin + np.array(direction)
    away = points[0] - points[1]
    points[2] = points[1] + np.array([-away[1], away[0]], dtype=np.float32)
    return points


def udp_affine_matrix(
    center_xy: FloatArray,
    scale_wh: FloatArray,
    output_wh: tuple[int, int],
    rotation_deg: float = 0.0,
    inverse: bool = False,
) -> FloatArray:
    """The transform of unbiased data processing (UDP): box edge to the *centre* of the target's outermost pixel.

    Target sizes are measured in steps between pixels (width - 1), so that a crop and its mirror image, and a
    crop and its heatmap, are aligned. Arguments and result as in ``affine_matrix``.

    Source: Huang et al. 2020 (UDP); mmpose 759b39c, ``get_udp_warp_matrix`` and, without rotation, the inverse
    in ``TopdownPoseEstimator``.
    """
    size = np.asarray(scale_wh, dtype=np.float64) * SCALE_UNIT_PX
    angle = np.pi * rotation_deg / 180
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.array([[cos, -sin], [sin, cos]])
    per_px = (np.array(output_wh) - 1) / size
    linear = rotation * per_px[:, None]
    center = np.asarray(center_xy, dtype=np.float64)
    if inverse:
        back = rotation.T / per_px[None, :]
        return np.column_stack([back, center - back @ (0.5 * size * per_px)])
    matrix = np.column_stack([linear, per_px * (0.5 * size - rotation @ center)])
    return matrix.astype(np.float32).astype(np.float64)


def apply_affine(points_xy: FloatArray, matrix: FloatArray) -> FloatArray:
    """Transform points (..., 2) by a (2, 3) matrix; NaN stays NaN."""
    return np.asarray(points_xy @ matrix[:, :2].T + matrix[:, 2])


def apply_affines(points_xy: FloatArray, matrices: FloatArray) -> FloatArray:
    """Transform points (N, ..., 2) by matrices (N, 2, 3), one per entry; NaN stays NaN."""
    shifts = matrices[:, :, 2].reshape(len(matrices), *[1] * (points_xy.ndim - 2), 2)
    return np.asarray(np.einsum("nij,n...j->n...i", matrices[:, :, :2], points_xy) + shifts)
