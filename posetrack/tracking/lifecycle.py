"""The bookkeeping of tracks: birth, life through gaps, end. Every step returns a new state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FramePoses, IntArray, concatenate


@dataclass(frozen=True, eq=False)
class Tracks:
    """The people being followed.

    Attributes:
        last: each track's last pose, ``track_ids`` set; None before the first.
        last_frames: (T,) frame index in which each was last seen.
        next_id: the id of the next new track; ids are never used again.
    """

    last: FramePoses | None
    last_frames: IntArray
    next_id: int

    @classmethod
    def none(cls) -> Tracks:
        """Nobody yet; the first id is 0."""
        return cls(None, np.zeros(0, dtype=np.int64), 0)

    def alive(self, frame_index: int, max_gap_frames: int) -> Tracks:
        """Without the tracks that have been missing for more than ``max_gap_frames`` frames."""
        if self.last is None:
            return self
        keep = frame_index - self.last_frames - 1 <= max_gap_frames
        return Tracks(self.last.select(keep), self.last_frames[keep], self.next_id)


def assign_ids(pairs: IntArray, tracks: Tracks, poses: FramePoses, may_start: np.ndarray) -> tuple[FramePoses, Tracks]:
    """Give matched poses their track's id and the others new ones, the best pose the lowest.

    Args:
        pairs: (M, 2) rows of ``tracks.last`` and of ``poses``.
        tracks: the state before.
        poses: the new frame.
        may_start: (N,) bool, the pose may begin a track.

    Returns:
        the poses with ids (those that neither matched nor may start are left out), the state after.
    """
    ids = np.full(len(poses), -1, dtype=np.int64)
    if tracks.last is not None and len(pairs):
        ids[pairs[:, 1]] = tracks.last.track_ids[pairs[:, 0]]
    fresh = np.flatnonzero((ids < 0) & may_start)
    # Best first, so that the ids do not depend on the order in which the poses come.
    fresh = fresh[np.argsort(-poses.scores[fresh], kind="stable")]
    ids[fresh] = tracks.next_id + np.arange(len(fresh))
    tracked = poses.with_tracks(ids).select(ids >= 0)
    seen = np.full(len(tracked), poses.frame_index, dtype=np.int64)
    next_id = tracks.next_id + len(fresh)
    if tracks.last is None:
        return tracked, Tracks(tracked, seen, next_id)
    missing = ~np.isin(np.arange(len(tracks.last)), pairs[:, 0])
    # What is kept of a missing person is moved to this frame's index, so that both can be one set.
    kept = tracks.last.select(missing).at_frame(poses.frame_index)
    last = concatenate([kept, tracked])
    return tracked, Tracks(last, np.concatenate([tracks.last_frames[missing], seen]), next_id)
