"""The flow interface: a way to carry points from one frame into the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.errors import InputError
from posetrack.structures import BoolArray, FloatArray, Frame, ImageArray

Carry = Callable[[FloatArray], FloatArray]
"""Maps (N, K, 2) float64 pixel positions from the previous frame into the current one; NaN = no point, or lost."""

GreyArray = npt.NDArray[np.uint8]
HALF_PIXEL = 0.5  # outermost pixel centres are at 0 and size - 1; the image edge is half a pixel further out


class PointFlow(Protocol):
    """Optical flow at given points."""

    def between(self, previous: Frame, current: Frame) -> Carry:
        """The motion between two frames.

        Nothing is computed before the result is first called, and what does not depend on the points is computed
        once per pair. Frames passed in order (the current one is the next call's previous one) share computation.

        Args:
            previous: the earlier frame.
            current: the later one, of the same size.

        Returns:
            Carries (N, K, 2) float64 points of ``previous`` into ``current``. NaN stays NaN; points that lie outside
            the image, leave it or cannot be followed become NaN. The argument is not changed.

        Raises:
            InputError: the frames differ in size. For flow from files, a faulty file raises at the first call.
        """
        ...


def check_pair(previous: Frame, current: Frame) -> None:
    """Raise InputError unless both frames have the same size."""
    if previous.image_hw != current.image_hw:
        (height, width), (height_now, width_now) = previous.image_hw, current.image_hw
        raise InputError(
            f"{current.name}: the frame is {width_now}x{height_now} pixels, expected {width}x{height} as the frame "
            f"before it ({previous.name}): there is no optical flow between images of different sizes"
        )


def inside(points_xy: FloatArray, image_hw: tuple[int, int]) -> BoolArray:
    """Which points (..., 2) lie in the image, including its outermost half pixels; false for NaN."""
    upper = np.array(image_hw[::-1], dtype=np.float64) - HALF_PIXEL
    return np.asarray(((points_xy >= -HALF_PIXEL) & (points_xy <= upper)).all(axis=-1))


def grey(image: ImageArray) -> GreyArray:
    """(H, W) uint8 luminance of an (H, W, 3) uint8 RGB image."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
