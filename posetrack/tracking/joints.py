"""What is done to the joints of poses before they are linked."""

from __future__ import annotations

from dataclasses import replace

from posetrack.structures import FramePoses


def drop_joints(poses: FramePoses, threshold: float) -> FramePoses:
    """The poses without the joints that score less; a joint without a score stays."""
    keep = poses.joint_valid & ~(poses.joint_scores < threshold)
    return replace(poses, joint_valid=keep, joint_visible=poses.joint_visible & keep)
