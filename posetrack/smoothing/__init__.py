"""Steadier poses over time: filters that know of gaps and of how sure each joint is."""

from posetrack.smoothing.config import (
    AutoConfig,
    ButterworthConfig,
    FilterConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    MirrorConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
)
from posetrack.smoothing.mirror import repair_swaps
from posetrack.smoothing.smooth import smooth, smooth_frames

__all__ = [
    "AutoConfig",
    "ButterworthConfig",
    "FilterConfig",
    "GaussianConfig",
    "KalmanConfig",
    "MedianConfig",
    "MirrorConfig",
    "NoSmoothingConfig",
    "OneEuroConfig",
    "SavitzkyGolayConfig",
    "SmoothingConfig",
    "repair_swaps",
    "smooth",
    "smooth_frames",
]
