"""The poses of a frame as a tracker sees them: plain arrays, since objects cost more than the arithmetic here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.geometry import joints_box
from posetrack.structures import FloatArray, FramePoses, IntArray


@dataclass(frozen=True, eq=False)
class Observed:
    """M poses of one frame.

    Attributes:
        rows: (M,) int64 where each stands in the frame's poses.
        scores: (M,) of the poses; those without a score count as 1.
        joints_xy: (M, K, 2); NaN = not there, or too unsure.
        joint_scores: (M, K); 0 where there is no joint, 1 for a joint without a score.
        boxes_xyxy: (M, 4); around the joints where there is no box, and without area where there are no joints.
        appearance: (M, D) unit vectors; D = 0 where nothing is known or wanted.
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
        """The poses that score at least ``pose_threshold``, without the joints that score less than theirs.

        Without ``appearance`` that of the poses is left out.
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
        """Those of the frame's poses that have an id (M,), in the frame's order, without their unsure joints."""
        kept = np.flatnonzero(ids >= 0)
        rows, there = self.rows[kept], ~np.isnan(self.joints_xy[kept, :, 0])
        visible = np.asarray(poses.joint_visible)[rows] & there
        return poses.select(rows, track_ids=ids[kept], joint_valid=there, joint_visible=visible)
