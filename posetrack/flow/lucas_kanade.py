"""Sparse flow: only the joints are followed, forward and back."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from posetrack.flow.config import LucasKanadeFlowConfig
from posetrack.flow.point_flow import Carry, GreyArray, check_pair, grey, inside
from posetrack.structures import BoolArray, FloatArray, Frame

MAX_STEPS, MIN_STEP_PX = 20, 0.01  # when the search for a point stops on each pyramid level
MIN_EIGENVALUE = 1e-4  # OpenCV's measure of texture in the window; points with less are not tracked


class LucasKanadeFlow:
    """Pyramidal Lucas-Kanade at the given points, with a forward-backward check.

    Args:
        config: window, levels, and the tolerance of the forward-backward check.

    Source: Bouguet 2000, Pyramidal implementation of the Lucas Kanade feature tracker (OpenCV's
    ``calcOpticalFlowPyrLK``); the check: Kalal et al. 2010, Forward-backward error.
    """

    def __init__(self, config: LucasKanadeFlowConfig) -> None:
        self._config = config
        self._last: tuple[Frame, GreyArray] | None = None

    def between(self, previous: Frame, current: Frame) -> Carry:
        """See ``PointFlow``; OpenCV rebuilds the pyramids in each call, so few calls with many points are cheapest."""
        check_pair(previous, current)
        images = cache(lambda: (self._grey(previous), self._grey(current)))
        return lambda points_xy: self._carry(points_xy, *images())

    def _grey(self, frame: Frame) -> GreyArray:
        if self._last is None or self._last[0] is not frame:
            self._last = frame, grey(frame.image)
        return self._last[1]

    def _carry(self, points_xy: FloatArray, before: GreyArray, now: GreyArray) -> FloatArray:
        config = self._config
        hw = (before.shape[0], before.shape[1])
        moved = np.full(points_xy.shape, np.nan)
        there = inside(points_xy, hw)
        if not there.any():
            return moved
        start = points_xy[there]
        end, found = follow(before, now, start, config.window_px, config.levels)
        back, found_back = follow(now, before, np.where(found[:, None], end, start), config.window_px, config.levels)
        error = np.linalg.norm(back - start, axis=1)
        good = found & found_back & (error <= config.max_return_px) & inside(end, hw)
        moved[there] = np.where(good[:, None], end, np.nan)
        return moved


def follow(
    before: GreyArray, now: GreyArray, points_xy: FloatArray, window_px: int, levels: int
) -> tuple[FloatArray, BoolArray]:
    """Follow points with OpenCV's pyramidal Lucas-Kanade.

    Args:
        before: (H, W) uint8.
        now: (H, W) uint8.
        points_xy: (M, 2) pixels of ``before``, no NaN; M > 0.
        window_px: side of the square window that is matched.
        levels: how many times the image is halved, for large motions.

    Returns:
        (M, 2) positions in ``now``, and (M,) whether they were found.
    """
    start = points_xy.astype(np.float32)[:, None]
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, MAX_STEPS, MIN_STEP_PX)
    end, status, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        start,
        np.zeros_like(start),
        winSize=(window_px, window_px),
        maxLevel=levels,
        criteria=criteria,
        minEigThreshold=MIN_EIGENVALUE,
    )
    # Only the displacement is rounded to float32, not the points themselves.
    return points_xy + (end - start)[:, 0].astype(np.float64), status[:, 0].astype(np.bool_)
