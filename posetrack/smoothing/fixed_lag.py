"""The Kalman smoother that waits for some frames, for people who come and go.

All joints of all people are filtered at once; a frame is smoothed when it is asked for, by the steps of the
Rauch-Tung-Striebel smoother back from the newest frame. Source: Anderson & Moore 1979, section 7.3 (fixed-lag smoothing).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from posetrack.smoothing.config import FixedLagConfig
from posetrack.smoothing.kalman import cutoff_to_q
from posetrack.smoothing.kalman_steps import State, correct, first_state, look_back, predict
from posetrack.smoothing.series import score_weights
from posetrack.smoothing.slots import NEVER, Slots
from posetrack.structures import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class _Frame:
    """What is kept of a frame; C = rows of people times joints.

    Attributes:
        filtered: (C,) the state from what was measured up to the frame.
        predicted: (C,) from what was measured before it.
        anew: (C,) the joint has no past.
        steps: since the frame before.
        xy: (N, K, 2) what was measured.
        points: (N * K,) where these are among the C.
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
        step_s: seconds of a usual frame.
    """

    def __init__(self, config: FixedLagConfig, num_joints: int, step_s: float) -> None:
        self._config = config
        self._num_joints = num_joints
        self._step = step_s
        self._q = float(cutoff_to_q(config.cutoff_hz * step_s))
        self.forget()

    def forget(self) -> None:
        """Nobody has been seen."""
        self.slots = Slots(self._config.max_gap_frames)
        self._seen = np.zeros(0, dtype=np.int64)  # (C,) frame in which each joint was last measured
        self._time = 0.0
        self._state = _unknown(0)
        self._frames: list[_Frame] = []

    def take(self, frame_index: int, time: float, ids: IntArray, xy: FloatArray, scores: FloatArray) -> None:
        """The next frame: (N,) ids, (N, K, 2) joints with NaN = missing, (N, K) scores."""
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
        q = np.full(len(self._seen), self._q)
        predicted = predict(self._state, np.full(len(self._seen), steps), q)
        first = first_state(measured, np.where(weights > 0, weights, 1.0))
        self._state = _choose(anew, first, correct(predicted, measured, weights))
        self._seen[points[there]] = frame_index
        self._time = time
        self._frames.append(_Frame(self._state, predicted, anew, steps, xy, points))

    def give(self) -> FloatArray:
        """(N, K, 2) the joints of the earliest frame not given yet, by all that is known."""
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
        """Room for ``count`` joints; frames that wait hold nothing of the new ones, and are not asked for them."""
        missing = count - len(self._seen)
        if missing <= 0:
            return
        self._seen = np.concatenate([self._seen, np.full(missing, NEVER)])
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
