"""Folding batch norms does not change a network's output."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from posetrack.models import create
from posetrack.models.detectors import create_detector
from posetrack.models.fold import fold_norms


def lived_in(module: nn.Module) -> nn.Module:
    """Give the norms non-trivial parameters, as in trained networks."""
    torch.manual_seed(0)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, std=0.1)
            nn.init.normal_(norm.running_mean, std=0.1)  # type: ignore[arg-type]
            nn.init.uniform_(norm.running_var, 0.5, 1.5)  # type: ignore[arg-type]
        elif isinstance(norm, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(norm.weight)
    return module.eval()


def norms(module: nn.Module) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in module.modules())


@pytest.mark.parametrize("name", ["hrnet-w8", "hrnet-small", "simple-baseline-50"])
def test_a_folded_pose_network_gives_the_same_heatmaps(name: str) -> None:
    network = lived_in(create(name))
    images = torch.randn(2, 3, 64, 96)
    with torch.inference_mode():
        expected = network(images)
        fold_norms(network)
        found = network(images)
    assert norms(network) == 0 and float(expected.abs().max()) > 0
    torch.testing.assert_close(found, expected, atol=1e-4 * float(expected.abs().max()), rtol=0)


def test_a_folded_detector_gives_the_same_maps() -> None:
    body = lived_in(create_detector("fcos-hrnet-compact")).backbone
    images = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        expected = body(images)
        fold_norms(body)
        found = body(images)
    assert norms(body) == 0 and found.keys() == expected.keys()
    for level, maps in expected.items():
        torch.testing.assert_close(found[level], maps, atol=1e-4 * float(maps.abs().max()), rtol=0)


def test_a_norm_that_stands_elsewhere_stays() -> None:
    network = lived_in(nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 1), nn.ReLU(), nn.BatchNorm2d(4)))
    images = torch.randn(1, 3, 8, 8)
    expected = network(images)
    fold_norms(network)
    assert norms(network) == 2
    torch.testing.assert_close(network(images), expected)
