"""Moving people: position on the ground, direction they face, and joints in body heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from posetrack.structures import POSETRACK18, FloatArray
from posetrack.synthetic.body import Angles, Proportions, solve
from posetrack.synthetic.postures import random_angles, walking
from posetrack.synthetic.scene import STRIDE_PER_HEIGHT
from posetrack.synthetic.simulation.stage import smooth

# The joints in the skeleton's order, then the further points that the body outline needs.
LANDMARKS = (*POSETRACK18.joints, "head_centre", "chest", "pelvis", "left_hand", "right_hand", "left_toe", "right_toe")
PHASES = 24  # phases of a stride that are solved; joints are interpolated in between
WALKING_SPEED = 0.75  # body heights per second of a walk with vigour 0.75
_CORNER_S = 0.16  # seconds; standard deviation of the Gaussian that rounds the corners of a path


@dataclass(frozen=True, eq=False)
class Actor:
    """One person over the T frames of a sequence.

    Attributes:
        body: body proportions.
        height_m: standing height in metres.
        ground_xz: (T, 2) position on the ground, metres.
        yaw: (T,) radians, the direction the body faces; see ``posetrack.synthetic.body``.
        points: (T, L, 3) ``LANDMARKS`` in body heights, before the yaw is applied, feet at 0.
    """

    body: Proportions
    height_m: float
    ground_xz: FloatArray
    yaw: FloatArray
    points: FloatArray

    def seen(self) -> FloatArray:
        """(T, L, 2) landmarks with the yaw applied: right and up from the ground position, body heights."""
        cos, sin = np.cos(self.yaw)[:, None], np.sin(self.yaw)[:, None]
        right = cos * self.points[..., 0] + sin * self.points[..., 2]
        return np.stack([right, self.points[..., 1]], axis=-1)


def walker(
    rng: np.random.Generator, path: Sequence[tuple[float, float, float]], num_frames: int, fps: float,
    facing: float | None = None,
) -> Actor:  # fmt: skip
    """Create a person who walks, runs or stands along a path.

    Args:
        rng: random generator for body and stride.
        path: corners (seconds, X, Z) in order of time; the person stands still before the first and after the last.
        num_frames: length T.
        fps: frames per second.
        facing: yaw while standing; None keeps the last walking direction.
    """
    body, height = Proportions.random(rng), float(np.clip(rng.normal(1.70, 0.09), 1.45, 1.95))
    ground = _along(path, num_frames, fps)
    step = np.gradient(ground, axis=0) if num_frames > 1 else np.zeros((1, 2))
    speed = np.hypot(step[:, 0], step[:, 1]) * fps / height
    yaw = _heading(step * fps / height, rng.uniform(-np.pi, np.pi) if facing is None else facing, facing)
    yaw = yaw + rng.normal(0, 0.15)
    phase = rng.uniform(0, 2 * np.pi) + np.cumsum(2 * np.pi * speed / fps / STRIDE_PER_HEIGHT)
    vigour = float(np.clip(np.percentile(speed, 90) / WALKING_SPEED * 0.75, 0.2, 1.4))
    moving = np.clip(speed / max(0.6 * float(np.percentile(speed, 90)), 0.2), 0.0, 1.0)[:, None, None]
    idle = _points(solve(body, walking(0.0, 0.0, 0.0)))
    points = moving * _stride(body, vigour, phase) + (1.0 - moving) * idle
    return Actor(body, height, ground, yaw, points + _sway(rng, num_frames, fps))


def dancer(
    rng: np.random.Generator, path: Sequence[tuple[float, float, float]], num_frames: int, fps: float,
    tempo: float, common: np.random.Generator | None = None,
) -> Actor:  # fmt: skip
    """Create a person whose limbs move from posture to posture while the body follows a path.

    Args:
        rng: random generator for the body.
        path: as in ``walker``.
        num_frames: length T.
        fps: frames per second.
        tempo: postures per second.
        common: generator for the postures; dancers given equally seeded generators dance alike. Default: ``rng``.
    """
    body, height = Proportions.random(rng), float(np.clip(rng.normal(1.70, 0.09), 1.45, 1.95))
    steps = rng if common is None else common
    count = int(np.ceil(num_frames / fps * tempo)) + 2
    keys = np.array([_flat(_danced(steps)) for _ in range(count)])
    keys[:, 0] = np.cumsum(steps.normal(0, 0.6, count)) + steps.uniform(-0.6, 0.6)
    beat = np.arange(num_frames) / fps * tempo
    index = beat.astype(int)
    ease = 0.5 - 0.5 * np.cos(np.pi * (beat - index))
    flat = keys[index] + ease[:, None] * (keys[index + 1] - keys[index])
    yaw = flat[:, 0].copy()
    flat[:, 0] = 0.0
    points = np.stack([_points(solve(body, _angles(row))) for row in flat])
    return Actor(body, height, _along(path, num_frames, fps), yaw, points)


def _along(path: Sequence[tuple[float, float, float]], num_frames: int, fps: float) -> FloatArray:
    """(T, 2) positions on the ground: straight lines between the corners, which are rounded."""
    corners = np.array(path, dtype=np.float64)
    pad = int(np.ceil(4 * _CORNER_S * fps))
    seconds = np.arange(-pad, num_frames + pad) / fps
    ground = np.stack([np.interp(seconds, corners[:, 0], corners[:, axis]) for axis in (1, 2)], axis=1)
    return smooth(ground, _CORNER_S * fps)[pad : pad + num_frames]


def _heading(velocity: FloatArray, start: float, rest: float | None) -> FloatArray:
    """(T,) yaw of a person who faces their walking direction; velocity (T, 2) in body heights per second."""
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    goes = np.arctan2(velocity[:, 0], -velocity[:, 1])
    yaw, current = np.empty(len(goes)), start
    if speed[0] > 0.15:
        current = goes[0]
    for frame in range(len(goes)):
        target = goes[frame] if speed[frame] > 0.15 else (current if rest is None else rest)
        turn = (target - current + np.pi) % (2 * np.pi) - np.pi
        current += 0.3 * turn
        yaw[frame] = current
    return yaw


def _stride(body: Proportions, vigour: float, phase: FloatArray) -> FloatArray:
    """(T, L, 3) landmarks of a walk at the given phases."""
    turns = np.arange(PHASES) * 2 * np.pi / PHASES
    table = np.stack([_points(solve(body, walking(float(p), vigour, 0.0))) for p in turns])
    place = (phase / (2 * np.pi) * PHASES) % PHASES
    low = place.astype(int) % PHASES
    part = (place - np.floor(place))[:, None, None]
    return np.asarray((1.0 - part) * table[low] + part * table[(low + 1) % PHASES])


def _sway(rng: np.random.Generator, num_frames: int, fps: float) -> FloatArray:
    """(T, 1, 3) body sway in body heights, added to all landmarks, since nobody stands quite still."""
    drift = smooth(rng.normal(0, 1, (num_frames, 3)), 0.5 * fps) * (0.02, 0.0, 0.0)
    return drift[:, None, :]


def _points(solved: dict[str, FloatArray]) -> FloatArray:
    return np.stack([solved[name] for name in LANDMARKS])


def _danced(rng: np.random.Generator) -> Angles:
    """Sample a posture that does not lean far; otherwise one phase of a run."""
    angles = random_angles(rng)
    return angles if abs(angles.lean) < 0.5 else walking(float(rng.uniform(0, 6.3)), 1.2, 0.0)


def _flat(angles: Angles) -> FloatArray:
    """The angles as one row, yaw first."""
    return np.array([value for part in astuple(angles) for value in np.atleast_1d(part)], dtype=np.float64)


def _angles(row: FloatArray) -> Angles:
    pairs = [(float(a), float(b)) for a, b in row[5:].reshape(-1, 2)]
    return Angles(*(float(v) for v in row[:5]), *pairs)  # type: ignore[arg-type]
