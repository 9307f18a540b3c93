"""Trails: each person's recent positions, drawn as a fading line."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import cv2
import numpy as np

from posetrack.structures import NO_TRACK, FloatArray, FramePoses, ImageArray, Skeleton
from posetrack.visualization.colors import SHIFT, fixed_point, track_color

_PATIENCE_FRAMES = 30  # plus the trail's length: a person absent for longer loses the trail
_BREAK_FRAMES = 10  # no line is drawn across a longer absence: the path is unknown
_STRONGEST = 0.85  # opacity at the person
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")  # they swing less than hands and feet


class Trails:
    """The recent positions of each person.

    Args:
        length: how many frames a trail goes back; 0 = no trails.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._paths: dict[int, deque[tuple[int, float, float]]] = {}

    def add(self, poses: FramePoses, skeleton: Skeleton) -> None:
        """Record the mean of each tracked person's trunk joints, or of all joints if the trunk is not seen."""
        if self._length == 0:
            return
        trunk = np.isin(skeleton.joints, _TRUNK)
        for track_id, joints, valid in zip(poses.track_ids.tolist(), poses.joints_xy, poses.joint_valid, strict=True):
            known = valid & trunk if (valid & trunk).any() else valid
            if track_id != NO_TRACK and known.any():
                path = self._paths.setdefault(track_id, deque(maxlen=self._length + 1))
                path.append((poses.frame_index, *joints[known].mean(axis=0).tolist()))
        oldest = poses.frame_index - _PATIENCE_FRAMES - self._length
        self._paths = {track_id: path for track_id, path in self._paths.items() if path[-1][0] >= oldest}

    def draw(self, image: ImageArray, frame_index: int, width: int) -> None:
        """Blend the trails into ``image``, in place; older segments are fainter and thinner."""
        pieces = [
            (max(a[0], b[0]), np.array([a[1:], b[1:]]), track_id)
            for track_id, path in self._paths.items()
            for a, b in pairwise(path)
            if a[0] >= frame_index - self._length and b[0] - a[0] <= _BREAK_FRAMES
        ]
        if not pieces:
            return
        area = _area_of([piece[1] for piece in pieces], image, 2 * width)
        part = image[area]
        if part.size == 0:
            return
        corner = np.array([area[1].start, area[0].start])
        color, opacity = np.zeros_like(part), np.zeros(part.shape[:2], dtype=np.uint8)
        for index, ends, track_id in sorted(pieces, key=lambda piece: piece[0]):
            fresh = 1.0 - (frame_index - index) / (self._length + 1)
            start, end = fixed_point(ends - corner).tolist()
            thick = max(1, round(width * (0.4 + 0.6 * fresh)))
            # The colour is drawn wider, so that the opacity's antialiased edge falls on it.
            cv2.line(color, start, end, track_color(track_id), thick + 2, cv2.LINE_8, SHIFT)
            cv2.line(opacity, start, end, round(255 * _STRONGEST * fresh), thick, cv2.LINE_AA, SHIFT)
        touched = opacity > 0
        share = opacity[touched].astype(np.float32)[:, None] / 255.0
        part[touched] = (color[touched] * share + part[touched] * (1.0 - share)).astype(np.uint8)


def _area_of(pieces: list[FloatArray], image: ImageArray, margin: int) -> tuple[slice, slice]:
    """The rows and columns of the image that contain all segments."""
    points = np.concatenate(pieces)
    limit = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(points.min(axis=0)) - margin, 0, limit).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)) + margin + 1, 0, limit).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
