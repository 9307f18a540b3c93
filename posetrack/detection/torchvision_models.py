"""torchvision's detectors with their COCO weights, read without running anything that is in the file."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path

import torch
import torchvision
from torch import nn

from posetrack.errors import CheckpointError, DownloadError
from posetrack.models.weights_file import read_tensors


def load_torchvision_detector(name: str, weights: Path | None = None) -> nn.Module:
    """A detector of torchvision for COCO's 91 classes.

    Args:
        name: such as ``fasterrcnn_resnet50_fpn_v2``.
        weights: a state dict of it; None = torchvision's COCO weights, from torch hub's cache or, the first
            time, downloaded into it.

    Raises:
        CheckpointError: the file cannot be read, holds code, or belongs to another network.
        DownloadError: the weights are neither in the cache nor to be had.

    Must equal: ``torchvision.models.get_model(name, weights="DEFAULT")``, which would unpickle the file with all
    that is in it (``tests/detection/test_torchvision_detectors.py``).
    """
    url: str = torchvision.models.get_model_weights(name).DEFAULT.url
    path = _fetched(name, url) if weights is None else weights
    module: nn.Module = torchvision.models.get_model(name, weights=None, weights_backbone=None)
    tensors = read_tensors(path)
    try:
        # torch's own loading, since the networks rename what older files hold.
        module.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"{path}: the weights belong to another network, expected those of torchvision's {name} with 91 classes "
            f"({reason} ...)"
        ) from None
    if name == "fasterrcnn_resnet50_fpn" and path.name == _file_name(url):
        # These weights were trained with batch norms without epsilon: torchvision's ``overwrite_eps``.
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = 0.0
    return module


def _fetched(name: str, url: str) -> Path:
    """The weights file in torch hub's cache, downloaded if need be."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / _file_name(url)
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The name ends in the first digits of the content's SHA-256.
        torch.hub.download_url_to_file(url, str(path), hash_prefix=path.stem.rsplit("-", 1)[1])
    except (OSError, HTTPException, RuntimeError) as error:
        raise DownloadError(
            f"{url}: the weights of {name} cannot be downloaded ({error}); fetch that file elsewhere and put it into "
            f"{path.parent}, or name it with detector.weights=FILE"
        ) from error
    return path


def _file_name(url: str) -> str:
    return url.rsplit("/", 1)[1]
