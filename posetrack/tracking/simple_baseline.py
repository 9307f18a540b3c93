"""The tracker of SimpleBaseline, also used for HRNet's PoseTrack figures.

Source: Xiao, Wu, Wei: Simple Baselines for Human Pose Estimation and Tracking, ECCV 2018, section 4 and table 5. The
authors never released it; what the paper leaves open is documented with the settings (``SimpleBaselineTrackerConfig``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posetrack.geometry import box_nms, joints_box
from posetrack.structures import FloatArray, FrameBoxes, FramePoses, IntArray, Origin, Skeleton
from posetrack.tracking.association import associate
from posetrack.tracking.checks import check_next
from posetrack.tracking.config import SimpleBaselineTrackerConfig
from posetrack.tracking.context import NOTHING_KNOWN, FrameContext
from posetrack.tracking.joints import drop_joints
from posetrack.tracking.similarity import iou_similarity, oks_similarity

BOX_ENLARGEMENT = 1.15  # factor on the box around the propagated joints; section 4.1


class SimpleBaselineTracker:
    """Links poses by their similarity to the tracked poses of the last frames, propagated along the optical flow.

    Args:
        config: similarity, queue, thresholds.
        skeleton: the joints of the poses.
    """

    def __init__(self, config: SimpleBaselineTrackerConfig, skeleton: Skeleton) -> None:
        self._config = config
        self._skeleton = skeleton
        self._queue: deque[FramePoses] = deque(maxlen=config.frames_back)
        self._next_id = 0
        self._last_frame = -1

    @property
    def num_tracks(self) -> int:
        """Number of ids assigned so far."""
        return self._next_id

    @property
    def proposes(self) -> bool:
        """Whether boxes are propagated."""
        return self._config.propagate_boxes

    def propose(self, detected: FrameBoxes, context: FrameContext) -> FrameBoxes:
        """Add the last frame's people, propagated along the flow, to the detector's boxes and remove duplicates.

        A person is propagated only if the mean joint score is at least ``propagate_threshold``; the box is the one
        around the propagated joints, enlarged by 15 %, and has that mean as its score.

        Args:
            detected: the detector's boxes of the next frame.
            context: context of that frame.
        """
        if not self._config.propagate_boxes or context.carry is None or context.is_cut or not self._queue:
            return detected
        last = self._queue[-1]
        if last.frame_index != detected.frame_index - 1:
            return detected
        certainty = _mean_score(last)
        moved = context.carry(last.joints_xy)
        valid = np.asarray(~np.isnan(moved).any(axis=-1))
        boxes = joints_box(moved, valid, BOX_ENLARGEMENT)
        keep = (certainty >= self._config.propagate_threshold) & (valid.sum(axis=1) > 1)
        union = replace(
            detected,
            xyxy=np.concatenate([detected.xyxy, boxes[keep]]),
            scores=np.concatenate([detected.scores, certainty[keep]]),
            origin=np.concatenate([detected.origin, np.full(keep.sum(), Origin.PROPAGATED)]),
        )
        return union.select(np.sort(box_nms(union.xyxy, union.scores, self._config.propagate_nms_iou)))

    def update(self, poses: FramePoses, context: FrameContext = NOTHING_KNOWN) -> FramePoses:
        """Track the next frame.

        Args:
            poses: poses of a frame later than the last; skipped frame indices are not gaps (the queue counts the frames
                given).
            context: the flow into this frame, and whether it begins a new shot.

        Returns:
            The poses that score at least ``pose_threshold``, with ids, without the joints below ``joint_threshold``.

        Raises:
            ValueError: the frame is not later than the last, or the poses do not use the tracker's skeleton.
        """
        check_next(poses, self._last_frame, self._skeleton)
        self._last_frame = poses.frame_index
        config = self._config
        scores = np.where(np.isnan(poses.scores), 1.0, poses.scores)
        good = drop_joints(poses.select(scores >= config.pose_threshold), config.joint_threshold)
        if context.is_cut:
            self._queue.clear()
        if config.uses_flow:
            self._carry_queue(context)
        ids = self._ids(good)
        tracked = good.with_tracks(ids)
        self._queue.append(tracked)
        return tracked

    def _carry_queue(self, context: FrameContext) -> None:
        """Propagate all poses in the queue by one frame; without a flow they stay where they are."""
        if context.carry is None:
            return
        for index, past in enumerate(self._queue):
            moved = context.carry(past.joints_xy)
            valid = np.asarray(~np.isnan(moved).any(axis=-1))
            self._queue[index] = replace(past, joints_xy=moved, joint_valid=valid, joint_visible=valid)

    def _ids(self, poses: FramePoses) -> IntArray:
        """Ids of the poses: those of the matched people in the queue; new ones for the rest, best pose first."""
        ids = np.full(len(poses), -1, dtype=np.int64)
        known, similarity = self._similarity(poses)
        pairs = associate(similarity, self._config.match_threshold, self._config.association)
        ids[pairs[:, 1]] = known[pairs[:, 0]]
        fresh = np.flatnonzero(ids < 0)
        fresh = fresh[np.argsort(-poses.scores[fresh], kind="stable")]
        ids[fresh] = self._next_id + np.arange(len(fresh))
        self._next_id += len(fresh)
        return ids

    def _similarity(self, poses: FramePoses) -> tuple[IntArray, FloatArray]:
        """The ids in the queue (T,) and their similarity to each pose (T, N), the maximum over the queue."""
        known = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(past.track_ids for past in self._queue)]))
        best = np.zeros((len(known), len(poses)))
        for past in _filled(self._queue):
            boxes = self._config.similarity == "box"
            found = iou_similarity(past, poses) if boxes else oks_similarity(past, poses, self._skeleton)
            rows = np.searchsorted(known, past.track_ids)
            best[rows] = np.maximum(best[rows], found)
        return known, best


def _filled(queue: Sequence[FramePoses]) -> list[FramePoses]:
    return [past for past in queue if len(past)]


def _mean_score(poses: FramePoses) -> FloatArray:
    """Mean score of each pose's joints, (N,); joints without a score count as 1, a pose without joints scores 0."""
    scores = np.where(np.isnan(poses.joint_scores), 1.0, poses.joint_scores) * poses.joint_valid
    return np.asarray(scores.sum(axis=1) / np.maximum(poses.joint_valid.sum(axis=1), 1))
