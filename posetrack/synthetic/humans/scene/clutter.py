"""Clutter at all scales, as in photographs: dead-leaves pictures, laid behind people and over objects.

Source: the dead-leaves model (Lee, Mumford, Huang: Occlusion models for natural images, IJCV 2001), its leaves textured
with the spectra of photographs, from which networks learn well (Baradad et al.: Learning to see by looking at noise,
NeurIPS 2021).
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import ImageArray
from posetrack.synthetic.humans.drawing.material import random_color

NUM_PICTURES = 160  # pictures to cut from; each is made on first use
_PICTURE_HW = (512, 768)
_SEED = 20_251
_SMALLEST_PX, _LARGEST_PX = 4.0, 200.0  # radius of a leaf
_SIZE_POWERS = (1.1, 2.4)  # the number of leaves of radius r is proportional to r to minus this
_LEAVES = (200, 1200)
_FIELD_SIDE = 256

Floats = npt.NDArray[np.float32]


def clutter(rng: np.random.Generator, image_hw: tuple[int, int]) -> ImageArray:
    """Cut a part from one of ``NUM_PICTURES`` pictures, scaled, mirrored or transposed, and recoloured.

    Args:
        rng: random generator.
        image_hw: height and width in pixels.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    picture = _picture(int(rng.integers(NUM_PICTURES)))
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.3:
        picture = picture.transpose(1, 0, 2)
    height, width = picture.shape[:2]
    fit = min(height / image_hw[0], width / image_hw[1])
    scale = fit * float(np.exp(rng.uniform(np.log(0.35), 0)))
    h, w = max(int(image_hw[0] * scale), 1), max(int(image_hw[1] * scale), 1)
    y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    method = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    part = cv2.resize(np.ascontiguousarray(picture[y : y + h, x : x + w]), image_hw[::-1], interpolation=method).astype(np.float32)
    gain = np.exp(rng.normal(0, 0.25) + rng.normal(0, 0.08, 3)).astype(np.float32)
    grey = part.mean(axis=2, keepdims=True)
    saturation = np.float32(rng.uniform(0.3, 1.0))
    return np.asarray(np.clip((grey + (part - grey) * saturation) * gain, 0, 255), dtype=np.uint8)


def cluttered(rng: np.random.Generator, image: ImageArray, people: Floats) -> ImageArray:
    """Add texture to everything but the people: shade it with clutter, or blend clutter in.

    Args:
        rng: random generator.
        image: (H, W, 3) uint8 RGB.
        people: (H, W) how much of each pixel is covered by people, 0 to 1.

    Returns:
        (H, W, 3) uint8 RGB, a new array.
    """
    over = clutter(rng, (image.shape[0], image.shape[1])).astype(np.float32)
    if rng.random() < 0.6:
        shade = over.mean(axis=2, keepdims=True)
        strength = np.float32(rng.uniform(0.3, 1.0))
        changed = image * np.exp(strength * (shade - shade.mean()) / np.float32(128))
    else:
        share = np.float32(rng.uniform(0.25, 0.9))
        changed = image * (1 - share) + over * share
    kept = people[..., None]
    return np.asarray(np.clip(image * kept + changed * (1 - kept), 0, 255), dtype=np.uint8)


@lru_cache(maxsize=NUM_PICTURES)
def _picture(number: int) -> ImageArray:
    """(H, W, 3) uint8 dead-leaves picture; each leaf covers the previous ones."""
    rng = np.random.default_rng([_SEED, number])
    height, width = _PICTURE_HW
    fields = [_field(rng, float(rng.uniform(0.5, 2.0))) for _ in range(6)]
    colors = [255 * random_color(rng) for _ in range(int(rng.integers(3, 14)))]
    ground = cv2.resize(fields[0], (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    image: ImageArray = np.clip(colors[0] + 30 * ground, 0, 255).astype(np.uint8)
    count = int(rng.integers(*_LEAVES))
    power = 1 - float(rng.uniform(*_SIZE_POWERS))
    low, high = _SMALLEST_PX**power, _LARGEST_PX**power
    radii = (low + rng.random(count) * (high - low)) ** (1 / power)
    kinds = rng.dirichlet(np.full(4, 0.6))
    upright = rng.random() < 0.4
    for radius in radii:
        middle = rng.random(2) * (width, height)
        outline = middle + radius * _outline(rng, int(rng.choice(4, p=kinds)), upright=upright)
        color = colors[int(rng.integers(len(colors)))] * float(np.exp(rng.normal(0, 0.2)))
        _lay(image, outline, color, fields[int(rng.integers(len(fields)))], float(abs(rng.normal(0, 26))), rng)
    return image


def _field(rng: np.random.Generator, slope: float) -> Floats:
    """(S, S) noise of mean 0 and standard deviation 1 whose amplitude falls with frequency to the power ``slope``."""
    x, y = np.fft.fftfreq(_FIELD_SIDE), np.fft.rfftfreq(_FIELD_SIDE)
    frequency = np.hypot(x[:, None] * np.exp(rng.normal(0, 0.5)), y)
    frequency[0, 0] = np.inf
    phases = np.exp(2j * np.pi * rng.random(frequency.shape))
    field = np.fft.irfft2(phases / frequency**slope, s=(_FIELD_SIDE, _FIELD_SIDE))
    return np.asarray(field / field.std(), dtype=np.float32)


def _outline(rng: np.random.Generator, kind: int, *, upright: bool) -> npt.NDArray[np.float64]:
    """(P, 2) outline of an ellipse, rectangle, polygon or strip of radius about 1, centred at 0."""
    turn = rng.normal(0, 0.05) if upright else rng.uniform(0, 2 * np.pi)
    if kind in (1, 3):
        points = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [1.0, rng.uniform(0.3, 1) if kind == 1 else rng.uniform(0.02, 0.15)]
        turn += np.pi / 2 * rng.integers(2)
    else:
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False) if kind == 0 else np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        reach = np.ones(len(angles)) if kind == 0 else rng.uniform(0.4, 1, len(angles))
        points = reach[:, None] * np.stack([np.cos(angles), np.sin(angles) * rng.uniform(0.3, 1)], axis=1)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _lay(
    image: ImageArray, outline: npt.NDArray[np.float64], color: npt.NDArray[np.floating], field: Floats, contrast: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    low = np.maximum(np.floor(outline.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + 1, image.shape[1::-1])
    w, h = (int(v) for v in high - low)
    if w < 1 or h < 1:
        return
    mask = np.zeros((h, w), dtype=np.uint8)
    cv2.fillPoly(mask, [np.rint(outline - low).astype(np.int32)], 1)
    y, x = (int(v) for v in rng.integers(_FIELD_SIDE, size=2))
    rows, columns = (y + np.arange(h)) % _FIELD_SIDE, (x + np.arange(w)) % _FIELD_SIDE
    grain = field[np.ix_(rows, columns)]
    slope = (np.arange(h, dtype=np.float32)[:, None] / h - 0.5) * np.float32(rng.normal(0, 40))
    leaf = np.clip(color.astype(np.float32) + (contrast * grain + slope)[..., None], 0, 255).astype(np.uint8)
    cv2.copyTo(leaf, mask, image[low[1] : high[1], low[0] : high[0]])
