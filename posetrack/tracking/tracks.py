"""The state of the tracks, and where each person is expected in the next frame."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.tracking.observed import Observed


@dataclass(frozen=True, eq=False)
class Tracks:
    """The state of T tracks; every step returns a new one.

    Attributes:
        ids: (T,) int64.
        joints_xy: (T, K, 2) last seen position of each joint, moved with the person's later poses and with the
            camera; NaN = never seen.
        joint_scores: (T, K) score when last seen, decayed for each pose since in which the joint was missing.
        boxes_xyxy: (T, 4) box of the last pose, moved with the camera.
        velocity: (T, 2) pixels per frame, of the whole pose relative to the background.
        seen: (T,) int64 frame index of the last pose.
        hits: (T,) int64 number of poses so far.
        appearance: (T, D) running mean of the appearance, unit vectors; D = 0 if unknown.
        next_id: id of the next new track; ids are never reused.
    """

    ids: IntArray
    joints_xy: FloatArray
    joint_scores: FloatArray
    boxes_xyxy: FloatArray
    velocity: FloatArray
    seen: IntArray
    hits: IntArray
    appearance: FloatArray
    next_id: int

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def none(cls, num_joints: int, next_id: int = 0) -> Tracks:
        """No tracks; the next new one gets ``next_id``."""
        nobody = np.zeros(0, dtype=np.int64)
        return cls(
            nobody, np.zeros((0, num_joints, 2)), np.zeros((0, num_joints)), np.zeros((0, 4)), np.zeros((0, 2)),
            nobody, nobody, np.zeros((0, 0)), next_id,
        )  # fmt: skip

    def select(self, index: np.ndarray) -> Tracks:
        """The tracks at ``index`` (integers or a mask), in that order."""
        return Tracks(
            self.ids[index], self.joints_xy[index], self.joint_scores[index], self.boxes_xyxy[index],
            self.velocity[index], self.seen[index], self.hits[index], self.appearance[index], self.next_id,
        )  # fmt: skip

    def moved(self, camera: FloatArray) -> Tracks:
        """Transform all positions and velocities by a (2, 3) affine map of the background.

        Only the centres and sizes of boxes are transformed, and boxes stay upright: with boxes around rotated corners,
        those of unseen people would grow with every shake of a hand-held camera.
        """
        turn, shift = camera[:, :2].T, camera[:, 2]
        middle = (self.boxes_xyxy[:, :2] + self.boxes_xyxy[:, 2:]) / 2 @ turn + shift
        half = (self.boxes_xyxy[:, 2:] - self.boxes_xyxy[:, :2]) / 2 * np.sqrt(abs(np.linalg.det(turn)))
        boxes = np.concatenate([middle - half, middle + half], axis=1)
        return replace(
            self, joints_xy=self.joints_xy @ turn + shift, boxes_xyxy=boxes, velocity=self.velocity @ turn
        )

    def begun(self, observed: Observed, frame_index: int) -> Tracks:
        """Add a new track for each pose, with ids in the order of the poses."""
        count = len(observed)
        if count == 0:
            return self
        new = Tracks(
            self.next_id + np.arange(count), observed.joints_xy, observed.joint_scores, observed.boxes_xyxy,
            np.zeros((count, 2)), np.full(count, frame_index), np.ones(count, dtype=np.int64), observed.appearance,
            self.next_id + count,
        )  # fmt: skip
        return new if len(self) == 0 else _joined(self, new)

    def continued(
        self, rows: IntArray, observed: Observed, frame_index: int, velocity_shares: FloatArray, memory: float
    ) -> Tracks:
        """Update the tracks at ``rows`` (M,) with their poses ``observed`` (M).

        The velocity is measured between the last pose and this one, however far apart (observation-centric, as in
        OC-SORT; Cao et al., CVPR 2023), and blended with the old one.

        Args:
            rows: rows of the tracks, increasing.
            observed: their poses, in that order.
            frame_index: index of the frame.
            velocity_shares: (M,) weight of the new velocity measurement; a track's first one counts fully.
            memory: weight of the old appearance; also the factor on the score of a joint that is not seen.
        """
        if not len(rows):
            return self
        before, now = self.joints_xy[rows], observed.joints_xy
        gap = (frame_index - self.seen[rows])[:, None]
        step = _step(before, now)
        share = np.where(self.hits[rows] == 1, 1.0, velocity_shares)[:, None]
        velocity = self.velocity[rows] + share * (step / gap - self.velocity[rows])
        missing = np.isnan(now[..., 0])
        joints = np.where(missing[..., None], before + step[:, None], now)
        scores = np.where(missing, self.joint_scores[rows] * memory, observed.joint_scores)
        looks = _unit(memory * self.appearance[rows] + (1 - memory) * observed.appearance)
        return replace(
            self,
            joints_xy=_put(self.joints_xy, rows, joints), joint_scores=_put(self.joint_scores, rows, scores),
            boxes_xyxy=_put(self.boxes_xyxy, rows, observed.boxes_xyxy),
            velocity=_put(self.velocity, rows, velocity), appearance=_put(self.appearance, rows, looks),
            seen=_put(self.seen, rows, np.full(len(rows), frame_index)), hits=_put(self.hits, rows, self.hits[rows] + 1),
        )  # fmt: skip


def expected_shift(tracks: Tracks, frame_index: int, fading: float) -> FloatArray:
    """Expected displacement of each person since the last pose, (T, 2) pixels.

    The velocity is multiplied by ``fading`` each frame: people occluded for long rarely keep moving as before.
    """
    gap = frame_index - tracks.seen
    steps = gap if fading == 1 else (1 - fading**gap) / (1 - fading)
    return np.asarray(tracks.velocity * np.asarray(steps)[:, None])


def held_inside(shift: FloatArray, boxes_xyxy: FloatArray, image_hw: tuple[int, int]) -> FloatArray:
    """Limit the shift (T, 2) so that no box (T, 4) has its centre leave the image, or move further outside it."""
    middle = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
    border = np.array([image_hw[1] - 1, image_hw[0] - 1], dtype=np.float64)
    return np.asarray(np.clip(middle + shift, np.minimum(0, middle), np.maximum(border, middle)) - middle)


def _step(before: FloatArray, now: FloatArray) -> FloatArray:
    """Median displacement of the joints that both poses have, (M, 2); 0 if they share none."""
    way = np.sort(now - before, axis=1)  # sorts NaN last; ``nanmedian`` would take a quarter of the tracker's time
    count = (~np.isnan(way[..., 0])).sum(axis=1)
    at = np.arange(len(way))
    middle = (way[at, np.maximum(count - 1, 0) // 2] + way[at, np.minimum(count // 2, way.shape[1] - 1)]) / 2
    return np.asarray(np.where(count[:, None] > 0, middle, 0.0))


def _unit(vectors: FloatArray) -> FloatArray:
    if vectors.shape[1] == 0:
        return vectors
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def _put(values: np.ndarray, rows: IntArray, new: np.ndarray) -> np.ndarray:
    """``values`` with ``rows`` (M,), which increase, replaced by ``new`` (M, ...)."""
    if len(rows) == len(values):
        return new
    changed = values.copy()
    changed[rows] = new
    return changed


def _joined(old: Tracks, new: Tracks) -> Tracks:
    joined: dict[str, Any] = {name: np.concatenate([getattr(old, name), getattr(new, name)]) for name in _ARRAYS}
    return replace(new, **joined)


_ARRAYS = tuple(f.name for f in fields(Tracks) if f.name != "next_id")
