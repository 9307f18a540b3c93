"""The part of a run's configuration that needs no network: who is who."""

from __future__ import annotations

from dataclasses import dataclass, field

from posetrack.smoothing import AutoConfig, SmoothingConfig
from posetrack.tracking import AnyTrackerConfig, TrackerConfig
from posetrack.tracking.linking import GlobalLinkingConfig, LinkingConfig
from posetrack.tracking.target import TargetConfig

# Sections of a run's file that say nothing of who is who.
OTHER_SECTIONS = (
    "detector", "pose", "flow", "cuts", "camera", "output", "skeleton", "device", "batch_frames", "data_root",
    "image_fps",
)  # fmt: skip


@dataclass(frozen=True)
class TrackConfig:
    """How poses are linked over time.

    Attributes:
        tracker: how poses are linked over time.
        linking: how tracks are mended once all frames are known: ``none`` or ``global``.
        smoothing: how the joints of the tracks are steadied afterwards.
        target: the one person who is wanted; null = all.
    """

    tracker: AnyTrackerConfig = field(default_factory=TrackerConfig)
    linking: LinkingConfig = field(default_factory=GlobalLinkingConfig)
    smoothing: SmoothingConfig = field(default_factory=AutoConfig)
    target: TargetConfig | None = None
