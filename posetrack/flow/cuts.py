"""Where one shot ends and the next begins."""

from __future__ import annotations

import math

import cv2
import numpy as np

from posetrack.flow.config import CutConfig
from posetrack.flow.point_flow import GreyArray, grey
from posetrack.structures import Frame, ImageArray

LONG_SIDE_PX, SHORT_SIDE_PX = 96, 54  # of the thumbnails that are compared
BLOCK_WH, SEARCH_WH = (16, 13), (8, 6)  # pixels of the thumbnail
LEAST_DEVIATION = 4.0  # grey levels, standard deviation in a block; less is noise
LEAST_BLOCKS = 4  # with something to see in them, for two frames to be compared
USUAL_SHARE = 0.1  # of a new frame in what is usual in a shot


class CutDetector:
    """Says for each frame whether a new shot begins with it; one call a frame, in order.

    Frames in which there is nothing to see (black, white, all of one colour) neither begin a shot nor are remembered,
    so a flash to white or a fade through black ends nothing by itself. A frame that is unlike the one before but like
    the one before that begins no shot either: what was between was a flash, or damaged.

    Args:
        config: how unlike.
    """

    def __init__(self, config: CutConfig) -> None:
        self._config = config
        self._seen: list[GreyArray] = []  # thumbnails of the last two frames with something to see
        self._image_hw: tuple[int, int] | None = None
        self._usual = 1.0

    def is_cut(self, frame: Frame) -> bool:
        """Whether a new shot begins with this frame; false for the first. Another size is another shot."""
        now = thumbnail(frame.image)
        resized = self._image_hw is not None and self._image_hw != frame.image_hw
        self._image_hw = frame.image_hw
        if resized:
            self._seen, self._usual = [now], 1.0
            return True
        if len(_blocks(now)) < LEAST_BLOCKS:
            return False
        threshold = min(self._config.least_likeness, self._config.of_usual * self._usual)
        likeness = self._likeness(now, threshold)
        cut = likeness < threshold
        if cut:
            self._seen, self._usual = [now], 1.0
        else:
            self._seen = [*self._seen[-1:], now]
            if not math.isnan(likeness):
                self._usual += USUAL_SHARE * (likeness - self._usual)
        return cut

    def _likeness(self, now: GreyArray, enough: float) -> float:
        """To the last frame, and where that is not enough to the one before it; NaN = nothing to compare with."""
        best = math.nan
        for before in reversed(self._seen):
            found = thumbnail_likeness(before, now)
            best = found if math.isnan(best) else max(best, found)
            if best >= enough:
                break
        return best


def frame_likeness(previous: ImageArray, current: ImageArray) -> float:
    """How much of an image is found again in another one, near where it was.

    The images are made small. The middle of the first (if there is something to see in it) is searched for in the
    second, for the shift of the whole image; then each block of 16x13 pixels around where that puts it. Grey levels are compared by normalised
    correlation, which brightness and contrast do not change.

    Args:
        previous: (H, W, 3) uint8 RGB.
        current: (H, W, 3) uint8 RGB.

    Returns:
        Mean correlation of the blocks, at most 1; within a shot 0.7 to 1, about 0.4 (the best chance agreement of the
        places searched) between shots. NaN where one of the images has too little to see.
    """
    return thumbnail_likeness(thumbnail(previous), thumbnail(current))


def thumbnail(image: ImageArray) -> GreyArray:
    """The image as grey, 96x54 pixels, or 54x96 where it is upright."""
    upright = image.shape[0] > image.shape[1]
    size_wh = (SHORT_SIDE_PX, LONG_SIDE_PX) if upright else (LONG_SIDE_PX, SHORT_SIDE_PX)
    return grey(np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8))


def thumbnail_likeness(before: GreyArray, now: GreyArray) -> float:
    """See ``frame_likeness``."""
    height, width = before.shape
    blocks = _blocks(before)
    if len(blocks) < LEAST_BLOCKS or len(_blocks(now)) < LEAST_BLOCKS:
        return math.nan
    middle = before[height // 4 : height // 4 + height // 2, width // 4 : width // 4 + width // 2]
    shift = (0, 0)
    if middle.std() >= LEAST_DEVIATION:  # a flat one is found in the corner first
        _, _, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(now, middle, cv2.TM_CCOEFF_NORMED))
        shift = (x - width // 4, y - height // 4)
    found = [_best_match(before, now, block, shift) for block in blocks]
    # Blocks that leave the image say nothing; the middle is always found somewhere.
    return float(np.nanmean(found)) if not np.isnan(found).all() else math.nan


def _blocks(image: GreyArray) -> list[tuple[int, int]]:
    """Top-left corners (x, y) of the blocks with something to see in them."""
    wide, tall = BLOCK_WH
    height, width = image.shape
    corners = [(x, y) for y in range(0, height - tall + 1, tall) for x in range(0, width - wide + 1, wide)]
    return [(x, y) for x, y in corners if image[y : y + tall, x : x + wide].std() >= LEAST_DEVIATION]


def _best_match(before: GreyArray, now: GreyArray, corner: tuple[int, int], shift: tuple[int, int]) -> float:
    """The best correlation of a block around where it should be; NaN = it has left the image."""
    (x, y), (wide, tall) = corner, BLOCK_WH
    height, width = now.shape
    left, right = max(x + shift[0] - SEARCH_WH[0], 0), min(x + shift[0] + wide + SEARCH_WH[0], width)
    top, bottom = max(y + shift[1] - SEARCH_WH[1], 0), min(y + shift[1] + tall + SEARCH_WH[1], height)
    if right - left < wide or bottom - top < tall:
        return math.nan
    block = before[y : y + tall, x : x + wide]
    return float(cv2.matchTemplate(now[top:bottom, left:right], block, cv2.TM_CCOEFF_NORMED).max())
