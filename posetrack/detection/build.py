"""Build a detector from its configuration."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from posetrack.detection.config import (
    BundledDetectorConfig,
    DetectorConfig,
    FileDetectorConfig,
    TorchvisionDetectorConfig,
)
from posetrack.detection.detector import Detector
from posetrack.detection.from_file import open_boxes, open_ground_truth
from posetrack.detection.network import NetworkDetector
from posetrack.detection.torchvision_models import load_torchvision_detector
from posetrack.models import load_checkpoint
from posetrack.models.detectors import create_detector
from posetrack.models.fold import fold_norms
from posetrack.runtime import in_bf16

BUNDLED_WEIGHTS = "assets/weights/detector.safetensors"


def build_detector(config: DetectorConfig, device: str = "auto") -> Detector:
    """Build the configured detector with its weights loaded; one per sequence.

    Raises:
        CheckpointError, DownloadError: the weights cannot be loaded or downloaded.
        ConfigError: no such device.
        InputError: the file of boxes cannot be read.
    """
    if isinstance(config, BundledDetectorConfig):
        # min_size = max_size: only the limit on the long side takes effect.
        module = create_detector("fcos-hrnet-compact", min_size=config.max_size, max_size=config.max_size)
        load_checkpoint(module, Path(config.weights or str(resources.files("posetrack") / BUNDLED_WEIGHTS)))
        fold_norms(module)
        return NetworkDetector(module, config, device, bf16=in_bf16(config.bf16, device))
    if isinstance(config, TorchvisionDetectorConfig):
        weights = None if config.weights is None else Path(config.weights)
        return NetworkDetector(load_torchvision_detector(config.model, weights), config, device)
    if isinstance(config, FileDetectorConfig):
        return open_boxes(config)
    return open_ground_truth(config)
