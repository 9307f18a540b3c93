"""Checks that every tracker applies to the next frame."""

from __future__ import annotations

from posetrack.structures import FramePoses, Skeleton


def check_next(poses: FramePoses, last_frame: int, skeleton: Skeleton) -> None:
    """Raise ValueError unless the frame is later than the last one and its poses use the tracker's skeleton."""
    if poses.frame_index <= last_frame:
        raise ValueError(
            f"frame {poses.frame_index} comes after frame {last_frame}: frames must go forward; use a new "
            "tracker for each video"
        )
    if poses.num_joints != skeleton.num_joints:
        raise ValueError(
            f"frame {poses.frame_index} has poses of {poses.num_joints} joints, expected "
            f"{skeleton.num_joints} ({skeleton.name})"
        )
