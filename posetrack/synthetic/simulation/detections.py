"""Simulated output of a top-down pose estimator, with the other inputs a tracker may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posetrack.geometry import oks, suppress
from posetrack.structures import POSETRACK18, FloatArray, FramePoses, IntArray

RANDOM_FALSE = -1
FIRST_LASTING_FALSE = -2


@dataclass(frozen=True, eq=False)
class DetectedFrame:
    """The poses of one frame with their true identities and descriptors, and the camera motion.

    Attributes:
        poses: N poses without track ids.
        persons: (N,) int64 true identity of each pose: the ground-truth track id; ``RANDOM_FALSE`` for a short-lived
            false positive; ``FIRST_LASTING_FALSE`` and below for persistent false positives, one number each. A pose
            merged from two people has the nearer one's id. Duplicate detections repeat the id.
        appearance: (N, D) float64 unit vectors.
        camera: (2, 3) float64 estimated affine map of the background from the previous frame into this one.
    """

    poses: FramePoses
    persons: IntArray
    appearance: FloatArray
    camera: FloatArray

    def select(self, index: IntArray) -> DetectedFrame:
        """Keep the poses at ``index``."""
        return DetectedFrame(self.poses.select(index), self.persons[index], self.appearance[index], self.camera)

    def at_frame(self, frame_index: int, camera: FloatArray) -> DetectedFrame:
        """The same poses with another frame index and camera motion."""
        return DetectedFrame(self.poses.at_frame(frame_index), self.persons, self.appearance, camera)


def every_nth(frames: Sequence[DetectedFrame], every: int) -> list[DetectedFrame]:
    """Lower the frame rate: keep every n-th frame, renumber them, and chain the camera motion in between."""
    taken = []
    total = np.eye(3)
    for index, frame in enumerate(frames):
        total = np.concatenate([frame.camera, [[0.0, 0.0, 1.0]]]) @ total
        if index % every == 0:
            taken.append(frame.at_frame(index // every, total[:2]))
            total = np.eye(3)
    return taken


def without_doubles(frame: DetectedFrame, threshold: float) -> DetectedFrame:
    """Drop poses whose OKS with a higher-scoring one exceeds ``threshold`` (OKS-NMS); best first."""
    poses = frame.poses
    sides = poses.boxes_xyxy[:, 2:] - poses.boxes_xyxy[:, :2]
    area = np.maximum(sides.prod(axis=1), 1.0)
    alike = oks(poses.joints_xy, poses.joints_xy, (area[:, None] + area[None]) / 2.0, POSETRACK18.sigmas)
    return frame.select(suppress(alike, poses.scores, threshold))
