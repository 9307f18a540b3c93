"""How large a person is in the picture: the diagonal of the box around the joints."""

from __future__ import annotations

import numpy as np

from posetrack.geometry.boxes import joints_box
from posetrack.structures import FloatArray, IntArray

NO_SIZE = 1.0  # pixels, of a person whose joints never stood apart
NEW_SHARE = 0.05  # of a frame in the running size: it follows a change in some 20 frames


def diagonals(joints_xy: FloatArray) -> FloatArray:
    """(T,) diagonal of the box around the joints in each frame, pixels; 0 = no two joints apart.

    Args:
        joints_xy: (T, K, 2), NaN = no joint.
    """
    boxes = joints_box(joints_xy, np.asarray(np.isfinite(joints_xy).all(axis=2)))
    return np.nan_to_num(np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))


def person_size(joints_xy: FloatArray) -> float:
    """The median over time of ``diagonals`` above 0, pixels; 0 = there is none."""
    diagonal = diagonals(joints_xy)
    diagonal = diagonal[diagonal > 0]
    return float(np.median(diagonal)) if len(diagonal) else 0.0


def next_size(size: float, diagonal: float) -> float:
    """The running size after a frame, pixels; 0 = not known yet."""
    if diagonal == 0:
        return size
    return diagonal if size == 0 else size + NEW_SHARE * (diagonal - size)


def running_sizes(joints_xy: FloatArray, frame_indices: IntArray, max_gap_frames: int) -> FloatArray:
    """(T,) size of a person as it was known at each frame, pixels; 0 = not known yet.

    Args:
        joints_xy: (T, K, 2), NaN = no joint.
        frame_indices: (T,).
        max_gap_frames: after a longer absence than this it is learnt anew.
    """
    size, sizes = 0.0, []
    anew = np.diff(frame_indices, prepend=frame_indices[:1]) - 1 > max_gap_frames
    for diagonal, forget in zip(diagonals(joints_xy).tolist(), anew.tolist(), strict=True):
        size = next_size(0.0 if forget else size, diagonal)
        sizes.append(size)
    return np.array(sizes, dtype=np.float64)
