"""HRNet, the high-resolution network, and its pose head.

Sources:
    [P] Sun, Xiao, Liu, Wang: Deep High-Resolution Representation Learning for Human Pose Estimation,
        CVPR 2019.
    [C] leoxiaobin/deep-high-resolution-net.pytorch, ``lib/models/pose_hrnet.py``.

Module names, and therefore state-dict keys, are those of [C]: its weights load without renaming.
``tests/models/test_networks.py`` checks keys, shapes and outputs against figures recorded from [C].

Deviations from [C], none of which changes a number where [C] runs:
    * Sides that are not multiples of 32 work: an upsampled map is cropped to the map it is added to.
      [C] raises a shape error there.
    * Identity paths are ``nn.Identity`` where [C] stores None; neither has weights.
    * Weights are initialised at construction; [C] does it in a second call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from posetrack.models.blocks import BasicBlock, Bottleneck, conv_norm, make_layer

NUM_BRANCHES = 4  # strides 4, 8, 16, 32 ([P] section 3)
INIT_STD = 0.001  # for every convolution ([C] init_weights)


@dataclass(frozen=True)
class HRNetConfig:
    """The size of an HRNet.

    Attributes:
        width: channels C of the stride-4 branch; the other branches have 2C, 4C, 8C ([P] section 3: 32 or 48).
        stage_modules: exchange modules in stages 2, 3 and 4.
        blocks: residual blocks per branch in a module.
        stem_width: channels of the two stride-2 convolutions; ``layer1`` outputs four times as many.
        stem_blocks: bottlenecks in ``layer1``.
    """

    width: int = 32
    stage_modules: tuple[int, int, int] = (1, 4, 3)
    blocks: int = 4
    stem_width: int = 64
    stem_blocks: int = 4

    @property
    def branch_channels(self) -> tuple[int, ...]:
        """Channels at strides 4, 8, 16 and 32."""
        return tuple(self.width * 2**branch for branch in range(NUM_BRANCHES))


# Not from the paper: light enough for one CPU thread on every person of a video. See tests/models/test_networks.py.
HRNET_COMPACT = HRNetConfig(width=16, stage_modules=(1, 2, 2), blocks=2, stem_width=32, stem_blocks=2)
# Not from the paper either. Trains as fast as the compact one, with twice as many channels before the last layer: 17
# heatmaps made from 16 channels have rank 16, and what HRNET_COMPACT sacrifices for the missing one is telling left
# from right knee and ankle.
HRNET_SMALL = HRNetConfig(width=32, stage_modules=(1, 1, 1), blocks=2, stem_width=32, stem_blocks=1)
# The bundled pose network: the small one with two more exchange modules in stage 3, at 1.5 times the computation.
HRNET_MEDIUM = HRNetConfig(width=32, stage_modules=(1, 3, 1), blocks=2, stem_width=32, stem_blocks=1)


class ExchangeModule(nn.Module):
    """Residual blocks on each branch, then every branch receives the sum of all ([P] section 3, exchange unit).

    Args:
        channels: channels of each branch, highest resolution first.
        blocks: residual blocks per branch.
        num_outputs: number of branches returned, counted from the highest resolution.
    """

    def __init__(self, channels: tuple[int, ...], blocks: int, num_outputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(BasicBlock(width, width) for _ in range(blocks))) for width in channels
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_fuse_path(channels, source, target) for source in range(len(channels)))
            for target in range(num_outputs)
        )
        self.relu = nn.ReLU(inplace=True)

    def start_as_identity(self) -> None:
        """Initialise as the identity, to add the module to a network whose other weights are already trained."""
        for block in self.branches.modules():
            if isinstance(block, BasicBlock):
                nn.init.zeros_(block.bn2.weight)
        for target, paths in enumerate(cast("list[nn.ModuleList]", self.fuse_layers)):
            for source, path in enumerate(paths):
                if source != target:
                    nn.init.zeros_([m for m in path.modules() if isinstance(m, nn.BatchNorm2d)][-1].weight)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Maps (B, C·2^i, H/4/2^i, W/4/2^i) in, the first ``num_outputs`` of them out."""
        maps = [branch(x) for branch, x in zip(self.branches, maps, strict=True)]
        fused = []
        for target, paths in enumerate(cast("list[nn.ModuleList]", self.fuse_layers)):
            height, width = maps[target].shape[-2:]
            # The crop only affects sides that are not multiples of 32; the order of the sum is that of [C].
            arrived = [path(x)[..., :height, :width] for path, x in zip(paths, maps, strict=True)]
            fused.append(self.relu(sum(arrived[1:], start=arrived[0])))
        return fused


def _fuse_path(channels: tuple[int, ...], source: int, target: int) -> nn.Module:
    """The path from branch ``source`` to branch ``target`` ([P] section 3; nearest upsampling as in [C])."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            *conv_norm(channels[source], channels[target], kernel=1),
            nn.Upsample(scale_factor=2 ** (source - target), mode="nearest"),
        )
    # Downward: one stride-2 step per octave; only the last step changes the channels and omits the ReLU.
    steps = [
        nn.Sequential(*conv_norm(channels[source], channels[source], kernel=3, stride=2), nn.ReLU(inplace=True))
        for _ in range(target - source - 1)
    ]
    last = nn.Sequential(*conv_norm(channels[source], channels[target], kernel=3, stride=2))
    return nn.Sequential(*steps, last)


class HRNetBody(nn.Module):
    """HRNet without a head.

    Args:
        config: the size.
        num_outputs: 1 returns the stride-4 map (HRNetV1, pose), 4 returns all branches (HRNetV2, detection).
            It determines which weights the last fusion has.
    """

    def __init__(self, config: HRNetConfig, num_outputs: int = NUM_BRANCHES) -> None:
        super().__init__()
        self.config = config
        stem, stem_out, channels = config.stem_width, config.stem_width * Bottleneck.expansion, config.branch_channels
        self.conv1, self.bn1 = conv_norm(3, stem, kernel=3, stride=2)
        self.conv2, self.bn2 = conv_norm(stem, stem, kernel=3, stride=2)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = make_layer(Bottleneck, stem, stem, config.stem_blocks)

        modules = config.stage_modules
        self.transition1 = nn.ModuleList([_to_width(stem_out, channels[0]), _new_branch(stem_out, channels[1])])
        self.stage2 = _stage(channels[:2], modules[0], config.blocks)
        self.transition2 = _add_branch(channels, 2)
        self.stage3 = _stage(channels[:3], modules[1], config.blocks)
        self.transition3 = _add_branch(channels, 3)
        self.stage4 = _stage(channels, modules[2], config.blocks, num_outputs)
        self.apply(_init_weights)

    def features(self, images: Tensor) -> list[Tensor]:
        """The maps of stage 4.

        Args:
            images: (B, 3, H, W) float, normalised as the weights expect.

        Returns:
            ``num_outputs`` maps (B, C·2^i, H/4/2^i, W/4/2^i), highest resolution first.
        """
        x = self.relu(self.bn1(self.conv1(images)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.layer1(x)
        maps: list[Tensor] = self.stage2([path(x) for path in self.transition1])
        maps = self.stage3([*maps, self.transition2[-1](maps[-1])])
        maps = self.stage4([*maps, self.transition3[-1](maps[-1])])
        return maps

    def forward(self, images: Tensor) -> list[Tensor]:
        """See ``features``."""
        return self.features(images)


class HRNet(HRNetBody):
    """HRNet for pose: images (B, 3, H, W) to heatmaps (B, num_joints, H/4, W/4).

    The head is one 1x1 convolution with bias on the stride-4 map ([P] section 3, heatmap estimation).
    """

    head_prefixes = ("final_layer.",)

    def __init__(self, config: HRNetConfig, num_joints: int = 17) -> None:
        super().__init__(config, num_outputs=1)
        self.final_layer = nn.Conv2d(config.width, num_joints, kernel_size=1)
        self.final_layer.apply(_init_weights)

    def forward(self, images: Tensor) -> Tensor:  # type: ignore[override]
        """(B, 3, H, W) float32 to (B, num_joints, H/4, W/4) float32; a peak is about 1."""
        heatmaps: Tensor = self.final_layer(self.features(images)[0])
        return heatmaps


def _stage(channels: tuple[int, ...], modules: int, blocks: int, num_outputs: int | None = None) -> nn.Sequential:
    """``modules`` exchange modules; only the last may return fewer branches than it has."""
    full = len(channels)
    outputs = [full] * (modules - 1) + [num_outputs or full]
    return nn.Sequential(*(ExchangeModule(channels, blocks, count) for count in outputs))


def _to_width(channels_in: int, channels_out: int) -> nn.Module:
    if channels_in == channels_out:
        return nn.Identity()
    return nn.Sequential(*conv_norm(channels_in, channels_out, kernel=3), nn.ReLU(inplace=True))


def _new_branch(channels_in: int, channels_out: int) -> nn.Sequential:
    """Half the resolution of the branch above; wrapped twice because [C]'s keys have that level."""
    step = nn.Sequential(*conv_norm(channels_in, channels_out, kernel=3, stride=2), nn.ReLU(inplace=True))
    return nn.Sequential(step)


def _add_branch(channels: tuple[int, ...], index: int) -> nn.ModuleList:
    """Branches 0..index-1 continue unchanged; branch ``index`` starts from the one above it."""
    return nn.ModuleList([*(nn.Identity() for _ in range(index)), _new_branch(channels[index - 1], channels[index])])


def _init_weights(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, std=INIT_STD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
