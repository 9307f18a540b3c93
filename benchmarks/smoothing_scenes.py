"""Moving people, and what a pose network would make of them: the input of ``benchmarks/smoothing.py``.

The ground truth comes from the package's figures, without drawing: people who walk under a shaking camera, people who
stand and talk with their hands, and sport: running, jumping, punches and throws with wrists at up to some 10 body
heights per second. The noise is that of top-down networks: larger on wrists and ankles, half of it correlated over
several frames, outliers in short runs (most with a low score), dropouts, legs and arms swapped for several frames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posetrack.structures import POSETRACK18, FloatArray, FramePoses, SequenceInfo, SequencePoses
from posetrack.synthetic.body import Angles
from posetrack.synthetic.figure import Figure, Look
from posetrack.synthetic.postures import walking

IMAGE_HW = (720, 1280)
_EARS = [POSETRACK18.index("left_ear"), POSETRACK18.index("right_ear")]
_NOISIER = {"wrist": 1.8, "ankle": 1.6, "elbow": 1.2, "knee": 1.2, "hip": 1.2}
_GROUPS = (("knee", "ankle"), ("elbow", "wrist"))


@dataclass(frozen=True)
class Noise:
    """How bad the poses are.

    Attributes:
        sigma: standard deviation of a joint's error, as a fraction of the standing height.
        correlated: fraction of the variance due to an AR(1) process with coefficient ``memory``.
        memory: see above, per frame at 25 fps.
        outliers: fraction of the joints at which a run of 1 to 3 outliers starts.
        dropouts: fraction of the joints at which a run of 1 to 12 missing frames starts.
        swaps: fraction of frames at which a run of 1 to 5 frames with a person's legs or arms swapped starts.
    """

    sigma: float = 0.012
    correlated: float = 0.5
    memory: float = 0.7
    outliers: float = 0.008
    dropouts: float = 0.01
    swaps: float = 0.004


LEVELS = {
    "easy": Noise(0.006, 0.4, 0.6, 0.003, 0.005, 0.001),
    "medium": Noise(),
    "hard": Noise(0.02, 0.6, 0.7, 0.02, 0.02, 0.01),
}


@dataclass(frozen=True, eq=False)
class Case:
    """Ground truth, degraded poses with true ids, and which limb groups were swapped, by (frame, person)."""

    truth: SequencePoses
    noisy: SequencePoses
    swapped: dict[tuple[int, int], tuple[bool, bool]]


def make_case(kind: str, level: str, seed: int, frames: int = 200, people: int = 4, fps: float = 25.0) -> Case:
    """Make one sequence of ``walk``, ``talk`` or ``sport``."""
    rng = np.random.default_rng([seed, sum(map(ord, kind)), frames])
    truth = _sequence(kind, [_true_frames(kind, rng, frames, people, fps)], f"{seed:06d}_mpii_{kind}", fps)
    noisy, swapped = _degrade(truth, LEVELS[level], np.random.default_rng([seed, 7]), 25.0 / fps)
    return Case(truth, noisy, swapped)


def _true_frames(kind: str, rng: np.random.Generator, frames: int, people: int, fps: float) -> list[FramePoses]:
    looks = [Look.random(rng) for _ in range(people)]
    movers = [_Mover(kind, rng, i, people) for i in range(people)]
    shake = np.cumsum(rng.normal(0, 0.6, (frames, 2)), axis=0) * (0.5 if kind == "walk" else 0.1)
    shake -= np.linspace(0, 1, frames)[:, None] * shake[-1]
    result = []
    for t in range(frames):
        figures = [m.figure(look, t / fps, shake[t]) for m, look in zip(movers, looks, strict=True)]
        result.append(_labelled(t, figures))
    return result


class _Mover:
    """One person's path and habits."""

    def __init__(self, kind: str, rng: np.random.Generator, index: int, people: int) -> None:
        self.kind = kind
        self.height = float(rng.uniform(160, 320))
        self.x = IMAGE_HW[1] * (index + 0.5) / people + rng.normal(0, 20)
        self.foot = float(rng.uniform(480, 680))
        self.phase, self.side = float(rng.uniform(0, 6)), float(rng.choice((-1, 1)))
        self.yaw = float(rng.uniform(-1.2, 1.2))
        self.speed = {"walk": float(rng.uniform(0.45, 0.8)), "talk": 0.0, "sport": float(rng.uniform(1.5, 3.0))}[kind]
        self.rates = rng.uniform(0.2, 1.2, 6) * (1.0 if kind == "talk" else 2.2)
        self.phases = rng.uniform(0, 6.28, 6)
        # Times of punches and jumps, and their duration.
        self.blows = np.cumsum(rng.uniform(0.5, 1.6, 60))
        self.blow_seconds = float(rng.uniform(0.12, 0.25))

    def figure(self, look: Look, t: float, shake: FloatArray) -> Figure:
        if self.kind == "walk":
            yaw = self.side * (np.pi / 2 + 0.2 * np.sin(self.phase))
            angles = walking(self.phase + 7.3 * self.speed * t, 0.75 * self.speed / 0.62, yaw)
            x, lift = self.x + self.side * self.speed * self.height * (t - 4.0) * 0.4, 0.0
        elif self.kind == "talk":
            angles, x, lift = self._talking(t), self.x, 0.0
        else:
            angles, x, lift = self._sport(t)
        return Figure(look, angles, (x + shake[0], self.foot - lift + shake[1]), self.height)

    def _talking(self, t: float) -> Angles:
        wave = np.sin(2 * np.pi * self.rates * t + self.phases)
        return Angles(
            yaw=self.yaw + 0.1 * wave[0], lean=0.03 * wave[1], head_yaw=0.4 * wave[2],
            shoulder=(0.3 + 0.3 * wave[3], 0.4 + 0.4 * wave[4]), elbow=(1.2 + 0.5 * wave[5], 1.0 + 0.7 * wave[3]),
        )  # fmt: skip

    def _sport(self, t: float) -> tuple[Angles, float, float]:
        turn = np.sin(0.9 * t + self.phase)  # runs back and forth
        x = self.x + 0.5 * self.speed * self.height * turn * 0.6
        yaw = float(np.pi / 2 * np.tanh(4 * np.cos(0.9 * t + self.phase)))
        run = walking(self.phase + 7.3 * self.speed * t * 0.7, 1.1, yaw)
        since = t - self.blows[np.searchsorted(self.blows, t) - 1] if t > self.blows[0] else 9.0
        blow = float(np.exp(-(((since - 2 * self.blow_seconds) / self.blow_seconds) ** 2)))
        shoulder = (run.shoulder[0], run.shoulder[1] * (1 - blow) + 2.6 * blow)
        elbow = (run.elbow[0], run.elbow[1] * (1 - blow) + 0.1 * blow)
        lift = 0.25 * self.height * max(0.0, 1 - ((since - 0.5) / 0.3) ** 2)
        return replace(run, shoulder=shoulder, elbow=elbow), x, lift


def _labelled(t: int, figures: list[Figure]) -> FramePoses:
    xy = np.array([[f.points[name] for name in POSETRACK18.joints] for f in figures])
    valid = ((xy >= 0) & (xy < np.array(IMAGE_HW[::-1]))).all(axis=2)
    valid[:, _EARS] = False
    n = len(figures)
    boxes = np.array([f.box() for f in figures])
    return FramePoses(
        t, IMAGE_HW, boxes, np.ones(n), np.where(valid[..., None], xy, np.nan), np.where(valid, 1.0, np.nan), valid,
        track_ids=np.arange(n), head_boxes_xyxy=np.array([f.head_box() for f in figures]),
    )  # fmt: skip


def _sequence(kind: str, parts: list[list[FramePoses]], name: str, fps: float) -> SequencePoses:
    frames = parts[0]
    names = tuple(f"images/val/{name}/{i:06d}.jpg" for i in range(len(frames)))
    return SequencePoses(SequenceInfo(name, names, IMAGE_HW, fps), POSETRACK18, tuple(frames))


def _runs(rng: np.random.Generator, shape: tuple[int, ...], share: float, longest: int) -> FloatArray:
    """Bool array of the given shape (T, ...): runs of 1 to ``longest`` frames."""
    marked = np.zeros(shape, dtype=bool)
    for start in np.argwhere(rng.random(shape) < share):
        stop = start[0] + int(rng.integers(1, longest + 1))
        marked[(slice(start[0], stop), *start[1:])] = True
    return marked


def _degrade(
    truth: SequencePoses, noise: Noise, rng: np.random.Generator, seconds: float
) -> tuple[SequencePoses, dict[tuple[int, int], tuple[bool, bool]]]:
    xy = np.stack([f.joints_xy for f in truth.frames])
    t, n, k, _ = xy.shape
    height = (truth.frames[0].boxes_xyxy[:, 3] - truth.frames[0].boxes_xyxy[:, 1])[:, None, None]
    factor = np.array([next((v for key, v in _NOISIER.items() if key in j), 1.0) for j in POSETRACK18.joints])
    quality = np.exp(rng.normal(0, 0.35, (t, n, k)))  # of each joint and frame; reflected in the score
    sigma = noise.sigma * factor[:, None] * height * quality[..., None]
    slow = np.zeros_like(xy)
    slow[0] = rng.normal(size=(n, k, 2))
    memory = noise.memory**seconds
    for i in range(1, t):
        slow[i] = memory * slow[i - 1] + np.sqrt(1 - memory**2) * rng.normal(size=(n, k, 2))
    error = sigma * (np.sqrt(noise.correlated) * slow + np.sqrt(1 - noise.correlated) * rng.normal(size=xy.shape))
    outlier = _runs(rng, (t, n, k), noise.outliers, 3)
    far = rng.normal(size=xy.shape) * height * 0.12
    error = np.where(outlier[..., None], far, error)
    scores = np.clip(0.9 - 0.25 * np.log(quality) ** 2 - 0.25 * np.log(quality) - 0.1 * rng.random((t, n, k)), 0.05, 1)
    low = outlier & (rng.random((t, n, k)) < 0.7)
    scores = np.where(low, rng.uniform(0.1, 0.5, (t, n, k)), scores)
    predicted = xy + error
    swaps = _runs(rng, (t, n, 2), noise.swaps, 5)
    for group, names in enumerate(_GROUPS):
        for part in names:
            a, b = POSETRACK18.index(f"left_{part}"), POSETRACK18.index(f"right_{part}")
            both = swaps[..., group]
            predicted[both, a], predicted[both, b] = predicted[both, b].copy(), predicted[both, a].copy()
    lost = _runs(rng, (t, n, k), noise.dropouts, 12)
    valid = np.isfinite(predicted).all(axis=3) & ~lost
    frames = []
    for i, frame in enumerate(truth.frames):
        scored = scores[i].mean(axis=1)
        frames.append(replace(
            frame, joints_xy=np.where(valid[i][..., None], predicted[i], np.nan), joint_scores=scores[i],
            joint_valid=valid[i], joint_visible=valid[i], scores=scored, head_boxes_xyxy=np.full((n, 4), np.nan),
        ))  # fmt: skip
    swapped = {(i, p): (bool(swaps[i, p, 0]), bool(swaps[i, p, 1])) for i in range(t) for p in range(n)}
    return replace(truth, frames=tuple(frames)), swapped
