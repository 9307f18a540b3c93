"""The One-Euro filter frame by frame, with people entering and leaving."""

from __future__ import annotations

import numpy as np

from posetrack.smoothing.config import OneEuroConfig
from posetrack.smoothing.recursive import one_euro_step
from posetrack.smoothing.series import score_weights
from posetrack.smoothing.sizes import NO_SIZE, diagonals, next_size
from posetrack.smoothing.slots import NEVER, Slots
from posetrack.structures import FloatArray, IntArray


class LiveOneEuro:
    """The forward pass of ``recursive.one_euro``, one frame at a time.

    Args:
        config: settings of the filter.
        num_joints: K.
    """

    def __init__(self, config: OneEuroConfig, num_joints: int) -> None:
        self._config = config
        self._num_joints = num_joints
        self._ready: list[FloatArray] = []
        self.forget()

    def forget(self) -> None:
        """Reset to the initial state."""
        k = self._num_joints
        self.slots = Slots(self._config.max_gap_frames)
        self._xy, self._speed = np.zeros((0, k, 2)), np.zeros((0, k, 2))
        self._times, self._frames = np.zeros((0, k)), np.full((0, k), NEVER)
        self._sizes = np.zeros(0)

    def take(self, frame_index: int, time: float, ids: IntArray, xy: FloatArray, scores: FloatArray) -> None:
        """Take the next frame: (N,) ids, (N, K, 2) joints with NaN = missing, (N, K) scores."""
        rows, fresh = self.slots.take(ids, frame_index)
        self._grow()
        self._frames[fresh], self._sizes[fresh] = NEVER, 0.0
        sizes = zip(self._sizes[rows].tolist(), diagonals(xy).tolist(), strict=True)
        self._sizes[rows] = [next_size(size, diagonal) for size, diagonal in sizes]
        pose, joint = np.nonzero(np.isfinite(xy).all(axis=2))
        row = rows[pose]
        new_xy, weights = xy[pose, joint], score_weights(scores[pose, joint])
        goes_on = frame_index - self._frames[row, joint] - 1 <= self._config.max_gap_frames
        result, speed = new_xy.copy(), np.zeros_like(new_xy)
        at = row[goes_on], joint[goes_on]
        size = self._sizes[at[0]]
        result[goes_on], speed[goes_on] = one_euro_step(
            new_xy[goes_on], weights[goes_on], self._xy[at], self._speed[at], time - self._times[at],
            np.where(size > 0, size, NO_SIZE), self._config.min_cutoff_hz, self._config.beta,
            self._config.speed_cutoff_hz,
        )  # fmt: skip
        self._xy[row, joint], self._speed[row, joint] = result, speed
        self._times[row, joint], self._frames[row, joint] = time, frame_index
        smoothed = xy.copy()
        smoothed[pose, joint] = result
        self._ready.append(smoothed)

    def give(self) -> FloatArray:
        """Return the joints (N, K, 2) of the earliest frame not yet returned."""
        return self._ready.pop(0)

    def _grow(self) -> None:
        missing = self.slots.capacity - len(self._xy)
        if missing > 0:
            k = self._num_joints
            self._xy = np.concatenate([self._xy, np.zeros((missing, k, 2))])
            self._speed = np.concatenate([self._speed, np.zeros((missing, k, 2))])
            self._times = np.concatenate([self._times, np.zeros((missing, k))])
            self._frames = np.concatenate([self._frames, np.full((missing, k), NEVER)])
            self._sizes = np.concatenate([self._sizes, np.zeros(missing)])
