"""The configuration of a run: one section per stage."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from posetrack.detection import BundledDetectorConfig, DetectorConfig
from posetrack.flow import CameraConfig, CutConfig, FlowConfig, LucasKanadeFlowConfig
from posetrack.pipeline.overlay import TRAIL_FRAMES
from posetrack.pipeline.track_config import TrackConfig
from posetrack.pose import PoseConfig
from posetrack.smoothing import AutoConfig, SmoothingConfig
from posetrack.structures import get_skeleton
from posetrack.tracking import AnyTrackerConfig, TrackerConfig
from posetrack.tracking.linking import GlobalLinkingConfig, LinkingConfig
from posetrack.tracking.target import TargetConfig


@dataclass(frozen=True)
class OutputConfig:
    """What is written.

    Attributes:
        format: format of ``poses.json``. The official evaluator reads ``posetrack18`` for sequences with a PoseTrack
            name (``003418_mpii_test``) and ``posetrack17`` for any name.
        overlay: draw ``overlay.mp4``.
        trail_frames: length of the trail behind each person, in frames.
        journal: write ``journal.jsonl``, the networks' output, so that ``posetrack track`` can track again without
            them.
    """

    format: Literal["posetrack18", "posetrack17"] = "posetrack18"
    overlay: bool = True
    trail_frames: int = TRAIL_FRAMES
    journal: bool = True

    def __post_init__(self) -> None:
        if self.trail_frames < 0:
            raise ValueError(f"trail_frames is {self.trail_frames}, expected 0 or more")


@dataclass(frozen=True)
class RunConfig:
    """Everything a run depends on besides its input.

    Attributes:
        detector: where the boxes come from.
        pose: the network that finds the joints.
        tracker: how poses are linked over time.
        flow: optical flow, for trackers that need it (``simple_baseline``).
        cuts: where a new shot begins, which ends all tracks; null = the video is one shot.
        camera: camera motion, compensated for before people are matched; null = static camera.
        linking: how tracks are corrected once all frames are known: ``none`` or ``global``.
        smoothing: how the joints of the tracks are smoothed afterwards.
        target: the one person to follow; null = all.
        output: what is written.
        skeleton: joints of ``poses.json``: ``posetrack18``, ``posetrack17``, ``coco``, ``mpii``; null = the model's.
        device: ``auto`` (CUDA if available), ``cpu``, ``cuda``, ``cuda:1``.
        batch_frames: frames processed together; more is faster and takes more memory.
        data_root: folder with the images of a PoseTrack sequence; null = located from the JSON.
        image_fps: frame rate of images, which have no clock: for the overlay, the smoothing and the times in
            ``poses.json``; null = unknown: 25 is assumed and no times are written.
    """

    detector: DetectorConfig = field(default_factory=BundledDetectorConfig)
    pose: PoseConfig = field(default_factory=PoseConfig)
    tracker: AnyTrackerConfig = field(default_factory=TrackerConfig)
    flow: FlowConfig = field(default_factory=LucasKanadeFlowConfig)
    cuts: CutConfig | None = field(default_factory=CutConfig)
    camera: CameraConfig | None = None
    linking: LinkingConfig = field(default_factory=GlobalLinkingConfig)
    smoothing: SmoothingConfig = field(default_factory=AutoConfig)
    target: TargetConfig | None = None
    output: OutputConfig = field(default_factory=OutputConfig)
    skeleton: str | None = None
    device: str = "auto"
    batch_frames: int = 8
    data_root: str | None = None
    image_fps: float | None = None

    def __post_init__(self) -> None:
        if self.batch_frames < 1:
            raise ValueError(f"batch_frames is {self.batch_frames}, expected 1 or more")
        if self.image_fps is not None and not 0 < self.image_fps < math.inf:
            raise ValueError(f"image_fps is {self.image_fps}, expected a number above 0, or null")
        if self.skeleton is not None:
            get_skeleton(self.skeleton)

    @property
    def tracking(self) -> TrackConfig:
        """The part that needs no network."""
        return TrackConfig(self.tracker, self.linking, self.smoothing, self.target)
