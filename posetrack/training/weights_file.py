"""The file of trained weights: fp16 safetensors with the recipe and validation result as metadata."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from posetrack.errors import CheckpointError
from posetrack.io.atomic import atomic_write
from posetrack.models.weights_file import read_metadata
from posetrack.training.config import DetectorRecipe, PoseRecipe


@dataclass(frozen=True)
class Look:
    """Result of a validation.

    Attributes:
        step: number of training steps done.
        measure: name of the metric in the log.
        value: higher is better.
    """

    step: int
    measure: str
    value: float


def write_weights(network: nn.Module, path: Path, recipe: PoseRecipe | DetectorRecipe, look: Look | None = None) -> Path:
    """Write weights with the recipe and validation result in the file's metadata; returns ``path``.

    Raises:
        CheckpointError: the weights are not finite in fp16; nothing is written.
    """
    metadata = {"recipe": json.dumps(asdict(recipe)), "torch": torch.__version__}
    if look is not None:
        metadata["look"] = json.dumps(asdict(look))
    state = finite_state(network, path)
    with atomic_write(path) as file:
        file.write(save(state, metadata))
    return path


def finite_state(network: nn.Module, path: Path) -> dict[str, Tensor]:
    """The fp16 tensors to write for a network.

    Raises:
        CheckpointError: a value is not finite in fp16; the error names ``path``.
    """
    state = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in network.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    for key, value in state.items():
        if not value.isfinite().all():
            raise CheckpointError(
                f"{path}: not written, {key} holds values that are not finite: the training has diverged; "
                "start over in another folder with a lower optimiser.lr"
            )
    return state


def read_look(path: Path) -> Look | None:
    """The validation result stored in a weights file; None if there is no file or it was not written by training."""
    try:
        return Look(**json.loads(read_metadata(path)["look"]))
    except (KeyError, TypeError, ValueError):
        return None
