"""SimpleBaseline: a ResNet and three transposed convolutions.

Sources:
    [P] Xiao, Wu, Wei: Simple Baselines for Human Pose Estimation and Tracking, ECCV 2018, section 2.
    [C] microsoft/human-pose-estimation.pytorch, ``lib/models/pose_resnet.py``.

Keys are torchvision's for the ResNet, and ``deconv_layers.*``, ``final_layer.*`` as in [C].
The "caffe" variant of [C] (stride on the first 1x1) is not built: no published weights use it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from posetrack.models.blocks import BN_MOMENTUM, Bottleneck, make_layer

RESNET_BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}  # He et al. 2016, table 1
DECONV_CHANNELS = 256  # [P] section 2
INIT_STD = 0.001  # for the transposed convolutions and the head ([C] init_weights)


class SimpleBaseline(nn.Module):
    """Images (B, 3, H, W) to heatmaps (B, num_joints, H/4, W/4).

    Args:
        depth: 50, 101 or 152.
        num_joints: number of heatmaps.
    """

    head_prefixes = ("deconv_layers.", "final_layer.")

    def __init__(self, depth: int, num_joints: int = 17) -> None:
        super().__init__()
        blocks = RESNET_BLOCKS[depth]
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64, momentum=BN_MOMENTUM)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = make_layer(Bottleneck, 64, 64, blocks[0])
        self.layer2 = make_layer(Bottleneck, 256, 128, blocks[1], stride=2)
        self.layer3 = make_layer(Bottleneck, 512, 256, blocks[2], stride=2)
        self.layer4 = make_layer(Bottleneck, 1024, 512, blocks[3], stride=2)
        self.deconv_layers = nn.Sequential(*_doubled(2048), *_doubled(DECONV_CHANNELS), *_doubled(DECONV_CHANNELS))
        self.final_layer = nn.Conv2d(DECONV_CHANNELS, num_joints, kernel_size=1)
        self._init_weights()

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) float32, sides multiples of 32, to (B, num_joints, H/4, W/4) float32."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        heatmaps: Tensor = self.final_layer(self.deconv_layers(x))
        return heatmaps

    @torch.no_grad()
    def _init_weights(self) -> None:
        """Initialise the ResNet as torchvision does (ImageNet weights normally follow), the rest with N(0, 0.001)."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=INIT_STD)
        nn.init.normal_(self.final_layer.weight, std=INIT_STD)
        assert self.final_layer.bias is not None
        nn.init.zeros_(self.final_layer.bias)


def _doubled(channels_in: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    """One 4x4 transposed convolution that doubles the resolution, with batch norm and ReLU."""
    conv = nn.ConvTranspose2d(channels_in, DECONV_CHANNELS, kernel_size=4, stride=2, padding=1, bias=False)
    return conv, nn.BatchNorm2d(DECONV_CHANNELS, momentum=BN_MOMENTUM), nn.ReLU(inplace=True)
