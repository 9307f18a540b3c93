"""Create a network by name."""

from __future__ import annotations

import re

from torch import nn

from posetrack.errors import ConfigError
from posetrack.models.hrnet import HRNET_COMPACT, HRNET_MEDIUM, HRNET_SMALL, HRNet, HRNetConfig
from posetrack.models.simple_baseline import RESNET_BLOCKS, SimpleBaseline

_SMALL = {"hrnet-medium": HRNET_MEDIUM, "hrnet-small": HRNET_SMALL, "hrnet-compact": HRNET_COMPACT}
NAMES = ("hrnet-w32", "hrnet-w48", "hrnet-w<any>", *_SMALL, *(f"simple-baseline-{n}" for n in RESNET_BLOCKS))


def create(name: str, num_joints: int = 17) -> nn.Module:
    """A pose network with fresh weights.

    Args:
        name: ``hrnet-w32``, ``hrnet-w48``, ``hrnet-w<any width>``, ``hrnet-medium``, ``hrnet-small``, ``hrnet-compact``,
            ``simple-baseline-50``, ``-101`` or ``-152``.
        num_joints: number of heatmaps.

    Returns:
        A module from (B, 3, H, W) float32 to (B, num_joints, H/4, W/4) float32, in training mode.

    Raises:
        ConfigError: no such network.
    """
    if num_joints < 1:
        raise ConfigError(f"network {name!r}: num_joints is {num_joints}, expected 1 or more")
    width = re.fullmatch(r"hrnet-w([1-9]\d{0,3})", name)
    depth = re.fullmatch(r"simple-baseline-(\d+)", name)
    if name in _SMALL:
        return HRNet(_SMALL[name], num_joints)
    if width:
        return HRNet(HRNetConfig(width=int(width[1])), num_joints)
    if depth and int(depth[1]) in RESNET_BLOCKS:
        return SimpleBaseline(int(depth[1]), num_joints)
    raise ConfigError(f"no network is called {name!r}; known: {', '.join(NAMES)}")
