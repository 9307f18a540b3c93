"""Networks against outputs recorded from the official code (tests/data/models/record_networks.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from seeded_weights import fill, layout_sha256, sample, seeded_images
from torch import nn

from posetrack.errors import ConfigError
from posetrack.models import (
    HRNET_COMPACT,
    HRNet,
    HRNetConfig,
    SimpleBaseline,
    create,
    create_fcos_backbone,
    create_rcnn_backbone,
)

RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data/models/networks.json").read_text())
RELATIVE = 1e-5  # tolerance relative to the largest output value


def build(name: str) -> nn.Module:
    if name == "fcos-w18":
        return create_fcos_backbone(HRNetConfig(width=18))
    if name == "rcnn-w18":
        return create_rcnn_backbone(HRNetConfig(width=18))
    return create(name)


def count_macs(module: nn.Module, height: int, width: int) -> int:
    """Multiply-accumulates of all convolutions for one image."""
    total = 0

    def add(layer: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        nonlocal total
        grid = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
        total += grid.numel() * layer.weight[0].numel()

    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    hooks = [layer.register_forward_hook(add) for layer in layers]
    with torch.no_grad():
        module.eval()(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return total


def check_output(name: str) -> None:
    expected = RECORDED[name]
    module = build(name).eval()
    fill(module)
    with torch.no_grad():
        outputs = module(seeded_images(*(expected["input"][i] for i in (0, 2, 3))))
    outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs.values())
    assert [list(o.shape) for o in outputs] == expected["shapes"]
    for output, values in zip(outputs, expected["samples"], strict=True):
        found, wanted = torch.tensor(sample(output, len(values))), torch.tensor(values)
        assert wanted.abs().max() > 0.1  # outputs near zero would prove nothing
        assert (found - wanted).abs().max() <= RELATIVE * wanted.abs().max()


@pytest.mark.parametrize("name", RECORDED)
def test_same_layout_as_the_official(name: str) -> None:
    with torch.device("meta"):
        module = build(name)
    assert sum(p.numel() for p in module.parameters()) == RECORDED[name]["parameters"]
    assert len(module.state_dict()) == RECORDED[name]["tensors"]
    assert layout_sha256(module) == RECORDED[name]["layout_sha256"]


@pytest.mark.parametrize("name", ["hrnet-w18", "hrnet-w32", "simple-baseline-50", "fcos-w18", "rcnn-w18"])
def test_same_output_as_the_official(name: str) -> None:
    check_output(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hrnet-w48", "simple-baseline-101", "simple-baseline-152"])
def test_same_output_as_the_official_large(name: str) -> None:
    check_output(name)


@pytest.mark.parametrize("name", ["hrnet-w32", "hrnet-w48"])
def test_number_of_layers(name: str) -> None:
    with torch.device("meta"):
        modules = list(create(name).modules())
    assert sum(isinstance(m, nn.Conv2d) for m in modules) == 293
    assert sum(isinstance(m, nn.BatchNorm2d) for m in modules) == 292


@pytest.mark.parametrize(
    ("name", "height", "width", "gmacs"),
    [("hrnet-w32", 256, 192, 7.645), ("simple-baseline-50", 256, 192, 5.426), ("hrnet-compact", 128, 96, 0.186),
     ("hrnet-small", 128, 96, 0.345)],
)
def test_multiplications(name: str, height: int, width: int, gmacs: float) -> None:
    assert count_macs(create(name), height, width) / 1e9 == pytest.approx(gmacs, abs=5e-4)


@pytest.mark.parametrize(("name", "size"), [("hrnet-compact", 2_484_257), ("hrnet-small", 4_797_073), ("hrnet-medium", 6_656_017)])
def test_size_of_the_small_ones(name: str, size: int) -> None:
    assert sum(p.numel() for p in create(name).parameters()) == size


def test_the_last_layer_of_the_bundled_network_can_tell_all_joints_apart() -> None:
    """A linear layer can separate at most as many heatmaps as it has input channels, less one for the background."""
    layer = create("hrnet-medium").final_layer
    assert layer.in_channels > layer.out_channels


def test_hrnet_init_is_the_official() -> None:
    torch.manual_seed(0)
    module = HRNet(HRNetConfig(width=8, stage_modules=(1, 1, 1), blocks=1))
    weights = torch.cat([m.weight.flatten() for m in module.modules() if isinstance(m, nn.Conv2d)])
    assert weights.std().item() == pytest.approx(0.001, rel=0.01)
    assert module.final_layer.bias is not None and not module.final_layer.bias.any()
    assert all(m.weight.eq(1).all() and m.bias.eq(0).all() for m in module.modules() if isinstance(m, nn.BatchNorm2d))


def test_simple_baseline_init_is_the_official() -> None:
    torch.manual_seed(0)
    module = SimpleBaseline(50)
    for layer in (module.deconv_layers[0], module.deconv_layers[6], module.final_layer):
        assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
        assert layer.weight.std().item() == pytest.approx(0.001, rel=0.05)
    assert module.final_layer.bias is not None and not module.final_layer.bias.any()


@pytest.mark.parametrize(("height", "width"), [(192, 144), (36, 52)])
def test_sides_that_are_no_multiple_of_32(height: int, width: int) -> None:
    heatmaps = create("hrnet-compact", num_joints=15).eval()(torch.zeros(1, 3, height, width))
    assert heatmaps.shape == (1, 15, height // 4, width // 4)


def test_width_of_the_stem_needs_no_transition() -> None:
    network = HRNet(HRNetConfig(width=16, stage_modules=(1, 1, 1), blocks=1, stem_width=4, stem_blocks=1), 5)
    assert not any(name.startswith("transition1.0.") for name in network.state_dict())  # as in the official code
    assert network.eval()(torch.zeros(1, 3, 64, 32)).shape == (1, 5, 16, 8)


def test_input_is_left_alone() -> None:
    images = seeded_images(1, 64, 64)
    before = images.clone()
    create("hrnet-compact").eval()(images)
    assert torch.equal(images, before)


def test_gradients_reach_every_weight() -> None:
    for module in (create("hrnet-compact"), create_fcos_backbone(HRNET_COMPACT, out_channels=16)):
        outputs = module(seeded_images(2, 128, 128))
        tensors = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs.values())
        sum(t.square().sum() for t in tensors).backward()  # type: ignore[union-attr]
        assert [n for n, p in module.named_parameters() if p.grad is None] == []


def test_pyramid_levels() -> None:
    backbone = create_fcos_backbone(HRNET_COMPACT, out_channels=64).eval()
    levels = backbone(torch.zeros(1, 3, 256, 384))
    assert backbone.out_channels == 64
    assert list(levels) == ["0", "1", "2", "3", "4"]
    assert [256 // level.shape[2] for level in levels.values()] == list(backbone.strides) == [8, 16, 32, 64, 128]
    assert create_rcnn_backbone(HRNET_COMPACT).strides == (4, 8, 16, 32, 64)


def test_pyramid_of_an_image_smaller_than_a_window() -> None:
    levels = create_rcnn_backbone(HRNET_COMPACT, out_channels=8).eval()(torch.zeros(1, 3, 32, 96))
    assert [tuple(level.shape[2:]) for level in levels.values()] == [(8, 24), (4, 12), (2, 6), (1, 3), (1, 2)]


@pytest.mark.parametrize("name", ["hrnet-w0", "hrnet", "simple-baseline-18", "HRNET-w32 ", ""])
def test_unknown_name(name: str) -> None:
    with pytest.raises(ConfigError, match=r"known: hrnet-w32, hrnet-w48"):
        create(name)


def test_no_joints() -> None:
    with pytest.raises(ConfigError, match="num_joints is 0"):
        create("hrnet-w32", num_joints=0)
