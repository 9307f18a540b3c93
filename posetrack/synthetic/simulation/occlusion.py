"""Occlusion: joints behind the outlines of nearer people and of objects.

A body outline is a set of capsules (thickened line segments) as wide as ``posetrack.synthetic.figure`` draws them. One
person is in front of another as a whole, by the depth of the feet; a person's limbs never hide each other, as in
the ground truth of drawn scenes.
"""

from __future__ import annotations

import numpy as np

from posetrack.structures import BoolArray, FloatArray
from posetrack.synthetic.simulation.actors import LANDMARKS

# (from, to, radius in body heights)
_CAPSULES = (
    ("head_centre", "head_centre", 0.062),
    ("chest", "head_centre", 0.037),
    ("chest", "pelvis", 0.075),
    *((f"{s}_shoulder", f"{s}_hip", 0.048) for s in ("left", "right")),
    *((f"{s}_shoulder", f"{s}_elbow", 0.031) for s in ("left", "right")),
    *((f"{s}_elbow", f"{s}_hand", 0.022) for s in ("left", "right")),
    *((f"{s}_hip", f"{s}_knee", 0.046) for s in ("left", "right")),
    *((f"{s}_knee", f"{s}_ankle", 0.031) for s in ("left", "right")),
)
_FROM = np.array([LANDMARKS.index(a) for a, _, _ in _CAPSULES])
_TO = np.array([LANDMARKS.index(b) for _, b, _ in _CAPSULES])
_RADII = np.array([r for _, _, r in _CAPSULES])
_PAIRS_AT_ONCE = 4000  # bounds the memory: 4000 x 17 joints x 13 capsules


def body_boxes(points_xy: FloatArray, height_px: FloatArray) -> FloatArray:
    """Boxes around whole bodies, including hidden parts and parts outside the image.

    Args:
        points_xy: (..., L, 2) landmarks, pixels.
        height_px: (...) standing heights in pixels.

    Returns:
        (..., 4) boxes in pixels.
    """
    margin = 0.03 * height_px[..., None]
    return np.concatenate([points_xy.min(axis=-2) - margin, points_xy.max(axis=-2) + margin], axis=-1)


def hidden_by_people(
    joints_xy: FloatArray, points_xy: FloatArray, height_px: FloatArray, depth_m: FloatArray
) -> tuple[BoolArray, FloatArray]:
    """Find joints that lie behind a nearer person.

    Args:
        joints_xy: (T, P, K, 2) pixels.
        points_xy: (T, P, L, 2) landmarks, pixels.
        height_px: (T, P) standing heights; the outline radii are fractions of them.
        depth_m: (T, P) distance of each person.

    Returns:
        (T, P, K) whether each joint is hidden, and (T, P, P) the share of the joints of person i that person j hides.
    """
    num_frames, people, joints = joints_xy.shape[:3]
    hidden = np.zeros((num_frames, people, joints), dtype=bool)
    share = np.zeros((num_frames, people, people))
    boxes = body_boxes(points_xy, height_px)
    overlap = (boxes[:, :, None, :2] < boxes[:, None, :, 2:]).all(axis=-1)
    overlap &= np.swapaxes(overlap, 1, 2)
    frame, behind, front = np.nonzero(overlap & (depth_m[:, None, :] < depth_m[:, :, None]))
    for start in range(0, len(frame), _PAIRS_AT_ONCE):
        t, i, j = (index[start : start + _PAIRS_AT_ONCE] for index in (frame, behind, front))
        inside = inside_outline(joints_xy[t, i], points_xy[t, j], height_px[t, j])
        np.logical_or.at(hidden, (t, i), inside)
        share[t, i, j] = inside.mean(axis=1)
    return hidden, share


def inside_outline(joints_xy: FloatArray, points_xy: FloatArray, height_px: FloatArray) -> BoolArray:
    """Whether points lie inside a person's outline: (N, K, 2), (N, L, 2), (N,) -> (N, K)."""
    a, b = points_xy[:, None, _FROM], points_xy[:, None, _TO]
    along = b - a
    length = np.maximum((along**2).sum(axis=-1), 1e-9)
    offset = joints_xy[:, :, None] - a
    place = np.clip((offset * along).sum(axis=-1) / length, 0.0, 1.0)
    distance = ((offset - place[..., None] * along) ** 2).sum(axis=-1)
    return np.asarray((distance < (_RADII * height_px[:, None, None]) ** 2).any(axis=-1))


def hidden_by_objects(
    joints_xy: FloatArray, depth_m: FloatArray, object_boxes: FloatArray, object_depth_m: FloatArray
) -> BoolArray:
    """Find joints that lie behind objects.

    Args:
        joints_xy: (T, P, K, 2) pixels.
        depth_m: (T, P) distance of each person.
        object_boxes: (T, O, 4) pixels.
        object_depth_m: (O,) distance of each object.

    Returns:
        (T, P, K) whether each joint is hidden.
    """
    hidden = np.zeros(joints_xy.shape[:3], dtype=bool)
    for index, depth in enumerate(object_depth_m):
        box = object_boxes[:, index, None, None]
        inside = ((joints_xy > box[..., :2]) & (joints_xy < box[..., 2:])).all(axis=-1)
        hidden |= inside & (depth < depth_m)[..., None]
    return hidden
