"""Residual blocks shared by HRNet and SimpleBaseline; submodule names as in torchvision's ResNet.

Source: He, Zhang, Ren, Sun: Deep Residual Learning, CVPR 2016, with the stride on the 3x3 convolution
("ResNet v1.5"), as in torchvision and in both pose repositories.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

BN_MOMENTUM = 0.1


def conv_norm(channels_in: int, channels_out: int, kernel: int, stride: int = 1) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """A convolution without bias that keeps the size (divided by ``stride``, rounded up), and a batch norm."""
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, padding=kernel // 2, bias=False)
    return conv, nn.BatchNorm2d(channels_out, momentum=BN_MOMENTUM)


def _shortcut(channels_in: int, channels_out: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels_in == channels_out:
        return None
    return nn.Sequential(*conv_norm(channels_in, channels_out, kernel=1, stride=stride))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: (B, C_in, H, W) to (B, C, H/stride, W/stride)."""

    expansion: ClassVar[int] = 1

    def __init__(self, channels_in: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_norm(channels_in, channels, kernel=3, stride=stride)
        self.conv2, self.bn2 = conv_norm(channels, channels, kernel=3)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(channels_in, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """The shortcut plus the residual, rectified."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + (x if self.downsample is None else self.downsample(x))
        rectified: Tensor = self.relu(out)
        return rectified


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions and a shortcut: (B, C_in, H, W) to (B, 4C, H/stride, W/stride)."""

    expansion: ClassVar[int] = 4

    def __init__(self, channels_in: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_norm(channels_in, channels, kernel=1)
        self.conv2, self.bn2 = conv_norm(channels, channels, kernel=3, stride=stride)
        self.conv3, self.bn3 = conv_norm(channels, channels * self.expansion, kernel=1)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(channels_in, channels * self.expansion, stride)

    def forward(self, x: Tensor) -> Tensor:
        """The shortcut plus the residual, rectified."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out = out + (x if self.downsample is None else self.downsample(x))
        rectified: Tensor = self.relu(out)
        return rectified


def make_layer(
    block: type[BasicBlock] | type[Bottleneck], channels_in: int, channels: int, blocks: int, stride: int = 1
) -> nn.Sequential:
    """``blocks`` residual blocks in a row; the first one changes width and resolution."""
    first = block(channels_in, channels, stride)
    return nn.Sequential(first, *(block(channels * block.expansion, channels) for _ in range(blocks - 1)))
