"""Person detection: images in, boxes out, from networks, files or ground truth."""

from posetrack.detection.build import build_detector
from posetrack.detection.config import (
    BundledDetectorConfig,
    DetectorConfig,
    FileDetectorConfig,
    GroundTruthDetectorConfig,
    TorchvisionDetectorConfig,
)
from posetrack.detection.detector import Detector

__all__ = [
    "BundledDetectorConfig",
    "Detector",
    "DetectorConfig",
    "FileDetectorConfig",
    "GroundTruthDetectorConfig",
    "TorchvisionDetectorConfig",
    "build_detector",
]
