"""Tracking people over time: similarity, association and lifecycle, each a pure step."""

from posetrack.tracking.association import associate
from posetrack.tracking.build import AnyTracker, ProposingTracker, build_tracker
from posetrack.tracking.config import AnyTrackerConfig, SimpleBaselineTrackerConfig, TrackerConfig
from posetrack.tracking.context import Carry, FrameContext
from posetrack.tracking.joints import drop_joints
from posetrack.tracking.similarity import iou_similarity, oks_similarity
from posetrack.tracking.simple_baseline import SimpleBaselineTracker
from posetrack.tracking.tracker import Tracker

__all__ = [
    "AnyTracker",
    "AnyTrackerConfig",
    "Carry",
    "FrameContext",
    "ProposingTracker",
    "SimpleBaselineTracker",
    "SimpleBaselineTrackerConfig",
    "Tracker",
    "TrackerConfig",
    "associate",
    "build_tracker",
    "drop_joints",
    "iou_similarity",
    "oks_similarity",
]
