"""Weights and inputs that two implementations can generate independently: every value follows from a name.

Used by the tests and by ``tests/data/models/record_networks.py``, which runs beside the official code.
"""

from __future__ import annotations

import hashlib
import json
import zlib

import numpy as np
import torch
from torch import nn


def _random(name: str) -> np.random.RandomState:  # legacy generator, whose stream is frozen
    return np.random.RandomState(zlib.crc32(name.encode()))


def seeded_tensor(name: str, like: torch.Tensor) -> torch.Tensor:
    """Values for the state-dict entry ``name``, scaled to keep activations near 1."""
    random, shape = _random(name), tuple(like.shape)
    if name.endswith("num_batches_tracked"):
        values = np.ones(shape)
    elif name.endswith("running_var"):
        values = random.uniform(0.5, 1.5, shape)
    elif name.endswith(("running_mean", "bias")):
        values = random.standard_normal(shape) * 0.1
    elif like.ndim == 1:  # scale of a batch norm; small, because residual sums grow
        values = random.uniform(0.2, 0.6, shape)
    else:
        values = random.standard_normal(shape) * np.sqrt(2.0 / np.prod(shape[1:]))
    return torch.from_numpy(np.asarray(values)).to(like.dtype)


def fill(module: nn.Module) -> None:
    """Overwrite all weights and buffers of ``module``."""
    state = module.state_dict()
    module.load_state_dict({name: seeded_tensor(name, tensor) for name, tensor in state.items()})


def seeded_images(batch: int, height: int, width: int) -> torch.Tensor:
    """(B, 3, H, W) float32, roughly N(0, 1)."""
    return torch.from_numpy(_random("images").standard_normal((batch, 3, height, width)).astype(np.float32))


def layout(module: nn.Module) -> list[str]:
    """One line per state-dict entry, sorted: name, shape, dtype."""
    return sorted(f"{name} {tuple(t.shape)} {t.dtype}" for name, t in module.state_dict().items())


def layout_sha256(module: nn.Module) -> str:
    """Fingerprint of ``layout``."""
    return hashlib.sha256(json.dumps(layout(module)).encode()).hexdigest()


def sample(output: torch.Tensor, count: int = 96) -> list[float]:
    """``count`` values spread over a tensor, first and last included."""
    flat = output.detach().double().flatten()
    picked = torch.linspace(0, len(flat) - 1, count).round().long()
    return [float(f"{value:.9g}") for value in flat[picked].tolist()]
