"""Backgrounds for drawn people: streets, rooms, and clutter that must not be mistaken for people."""

from __future__ import annotations

import cv2
import numpy as np

from posetrack.structures import ImageArray


def _color(rng: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    r, g, b = (int(v) for v in rng.integers(low, high, 3))
    return r, g, b


def _cloud(rng: np.random.Generator, height: int, width: int, cells: int, strength: float) -> np.ndarray:
    """Smooth zero-mean noise, (H, W, 1) float32."""
    coarse = rng.normal(0, strength, (cells, max(cells * width // height, 2))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))[..., None]


def draw_background(rng: np.random.Generator, height: int, width: int, horizon: float) -> ImageArray:
    """Draw an image without people.

    Args:
        rng: random generator.
        height: image height in pixels.
        width: image width in pixels.
        horizon: where the ground begins, as a fraction of the height from the top.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    split = int(np.clip(horizon, 0.05, 0.95) * height)
    graded = np.empty((height, width, 3), dtype=np.float32)
    for rows, low, high in ((slice(0, split), 60, 250), (slice(split, height), 30, 220)):
        count = rows.stop - rows.start
        top, bottom = np.array(_color(rng, low, high)), np.array(_color(rng, low, high))
        graded[rows] = np.linspace(top, (top + bottom) / 2, count)[:, None]
    image: ImageArray = graded.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.55:
        _buildings(rng, image, split)
    if rng.random() < 0.5:
        _trees(rng, image, split)
    if rng.random() < 0.6:
        _ground_lines(rng, image, split)
    _clutter(rng, image, int(rng.integers(0, 14)))
    noisy = (
        image + _cloud(rng, height, width, 6, rng.uniform(0, 14)) + _cloud(rng, height, width, 48, rng.uniform(0, 10))
    )
    return np.asarray(noisy.clip(0, 255).astype(np.uint8))


def _buildings(rng: np.random.Generator, image: ImageArray, split: int) -> None:
    x, width = int(rng.integers(-80, 0)), image.shape[1]
    while x < width:
        w, top = int(rng.integers(60, 220)), int(split * rng.uniform(0.0, 0.7))
        wall, pane = _color(rng, 40, 230), _color(rng, 20, 250)
        cv2.rectangle(image, (x, top), (x + w, split), wall, -1)
        step_x, step_y = int(rng.integers(18, 40)), int(rng.integers(22, 50))
        for wx in range(x + 8, x + w - step_x // 2, step_x):
            for wy in range(top + 8, split - step_y // 2, step_y):
                cv2.rectangle(image, (wx, wy), (wx + step_x // 2, wy + step_y // 2), pane, -1)
        x += w + int(rng.integers(0, 50))


def _trees(rng: np.random.Generator, image: ImageArray, split: int) -> None:
    for _ in range(int(rng.integers(1, 7))):
        x, size = int(rng.integers(0, image.shape[1])), int(rng.uniform(0.1, 0.35) * image.shape[0])
        cv2.rectangle(image, (x - size // 10, split - size), (x + size // 10, split + size // 6), (90, 60, 40), -1)
        for _ in range(5):
            offset = rng.integers(-size // 3, size // 3 + 1, 2)
            green = (int(rng.integers(20, 110)), int(rng.integers(90, 190)), int(rng.integers(20, 90)))
            cv2.circle(
                image, (x + int(offset[0]), split - size + int(offset[1])), size // 3 + 1, green, -1, cv2.LINE_AA
            )


def _ground_lines(rng: np.random.Generator, image: ImageArray, split: int) -> None:
    height, width = image.shape[:2]
    center, color = int(rng.integers(0, width)), _color(rng, 40, 240)
    for x in range(-width, 2 * width, int(rng.integers(60, 200))):
        cv2.line(image, (center + (x - center) // 4, split), (x, height), color, int(rng.integers(1, 4)), cv2.LINE_AA)


def _clutter(rng: np.random.Generator, image: ImageArray, count: int) -> None:
    """Draw boxes, discs, bars and head-and-trunk shapes in random colours."""
    height, width = image.shape[:2]
    for _ in range(count):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h = (int(v) for v in rng.integers(4, max(height // 3, 6), 2))
        color, kind = _color(rng), rng.random()
        if kind < 0.3:
            cv2.rectangle(image, (x, y), (x + w, y + h), color, -1)
        elif kind < 0.55:
            cv2.ellipse(
                image, (x, y), (w // 2 + 1, h // 2 + 1), float(rng.integers(180)), 0, 360, color, -1, cv2.LINE_AA
            )
        elif kind < 0.8:
            cv2.line(image, (x, y), (x + w - h, y + h), color, int(rng.integers(2, 18)), cv2.LINE_AA)
        else:  # a lollipop shape: a head on a trunk that is no person
            cv2.rectangle(image, (x - w // 6, y), (x + w // 6, y + h), color, -1)
            cv2.circle(image, (x, y), w // 5 + 2, _color(rng), -1, cv2.LINE_AA)


def draw_occluder(rng: np.random.Generator, height_px: float) -> tuple[tuple[int, int, int], float, float]:
    """Colour, width and height in pixels of an object to stand in front of people."""
    kind = ("pole", "bin", "wall")[int(rng.integers(3))]
    width, tall = {"pole": (0.06, 1.8), "bin": (0.3, 0.45), "wall": (0.7, 0.4)}[kind]
    return _color(rng), width * height_px * rng.uniform(0.7, 1.3), tall * height_px * rng.uniform(0.8, 1.2)
