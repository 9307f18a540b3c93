"""Dense flow: a displacement for every pixel, sampled at the joints."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import cv2
import numpy as np

from posetrack.flow.point_flow import Carry, GreyArray, check_pair, grey
from posetrack.flow.warp import warp_joints
from posetrack.structures import BoolArray, FlowArray, FlowField, Frame, ImageArray

# OpenCV 4.14 writes out of bounds on low, wide images: 16x300 pixels crash the process, 64x6000 do not. Shorter sides
# are padded at the right or bottom (opencv#14554 is the same bug, fixed only for square images).
MIN_DIS_SIDE_PX = 64


class DisplacementMethod(Protocol):
    """Computes the displacement of every pixel between two images."""

    def __call__(self, previous: ImageArray, current: ImageArray) -> FlowArray:
        """Return (H, W, 2) float32 pixels, NaN = unknown, from two (H, W, 3) uint8 RGB images of the same size."""
        ...


class DenseFlow:
    """Computes a displacement for every pixel and samples it at the points.

    Args:
        method: DIS, Farneback or RAFT.
        max_side_px: see the configuration.
        max_return_px: see the configuration.
    """

    def __init__(
        self, method: DisplacementMethod, max_side_px: int | None = None, max_return_px: float | None = None
    ) -> None:
        self._method = method
        self._max_side_px = max_side_px
        self._max_return_px = max_return_px

    def between(self, previous: Frame, current: Frame) -> Carry:
        """See ``PointFlow``."""
        check_pair(previous, current)
        field = cache(lambda: self.field(previous, current))
        return lambda points_xy: warp_joints(points_xy, field())

    def field(self, previous: Frame, current: Frame) -> FlowField:
        """The flow of the whole image, computed anew in each call.

        Raises:
            InputError: the frames differ in size.
        """
        check_pair(previous, current)
        small, small_now = self._reduced(previous.image), self._reduced(current.image)
        flow = self._method(small, small_now)
        valid = np.asarray(np.isfinite(flow).all(axis=-1))
        if self._max_return_px is not None:
            scale = small.shape[1] / previous.image.shape[1]
            valid &= returns(flow, self._method(small_now, small), self._max_return_px * scale)
        return FlowField(*_enlarged(flow, valid, previous.image_hw))

    def _reduced(self, image: ImageArray) -> ImageArray:
        height, width = image.shape[:2]
        if self._max_side_px is None or max(height, width) <= self._max_side_px:
            return image
        scale = self._max_side_px / max(height, width)
        size_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
        return np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _enlarged(flow: FlowArray, valid: BoolArray, image_hw: tuple[int, int]) -> tuple[FlowArray, BoolArray]:
    """Flow and validity at image resolution, displacements in image pixels."""
    height, width = image_hw
    if flow.shape[:2] == image_hw:
        return flow, valid
    factor = np.array([width / flow.shape[1], height / flow.shape[0]], dtype=np.float32)
    large = np.asarray(cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32) * factor
    known = cv2.resize(valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    # Interpolation spreads NaN further than the nearest pixel.
    return large, known.astype(np.bool_) & np.isfinite(large).all(axis=-1)


def returns(forward: FlowArray, backward: FlowArray, max_error_px: float) -> BoolArray:
    """Forward-backward check, (H, W): pixels that do not return to where they were are occluded, or wrong.

    Args:
        forward: (H, W, 2) displacement from the first image to the second.
        backward: (H, W, 2) displacement from the second to the first.
        max_error_px: how far from their start they may end.
    """
    height, width = forward.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    there_x, there_y = x + forward[..., 0], y + forward[..., 1]
    back = cv2.remap(backward, there_x, there_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    stays = (there_x >= 0) & (there_x <= width - 1) & (there_y >= 0) & (there_y <= height - 1)
    return np.asarray(stays & (((forward + back) ** 2).sum(axis=-1) <= max_error_px**2))


def dis_method(preset: str) -> DisplacementMethod:
    """OpenCV's dense inverse search.

    Args:
        preset: ``ultrafast``, ``fast`` or ``medium``.

    Source: Kroeger et al. 2016, Fast optical flow using dense inverse search; ``cv2.DISOpticalFlow``.
    """
    number = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset.upper()}")

    def displacement(previous: ImageArray, current: ImageArray) -> FlowArray:
        # A new object each time: OpenCV's keeps the last flow, and the result must depend only on the arguments.
        before, now = _padded(previous), _padded(current)
        found = cv2.DISOpticalFlow.create(number).calc(before, now, np.zeros((*before.shape, 2), dtype=np.float32))
        return np.asarray(found[: previous.shape[0], : previous.shape[1]], dtype=np.float32)

    return displacement


def _padded(image: ImageArray) -> GreyArray:
    height, width = image.shape[:2]
    down, right = max(MIN_DIS_SIDE_PX - height, 0), max(MIN_DIS_SIDE_PX - width, 0)
    return np.asarray(cv2.copyMakeBorder(grey(image), 0, down, 0, right, cv2.BORDER_REPLICATE), dtype=np.uint8)


def farneback_method(window_px: int, levels: int) -> DisplacementMethod:
    """OpenCV's dense flow by polynomial expansion.

    Args:
        window_px: side of the averaging window.
        levels: how many times the image is halved.

    Source: Farneback 2003, Two-frame motion estimation based on polynomial expansion; ``calcOpticalFlowFarneback`` with
    a neighbourhood of 7 pixels and sigma 1.5, as its documentation suggests.
    """

    def displacement(previous: ImageArray, current: ImageArray) -> FlowArray:
        before, now = grey(previous), grey(current)
        start = np.zeros((*before.shape, 2), dtype=np.float32)
        # Contrary to its documentation, OpenCV 4.14 does not count the image itself as a level: 0 and 1 differ.
        found = cv2.calcOpticalFlowFarneback(before, now, start, 0.5, levels, window_px, 3, 7, 1.5, 0)
        return np.asarray(found, dtype=np.float32)

    return displacement
