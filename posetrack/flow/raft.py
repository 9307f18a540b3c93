"""torchvision's RAFT, with weights loaded without executing any code in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn

from posetrack.errors import CheckpointError
from posetrack.models.hub import fetch_hub_file
from posetrack.models.weights_file import read_tensors
from posetrack.runtime import resolve_device
from posetrack.structures import FlowArray, ImageArray

STRIDE_PX = 8  # of the network's features; image sides must be multiples of it
MIN_SIDE_PX = 128  # the coarsest of its four correlation levels must be at least 2x2


def load_raft(name: str, weights: Path | None = None) -> nn.Module:
    """Load torchvision's RAFT for inference.

    Args:
        name: ``raft_large`` or ``raft_small``.
        weights: a state dict of it; None = torchvision's default weights, from torch hub's cache or, the first time,
            downloaded into it.

    Raises:
        CheckpointError: the file cannot be read, holds code, or belongs to another network.
        DownloadError: the weights are not cached and cannot be downloaded; says where to put the file.
    """
    if weights is None:
        weights = fetch_hub_file(torchvision.models.get_model_weights(name).DEFAULT.url)
    module: nn.Module = torchvision.models.get_model(name, weights=None)
    try:
        module.load_state_dict(read_tensors(weights))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"{weights}: the weights belong to another network, expected those of torchvision's {name} ({reason} ...)"
        ) from None
    return module.eval()


class RaftMethod:
    """Runs RAFT on a pair of images.

    Args:
        module: torchvision's RAFT.
        updates: number of refinement iterations.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<number>``.

    Source: Teed and Deng 2020, RAFT; inputs scaled to -1..1 as in torchvision's ``OpticalFlow`` preset.
    """

    def __init__(self, module: nn.Module, updates: int, device: str = "auto") -> None:
        self._device = resolve_device(device)
        self._module = module.eval().to(self._device)
        self._updates = updates

    def __call__(self, previous: ImageArray, current: ImageArray) -> FlowArray:
        """See ``DisplacementMethod``; sides too short or not multiples of 8 are padded at the right and bottom."""
        height, width = previous.shape[:2]
        with torch.inference_mode():
            flow = self._module(self._input(previous), self._input(current), num_flow_updates=self._updates)[-1]
            found = flow[0, :, :height, :width].permute(1, 2, 0).float().cpu().numpy()
        return np.ascontiguousarray(found)

    def _input(self, image: ImageArray) -> torch.Tensor:
        """The (1, 3, H', W') input tensor of an image."""
        pixels = torch.tensor(image).to(self._device).permute(2, 0, 1).float()[None] / 127.5 - 1
        height, width = image.shape[:2]
        down, right = (max(-(-side // STRIDE_PX) * STRIDE_PX, MIN_SIDE_PX) - side for side in (height, width))
        return nn.functional.pad(pixels, (0, right, 0, down), mode="replicate")
