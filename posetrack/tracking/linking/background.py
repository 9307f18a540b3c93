"""Positions relative to the background: camera motion accumulated from the first frame of each shot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posetrack.geometry import apply_affines
from posetrack.structures import BoolArray, FloatArray


def from_background(num_frames: int, camera: Sequence[FloatArray | None] | None, cuts: BoolArray) -> FloatArray:
    """(T, 3, 3) affine maps from the first frame of each frame's shot to the frame.

    Args:
        num_frames: T.
        camera: T (2, 3) maps from the previous frame; None = no motion. The first of each shot is not used.
        cuts: (T,) whether a shot begins here.

    Raises:
        ValueError: not one map per frame; a map of another shape, not finite, or not invertible.
    """
    if camera is not None and len(camera) != num_frames:
        raise ValueError(f"camera has {len(camera)} maps for {num_frames} frames, expected one per frame")
    maps = np.tile(np.eye(3), (num_frames, 1, 1))
    for t in range(1, num_frames):
        step = None if camera is None or cuts[t] else camera[t]
        if cuts[t]:
            continue
        maps[t] = maps[t - 1] if step is None else _square(step, t) @ maps[t - 1]
    return maps


def moved_boxes(boxes_xyxy: FloatArray, maps: FloatArray) -> FloatArray:
    """(M, 4) bounding boxes of the boxes after transforming each by its map."""
    x1, y1, x2, y2 = boxes_xyxy.T
    corners = np.stack([x1, y1, x2, y1, x1, y2, x2, y2], axis=1).reshape(-1, 4, 2)
    corners = apply_affines(corners, maps[:, :2])
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def _square(step: FloatArray, t: int) -> FloatArray:
    given = np.asarray(step, dtype=np.float64)
    if given.shape != (2, 3) or not np.isfinite(given).all() or abs(np.linalg.det(given[:, :2])) < 1e-6:
        raise ValueError(f"camera motion of frame number {t} is not an invertible (2, 3) affine map: {step}")
    return np.concatenate([given, [[0.0, 0.0, 1.0]]])
