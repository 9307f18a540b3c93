"""Read frames from a local camera with OpenCV."""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2
import numpy as np

from posetrack.errors import InputError
from posetrack.structures import ImageArray


FASTEST_FPS = 1000.0


class Webcam:
    """A camera by number; timestamps are relative to the first frame yielded.

    Raises:
        InputError: there is no such camera.
    """

    def __init__(self, number: int) -> None:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # warns for each backend without a camera
        try:
            self._capture = cv2.VideoCapture(number)
        finally:
            cv2.utils.logging.setLogLevel(level)
        if not self._capture.isOpened():
            raise InputError(f"webcam {number}: no such camera, or it is in use")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps: float | None = fps if 0 < fps <= FASTEST_FPS else None  # unknown: drivers report 0, -1 or 90000

    def images(self, frames: tuple[int, int | None]) -> Iterator[tuple[int, ImageArray, float | None]]:
        """Yield index, (H, W, 3) uint8 RGB and seconds since the first frame, until the camera or ``frames`` ends."""
        start, index = None, 0
        while frames[1] is None or index < frames[1]:
            there, image = self._capture.read()
            if not there:
                return
            if index >= frames[0]:
                now = time.monotonic()
                start = now if start is None else start
                yield index, np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8), now - start
            index += 1

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()
