"""Draw tracked poses over a frame.

Each person has one colour, that of the id. The person's left limbs are lighter and the right ones
darker than that colour; the middle keeps it. Poses that were not observed in the frame (propagated,
interpolated) are drawn thin. A trail shows where the person's body was.
"""

from __future__ import annotations

import colorsys
from collections import deque
from functools import lru_cache

import cv2
import numpy as np

from posetrack.structures import NO_TRACK, FloatArray, FramePoses, ImageArray, Origin, Skeleton

Color = tuple[int, int, int]

_GOLDEN_ANGLE = 0.38196601125  # successive ids get hues far apart
_SHIFT = 4  # cv2 takes coordinates in sixteenths of a pixel
_PATIENCE_FRAMES = 30  # a trail is forgotten when its person has been away for so long


@lru_cache(maxsize=4096)
def track_color(track_id: int) -> Color:
    """The RGB colour of an id: bright, and unlike those of the ids beside it; grey for no id."""
    if track_id == NO_TRACK:
        return (200, 200, 200)
    hue = (0.03 + track_id * _GOLDEN_ANGLE) % 1.0
    value = (1.0, 0.85)[(track_id // 8) % 2]
    r, g, b = (round(255 * c) for c in colorsys.hsv_to_rgb(hue, 0.85, value))
    return r, g, b


@lru_cache(maxsize=8192)
def _side_color(track_id: int, side: str) -> Color:
    base = np.array(track_color(track_id), dtype=float)
    mixed = {"left": base + (255 - base) * 0.55, "right": base * 0.6}.get(side, base)
    r, g, b = (int(v) for v in mixed)
    return r, g, b


class Trails:
    """Where each person was in the last frames.

    Args:
        length: frames a trail goes back; 0 = no trails.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._paths: dict[int, deque[tuple[int, float, float]]] = {}

    def add(self, poses: FramePoses) -> None:
        """Remember the middle of each tracked person's joints."""
        if self._length == 0:
            return
        for track_id, joints in zip(poses.track_ids.tolist(), poses.joints_xy, strict=True):
            known = joints[~np.isnan(joints[:, 0])]
            if track_id != NO_TRACK and len(known):
                path = self._paths.setdefault(track_id, deque(maxlen=self._length))
                path.append((poses.frame_index, *known.mean(axis=0).tolist()))
        oldest = poses.frame_index - _PATIENCE_FRAMES - self._length
        self._paths = {track_id: path for track_id, path in self._paths.items() if path[-1][0] >= oldest}

    def draw(self, image: ImageArray, frame_index: int, width: int) -> None:
        """Draw the trails on ``image``, in place."""
        for track_id, path in self._paths.items():
            points = [(x, y) for index, x, y in path if index > frame_index - self._length]
            if len(points) > 1:
                line = _fixed(np.array(points))
                cv2.polylines(image, [line], False, track_color(track_id), width, cv2.LINE_AA, _SHIFT)


def draw_overlay(image: ImageArray, poses: FramePoses, skeleton: Skeleton, trails: Trails | None = None) -> ImageArray:
    """A copy of the frame with its poses, ids and trails drawn on it.

    Args:
        image: (H, W, 3) uint8 RGB.
        poses: joints of ``skeleton``; joints that are not valid are not drawn.
        skeleton: whose limbs to draw.
        trails: updated with these poses and drawn under them; None = no trails.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    picture = image.copy()
    unit = max(min(image.shape[:2]) / 360.0, 0.5)
    if trails is not None:
        trails.add(poses)
        trails.draw(picture, poses.frame_index, max(1, round(unit)))
    # The lower in the image, the nearer as a rule: the nearest person is drawn last.
    for person in np.argsort(_feet(poses), kind="stable").tolist():
        _draw_person(picture, poses, skeleton, person, unit)
    return picture


def _feet(poses: FramePoses) -> FloatArray:
    return np.nan_to_num(poses.boxes_xyxy[:, 3])


def _draw_person(picture: ImageArray, poses: FramePoses, skeleton: Skeleton, person: int, unit: float) -> None:
    joints, valid = poses.joints_xy[person], poses.joint_valid[person]
    track_id = int(poses.track_ids[person])
    if not valid.any():
        return
    extent = float(np.ptp(joints[valid], axis=0).max())
    observed = poses.origin[person] == Origin.OBSERVED
    # Thick enough to see on a large person, thin enough to leave a small one visible.
    width = max(1, round(min(2.5 * unit, max(extent / 45.0, unit)) * (1.0 if observed else 0.4)))
    points = _fixed(np.nan_to_num(joints))
    for a, b in skeleton.limbs:
        if valid[a] and valid[b]:
            sides = {skeleton.side(a), skeleton.side(b)} - {"middle"}
            side = sides.pop() if len(sides) == 1 else "middle"
            cv2.line(picture, points[a], points[b], _side_color(track_id, side), width, cv2.LINE_AA, _SHIFT)
    for k in np.flatnonzero(valid).tolist():
        radius = int(max(1.0, width * 0.9) * (1 << _SHIFT))
        cv2.circle(picture, points[k], radius, _side_color(track_id, skeleton.side(k)), -1, cv2.LINE_AA, _SHIFT)
    if track_id != NO_TRACK:
        _label(picture, joints[valid], str(track_id), track_color(track_id), unit)


def _label(picture: ImageArray, joints: FloatArray, text: str, color: Color, unit: float) -> None:
    """The id on a plate of its colour above the highest joint, within the image."""
    scale, thick = 0.5 * unit, max(1, round(unit))
    (width, height), baseline = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    pad = max(2, round(3 * unit))
    top = joints[joints[:, 1].argmin()]
    x = int(np.clip(top[0] - width / 2, pad, max(picture.shape[1] - width - pad, pad)))
    y = int(np.clip(top[1] - 8 * unit, height + pad, picture.shape[0] - pad))
    cv2.rectangle(picture, (x - pad, y - height - pad), (x + width + pad, y + baseline // 2 + 1), color, -1)
    dark = sum(c * w for c, w in zip(color, (0.3, 0.59, 0.11), strict=True)) > 120
    ink = (0, 0, 0) if dark else (255, 255, 255)
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thick, cv2.LINE_AA)


def _fixed(points_xy: FloatArray) -> np.ndarray:
    """Points in cv2's fixed-point numbers, kept within what it can hold."""
    return np.round(np.clip(points_xy, -1e5, 1e5) * (1 << _SHIFT)).astype(np.int32)
