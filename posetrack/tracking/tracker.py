"""The default tracker: motion, two rounds of association, appearance, tentative tracks; each part can be turned off."""

from __future__ import annotations

import numpy as np

from posetrack.geometry import box_area, box_iou, suppress
from posetrack.structures import BoolArray, FloatArray, FramePoses, IntArray, Skeleton
from posetrack.tracking.association import associate
from posetrack.tracking.checks import check_next
from posetrack.tracking.config import TrackerConfig
from posetrack.tracking.context import NOTHING_KNOWN, FrameContext
from posetrack.tracking.observed import Observed
from posetrack.tracking.similarity import MIN_AREA_PX, confident_oks
from posetrack.tracking.tracks import Tracks, expected_shift, held_inside


class Tracker:
    """Assigns track ids to the poses of successive frames: from 0 up, unique within a frame and never reused.

    Args:
        config: thresholds and switches.
        skeleton: the joints of the poses.
    """

    def __init__(self, config: TrackerConfig, skeleton: Skeleton) -> None:
        self._config = config
        self._skeleton = skeleton
        self._tracks = Tracks.none(skeleton.num_joints)
        self._last_frame = -1

    @property
    def num_tracks(self) -> int:
        """Number of ids assigned so far."""
        return self._tracks.next_id

    def update(self, poses: FramePoses, context: FrameContext = NOTHING_KNOWN) -> FramePoses:
        """Track the next frame.

        Args:
            poses: poses of a frame later than the last; skipped frames count as gaps.
            context: camera motion and cuts.

        Returns:
            The poses that are kept, in the order given, with ids and without the joints below ``joint_threshold``.

        Raises:
            ValueError: the frame is not later than the last, or the poses do not use the tracker's skeleton.
        """
        check_next(poses, self._last_frame, self._skeleton)
        self._last_frame = poses.frame_index
        config = self._config
        least = min(config.pose_threshold, config.weak_threshold)
        observed = Observed.of(poses, least, config.joint_threshold, appearance=config.appearance_weight > 0)
        observed = observed.select(self._distinct(observed))
        tracks = self._alive(poses.frame_index, context)
        pairs = self._match(tracks, observed, poses)
        fresh = self._fresh(observed, pairs[:, 1])
        ids = np.full(len(observed), -1, dtype=np.int64)
        ids[pairs[:, 1]] = tracks.ids[pairs[:, 0]]
        ids[fresh] = tracks.next_id + np.arange(len(fresh))
        matched = observed.select(pairs[:, 1])
        shares = self._velocity_shares(observed)[pairs[:, 1]]
        tracks = tracks.continued(pairs[:, 0], matched, poses.frame_index, shares, config.memory)
        self._tracks = tracks.begun(observed.select(fresh), poses.frame_index)
        return observed.tracked(poses, ids)

    def _alive(self, frame_index: int, context: FrameContext) -> Tracks:
        """The tracks that may continue in this frame: none across a cut; tentative ones only without a gap."""
        config, tracks = self._config, self._tracks
        if context.is_cut:
            return Tracks.none(self._skeleton.num_joints, tracks.next_id)
        missed = frame_index - tracks.seen - 1
        tentative = tracks.hits < config.confirm_after
        tracks = tracks.select(missed <= np.where(tentative, 0, config.max_gap_frames))
        return tracks if context.camera is None else tracks.moved(context.camera)

    def _distinct(self, observed: Observed) -> BoolArray:
        """Mask of the poses that stay: of two with an OKS above ``duplicate_oks``, the better one."""
        keep = np.ones(len(observed), dtype=bool)
        if self._config.duplicate_oks == 1 or len(observed) < 2:
            return keep
        area = np.maximum(box_area(observed.boxes_xyxy), MIN_AREA_PX)
        xy, scores = observed.joints_xy, (~np.isnan(observed.joints_xy[..., 0])).astype(float)
        alike = confident_oks(xy, scores, xy, scores, (area[:, None] + area[None]) / 2, self._skeleton.sigmas)
        double = alike > self._config.duplicate_oks
        np.fill_diagonal(double, False)
        if double.any():
            keep[:] = False
            keep[suppress(alike, observed.scores, self._config.duplicate_oks)] = True
        return keep

    def _match(self, tracks: Tracks, observed: Observed, poses: FramePoses) -> IntArray:
        """(M, 2) track and pose rows, by track: good poses are matched first, weak ones with the remaining tracks."""
        config = self._config
        if len(tracks) == 0 or len(observed) == 0:
            return np.zeros((0, 2), dtype=np.int64)
        similarity = self._likeness(tracks, observed, poses)
        weak = observed.scores < config.pose_threshold
        first = associate(
            np.where(weak[None], np.nan, similarity), config.match_threshold, config.association
        )
        if not weak.any():
            return first
        # Only tracks seen in the previous frame may continue with a weak pose (ByteTrack, Zhang et al., ECCV 2022).
        left = (tracks.seen == poses.frame_index - 1) & (tracks.hits >= config.confirm_after)
        left[first[:, 0]] = False
        rest = np.where(left[:, None] & weak[None], similarity, np.nan)
        second = associate(rest, config.weak_match_threshold, config.association)
        pairs = np.concatenate([first, second])
        return pairs[np.argsort(pairs[:, 0])]

    def _likeness(self, tracks: Tracks, observed: Observed, poses: FramePoses) -> FloatArray:
        """(T, N) similarity in 0..1: weighted sum of OKS, box IoU and appearance."""
        config = self._config
        shift = self._shift(tracks, poses)
        boxes = tracks.boxes_xyxy + np.tile(shift, 2)
        total = np.zeros((len(tracks), len(observed)))
        share = {"iou": 0.0, "oks": 1.0}.get(config.similarity, config.oks_weight)
        if share > 0:
            areas = [np.maximum(box_area(b), MIN_AREA_PX) for b in (tracks.boxes_xyxy, observed.boxes_xyxy)]
            wider = (1 + config.widening * (poses.frame_index - tracks.seen - 1)) ** 2
            scale = (areas[0][:, None] + areas[1][None]) / 2 * wider[:, None]
            total += share * self._oks(tracks, tracks.joints_xy + shift[:, None], observed, scale)
        if share < 1:
            total += (1 - share) * box_iou(boxes, observed.boxes_xyxy)
        weight = config.appearance_weight
        if weight > 0 and observed.appearance.shape[1] and tracks.appearance.shape[1]:
            looks = np.clip(tracks.appearance @ observed.appearance.T, 0.0, 1.0)
            known = (tracks.appearance != 0).any(axis=1)[:, None] & (observed.appearance != 0).any(axis=1)
            mixed = np.where(known, (1 - weight) * total + weight * looks, total)
            total = np.where(total >= config.match_threshold, mixed, 0.0)
        return total

    def _shift(self, tracks: Tracks, poses: FramePoses) -> FloatArray:
        """(T, 2) displacement from the last pose to the position expected now; (1, 2) zeros without ``motion``."""
        config = self._config
        if not config.motion:
            return np.zeros((1, 2))
        shift = expected_shift(tracks, poses.frame_index, config.velocity_fading)
        return held_inside(shift, tracks.boxes_xyxy, poses.image_hw) if config.stay_inside else shift

    def _velocity_shares(self, observed: Observed) -> FloatArray:
        """(M,) weight of each pose in its track's velocity; lower under overlap: it may be partly another person's."""
        config = self._config
        share = np.full(len(observed), config.velocity_share)
        if config.overlap_caution == 0 or len(observed) < 2:
            return share
        overlap = box_iou(observed.boxes_xyxy, observed.boxes_xyxy)
        np.fill_diagonal(overlap, 0.0)
        return np.asarray(share * (1 - config.overlap_caution * overlap.max(axis=1)))

    def _oks(self, tracks: Tracks, expected_xy: FloatArray, observed: Observed, scale: FloatArray) -> FloatArray:
        a, b = tracks.joint_scores, observed.joint_scores
        if not self._config.confident_joints:
            a, b = (a > 0).astype(float), (b > 0).astype(float)
        return confident_oks(expected_xy, a, observed.joints_xy, b, scale, self._skeleton.sigmas)

    def _fresh(self, observed: Observed, taken: IntArray) -> IntArray:
        """Rows of poses that start a track, best first so that ids do not depend on the order of the poses."""
        may = observed.scores >= self._config.new_track_threshold
        may[taken] = False
        rows = np.flatnonzero(may)
        return rows[np.argsort(-observed.scores[rows], kind="stable")]
