"""Who is who over time: similarity, association and lifecycle, each a pure step."""

from posetrack.tracking.association import associate
from posetrack.tracking.config import TrackerConfig
from posetrack.tracking.similarity import iou_similarity, mixed_similarity, oks_similarity
from posetrack.tracking.tracker import Tracker, drop_joints

__all__ = [
    "Tracker",
    "TrackerConfig",
    "associate",
    "drop_joints",
    "iou_similarity",
    "mixed_similarity",
    "oks_similarity",
]
