"""Record layouts and outputs of the official networks in ``networks.json`` beside this file.

    python tests/data/models/record_networks.py --hrnet DIR --simple-baseline DIR --fcos DIR

Each DIR is a checkout of
    leoxiaobin/deep-high-resolution-net.pytorch, microsoft/human-pose-estimation.pytorch, HRNet/HRNet-FCOS.
Only their network modules are imported; no code is copied. Weights and inputs come from
``tests/models/seeded_weights.py``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "models"))
import seeded_weights as seeded  # noqa: E402


def load(path: Path) -> ModuleType:
    """Import one file of the official code as a module."""
    spec = importlib.util.spec_from_file_location("official_" + path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hrnet(root: Path, width: int) -> nn.Module:
    def stage(modules: int, branches: int) -> dict[str, Any]:
        channels = [width * 2**i for i in range(branches)]
        return dict(NUM_MODULES=modules, NUM_BRANCHES=branches, NUM_BLOCKS=[4] * branches, NUM_CHANNELS=channels,
                    BLOCK="BASIC", FUSE_METHOD="SUM")  # fmt: skip

    extra = dict(
        STAGE2=stage(1, 2), STAGE3=stage(4, 3), STAGE4=stage(3, 4), FINAL_CONV_KERNEL=1, PRETRAINED_LAYERS=["*"]
    )
    official = load(root / "lib/models/pose_hrnet.py")
    return official.PoseHighResolutionNet(dict(MODEL=dict(EXTRA=extra, NUM_JOINTS=17)))


def simple_baseline(root: Path, depth: int) -> nn.Module:
    extra = SimpleNamespace(NUM_LAYERS=depth, DECONV_WITH_BIAS=False, NUM_DECONV_LAYERS=3,
                            NUM_DECONV_FILTERS=[256] * 3, NUM_DECONV_KERNELS=[4] * 3, FINAL_CONV_KERNEL=1)  # fmt: skip
    model = SimpleNamespace(EXTRA=extra, NUM_JOINTS=17, STYLE="pytorch", INIT_WEIGHTS=False)
    return load(root / "lib/models/pose_resnet.py").get_pose_net(SimpleNamespace(MODEL=model), is_train=False)


class Backbone(nn.Module):
    """Body and pyramid of HRNet-FCOS, combined as in its ``build_hrnet_fpn_backbone``."""

    def __init__(self, root: Path, width: int, level_stride: int) -> None:
        super().__init__()
        folder = root / "maskrcnn_benchmark/modeling/backbone"

        def stage(modules: int, branches: int) -> dict[str, Any]:
            channels = tuple(width * 2**i for i in range(branches))
            return dict(num_modules=modules, num_branches=branches, num_blocks=(4,) * branches, num_channels=channels,
                        block="BASIC", fuse_method="SUM")  # fmt: skip

        first = dict(num_modules=1, num_branches=1, num_blocks=(4,), num_channels=(64,), block="BOTTLENECK")
        extra = dict(stage1=first, stage2=stage(1, 2), stage3=stage(4, 3), stage4=stage(3, 4))
        self.body = load(folder / "hrnet.py").HighResolutionNet(extra)
        channels = [width * 2**i for i in range(4)]
        self.fpn = load(folder / "hrfpn.py").HRFPN(channels, 256, conv_stride=level_stride)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.fpn(self.body(images))


def record(module: nn.Module, height: int, width: int) -> dict[str, Any]:
    module.eval()
    seeded.fill(module)
    images = seeded.seeded_images(2, height, width)
    with torch.no_grad():
        outputs = module(images)
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    return {
        "input": list(images.shape),
        "parameters": sum(p.numel() for p in module.parameters()),
        "tensors": len(module.state_dict()),
        "layout_sha256": seeded.layout_sha256(module),
        "shapes": [list(o.shape) for o in outputs],
        "samples": [seeded.sample(o, 96 if len(outputs) == 1 else 24) for o in outputs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("hrnet", "simple-baseline", "fcos"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    networks = {f"hrnet-w{w}": record(hrnet(args.hrnet, w), 64, 96) for w in (18, 32, 48)}
    for depth in (50, 101, 152):
        networks[f"simple-baseline-{depth}"] = record(simple_baseline(args.simple_baseline, depth), 64, 96)
    networks["fcos-w18"] = record(Backbone(args.fcos, 18, level_stride=2), 96, 128)
    networks["rcnn-w18"] = record(Backbone(args.fcos, 18, level_stride=1), 96, 128)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in networks.items())
    (HERE / "networks.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
