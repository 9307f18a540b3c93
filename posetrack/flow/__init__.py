"""Motion between two images: optical flow at the joints, camera motion, cuts."""

from posetrack.flow.build import build_flow
from posetrack.flow.camera import CameraMotion, estimate_camera_motion
from posetrack.flow.config import (
    CameraConfig,
    CutConfig,
    DisFlowConfig,
    FarnebackFlowConfig,
    FileFlowConfig,
    FlowConfig,
    LucasKanadeFlowConfig,
    RaftFlowConfig,
)
from posetrack.flow.cuts import frame_likeness, mark_cuts
from posetrack.flow.files import read_flow, write_flow
from posetrack.flow.point_flow import Carry, PointFlow
from posetrack.flow.warp import warp_joints

__all__ = [
    "CameraConfig",
    "CameraMotion",
    "Carry",
    "CutConfig",
    "DisFlowConfig",
    "FarnebackFlowConfig",
    "FileFlowConfig",
    "FlowConfig",
    "LucasKanadeFlowConfig",
    "PointFlow",
    "RaftFlowConfig",
    "build_flow",
    "estimate_camera_motion",
    "frame_likeness",
    "mark_cuts",
    "read_flow",
    "warp_joints",
    "write_flow",
]
