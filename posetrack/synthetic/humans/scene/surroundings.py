"""Procedural places: streets, rooms, halls and fields with walls, houses and clutter, and backdrops."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from posetrack.structures import FloatArray, ImageArray
from posetrack.synthetic.background import draw_background
from posetrack.synthetic.humans.drawing.material import random_color
from posetrack.synthetic.humans.drawing.things import Surface, ThingsBuilder
from posetrack.synthetic.humans.rotations import euler_yxz
from posetrack.synthetic.humans.scene.props import add_clutter, random_surface

PLACES = ("nothing", "ground", "street", "room", "hall")
PLACE_SHARES = (0.27, 0.15, 0.24, 0.2, 0.14)
_WINDOWS, _TILES = 7, 6  # pattern numbers DOTS and DENIM of the object shader
_FAR = 500.0


def add_place(builder: ThingsBuilder, rng: np.random.Generator, kind: str, middle: FloatArray, ahead: FloatArray,
              clear: float = 6.0) -> None:  # fmt: skip
    """Add ground, walls, houses and clutter around a scene.

    Args:
        builder: receives the objects.
        rng: random generator.
        kind: one of ``PLACES``.
        middle: (3,) centre of the scene.
        ahead: (3,) horizontal viewing direction.
        clear: distance around the centre to keep free of walls, decimetres.
    """
    if kind == "nothing":
        return
    yaw = float(np.arctan2(ahead[0], ahead[2]))
    turn = euler_yxz(yaw + rng.normal(0, 0.35), 0, 0)
    level = middle * [1, 0, 1]
    floor = _ground(rng, kind)
    if kind == "hall" and rng.random() < 0.6:
        floor = Surface(random_color(rng), np.full(3, 0.85), _TILES, float(rng.uniform(0.01, 0.04)))
    half = 60.0 + clear if kind == "room" else _FAR
    corners = np.array([[-half, 0, -half], [-half, 0, half], [half, 0, half], [half, 0, -half]])
    builder.quad(corners @ turn.T + level, floor)
    if kind == "room":
        _walls(builder, rng, level, turn, clear)
    elif kind == "street":
        _houses(builder, rng, level, turn)
    elif kind == "hall" and rng.random() < 0.7:
        distance = rng.uniform(40, 150)
        _wall(builder, level + turn @ np.array([0, 0, distance]), turn, 2 * _FAR, rng.uniform(8, 80), random_surface(rng))
    for _ in range(int(rng.integers(0, 9))):
        place = level + turn @ np.array([rng.normal(0, 30), 0, rng.uniform(9, 110) if kind != "room" else rng.uniform(4, 40)])
        if np.linalg.norm(place - level) > 7:
            add_clutter(builder, rng, place)


def _ground(rng: np.random.Generator, kind: str) -> Surface:
    """Sample the ground: asphalt, earth, sand, grass, boards or tiles, mostly in muted colours."""
    if rng.random() < 0.15:
        wild = random_surface(rng, 0.6)
        return Surface(wild.first, wild.other, wild.pattern, min(wild.frequency, 0.4))
    tones = {"grey": (0.42, 0.42, 0.43), "earth": (0.45, 0.36, 0.26), "sand": (0.75, 0.66, 0.5), "grass": (0.27, 0.38, 0.16)}
    names = ("grey", "grey", "earth", "sand", "grass") if kind != "room" else ("grey", "earth", "earth", "sand")
    first = np.array(tones[str(rng.choice(names))]) * np.exp(rng.normal(0, 0.35)) * np.exp(rng.normal(0, 0.08, 3))
    other = first * np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.05, 3))
    pattern = 4 if rng.random() < 0.5 else int(rng.choice((0, _TILES, 3, 1)))
    return Surface(first.clip(0, 1), other.clip(0, 1), pattern, float(np.exp(rng.uniform(np.log(0.05), np.log(0.6)))))


def _wall(
    builder: ThingsBuilder, foot: FloatArray, turn: FloatArray, width: float, height: float, surface: Surface
) -> None:
    half = width / 2
    corners = np.array([[-half, 0, 0], [half, 0, 0], [half, height, 0], [-half, height, 0]])
    builder.quad(corners @ turn.T + foot, surface)


def _walls(builder: ThingsBuilder, rng: np.random.Generator, level: FloatArray, turn: FloatArray, clear: float) -> None:
    paint = random_surface(rng, 0.35)
    back, left, right = clear + rng.uniform([0, 6, 6], [45, 45, 45])
    side = euler_yxz(np.pi / 2, 0, 0)
    _wall(builder, level + turn @ np.array([0, 0, back]), turn, 130 + 2 * clear, 28, paint)
    _wall(builder, level + turn @ np.array([left, 0, 0]), turn @ side, 130 + 2 * clear, 28, paint)
    _wall(builder, level + turn @ np.array([-right, 0, 0]), turn @ side, 130 + 2 * clear, 28, paint)
    for _ in range(int(rng.integers(0, 6))):  # pictures, doors, shelves on the back wall
        size = np.array([rng.uniform(3, 14), rng.uniform(3, 18), rng.uniform(0.2, 2)])
        at = np.array([rng.uniform(-40, 40), rng.uniform(size[1] / 2, 22), back - size[2] / 2])
        builder.box(level + turn @ at, size, turn, random_surface(rng, 0.5))


def _plaster(rng: np.random.Generator) -> FloatArray:
    """(3,) random colour of an outdoor wall: stone, brick, plaster; rarely painted."""
    if rng.random() < 0.15:
        return np.asarray(random_color(rng), dtype=np.float64)
    tone = np.array([(0.6, 0.58, 0.54), (0.5, 0.3, 0.23), (0.75, 0.7, 0.6), (0.35, 0.36, 0.38)])[rng.integers(4)]
    return np.asarray((tone * np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.07, 3))).clip(0, 1))


def _houses(builder: ThingsBuilder, rng: np.random.Generator, level: FloatArray, turn: FloatArray) -> None:
    distance, x = rng.uniform(35, 200), -250.0
    while x < 250:
        width, height = rng.uniform(40, 140), rng.uniform(30, 150)
        wall = Surface(_plaster(rng), random_color(rng) * 0.5, _WINDOWS, float(rng.uniform(0.03, 0.09)))
        builder.box(level + turn @ np.array([x + width / 2, height / 2, distance + 30 + rng.uniform(0, 15)]),
                    np.array([width, height, 60]), turn, wall)  # fmt: skip
        x += width + rng.choice((0.0, rng.uniform(5, 40)))
    if rng.random() < 0.6:  # a pavement
        builder.box(level + turn @ np.array([0, 0.05, distance - 5]), np.array([600, 1.5, 40]), turn, random_surface(rng))


def backdrop(
    rng: np.random.Generator, image_hw: tuple[int, int], horizon: float, pictures: list[Path], place: str
) -> ImageArray:
    """Create the backdrop, seen where nothing stands: sky, drawn scenery, noise, or part of a picture.

    Args:
        rng: random generator.
        image_hw: height and width in pixels.
        horizon: row of the horizon; may be outside the image.
        pictures: images to cut parts from; if there are any, used in half of the cases.
        place: kind of place; unless it is ``nothing``, plain sky is often enough.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = image_hw
    if pictures and rng.random() < 0.5:
        return _part_of_picture(rng, pictures[int(rng.integers(len(pictures)))], image_hw)
    if place != "nothing" and rng.random() < 0.6:
        return _sky(rng, image_hw)
    if rng.random() < 0.4:
        share = float(np.clip(horizon / height, 0.1, 0.9))
        return draw_background(rng, max(height, 32), max(width, 32), share)[:height, :width]
    return _noise(rng, image_hw)


def _sky(rng: np.random.Generator, image_hw: tuple[int, int]) -> ImageArray:
    top = np.array([rng.uniform(60, 190), rng.uniform(110, 215), rng.uniform(150, 255)])
    bottom = np.full(3, rng.uniform(150, 255)) * rng.normal(1, 0.04, 3)
    if rng.random() < 0.35:
        top = np.full(3, rng.uniform(120, 250))
    share = np.linspace(0, 1, image_hw[0])[:, None, None]
    clouds = smooth_noise(rng, image_hw, 4)[..., None] * rng.uniform(0, 22)
    return np.asarray(np.clip(top * (1 - share) + bottom * share + clouds, 0, 255), dtype=np.uint8)


def smooth_noise(rng: np.random.Generator, image_hw: tuple[int, int], octaves: int) -> FloatArray:
    """(H, W) zero-mean noise from coarse to fine, with a standard deviation near 1."""
    total = np.zeros(image_hw, dtype=np.float32)
    for octave in range(octaves):
        cells = 2 ** (octave + 1) + 1
        grid = rng.normal(0, 1, (cells, cells)).astype(np.float32)
        finer = np.asarray(cv2.resize(grid, image_hw[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.float32)
        total += finer / np.float32(1 + 0.5 * octave)
    return np.asarray(total)


def _noise(rng: np.random.Generator, image_hw: tuple[int, int]) -> ImageArray:
    """A coloured surface with patches, lines and blobs, like anything out of focus."""
    colors = [255 * np.asarray(random_color(rng), dtype=np.float32) for _ in range(3)]
    octaves = int(rng.integers(2, 8))
    a, b = (1 / (1 + np.exp(-3 * smooth_noise(rng, image_hw, octaves)))[..., None] for _ in range(2))
    image = np.ascontiguousarray(((1 - a) * ((1 - b) * colors[0] + b * colors[1]) + a * colors[2]).clip(0, 255).astype(np.uint8))
    height, width = image_hw
    for _ in range(int(rng.integers(0, 16))):
        color = [int(v) for v in 255 * random_color(rng)]
        x, y = int(rng.uniform(-0.1, 1.1) * width), int(rng.uniform(-0.1, 1.1) * height)
        w, h = (int(v) for v in np.exp(rng.uniform(np.log(4), np.log(0.7 * height), 2)))
        shape = rng.integers(4)
        if shape == 0:
            cv2.rectangle(image, (x, y), (x + w, y + h), color, -1)
        elif shape == 1:
            cv2.ellipse(image, (x, y), (w // 2 + 1, h // 2 + 1), float(rng.uniform(0, 180)), 0, 360, color, -1, cv2.LINE_AA)
        elif shape == 2:
            cv2.line(image, (x, y), (x + w - h, y + h), color, int(rng.integers(1, 16)), cv2.LINE_AA)
        else:
            text = "".join(chr(int(c)) for c in rng.integers(48, 122, 5))
            cv2.putText(image, text, (x, y), int(rng.integers(0, 6)), float(rng.uniform(0.4, 3)), color, 2, cv2.LINE_AA)
    return image


def _part_of_picture(rng: np.random.Generator, path: Path, image_hw: tuple[int, int]) -> ImageArray:
    from posetrack.io.images import read_image

    picture = read_image(path)
    height, width = picture.shape[:2]
    scale = rng.uniform(0.3, 1.0) * min(height / image_hw[0], width / image_hw[1])
    h, w = max(int(image_hw[0] * scale), 1), max(int(image_hw[1] * scale), 1)
    y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    part = cv2.resize(picture[y : y + h, x : x + w], image_hw[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(part[:, ::-1] if rng.random() < 0.5 else part)
