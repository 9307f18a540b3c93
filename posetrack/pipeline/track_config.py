"""The part of a run's configuration that needs no network: tracking, linking and smoothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from posetrack.smoothing import AutoConfig, SmoothingConfig
from posetrack.tracking import AnyTrackerConfig, TrackerConfig
from posetrack.tracking.linking import GlobalLinkingConfig, LinkingConfig
from posetrack.tracking.target import TargetConfig

# Sections of a run's configuration file that do not concern tracking.
OTHER_SECTIONS = (
    "detector", "pose", "flow", "cuts", "camera", "output", "skeleton", "device", "batch_frames", "data_root",
    "image_fps",
)  # fmt: skip


@dataclass(frozen=True)
class TrackConfig:
    """How poses are tracked, linked and smoothed.

    Attributes:
        tracker: how poses are linked over time.
        linking: how tracks are repaired once all frames are known: ``none`` or ``global``.
        smoothing: how the joints of the tracks are smoothed afterwards.
        target: the one person to keep; null = all.
    """

    tracker: AnyTrackerConfig = field(default_factory=TrackerConfig)
    linking: LinkingConfig = field(default_factory=GlobalLinkingConfig)
    smoothing: SmoothingConfig = field(default_factory=AutoConfig)
    target: TargetConfig | None = None
