"""The fixed-lag Kalman smoother, with people entering and leaving.

All joints of all people are filtered at once; a frame is smoothed when requested, by Rauch-Tung-Striebel steps back
from the newest frame. Source: Anderson & Moore 1979, section 7.3 (fixed-lag smoothing).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from posetrack.smoothing.config import FixedLagConfig
from posetrack.smoothing.kalman import cutoff_to_q
from posetrack.smoothing.kalman_steps import UNKNOWN_VELOCITY, State, correct, first_state, look_back, predict
from posetrack.smoothing.series import score_weights
from posetrack.smoothing.sizes import NO_SIZE, diagonals
from posetrack.smoothing.slots import NEVER, Slots
from posetrack.structures import BoolArray, FloatArray, IntArray

# For outliers judged by prediction alone: milder than with both sides known (``STUDENT_FREEDOM``), because the start of
# a motion looks like an outlier.
_FREEDOM = 8.0
_NEW_SHARE = 0.15  # weight of a new sample in the running variance
_FIRST_SHARE, _LEAST_SHARE = 0.01, 0.005  # initial and minimum measurement deviation, relative to the person's size


@dataclass(frozen=True, eq=False)
class _Frame:
    """What is kept of a frame; C = rows of people times joints.

    Attributes:
        filtered: (C,) the state given the measurements up to this frame.
        predicted: (C,) the state given the measurements before it.
        anew: (C,) the joint has no past.
        steps: time since the previous frame, in steps.
        xy: (N, K, 2) the measurements.
        points: (N * K,) their indices among the C.
    """

    filtered: State
    predicted: State
    anew: BoolArray
    steps: float
    xy: FloatArray
    points: IntArray


class FixedLag:
    """The fixed-lag smoother.

    Args:
        config: its settings.
        num_joints: K.
        step_s: usual time between frames, seconds.
    """

    def __init__(self, config: FixedLagConfig, num_joints: int, step_s: float) -> None:
        self._config = config
        self._num_joints = num_joints
        self._step = step_s
        self._q = float(cutoff_to_q(config.cutoff_hz * step_s))
        self.forget()

    def forget(self) -> None:
        """Reset to the initial state."""
        self.slots = Slots(self._config.max_gap_frames)
        self._seen = np.zeros(0, dtype=np.int64)  # (C,) frame in which each joint was last measured
        self._variance = np.zeros(0)  # (C,) variance of a coordinate of a measurement of weight 1
        self._time = 0.0
        self._state = _unknown(0)
        self._frames: list[_Frame] = []

    def take(self, frame_index: int, time: float, ids: IntArray, xy: FloatArray, scores: FloatArray) -> None:
        """Take the next frame: (N,) ids, (N, K, 2) joints with NaN = missing, (N, K) scores."""
        k = self._num_joints
        rows, fresh = self.slots.take(ids, frame_index)
        self._grow(k * self.slots.capacity)
        self._seen[(fresh[:, None] * k + np.arange(k)).ravel()] = NEVER
        points = (rows[:, None] * k + np.arange(k)).ravel()
        measured, weights = np.zeros((len(self._seen), 2)), np.zeros(len(self._seen))
        there = np.isfinite(xy).all(axis=2).ravel()
        measured[points[there]] = xy.reshape(-1, 2)[there]
        weights[points[there]] = score_weights(scores).ravel()[there]
        anew = frame_index - self._seen - 1 > self._config.max_gap_frames
        steps = (time - self._time) / self._step
        predicted = predict(self._state, np.full(len(weights), steps), np.full(len(weights), self._q))
        if self._config.robust:
            area = np.ones(len(weights))
            area[points] = np.repeat(np.maximum(diagonals(xy), NO_SIZE) ** 2, k)
            weights = self._without_outliers(predicted, measured, weights, anew, area)
        first = first_state(measured, np.where(weights > 0, weights, 1.0))
        self._state = _choose(anew, first, correct(predicted, measured, weights))
        self._seen[points[there]] = frame_index
        self._time = time
        self._frames.append(_Frame(self._state, predicted, anew, steps, xy, points))

    def _without_outliers(
        self, predicted: State, measured: FloatArray, weights: FloatArray, anew: BoolArray, area: FloatArray
    ) -> FloatArray:
        """(C,) the weights after down-weighting samples far from their prediction.

        The variance of each joint's measurements is estimated on the fly from the innovations.
        """
        self._variance = np.where(anew, _FIRST_SHARE**2 * area, self._variance)
        error = ((measured - predicted.xy) ** 2).sum(axis=1) * weights / (1.0 + weights * predicted.pp)
        squared = error / np.maximum(self._variance, _LEAST_SHARE**2 * area)
        moving = ~anew & (predicted.vv < 0.01 * UNKNOWN_VELOCITY)  # known velocity: at least two samples
        factor = np.where(moving, (_FREEDOM + 2.0) / (_FREEDOM + squared), 1.0)
        learnt = _NEW_SHARE * (0.5 * factor * error - self._variance)
        self._variance = self._variance + np.where(moving & (weights > 0), learnt, 0.0)
        return weights * factor

    def give(self) -> FloatArray:
        """Return the joints (N, K, 2) of the earliest frame not yet returned, smoothed with all frames so far."""
        frame = self._frames[0]
        state = _select(self._frames[-1].filtered, frame.points)
        for number in range(len(self._frames) - 1, 0, -1):
            later, earlier = self._frames[number], _select(self._frames[number - 1].filtered, frame.points)
            steps = np.full(len(frame.points), later.steps)
            back = look_back(earlier, _select(later.predicted, frame.points), state, steps)
            state = _choose(later.anew[frame.points], earlier, back)
        self._frames.pop(0)
        xy = state.xy.reshape(frame.xy.shape)
        return np.where(np.isfinite(frame.xy).all(axis=2, keepdims=True), xy, np.nan)

    def _grow(self, count: int) -> None:
        """Make room for ``count`` joints; frames already waiting lack the new ones, but are never asked for them."""
        missing = count - len(self._seen)
        if missing <= 0:
            return
        self._seen = np.concatenate([self._seen, np.full(missing, NEVER)])
        self._variance = np.concatenate([self._variance, np.zeros(missing)])
        new, old = _unknown(missing), self._state
        self._state = State(*(np.concatenate([getattr(old, f.name), getattr(new, f.name)]) for f in fields(State)))


def _unknown(count: int) -> State:
    return first_state(np.zeros((count, 2)), np.ones(count))


def _select(state: State, points: IntArray) -> State:
    return State(*(getattr(state, f.name)[points] for f in fields(State)))


def _choose(first: BoolArray, a: State, b: State) -> State:
    """``a`` where ``first``, else ``b``."""
    names = [f.name for f in fields(State)]
    return State(*(
        np.where(first[:, None] if getattr(a, n).ndim == 2 else first, getattr(a, n), getattr(b, n)) for n in names
    ))  # fmt: skip
