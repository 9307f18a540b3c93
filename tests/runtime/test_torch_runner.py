"""The torch runner returns the module's output as numpy arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from posetrack.errors import ConfigError
from posetrack.models import create
from posetrack.runtime import TorchRunner, in_bf16, resolve_device

BATCH = np.random.RandomState(0).normal(0, 1, (3, 3, 64, 48)).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    module = create("hrnet-compact", 17)
    for layer in module.modules():  # scale the maps so that a difference shows
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    return module.eval()


def test_it_gives_what_the_module_gives(network: nn.Module) -> None:
    with torch.no_grad():
        expected = network(torch.from_numpy(BATCH)).numpy()
    before = BATCH.copy()
    found = TorchRunner(network, "cpu")(BATCH)
    assert found.dtype == np.float32 and found.shape == (3, 17, 16, 12) and found.flags.c_contiguous
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_array_equal(BATCH, before)


def test_a_batch_is_its_crops_one_by_one(network: nn.Module) -> None:
    runner = TorchRunner(network, "cpu")
    together = runner(BATCH)
    alone = np.concatenate([runner(BATCH[n : n + 1]) for n in range(3)])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5 * np.abs(alone).max())


def test_bfloat16_is_near_and_comes_back_as_float32(network: nn.Module) -> None:
    exact, near = TorchRunner(network, "cpu")(BATCH), TorchRunner(network, "cpu", bf16=True)(BATCH)
    assert near.dtype == np.float32
    error = np.abs(near - exact).max() / np.abs(exact).max()
    assert 0 < error < 0.05


def test_bfloat16_unless_told_is_for_processors_that_are_faster_in_it() -> None:
    words = Path("/proc/cpuinfo").read_text().split() if Path("/proc/cpuinfo").exists() else []
    amd = "avx512_bf16" in words and "GenuineIntel" not in words
    assert in_bf16(None, "cpu") == (amd or "amx_bf16" in words)
    assert in_bf16(True, "cpu") and not in_bf16(False, "cpu")


def test_mirrored_views_are_taken(network: nn.Module) -> None:
    runner = TorchRunner(network, "cpu")
    np.testing.assert_array_equal(runner(BATCH[..., ::-1]), runner(BATCH[..., ::-1].copy()))


def test_the_last_of_several_outputs_counts_and_dropout_is_off() -> None:
    class Stacked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(0.5)

        def forward(self, x: Tensor) -> list[Tensor]:
            return [x, self.drop(x + 1)]

    np.testing.assert_array_equal(TorchRunner(Stacked(), "cpu")(BATCH), BATCH + 1)


def test_devices() -> None:
    assert resolve_device("cpu").type == "cpu"
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    for name in ("gpu", "cuda:99", ""):
        with pytest.raises(ConfigError, match="expected auto or one of cpu"):
            resolve_device(name)
