"""Colours of track ids, and coordinates in OpenCV's fixed-point format."""

from __future__ import annotations

import colorsys
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from posetrack.structures import NO_TRACK, FloatArray

Color = tuple[int, int, int]

SHIFT = 4  # fractional bits: cv2 gets coordinates in sixteenths of a pixel
GREY = (200, 200, 200)
# Eleven distinguishable hues, not evenly spaced: yellow covers far fewer degrees than green.
_HUES_DEG = (0, 28, 52, 88, 140, 178, 204, 230, 268, 298, 334)
_STEP = 3  # consecutive ids are three hues apart
_ROUNDS = ((0.85, 1.0), (0.5, 1.0), (0.85, 0.72))  # saturation and value of ids 0 to 10, 11 to 21, 22 to 32
_LEFT_WHITE = 0.5  # fraction of white mixed into the left limbs
_RIGHT_DARK = 0.62  # brightness of the right limbs


@lru_cache(maxsize=4096)
def track_color(track_id: int) -> Color:
    """The RGB colour of an id: fixed, and distinct from those of neighbouring ids; grey for no id."""
    if track_id == NO_TRACK:
        return GREY
    hue = _HUES_DEG[track_id * _STEP % len(_HUES_DEG)] / 360.0
    saturation, value = _ROUNDS[track_id // len(_HUES_DEG) % len(_ROUNDS)]
    r, g, b = (round(255 * c) for c in colorsys.hsv_to_rgb(hue, saturation, value))
    return r, g, b


@lru_cache(maxsize=8192)
def side_color(track_id: int, side: str) -> Color:
    """The colour of a limb: lighter than the id's colour on the person's left, darker on the right."""
    base = np.array(track_color(track_id), dtype=float)
    mixed = {"left": base + (255 - base) * _LEFT_WHITE, "right": base * _RIGHT_DARK}.get(side, base)
    r, g, b = (int(v) for v in mixed)
    return r, g, b


def casing_color(side: str) -> Color:
    """The outline colour of a limb: white on the person's left, black elsewhere."""
    return (255, 255, 255) if side == "left" else (0, 0, 0)


def fixed_point(points_xy: FloatArray) -> npt.NDArray[np.int32]:
    """Points in OpenCV's fixed-point format, clipped to its range."""
    return np.round(np.clip(points_xy, -1e5, 1e5) * (1 << SHIFT)).astype(np.int32)
