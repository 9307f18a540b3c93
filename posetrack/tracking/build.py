"""Build a tracker from its configuration."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from posetrack.structures import FrameBoxes, FramePoses, Skeleton
from posetrack.tracking.config import AnyTrackerConfig, SimpleBaselineTrackerConfig
from posetrack.tracking.context import FrameContext
from posetrack.tracking.simple_baseline import SimpleBaselineTracker
from posetrack.tracking.tracker import Tracker


class AnyTracker(Protocol):
    """What the pipeline needs from a tracker; one per sequence."""

    @property
    def num_tracks(self) -> int:
        """Number of ids assigned so far."""

    def update(self, poses: FramePoses, context: FrameContext = ...) -> FramePoses:
        """Return the next frame's poses with track ids."""


@runtime_checkable
class ProposingTracker(AnyTracker, Protocol):
    """A tracker that adds its own boxes to the detector's before poses are estimated."""

    @property
    def proposes(self) -> bool:
        """Whether it adds boxes; if not, the people of several frames may share a batch."""

    def propose(self, detected: FrameBoxes, context: FrameContext) -> FrameBoxes:
        """Return the detector's boxes together with the tracker's own."""


def build_tracker(config: AnyTrackerConfig, skeleton: Skeleton) -> AnyTracker:
    """Build the configured tracker; it has seen no frame yet."""
    if isinstance(config, SimpleBaselineTrackerConfig):
        return SimpleBaselineTracker(config, skeleton)
    return Tracker(config, skeleton)
