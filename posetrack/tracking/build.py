"""From the configuration to a tracker."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from posetrack.structures import FrameBoxes, FramePoses, Skeleton
from posetrack.tracking.config import AnyTrackerConfig, SimpleBaselineTrackerConfig
from posetrack.tracking.context import FrameContext
from posetrack.tracking.simple_baseline import SimpleBaselineTracker
from posetrack.tracking.tracker import Tracker


class AnyTracker(Protocol):
    """What the pipeline needs of a tracker; one for each sequence."""

    @property
    def num_tracks(self) -> int:
        """How many people have been given an id so far."""

    def update(self, poses: FramePoses, context: FrameContext = ...) -> FramePoses:
        """The next frame's poses with ids."""


@runtime_checkable
class ProposingTracker(AnyTracker, Protocol):
    """A tracker that adds boxes of its own to the detector's before the poses are estimated."""

    @property
    def proposes(self) -> bool:
        """Whether it does so; if not, the people of several frames may share a batch."""

    def propose(self, detected: FrameBoxes, context: FrameContext) -> FrameBoxes:
        """The detector's boxes and its own."""


def build_tracker(config: AnyTrackerConfig, skeleton: Skeleton) -> AnyTracker:
    """The tracker a configuration asks for, which has seen no frame yet."""
    if isinstance(config, SimpleBaselineTrackerConfig):
        return SimpleBaselineTracker(config, skeleton)
    return Tracker(config, skeleton)
