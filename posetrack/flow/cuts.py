"""Detect cuts: where one shot ends and the next begins."""

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
LEAST_BLOCKS = 4  # minimum number of textured blocks for two frames to be compared
USUAL_SHARE = 0.1  # weight of a new frame in the running mean of a shot's likeness
MOST_DAMAGED = 2  # this many frames of other content do not make a shot
MOST_HELD = 8  # frames, including blank ones in between: a third of a second, and 50 MB of full HD


def mark_cuts(frames: Iterable[Frame], config: CutConfig) -> Iterator[Frame]:
    """Yield the frames in order, with ``begins_shot`` set where a new shot begins (not on the first frame).

    Blank frames (black, white, a single colour) neither begin a shot nor are remembered, so a flash to white or a fade
    through black does not by itself end a shot. Nor do up to ``MOST_DAMAGED`` frames of other content after which the
    shot continues: a flash, or a damaged frame. To decide, frames that may be a new shot are held back until
    ``MOST_DAMAGED`` more non-blank frames have come, or ``MOST_HELD`` are held including blank ones; then a shot begins
    with the first of them. A change of size begins a shot at once.

    Args:
        frames: frames of one source.
        config: thresholds.
    """
    cuts = _Cuts(config)
    for frame in frames:
        yield from cuts.add(frame)
    yield from cuts.finish()


class _Shot:
    """What a shot has looked like so far.

    Args:
        config: thresholds.
        seen: thumbnails of its last non-blank frames.
    """

    def __init__(self, config: CutConfig, *seen: GreyArray) -> None:
        self._config = config
        self._seen = seen
        self._usual = 1.0

    @property
    def enough(self) -> float:
        """The minimum likeness of a frame that belongs to the shot."""
        return min(self._config.least_likeness, self._config.of_usual * self._usual)

    def likeness(self, now: GreyArray) -> float:
        """Likeness to its last frame or, if that is not enough, the better of its last two; 1 if it has none yet."""
        best = math.nan
        for before in reversed(self._seen):
            best = float(np.fmax(best, thumbnail_likeness(before, now)))
            if best >= self.enough:
                break
        return 1.0 if math.isnan(best) else best

    def goes_on(self, now: GreyArray, likeness: float) -> None:
        """Add the shot's next frame."""
        if self._seen:
            self._usual += USUAL_SHARE * (likeness - self._usual)
        self._seen = (*self._seen[-1:], now)


class _Cuts:
    """See ``mark_cuts``; the frames held back may be a new shot."""

    def __init__(self, config: CutConfig) -> None:
        self._config = config
        self._shot, self._next = _Shot(config), _Shot(config)
        self._held: list[Frame] = []
        self._held_seen = 0  # how many of them are not blank
        self._image_hw: tuple[int, int] | None = None

    def add(self, frame: Frame) -> list[Frame]:
        """Take the next frame; return the frames that are decided."""
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
        """Return the frames still held."""
        frames = []
        while self._held:
            frames += self._release()
        return frames

    def _release(self) -> list[Frame]:
        """Begin a shot with the first held frame and re-examine the others against it."""
        (first, *others), self._held = self._held, []
        self._shot = self._next
        return [replace(first, begins_shot=True), *(frame for other in others for frame in self.add(other))]


def frame_likeness(previous: ImageArray, current: ImageArray) -> float:
    """How much of an image is found again in another one, near where it was.

    The images are reduced to thumbnails. The centre of the first (if textured) is searched for in the second, which
    gives the shift of the whole image; then each block of 16x13 pixels is searched for around its shifted position.
    Grey levels are compared by normalised correlation, which is invariant to brightness and contrast.

    Args:
        previous: (H, W, 3) uint8 RGB.
        current: (H, W, 3) uint8 RGB.

    Returns:
        Mean correlation of the blocks, at most 1; within a shot 0.7 to 1, between shots about 0.4 (the best chance
        match over the positions searched). NaN if either image has too little texture.
    """
    return thumbnail_likeness(thumbnail(previous), thumbnail(current))


def thumbnail(image: ImageArray) -> GreyArray:
    """The image in grey, 96x54 pixels, or 54x96 in portrait format."""
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
    if middle.std() >= LEAST_DEVIATION:  # a uniform one would match first in the corner
        _, _, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(now, middle, cv2.TM_CCOEFF_NORMED))
        shift = (x - width // 4, y - height // 4)
    found = [_best_match(before, now, block, shift) for block in blocks]
    # Blocks that leave the image are ignored; the centre is always found somewhere.
    return float(np.nanmean(found)) if not np.isnan(found).all() else math.nan


def _blocks(image: GreyArray) -> list[tuple[int, int]]:
    """Top-left corners (x, y) of the textured blocks."""
    wide, tall = BLOCK_WH
    height, width = image.shape
    corners = [(x, y) for y in range(0, height - tall + 1, tall) for x in range(0, width - wide + 1, wide)]
    return [(x, y) for x, y in corners if image[y : y + tall, x : x + wide].std() >= LEAST_DEVIATION]


def _best_match(before: GreyArray, now: GreyArray, corner: tuple[int, int], shift: tuple[int, int]) -> float:
    """The best correlation of a block around its expected position; NaN = it has left the image."""
    (x, y), (wide, tall) = corner, BLOCK_WH
    height, width = now.shape
    left, right = max(x + shift[0] - SEARCH_WH[0], 0), min(x + shift[0] + wide + SEARCH_WH[0], width)
    top, bottom = max(y + shift[1] - SEARCH_WH[1], 0), min(y + shift[1] + tall + SEARCH_WH[1], height)
    if right - left < wide or bottom - top < tall:
        return math.nan
    block = before[y : y + tall, x : x + wide]
    return float(cv2.matchTemplate(now[top:bottom, left:right], block, cv2.TM_CCOEFF_NORMED).max())
