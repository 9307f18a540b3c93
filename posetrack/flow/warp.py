"""Move joints along a dense flow."""

from __future__ import annotations

import numpy as np

from posetrack.flow.point_flow import inside
from posetrack.structures import FloatArray, FlowField


def warp_joints(joints_xy: FloatArray, flow: FlowField) -> FloatArray:
    """Carry joints from frame t to frame t+1 along the optical flow.

    The displacement is interpolated bilinearly between the four pixels around the joint; all of those with non-zero
    weight must be valid.

    Args:
        joints_xy: (N, K, 2) float64, image pixels in frame t; NaN = no joint.
        flow: displacement t -> t+1 at image resolution.

    Returns:
        (N, K, 2) float64, image pixels in frame t+1; NaN where a joint lies outside the image or leaves it, or the
        flow is not valid.

    Source: Xiao et al. 2018, section 4.1, joint propagation: (x, y) goes to (x + dx, y + dy).
    """
    moved = np.full(joints_xy.shape, np.nan)
    there = inside(joints_xy, flow.image_hw)
    if not there.any():
        return moved
    height, width = flow.image_hw
    points = np.clip(joints_xy[there], 0, [width - 1, height - 1])
    corner = np.minimum(points.astype(np.int64), [max(width - 2, 0), max(height - 2, 0)])
    share = points - corner
    displacement, known = np.zeros_like(points), np.ones(len(points), dtype=np.bool_)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = np.abs(1 - dx - share[:, 0]) * np.abs(1 - dy - share[:, 1])
        x, y = np.minimum(corner[:, 0] + dx, width - 1), np.minimum(corner[:, 1] + dy, height - 1)
        counts, valid = weight > 0, flow.valid[y, x]
        displacement += np.where(valid, weight, 0)[:, None] * np.where(valid[:, None], flow.displacement_xy[y, x], 0)
        known &= valid | ~counts
    target = joints_xy[there] + displacement
    moved[there] = np.where((known & inside(target, flow.image_hw))[:, None], target, np.nan)
    return moved
