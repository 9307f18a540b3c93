"""From the configuration to a detector."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from urllib.error import URLError

import torch
import torchvision
from torch import nn

from posetrack.detection.config import (
    BundledDetectorConfig,
    DetectorConfig,
    FileDetectorConfig,
    TorchvisionDetectorConfig,
)
from posetrack.detection.detector import Detector
from posetrack.detection.from_file import open_boxes, open_ground_truth
from posetrack.detection.network import NetworkDetector
from posetrack.errors import DownloadError
from posetrack.models import load_checkpoint
from posetrack.models.detectors import create_detector

BUNDLED_WEIGHTS = "assets/weights/detector_drawn.safetensors"


def build_detector(config: DetectorConfig, device: str = "auto") -> Detector:
    """The detector a configuration asks for, its weights loaded.

    Raises:
        CheckpointError, DownloadError: the weights cannot be had.
        InputError: the file of boxes cannot be read.
    """
    if isinstance(config, BundledDetectorConfig):
        # The short side follows from the long one: only max_size binds.
        module = create_detector("fcos-hrnet-compact", min_size=config.max_size, max_size=config.max_size)
        load_checkpoint(module, Path(config.weights or str(resources.files("posetrack") / BUNDLED_WEIGHTS)))
        return NetworkDetector(module, config, device)
    if isinstance(config, TorchvisionDetectorConfig):
        return NetworkDetector(_torchvision(config), config, device)
    if isinstance(config, FileDetectorConfig):
        return open_boxes(config)
    return open_ground_truth(config)


def _torchvision(config: TorchvisionDetectorConfig) -> nn.Module:
    if config.weights is not None:
        module: nn.Module = torchvision.models.get_model(config.model, weights=None, weights_backbone=None)
        load_checkpoint(module, Path(config.weights))
        return module
    weights = torchvision.models.get_model_weights(config.model).DEFAULT
    try:
        return torchvision.models.get_model(config.model, weights=weights)  # type: ignore[no-any-return]
    except (URLError, OSError, RuntimeError) as error:
        folder = Path(torch.hub.get_dir()) / "checkpoints"
        raise DownloadError(
            f"{weights.url}: the weights of {config.model} cannot be downloaded ({error}); fetch that file elsewhere "
            f"and put it into {folder}, or name it with detector.weights=FILE"
        ) from error
