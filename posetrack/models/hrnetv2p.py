"""HRNetV2p: HRNet as the backbone of a detector, for torchvision's detection models.

Sources:
    [P] Wang et al.: Deep High-Resolution Representation Learning for Visual Recognition, TPAMI 2020,
        section 3.3 (HRNetV2p).
    [M] HRNet/HRNet-MaskRCNN-Benchmark: pyramid at strides 4..64.
    [F] HRNet/HRNet-FCOS: pyramid at strides 8..128.

The body is that of ``posetrack.models.hrnet``, returning all four branches. Key names are those of [F] below
``backbone.``: ``body.*`` and ``fpn.{reduction_conv,fpn_conv}.*``.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from posetrack.models.hrnet import HRNetBody, HRNetConfig

NUM_LEVELS = 5
FPN_CHANNELS = 256  # in [M] and [F]


class HRFPN(nn.Module):
    """Fuses all branches into one map, then builds a pyramid of it ([P] figure 4c).

    Args:
        channels: channels of the four branches, highest resolution first.
        out_channels: channels of every level.
        level_stride: stride of the 3x3 convolution of each level: 1 starts the pyramid at stride 4 ([M]),
            2 at stride 8 ([F]).
        num_levels: levels of the pyramid, each half the resolution of the previous one.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        out_channels: int = FPN_CHANNELS,
        level_stride: int = 1,
        num_levels: int = NUM_LEVELS,
    ) -> None:
        super().__init__()
        # A Sequential of one, because the official key is reduction_conv.0.weight.
        self.reduction_conv = nn.Sequential(nn.Conv2d(sum(channels), out_channels, kernel_size=1))
        self.fpn_conv = nn.ModuleList(
            nn.Conv2d(out_channels, out_channels, kernel_size=3, stride=level_stride, padding=1)
            for _ in range(num_levels)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module.bias is not None:
                nn.init.kaiming_uniform_(module.weight, a=1)  # as torchvision's FPN; [F] never calls its own init
                nn.init.zeros_(module.bias)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Branches (B, C·2^i, H/4/2^i, W/4/2^i) to levels (B, out_channels, h/2^i, w/2^i), h = H/4/level_stride."""
        height, width = maps[0].shape[-2:]
        full = [maps[0]]
        for octave, x in enumerate(maps[1:], start=1):
            raised = F.interpolate(x, scale_factor=float(2**octave), mode="bilinear", align_corners=False)
            full.append(raised[..., :height, :width])
        joined = self.reduction_conv(torch.cat(full, dim=1))
        return [conv(_halved(joined, octave)) for octave, conv in enumerate(self.fpn_conv)]


def _halved(x: Tensor, octaves: int) -> Tensor:
    """Average over windows of 2^octaves; incomplete windows are dropped, as in [M] and [F].

    Where a side is smaller than the window, [M] and [F] raise an error; here the window shrinks to fit.
    """
    if octaves == 0:
        return x
    window = 2**octaves
    return F.avg_pool2d(x, kernel_size=window, stride=window, ceil_mode=min(x.shape[-2:]) < window)


class HRNetV2p(nn.Module):
    """A backbone for ``torchvision.models.detection``: ``forward`` returns the levels, ``out_channels`` their width.

    Args:
        config: size of the body.
        out_channels: channels of every level.
        level_stride: see ``HRFPN``.
        num_levels: see ``HRFPN``.
    """

    def __init__(self, config: HRNetConfig, out_channels: int, level_stride: int, num_levels: int = NUM_LEVELS) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.strides = tuple(4 * level_stride * 2**level for level in range(num_levels))
        self.body = HRNetBody(config)
        self.fpn = HRFPN(config.branch_channels, out_channels, level_stride, num_levels)

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        """(B, 3, H, W) to the levels "0", "1", … at ``strides``, each (B, out_channels, H/stride, W/stride)."""
        levels = self.fpn(self.body(images))
        return OrderedDict((str(index), level) for index, level in enumerate(levels))


def create_fcos_backbone(
    config: HRNetConfig, out_channels: int = FPN_CHANNELS, num_levels: int = NUM_LEVELS
) -> HRNetV2p:
    """Backbone with a pyramid at strides 8, 16, … as in FCOS and RetinaNet ([F])."""
    return HRNetV2p(config, out_channels, level_stride=2, num_levels=num_levels)


def create_rcnn_backbone(
    config: HRNetConfig, out_channels: int = FPN_CHANNELS, num_levels: int = NUM_LEVELS
) -> HRNetV2p:
    """Backbone with a pyramid at strides 4, 8, … as in Faster and Mask R-CNN ([M]); RoIs use the first four levels."""
    return HRNetV2p(config, out_channels, level_stride=1, num_levels=num_levels)
