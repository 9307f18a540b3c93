"""The first tracker: similarity, association, lifecycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posetrack.structures import FramePoses, IntArray, Skeleton
from posetrack.tracking.association import associate
from posetrack.tracking.config import TrackerConfig
from posetrack.tracking.lifecycle import Tracks, assign_ids
from posetrack.tracking.similarity import mixed_similarity

_OKS_SHARE = {"iou": 0.0, "oks": 1.0}


class Tracker:
    """Gives the poses of successive frames track ids, from 0 up, unique in a frame and never reused.

    Args:
        config: thresholds and methods.
        skeleton: the joints of the poses.
    """

    def __init__(self, config: TrackerConfig, skeleton: Skeleton) -> None:
        self._config = config
        self._skeleton = skeleton
        self._tracks = Tracks.none()
        self._last_frame = -1

    @property
    def num_tracks(self) -> int:
        """How many people have been given an id so far."""
        return self._tracks.next_id

    def update(self, poses: FramePoses) -> FramePoses:
        """Track the next frame.

        Args:
            poses: of a later frame than the last; frames that are left out count as gaps.

        Returns:
            The poses that are kept (``pose_threshold``, ``new_track_threshold``), in the order given, with
            ids and without the joints below ``joint_threshold``.

        Raises:
            ValueError: the frame is not later than the one before; the poses are not of the tracker's skeleton.
        """
        if poses.frame_index <= self._last_frame:
            raise ValueError(f"frame {poses.frame_index} comes after frame {self._last_frame}: frames must go forward")
        if poses.num_joints != self._skeleton.num_joints:
            raise ValueError(
                f"frame {poses.frame_index} has poses of {poses.num_joints} joints, expected "
                f"{self._skeleton.num_joints} ({self._skeleton.name})"
            )
        self._last_frame = poses.frame_index
        config = self._config
        # A pose without a score (NaN) comes from a file that gives none: it is as good as any.
        scores = np.where(np.isnan(poses.scores), 1.0, poses.scores)
        strong = scores >= config.pose_threshold
        good = drop_joints(poses.select(strong), config.joint_threshold)
        tracks = self._tracks.alive(poses.frame_index, config.max_gap_frames)
        pairs = self._match(tracks, good)
        tracked, self._tracks = assign_ids(pairs, tracks, good, scores[strong] >= config.new_track_threshold)
        return tracked

    def _match(self, tracks: Tracks, poses: FramePoses) -> IntArray:
        if tracks.last is None or len(tracks.last) == 0 or len(poses) == 0:
            return np.zeros((0, 2), dtype=np.int64)
        weight = _OKS_SHARE.get(self._config.similarity, self._config.oks_weight)
        similarity = mixed_similarity(tracks.last, poses, self._skeleton, weight)
        return associate(similarity, self._config.match_threshold, self._config.association)


def drop_joints(poses: FramePoses, threshold: float) -> FramePoses:
    """The poses without the joints that score less; a joint without a score stays."""
    keep = poses.joint_valid & ~(poses.joint_scores < threshold)
    return replace(poses, joint_valid=keep, joint_visible=poses.joint_visible & keep)
