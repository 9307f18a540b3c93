"""torchvision's detectors with their COCO weights, loaded without executing any code in the file."""

from __future__ import annotations

from pathlib import Path

import torchvision
from torch import nn

from posetrack.errors import CheckpointError
from posetrack.models.hub import fetch_hub_file
from posetrack.models.weights_file import read_tensors


def load_torchvision_detector(name: str, weights: Path | None = None) -> nn.Module:
    """A torchvision detector for COCO's 91 classes.

    Args:
        name: such as ``fasterrcnn_resnet50_fpn_v2``.
        weights: a state dict of it; None = torchvision's COCO weights, from torch hub's cache or, the first
            time, downloaded into it.

    Raises:
        CheckpointError: the file cannot be read, holds code, or belongs to another network.
        DownloadError: the weights are not cached and cannot be downloaded; says where to put the file.

    Must equal: ``torchvision.models.get_model(name, weights="DEFAULT")``, which would unpickle the whole file
    (``tests/detection/test_torchvision_detectors.py``).
    """
    url: str = torchvision.models.get_model_weights(name).DEFAULT.url
    path = fetch_hub_file(url) if weights is None else weights
    module: nn.Module = torchvision.models.get_model(name, weights=None, weights_backbone=None)
    tensors = read_tensors(path)
    try:
        # torch's own loading, because the networks rename keys of older files.
        module.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"{path}: the weights belong to another network, expected those of torchvision's {name} with 91 classes "
            f"({reason} ...)"
        ) from None
    if name == "fasterrcnn_resnet50_fpn" and path.name == url.rsplit("/", 1)[1]:
        # These weights were trained with a batch-norm epsilon of 0; see torchvision's ``overwrite_eps``.
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = 0.0
    return module
