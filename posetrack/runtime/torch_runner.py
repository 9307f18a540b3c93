"""Run a network with PyTorch: numpy in, numpy out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from posetrack.runtime.device import resolve_device

Maps = npt.NDArray[np.float32]
Runner = Callable[[Maps], Maps]
"""Maps (N, 3, H, W) float32 to (N, K, H', W') float32: all the pose stage needs from a runtime."""


class TorchRunner:
    """A module on a device, in evaluation mode.

    The module is moved to the device in place and its weights are converted to the channels-last layout, which is
    faster for convolutions on both CPU and GPU. If it returns several outputs (one per stack), the last one is used.

    Args:
        module: maps (N, 3, H, W) to heatmaps.
        device: see ``resolve_device``.
        bf16: compute convolutions in bfloat16; the result is still float32.
    """

    def __init__(self, module: nn.Module, device: str = "auto", bf16: bool = False) -> None:
        self.device = resolve_device(device)
        self.bf16 = bf16
        self._module = module.eval().to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def __call__(self, batch: Maps) -> Maps:
        """Return heatmaps (N, K, H', W') float32 for a batch (N, 3, H, W) float32."""
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            images = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device)
            output = self._module(images.contiguous(memory_format=torch.channels_last))
            maps = output[-1] if isinstance(output, (list, tuple)) else output
            return np.ascontiguousarray(maps.float().cpu().numpy())
