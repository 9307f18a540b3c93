"""Smoothing of poses over time, with filters that handle gaps and joint scores."""

from posetrack.smoothing.candidates import choose_candidates
from posetrack.smoothing.config import (
    AutoConfig,
    ButterworthConfig,
    CandidatesConfig,
    FilterConfig,
    FixedLagConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    MirrorConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    OnlineConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
)
from posetrack.smoothing.mirror import repair_swaps
from posetrack.smoothing.online import OnlineSmoother
from posetrack.smoothing.smooth import smooth, smooth_frames

__all__ = [
    "AutoConfig",
    "ButterworthConfig",
    "CandidatesConfig",
    "FilterConfig",
    "FixedLagConfig",
    "GaussianConfig",
    "KalmanConfig",
    "MedianConfig",
    "MirrorConfig",
    "NoSmoothingConfig",
    "OneEuroConfig",
    "OnlineConfig",
    "OnlineSmoother",
    "SavitzkyGolayConfig",
    "SmoothingConfig",
    "choose_candidates",
    "repair_swaps",
    "smooth",
    "smooth_frames",
]
