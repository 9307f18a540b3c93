"""Augmentation of a crop's pixels: light, colour, blur, noise, and things in front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import ImageArray

_PATCH_SHARES = (0.1, 0.4)  # of the crop's sides


@dataclass(frozen=True)
class PixelAugmentation:
    """How much the pixels of a crop are changed; joints stay where they are.

    Attributes:
        light: brightness is multiplied by exp(N(0, 1)·light), and contrast and gamma by half as much.
        color: each channel is multiplied by exp(N(0, 1)·color).
        grey_probability: how often all colour is taken away.
        blur_probability: how often it is blurred, by a Gaussian of up to 1.5 pixels.
        noise_probability: how often noise is added, of up to 12 levels.
        patches: rectangles and ellipses laid over it, at most; filled with a colour, or with a part of another crop (over
            whole images: of clutter).
    """

    light: float = 0.0
    color: float = 0.0
    grey_probability: float = 0.0
    blur_probability: float = 0.0
    noise_probability: float = 0.0
    patches: int = 0


def change_pixels(
    image: ImageArray, augmentation: PixelAugmentation, rng: np.random.Generator,
    other: Callable[[], ImageArray] | None = None,
) -> ImageArray:  # fmt: skip
    """The crop, changed.

    Args:
        image: (H, W, 3) uint8 RGB.
        augmentation: how much.
        rng: source of chance.
        other: gives a picture of the same size, whose parts are laid over this one; None = plain patches alone.

    Returns:
        (H, W, 3) uint8 RGB, a new array.
    """
    image = np.array(image)
    for _ in range(int(rng.integers(augmentation.patches + 1))):
        _lay_patch(image, rng, other)
    image = _relit(image, augmentation, rng)
    if rng.random() < augmentation.grey_probability:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if rng.random() < augmentation.blur_probability:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 1.5))), dtype=np.uint8)
    if rng.random() < augmentation.noise_probability:
        grain = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(rng.uniform(1, 12))
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    return image


def _relit(image: ImageArray, augmentation: PixelAugmentation, rng: np.random.Generator) -> ImageArray:
    gain = np.exp(rng.normal(0, augmentation.light) + rng.normal(0, augmentation.color, 3))
    contrast, gamma = np.exp(rng.normal(0, augmentation.light / 2, 2))
    levels = np.arange(256.0)[:, None] / 255
    curve = np.clip((levels * gain - 0.5) * contrast + 0.5, 0, 1) ** gamma
    table: npt.NDArray[np.uint8] = np.rint(255 * curve).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), dtype=np.uint8)


def _lay_patch(image: ImageArray, rng: np.random.Generator, other: Callable[[], ImageArray] | None) -> None:
    height, width = image.shape[:2]
    high, wide = (max(int(side * rng.uniform(*_PATCH_SHARES)), 1) for side in (height, width))
    top, left = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
    place = np.s_[top : top + high, left : left + wide]
    if other is not None and rng.random() < 0.6:
        source = other()
        y, x = int(rng.integers(source.shape[0] - high + 1)), int(rng.integers(source.shape[1] - wide + 1))
        patch = source[y : y + high, x : x + wide]
    else:
        patch = np.broadcast_to(rng.integers(0, 256, 3).astype(np.uint8), (high, wide, 3))
    if rng.random() < 0.5:
        image[place] = patch
        return
    mask = np.zeros((high, wide), dtype=np.uint8)
    cv2.ellipse(mask, (wide // 2, high // 2), (wide // 2, high // 2), 0, 0, 360, 1, -1)
    image[place][mask > 0] = patch[mask > 0]
