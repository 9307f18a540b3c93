"""What a top-down pose estimator would give for a simulated sequence, and what else a tracker may be told."""

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
    """The poses of one frame and, row by row, what belongs to them.

    Attributes:
        poses: N poses without track ids.
        persons: (N,) int64 whom each pose is of: the track id of the ground truth; ``RANDOM_FALSE``, a false person
            that comes and goes; ``FIRST_LASTING_FALSE`` and below, one that stays, each with its own number. A pose
            made of two people counts as the nearer one's. A person found twice is there twice.
        appearance: (N, D) float64 unit vectors.
        camera: (2, 3) float64 estimated affine map of the background from the frame before into this one.
    """

    poses: FramePoses
    persons: IntArray
    appearance: FloatArray
    camera: FloatArray

    def select(self, index: IntArray) -> DetectedFrame:
        """The poses at ``index`` and what belongs to them."""
        return DetectedFrame(self.poses.select(index), self.persons[index], self.appearance[index], self.camera)

    def at_frame(self, frame_index: int, camera: FloatArray) -> DetectedFrame:
        """The same, said to be of another frame that the camera came to differently."""
        return DetectedFrame(self.poses.at_frame(frame_index), self.persons, self.appearance, camera)


def every_nth(frames: Sequence[DetectedFrame], every: int) -> list[DetectedFrame]:
    """A lower frame rate: every n-th frame, numbered anew, with the camera's motion between them put together."""
    taken = []
    total = np.eye(3)
    for index, frame in enumerate(frames):
        total = np.concatenate([frame.camera, [[0.0, 0.0, 1.0]]]) @ total
        if index % every == 0:
            taken.append(frame.at_frame(index // every, total[:2]))
            total = np.eye(3)
    return taken


def without_doubles(frame: DetectedFrame, threshold: float) -> DetectedFrame:
    """Without poses that are alike (OKS) to a better one by more than ``threshold``; best first."""
    poses = frame.poses
    sides = poses.boxes_xyxy[:, 2:] - poses.boxes_xyxy[:, :2]
    area = np.maximum(sides.prod(axis=1), 1.0)
    alike = oks(poses.joints_xy, poses.joints_xy, (area[:, None] + area[None]) / 2.0, POSETRACK18.sigmas)
    return frame.select(suppress(alike, poses.scores, threshold))
