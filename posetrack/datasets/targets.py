"""Heatmap targets for training.

Sources: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``JointsDataset.generate_target``; ``unbiased`` as
mmpose 759b39c, ``codecs/utils/gaussian_heatmap.py``, after Zhang et al., CVPR 2020 (DARK).
"""

from __future__ import annotations

import torch
from torch import Tensor

WINDOW_SIGMAS = 3  # the Gaussian is truncated beyond this


def target_centers(joints_xy: Tensor, stride: int, *, unbiased: bool = False) -> Tensor:
    """The heatmap pixel of each joint: int(x / stride + 0.5), truncated toward zero as the official code does.

    Args:
        joints_xy: (..., K, 2) pixels of the network's input.
        stride: input pixels per heatmap pixel.
        unbiased: keep the exact position, without rounding.

    Returns:
        (..., K, 2) float, whole numbers unless unbiased.
    """
    return joints_xy / stride if unbiased else torch.trunc(joints_xy / stride + 0.5)


def gaussian_targets(
    centers: Tensor, weights: Tensor, heatmap_hw: tuple[int, int], sigma: float, *, unbiased: bool = False
) -> tuple[Tensor, Tensor]:
    """Heatmaps with a Gaussian of peak 1 at each centre.

    Args:
        centers: (B, K, 2) heatmap pixels.
        weights: (B, K), 0 = no such joint.
        heatmap_hw: height and width of the heatmaps.
        sigma: standard deviation in heatmap pixels.
        unbiased: do not truncate the Gaussian; truncation is symmetric only about whole pixels.

    Returns:
        Targets (B, K, H, W), and the weights, set to 0 where the Gaussian's window lies entirely outside.
    """
    height, width = heatmap_hw
    reach = int(sigma * WINDOW_SIGMAS)
    x, y = centers[..., 0], centers[..., 1]
    inside = (x - reach < width) & (y - reach < height) & (x + reach + 1 >= 0) & (y + reach + 1 >= 0)
    dx = torch.arange(width, device=centers.device) - x[..., None]
    dy = torch.arange(height, device=centers.device) - y[..., None]
    gx, gy = (torch.exp(-(d**2) / (2 * sigma**2)) for d in (dx, dy))
    if not unbiased:
        gx, gy = gx * (dx.abs() <= reach), gy * (dy.abs() <= reach)
    weights = weights * inside
    return (gy[..., :, None] * gx[..., None, :]) * (weights > 0)[..., None, None], weights
