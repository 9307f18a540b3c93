"""Pixel augmentation of whole batches on any device: light, colour, blur, noise, occluding patches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from posetrack.config.setting_checks import check_range

_PATCH_SHARES = (0.1, 0.4)  # size relative to the image's sides
_PLAIN_PATCHES = 0.4  # fraction of patches with a plain colour
_MOST_BLUR_PX = 1.5
_MOST_NOISE = 12.0  # levels
_BLUR_REACH = 3
_SHADE_CELLS = (3, 24)  # number of cells of the shading field along the longer side
_FILTER = 3  # pixels


@dataclass(frozen=True)
class PixelAugmentation:
    """Strength of the pixel augmentation; image content is not moved.

    Attributes:
        light: brightness is multiplied by exp(N(0, 1)·light), and contrast and gamma by half as much.
        color: each channel is multiplied by exp(N(0, 1)·color), and N(0, 1)·color of each other channel is added.
        shading: brightness is multiplied by exp(N·shading), where N is smooth noise over the image.
        filter_probability: how often an image is mixed with itself after a filter of random weights
            (Xu et al.: Robust and generalizable visual representation learning via random convolutions, ICLR 2021).
        grey_probability: how often an image is converted to grey.
        blur_probability: how often it is blurred, by a Gaussian of up to 1.5 pixels.
        noise_probability: how often noise is added, of up to 12 levels.
        patches: maximum number of rectangles and ellipses laid over it, filled with a colour or a part of another
            image.
    """

    light: float = 0.0
    color: float = 0.0
    shading: float = 0.0
    filter_probability: float = 0.0
    grey_probability: float = 0.0
    blur_probability: float = 0.0
    noise_probability: float = 0.0
    patches: int = 0

    def __post_init__(self) -> None:
        check_range(self, 0, 1, "light", "color", "shading", "filter_probability", "grey_probability", "blur_probability",
                    "noise_probability")  # fmt: skip
        check_range(self, 0, math.inf, "patches")


@dataclass(frozen=True, eq=False)
class ChangedPixels:
    """Images (B, 3, H, W) float, 0 to 1, and the pixels covered by patches, (B, H, W) bool."""

    images: Tensor
    covered: Tensor


def change_pixels(images: Tensor, augmentation: PixelAugmentation, seed: int, others: Tensor | None = None) -> ChangedPixels:
    """Augment the images, each independently.

    Args:
        images: (B, 3, H, W) float RGB, 0 to 1.
        augmentation: strength.
        seed: random seed. The same seed makes the same changes on every device, except for the pixel noise.
        others: (N, 3, H, W) images used to fill patches; None = the batch itself.

    Returns:
        New images, and the pixels covered by patches.
    """
    chance = _Chance(images.device, seed)
    covered = torch.zeros_like(images[:, 0], dtype=torch.bool)
    for _ in range(augmentation.patches):
        patched = _patched(images, images if others is None else others, augmentation.patches, chance)
        images, covered = patched.images, covered | patched.covered
    images = _relit(images, augmentation, chance)
    if augmentation.shading:
        images = images * _shade(images, augmentation.shading, chance)
    for probability, change in (
        (augmentation.filter_probability, _filtered),
        (augmentation.grey_probability, _grey),
        (augmentation.blur_probability, _blurred),
        (augmentation.noise_probability, _noisy),
    ):
        picked = torch.nonzero(torch.rand(len(images), generator=chance.generator) < probability)[:, 0]
        if len(picked):
            place = picked.to(images.device, non_blocking=True)
            images = images.index_copy(0, place, change(images[place], chance))
    return ChangedPixels(images.clamp(0, 1), covered)


def covered_shares(boxes_xyxy: Tensor, covered: Tensor) -> Tensor:
    """Fraction of each box that is covered.

    Args:
        boxes_xyxy: (N, 4) pixels inside the image.
        covered: (H, W) bool.

    Returns:
        (N,) float, 0 to 1.
    """
    sums = functional.pad(covered.int().cumsum(0).cumsum(1), (1, 0, 1, 0))
    x0, y0, x1, y1 = (boxes_xyxy.round().long() + boxes_xyxy.new_tensor([0, 0, 1, 1]).long()).T
    inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    shares: Tensor = inside / ((x1 - x0) * (y1 - y0))
    return shares


class _Chance:
    """Random numbers, drawn on the CPU so that nothing waits for the device; only pixel noise is drawn there."""

    def __init__(self, device: torch.device, seed: int) -> None:
        self._device = device
        self.generator = torch.Generator().manual_seed(seed)
        self._grain = torch.Generator(device).manual_seed(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return (low + (high - low) * torch.rand(shape, generator=self.generator)).to(self._device, non_blocking=True)

    def normal(self, deviation: float, *shape: int) -> Tensor:
        return (deviation * torch.randn(shape, generator=self.generator)).to(self._device, non_blocking=True)

    def whole(self, below: int) -> int:
        return int(torch.randint(below, (1,), generator=self.generator))

    def grain(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self._grain, device=like.device)


def _patched(images: Tensor, others: Tensor, most: int, chance: _Chance) -> ChangedPixels:
    """Lay one more patch, or none, over each image."""
    count, _, height, width = images.shape
    lower, upper = _PATCH_SHARES
    high, wide = chance.uniform(lower / 2, upper / 2, 2, count, 1, 1)
    y, x = chance.uniform(0, 1, 2, count, 1, 1)
    dy = (torch.linspace(0, 1, height, device=images.device)[:, None] - (high + y * (1 - 2 * high))) / high
    dx = (torch.linspace(0, 1, width, device=images.device) - (wide + x * (1 - 2 * wide))) / wide
    covered = torch.where(
        chance.uniform(0, 1, count, 1, 1) < 0.5, (dy.abs() < 1) & (dx.abs() < 1), dy.square() + dx.square() < 1
    )
    # Each of the ``most`` patches is present with this probability.
    covered &= chance.uniform(0, 1, count, 1, 1) < most / (most + 1)
    order = torch.randint(len(others), (count,), generator=chance.generator).to(images.device, non_blocking=True)
    other = torch.roll(others[order], (chance.whole(height), chance.whole(width)), (2, 3))
    plain = chance.uniform(0, 1, count, 1, 1, 1) < _PLAIN_PATCHES
    laid = torch.where(plain, chance.uniform(0, 1, count, 3, 1, 1), other)
    return ChangedPixels(torch.where(covered[:, None], laid, images), covered)


def _relit(images: Tensor, augmentation: PixelAugmentation, chance: _Chance) -> Tensor:
    count = len(images)
    if augmentation.color:
        mix = chance.normal(augmentation.color, count, 3, 3)
        own = torch.eye(3, device=images.device)
        mix = own * mix.exp() + (1 - own) * mix
        images = (mix @ images.flatten(2)).view_as(images)
    if augmentation.light:
        gain = chance.normal(augmentation.light, count, 1, 1, 1).exp()
        contrast, gamma = chance.normal(augmentation.light / 2, 2, count, 1, 1, 1).exp()
        images = ((images * gain - 0.5) * contrast + 0.5).clamp(0, 1) ** gamma
    return images


def _shade(images: Tensor, strength: float, chance: _Chance) -> Tensor:
    count, _, height, width = images.shape
    low, high = _SHADE_CELLS
    longer = max(height, width)
    cells = low + chance.whole(high - low)
    size = (max(height * cells // longer, 2), max(width * cells // longer, 2))
    field = chance.normal(1.0, count, 1, *size) * chance.normal(strength, count, 1, 1, 1)
    return functional.interpolate(field, (height, width), mode="bicubic", align_corners=False).exp()


def _filtered(images: Tensor, chance: _Chance) -> Tensor:
    count, _, height, width = images.shape
    weights = chance.normal(1.0, 3 * count, 3, _FILTER, _FILTER) / (3 * _FILTER**2) ** 0.5
    padded = functional.pad(images, (_FILTER // 2,) * 4, mode="replicate")
    made = functional.conv2d(padded.view(1, 3 * count, *padded.shape[2:]), weights, groups=count).view_as(images)
    middle, spread = images.mean(dim=(2, 3), keepdim=True), images.std(dim=(1, 2, 3), keepdim=True)
    made = made - made.mean(dim=(2, 3), keepdim=True)
    made = middle + made * (spread / made.std(dim=(1, 2, 3), keepdim=True).clamp(min=1e-4))
    share = chance.uniform(0, 0.8, count, 1, 1, 1)
    return images + share * (made - images)


def _grey(images: Tensor, _: _Chance) -> Tensor:
    luma = torch.tensor([0.299, 0.587, 0.114], device=images.device).view(3, 1, 1)
    return (images * luma).sum(dim=1, keepdim=True).expand(-1, 3, -1, -1)


def _blurred(images: Tensor, chance: _Chance) -> Tensor:
    reach = torch.arange(-_BLUR_REACH, _BLUR_REACH + 1, device=images.device)
    sigma = chance.uniform(0.3, _MOST_BLUR_PX, len(images), 1)
    weights = torch.exp(-0.5 * (reach / sigma).square())
    weights = weights / weights.sum(dim=1, keepdim=True)
    for dim in (2, 3):
        size = images.shape[dim]
        padded = functional.pad(images, (_BLUR_REACH,) * 4, mode="replicate").narrow(5 - dim, _BLUR_REACH, images.shape[5 - dim])
        images = torch.stack(
            [padded.narrow(dim, k, size) * weights[:, k, None, None, None] for k in range(len(reach))]
        ).sum(dim=0)
    return images


def _noisy(images: Tensor, chance: _Chance) -> Tensor:
    strength = chance.uniform(1, _MOST_NOISE, len(images), 1, 1, 1) / 255
    return images + strength * chance.grain(images)
