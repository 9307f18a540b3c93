"""Pixel augmentation: effect of each setting, share of the batch it changes, and reproducibility from the seed."""

from __future__ import annotations

import pytest
import torch

from posetrack.datasets import PixelAugmentation, change_pixels
from posetrack.datasets.pixels import covered_shares

EVERYTHING = PixelAugmentation(
    light=0.3, color=0.1, shading=0.2, filter_probability=0.5, grey_probability=0.5, blur_probability=0.5,
    noise_probability=0.5, patches=3,
)  # fmt: skip


@pytest.fixture
def images() -> torch.Tensor:
    return 0.25 + 0.5 * torch.rand(40, 3, 64, 48, generator=torch.Generator().manual_seed(0))


def roughness(images: torch.Tensor) -> torch.Tensor:
    """(B,) mean absolute difference between neighbouring pixels."""
    return images.diff(dim=2).abs().mean(dim=(1, 2, 3))


def changed_images(before: torch.Tensor, after: torch.Tensor) -> int:
    return int((before != after).flatten(1).any(dim=1).sum())


def test_nothing_asked_for_changes_nothing(images: torch.Tensor) -> None:
    assert torch.equal(change_pixels(images, PixelAugmentation(), 1).images, images)


def test_all_follows_from_the_seed_and_what_comes_in_is_kept(images: torch.Tensor) -> None:
    before = images.clone()
    first, again, other = (change_pixels(images, EVERYTHING, seed).images for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other) and torch.equal(images, before)
    assert float(first.min()) >= 0 and float(first.max()) <= 1
    assert first.flatten(1).unique(dim=0).shape[0] == len(images)


def test_light_changes_brightness_by_measure(images: torch.Tensor) -> None:
    means = change_pixels(images, PixelAugmentation(light=0.4), 1).images.mean(dim=(1, 2, 3))
    assert float(means.std()) > 0.06 and abs(float(means.mean() - images.mean())) < 0.12


def test_color_changes_channels_apart(images: torch.Tensor) -> None:
    means = change_pixels(images, PixelAugmentation(color=0.2), 1).images.mean(dim=(2, 3))
    assert float((means - means.mean(dim=1, keepdim=True)).std()) > 0.03


def test_shade_is_smooth_and_differs_from_place_to_place(images: torch.Tensor) -> None:
    flat = torch.full_like(images, 0.5)
    shaded = change_pixels(flat, PixelAugmentation(shading=0.3), 1).images
    assert float(shaded.std(dim=(1, 2, 3)).mean()) > 0.03
    assert float(roughness(shaded).mean()) < 0.2 * float(shaded.std())


def test_a_filter_keeps_mean_and_spread_but_not_the_pattern(images: torch.Tensor) -> None:
    filtered = change_pixels(images, PixelAugmentation(filter_probability=1), 1).images
    torch.testing.assert_close(filtered.mean(dim=(2, 3)), images.mean(dim=(2, 3)), atol=0.03, rtol=0)
    assert changed_images(images, filtered) == len(images)
    correlation = torch.stack([torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1] for a, b in zip(images, filtered, strict=True)])
    assert 0.3 < float(correlation.mean()) < 0.97


def test_grey_blur_and_noise_reach_the_share_asked_for(images: torch.Tensor) -> None:
    grey = change_pixels(images, PixelAugmentation(grey_probability=0.5), 1).images
    without_color = (grey.std(dim=1) < 1e-6).flatten(1).all(dim=1)
    assert 10 < int(without_color.sum()) < 30
    soft = change_pixels(images, PixelAugmentation(blur_probability=1), 1).images
    assert float((roughness(soft) / roughness(images)).max()) < 0.999 and soft.shape == images.shape
    noisy = change_pixels(images, PixelAugmentation(noise_probability=0.5), 1).images
    assert 10 < changed_images(images, noisy) < 30
    assert 0.001 < float((noisy - images).std()) < 0.05


def test_patches_cover_parts_of_some_with_colors_and_other_pictures() -> None:
    images, others = torch.zeros(200, 3, 64, 48), torch.rand(5, 3, 64, 48) * 0.5 + 0.5
    changed = change_pixels(images, PixelAugmentation(patches=1), 1, others)
    laid = changed.images
    assert torch.equal(changed.covered, (laid > 0).any(dim=1))
    covered = changed.covered.flatten(1).float().mean(dim=1)
    assert float(covered.min()) == 0 and 0.005 < float(covered[covered > 0].min()) and float(covered.max()) < 0.2
    assert 60 < int((covered > 0).sum()) < 140  # zero or one, equally often
    colors = torch.tensor([len(image.flatten(1).unique(dim=1).T) for image in laid])
    assert int((colors == 2).sum()) > 10 and int((colors > 50).sum()) > 10


def test_how_much_of_a_box_is_covered() -> None:
    covered = torch.zeros(20, 30, dtype=torch.bool)
    covered[:10, 10:] = True
    boxes = torch.tensor([[0, 0, 29, 19], [10, 0, 29, 9], [12, 5, 15, 14], [0.4, 0, 8.6, 19], [10.2, 9.4, 10.4, 9.4]])
    torch.testing.assert_close(covered_shares(boxes, covered), torch.tensor([1 / 3, 1, 0.5, 0, 1]))
    assert covered_shares(boxes[:0], covered).shape == (0,)
    assert int(change_pixels(torch.zeros(2, 3, 8, 8), EVERYTHING, 1).covered.sum()) > 0
    assert not change_pixels(torch.zeros(2, 3, 8, 8), PixelAugmentation(light=0.3), 1).covered.any()
