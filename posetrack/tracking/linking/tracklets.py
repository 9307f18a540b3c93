"""All tracked poses of a sequence as columns, sorted by tracklet and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from posetrack.geometry import apply_affines, joints_box
from posetrack.structures import NO_TRACK, BoolArray, FloatArray, FramePoses, IntArray
from posetrack.tracking.linking.background import moved_boxes

_MIN_SIZE_PX = 1.0


@dataclass(frozen=True, eq=False)
class Tracklets:
    """M poses in L tracklets; positions are relative to the background (``from_background``).

    Attributes:
        label: (M,) tracklet, 0..L-1, non-decreasing; tracklets are ordered by when they begin.
        track_id: (M,) id in the input.
        position: (M,) position in the list of frames, increasing within a tracklet.
        row: (M,) row in the frame's poses.
        frame: (M,) frame index.
        shot: (M,) number of the shot.
        xy: (M, K, 2) joints; NaN = none.
        joint_scores: (M, K) 0 = no joint, 1 = a joint without a score.
        scores: (M,) pose scores; the mean joint score where not given.
        boxes: (M, 4) the box around the joints where not given; NaN = neither.
        centre: (M, 2) median of the joints, or box centre; NaN = neither.
        size: (M,) square root of the box area, at least 1.
        looks: (M, D) int8 appearance vectors, 0 = unknown; only their direction matters.
    """

    label: IntArray
    track_id: IntArray
    position: IntArray
    row: IntArray
    frame: IntArray
    shot: IntArray
    xy: FloatArray
    joint_scores: FloatArray
    scores: FloatArray
    boxes: FloatArray
    centre: FloatArray
    size: FloatArray
    looks: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.label)

    @property
    def starts(self) -> IntArray:
        """(L,) the first pose of each tracklet."""
        return np.flatnonzero(np.r_[True, np.diff(self.label) != 0]) if len(self) else np.zeros(0, dtype=np.int64)

    @property
    def ends(self) -> IntArray:
        """(L,) the last pose of each tracklet."""
        return np.flatnonzero(np.r_[np.diff(self.label) != 0, True]) if len(self) else np.zeros(0, dtype=np.int64)

    def labels_of(self, key: IntArray) -> IntArray:
        """(M,) labels that make poses of equal ``key`` (M,) one tracklet."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        order = np.lexsort((self.position, key))
        sorted_key = key[order]
        first = order[np.r_[True, np.diff(sorted_key) != 0]]
        box = np.nan_to_num(self.boxes[first], nan=-1.0)
        # Ties are broken by position, so that neither ids nor the order of poses within frames matter.
        rank = np.argsort(np.lexsort((self.track_id[first], *box.T[::-1], self.position[first])))
        return np.asarray(rank[np.searchsorted(np.unique(key), key)])

    def relabelled(self, label: IntArray) -> Tracklets:
        """The poses with new labels (M,), sorted by tracklet and time."""
        order = np.lexsort((self.position, label))
        picked: dict[str, Any] = {f.name: getattr(self, f.name)[order] for f in fields(self)}
        return replace(self, **(picked | {"label": label[order]}))


def tracklets_of(frames: Sequence[FramePoses], maps: FloatArray, cuts: BoolArray) -> Tracklets:
    """The tracked poses as tracklets; a track that spans cuts becomes one tracklet per shot.

    Args:
        frames: at least one, in temporal order, all with one skeleton.
        maps: result of ``from_background``.
        cuts: (T,) whether a shot begins.
    """
    count = [len(f) for f in frames]
    at = np.repeat(np.arange(len(frames)), count)
    ids = np.concatenate([f.track_ids for f in frames])
    kept = ids != NO_TRACK
    at, ids = at[kept], ids[kept]
    row = np.concatenate([np.arange(n) for n in count])[kept]
    valid, given_xy, given_scores, given_boxes, pose_scores = (
        np.concatenate([getattr(f, name) for f in frames])[kept]
        for name in ("joint_valid", "joints_xy", "joint_scores", "boxes_xyxy", "scores")
    )
    joint_scores = np.where(valid, np.nan_to_num(given_scores, nan=1.0), 0.0)
    mean = joint_scores.sum(axis=1) / np.maximum(valid.sum(axis=1), 1)
    around = joints_box(given_xy, valid)
    image_boxes = np.where(np.isnan(given_boxes).any(axis=1, keepdims=True), around, given_boxes)
    back = np.linalg.inv(maps)[at]
    xy, boxes = apply_affines(given_xy, back[:, :2]), moved_boxes(image_boxes, back)
    size = np.sqrt(np.maximum(np.nan_to_num(boxes[:, 2] - boxes[:, 0]) * np.nan_to_num(boxes[:, 3] - boxes[:, 1]), 0))
    shot = np.cumsum(cuts)[at]
    poses = Tracklets(
        ids, ids, at, row, np.array([f.frame_index for f in frames], dtype=np.int64)[at], shot, xy, joint_scores,
        np.where(np.isnan(pose_scores), mean, pose_scores), boxes, _centres(xy, boxes),
        np.maximum(size, _MIN_SIZE_PX), _looks(frames)[kept],
    )  # fmt: skip
    _, key = np.unique(np.stack([ids, shot]), axis=1, return_inverse=True)
    return poses.relabelled(poses.labels_of(key.reshape(-1)))


def _looks(frames: Sequence[FramePoses]) -> npt.NDArray[np.int8]:
    given = [f.appearance for f in frames if len(f)]
    lengths = sorted({vectors.shape[1] for vectors in given})
    if len(lengths) > 1:
        raise ValueError(f"appearance vectors have the lengths {lengths}, expected one for the whole sequence")
    return np.concatenate(given) if given else np.zeros((0, 0), dtype=np.int8)


def _centres(xy: FloatArray, boxes: FloatArray) -> FloatArray:
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    none = np.asarray(np.isnan(xy[..., 0]).all(axis=1))
    filled = np.where(none[:, None, None], middle[:, None], xy)
    result = middle.copy()
    seen = np.asarray(~np.isnan(filled[..., 0]).all(axis=1))
    if xy.shape[1]:
        result[seen] = np.nanmedian(filled[seen], axis=1)
    return result
