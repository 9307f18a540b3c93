"""Where one shot ends and the next begins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

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
MOST_DAMAGED = 2  # frames of something else that are no shot
MOST_HELD = 8  # frames, the blank ones between them included: a third of a second, and 50 MB of full HD


def mark_cuts(frames: Iterable[Frame], config: CutConfig) -> Iterator[Frame]:
    """The frames in order; those with which a new shot begins say so (``begins_shot``), the first does not.

    Frames in which there is nothing to see (black, white, all of one colour) neither begin a shot nor are remembered,
    so a flash to white or a fade through black ends nothing by itself. Nor do up to ``MOST_DAMAGED`` frames of
    something else, after which the shot goes on: a flash, or a damaged frame. To tell, what may be a new shot is held
    until so many more frames with something to see are there, or ``MOST_HELD`` are held, the blank ones included: where
    it stays dark for so long, a shot begins with the first of them. Another size is another shot at once.

    Args:
        frames: from one source.
        config: how unlike.
    """
    cuts = _Cuts(config)
    for frame in frames:
        yield from cuts.add(frame)
    yield from cuts.finish()


class _Shot:
    """What a shot has looked like so far.

    Args:
        config: how unlike the next one is.
        seen: thumbnails of its last frames with something to see.
    """

    def __init__(self, config: CutConfig, *seen: GreyArray) -> None:
        self._config = config
        self._seen = seen
        self._usual = 1.0

    @property
    def enough(self) -> float:
        """The likeness of a frame that belongs to it."""
        return min(self._config.least_likeness, self._config.of_usual * self._usual)

    def likeness(self, now: GreyArray) -> float:
        """To its last frame, and where that is not enough to the one before it; 1 where nothing was seen yet."""
        best = math.nan
        for before in reversed(self._seen):
            best = float(np.fmax(best, thumbnail_likeness(before, now)))
            if best >= self.enough:
                break
        return 1.0 if math.isnan(best) else best

    def goes_on(self, now: GreyArray, likeness: float) -> None:
        """Its next frame."""
        if self._seen:
            self._usual += USUAL_SHARE * (likeness - self._usual)
        self._seen = (*self._seen[-1:], now)


class _Cuts:
    """See ``mark_cuts``; the frames that are held are what may be a new shot."""

    def __init__(self, config: CutConfig) -> None:
        self._config = config
        self._shot, self._next = _Shot(config), _Shot(config)
        self._held: list[Frame] = []
        self._held_seen = 0  # of them, those with something to see
        self._image_hw: tuple[int, int] | None = None

    def add(self, frame: Frame) -> list[Frame]:
        """The next frame; returns those of which all is known."""
        resized = self._image_hw is not None and self._image_hw != frame.image_hw
        before = self.finish() if resized else []
        self._image_hw = frame.image_hw
        now = thumbnail(frame.image)
        if resized:
            self._shot = _Shot(self._config, now)
            return [*before, replace(frame, begins_shot=True)]
        seen = len(_blocks(now)) >= LEAST_BLOCKS
        if seen:
            likeness = self._shot.likeness(now)
            if likeness >= self._shot.enough and not (self._held and self._next.likeness(now) > likeness):
                self._shot.goes_on(now, likeness)
                held, self._held = self._held, []
                return [*held, frame]
            if not self._held:
                self._next = _Shot(self._config, now)
                self._held, self._held_seen = [frame], 1
                return []
        if not self._held:
            return [frame]
        self._held.append(frame)
        self._held_seen += seen
        return self._release() if self._held_seen > MOST_DAMAGED or len(self._held) >= MOST_HELD else []

    def finish(self) -> list[Frame]:
        """The frames that are held."""
        frames = []
        while self._held:
            frames += self._release()
        return frames

    def _release(self) -> list[Frame]:
        """A shot begins with the first that is held; the others are looked at again, as frames of it."""
        (first, *others), self._held = self._held, []
        self._shot = self._next
        return [replace(first, begins_shot=True), *(frame for other in others for frame in self.add(other))]


def frame_likeness(previous: ImageArray, current: ImageArray) -> float:
    """How much of an image is found again in another one, near where it was.

    The images are made small. The middle of the first (if there is something to see in it) is searched for in the
    second, for the shift of the whole image; then each block of 16x13 pixels around where that puts it. Grey levels are
    compared by normalised correlation, which brightness and contrast do not change.

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
