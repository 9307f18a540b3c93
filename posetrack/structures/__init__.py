"""Types passed between the stages: numpy only, immutable."""

from posetrack.structures.columns import ColumnFrames, PoseColumns
from posetrack.structures.flow import FlowArray, FlowField
from posetrack.structures.frame import Frame, ImageArray
from posetrack.structures.poses import NO_TRACK, FrameBoxes, FramePoses, Origin, TrackedPose, concatenate
from posetrack.structures.sequence import SequenceInfo, SequencePoses
from posetrack.structures.skeleton import (
    COCO,
    MPII,
    POSETRACK17,
    POSETRACK18,
    SKELETONS,
    BoolArray,
    FloatArray,
    IntArray,
    Skeleton,
    get_skeleton,
    joint_map,
)

__all__ = [
    "COCO",
    "MPII",
    "NO_TRACK",
    "POSETRACK17",
    "POSETRACK18",
    "SKELETONS",
    "BoolArray",
    "ColumnFrames",
    "FloatArray",
    "FlowArray",
    "FlowField",
    "Frame",
    "FrameBoxes",
    "FramePoses",
    "ImageArray",
    "IntArray",
    "Origin",
    "PoseColumns",
    "SequenceInfo",
    "SequencePoses",
    "Skeleton",
    "TrackedPose",
    "concatenate",
    "get_skeleton",
    "joint_map",
]
