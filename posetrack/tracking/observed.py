"""The poses of a frame as plain arrays for the tracker: objects would cost more than the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.geometry import joints_box
from posetrack.structures import FloatArray, FramePoses, IntArray


@dataclass(frozen=True, eq=False)
class Observed:
    """M poses of one frame.

    Attributes:
        rows: (M,) int64 row of each in the frame's poses.
        scores: (M,) pose scores; 1 for poses without a score.
        joints_xy: (M, K, 2); NaN = missing or below the threshold.
        joint_scores: (M, K); 0 where there is no joint, 1 for a joint without a score.
        boxes_xyxy: (M, 4); the box around the joints where none is given; zero area if there are no joints either.
        appearance: (M, D) unit vectors; D = 0 if unknown or unwanted.
    """

    rows: IntArray
    scores: FloatArray
    joints_xy: FloatArray
    joint_scores: FloatArray
    boxes_xyxy: FloatArray
    appearance: FloatArray

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, poses: FramePoses, pose_threshold: float, joint_threshold: float, *, appearance: bool = True) -> Observed:
        """The poses that score at least ``pose_threshold``, without joints that score less than ``joint_threshold``.

        With ``appearance`` false, appearance descriptors are left out.
        """
        scores = np.where(np.isnan(poses.scores), 1.0, poses.scores)
        rows = np.flatnonzero(scores >= pose_threshold)
        there = poses.joint_valid[rows] & np.asarray(~(poses.joint_scores[rows] < joint_threshold))
        joints = np.where(there[..., None], poses.joints_xy[rows], np.nan)
        known = np.nan_to_num(poses.joint_scores[rows], nan=1.0)
        boxes = poses.boxes_xyxy[rows]
        missing = np.asarray(np.isnan(boxes).any(axis=1))
        if missing.any():
            boxes = np.where(missing[:, None], np.nan_to_num(joints_box(joints, there)), boxes)
        looks = poses.looks[rows] if appearance else np.zeros((len(rows), 0))
        return cls(rows, scores[rows], joints, np.where(there, known, 0.0), boxes, looks)

    def select(self, index: np.ndarray) -> Observed:
        """The poses at ``index`` (integers or a mask), in that order."""
        return Observed(
            self.rows[index], self.scores[index], self.joints_xy[index], self.joint_scores[index],
            self.boxes_xyxy[index], self.appearance[index],
        )  # fmt: skip

    def tracked(self, poses: FramePoses, ids: IntArray) -> FramePoses:
        """The frame's poses with an id (M,), in the frame's order, without dropped joints; id -1 = none."""
        kept = np.flatnonzero(ids >= 0)
        rows, there = self.rows[kept], ~np.isnan(self.joints_xy[kept, :, 0])
        visible = np.asarray(poses.joint_visible)[rows] & there
        return poses.select(rows, track_ids=ids[kept], joint_valid=there, joint_visible=visible)
