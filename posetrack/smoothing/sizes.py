"""The size of a person in the image: the diagonal of the box around the joints."""

from __future__ import annotations

import numpy as np

from posetrack.geometry.boxes import joints_box
from posetrack.structures import FloatArray, IntArray

NO_SIZE = 1.0  # pixels; for a person whose joints always coincide
NEW_SHARE = 0.05  # weight of a new frame in the running size, which thus follows changes in about 20 frames


def diagonals(joints_xy: FloatArray) -> FloatArray:
    """(T,) diagonal of the box around the joints in each frame, pixels; 0 = no two distinct joints.

    Args:
        joints_xy: (T, K, 2), NaN = no joint.
    """
    boxes = joints_box(joints_xy, np.asarray(np.isfinite(joints_xy).all(axis=2)))
    return np.nan_to_num(np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))


def person_size(joints_xy: FloatArray) -> float:
    """The median over time of the ``diagonals`` above 0, pixels; 0 if there are none."""
    diagonal = diagonals(joints_xy)
    diagonal = diagonal[diagonal > 0]
    return float(np.median(diagonal)) if len(diagonal) else 0.0


def next_size(size: float, diagonal: float) -> float:
    """The running size after a frame, pixels; 0 = not yet known."""
    if diagonal == 0:
        return size
    return diagonal if size == 0 else size + NEW_SHARE * (diagonal - size)


def running_sizes(joints_xy: FloatArray, frame_indices: IntArray, max_gap_frames: int) -> FloatArray:
    """(T,) running size of a person as known at each frame, pixels; 0 = not yet known.

    Args:
        joints_xy: (T, K, 2), NaN = no joint.
        frame_indices: (T,).
        max_gap_frames: after a longer absence the size is estimated afresh.
    """
    size, sizes = 0.0, []
    anew = np.diff(frame_indices, prepend=frame_indices[:1]) - 1 > max_gap_frames
    for diagonal, forget in zip(diagonals(joints_xy).tolist(), anew.tolist(), strict=True):
        size = next_size(0.0 if forget else size, diagonal)
        sizes.append(size)
    return np.array(sizes, dtype=np.float64)
