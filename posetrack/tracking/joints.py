"""Filtering of joints before poses are linked."""

from __future__ import annotations

from dataclasses import replace

from posetrack.structures import FramePoses


def drop_joints(poses: FramePoses, threshold: float) -> FramePoses:
    """Drop joints that score less than ``threshold``; joints without a score stay."""
    keep = poses.joint_valid & ~(poses.joint_scores < threshold)
    return replace(poses, joint_valid=keep, joint_visible=poses.joint_visible & keep)
