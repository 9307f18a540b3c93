"""False positives: some appear in single frames, others stay in one place for seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.synthetic.body import Proportions, solve
from posetrack.synthetic.images import MIN_JOINTS
from posetrack.synthetic.postures import random_angles
from posetrack.synthetic.simulation.actors import LANDMARKS
from posetrack.synthetic.simulation.appearance import unit
from posetrack.synthetic.simulation.chance import events, lasting
from posetrack.synthetic.simulation.crowd import Simulation
from posetrack.synthetic.simulation.detections import FIRST_LASTING_FALSE, RANDOM_FALSE
from posetrack.synthetic.simulation.levels import NoiseLevel
from posetrack.synthetic.simulation.stage import apply_maps

_K = 17
_LASTS_S = (0.4, 5.0)
_SEEN = 0.7  # detection rate of a persistent false positive during its lifetime
_REFERENCE_S = 6.0  # seconds to which ``NoiseLevel.lasting_false`` refers


@dataclass(frozen=True, eq=False)
class FalsePersons:
    """F false positives: frame (F,), identity (F,), joints (F, 17, 2), joint scores (F, 17), appearance (F, D)."""

    frame: IntArray
    persons: IntArray
    xy: FloatArray
    scores: FloatArray
    appearance: FloatArray


def false_persons(s: Simulation, level: NoiseLevel, common: FloatArray, rng: np.random.Generator) -> FalsePersons:
    """Generate false positives in order of frames; within a frame, random ones come first.

    Persistent ones are fixed to the background and move with it as the camera moves. As with people, those with fewer
    than ``MIN_JOINTS`` joints in the image are left out.
    """
    parts = [_random(s, level, common, rng)]
    count = int(rng.poisson(level.lasting_false * s.num_frames / s.fps / _REFERENCE_S))
    parts += [_lasting(s, level, common, rng, FIRST_LASTING_FALSE - n) for n in range(count)]
    joined = [np.concatenate([getattr(p, name) for p in parts]) for name in FalsePersons.__dataclass_fields__]
    height, width = s.image_hw
    inside = ((joined[2] > -0.5) & (joined[2] < np.array([width, height]) - 0.5)).all(axis=-1).sum(axis=-1)
    order = np.argsort(joined[0], kind="stable")
    order = order[inside[order] >= MIN_JOINTS]
    return FalsePersons(*(values[order] for values in joined))


def _random(s: Simulation, level: NoiseLevel, common: FloatArray, rng: np.random.Generator) -> FalsePersons:
    frame = np.repeat(np.arange(s.num_frames), rng.poisson(level.random_false, s.num_frames))
    xy = np.array([_pose(s, rng)[0] for _ in frame]).reshape(-1, _K, 2)
    scores = np.clip(rng.uniform(0.1, 0.55, (len(frame), 1)) + rng.normal(0, 0.15, (len(frame), _K)), 0.02, 1.0)
    look = unit(common + rng.normal(0, 1, (len(frame), len(common))) / np.sqrt(len(common)))
    return FalsePersons(frame, np.full(len(frame), RANDOM_FALSE), xy, scores, look)


def _lasting(
    s: Simulation, level: NoiseLevel, common: FloatArray, rng: np.random.Generator, person: int
) -> FalsePersons:
    pose, height = _pose(s, rng)
    life = max(int(rng.uniform(*_LASTS_S) * s.fps), 2)
    start = int(rng.integers(-life // 2, s.num_frames))
    chance = np.zeros(s.num_frames)
    chance[max(start, 0) : max(start + life, 0)] = _SEEN
    frame = np.flatnonzero(events(rng, chance, 0.8))
    tremble = 3.0 * level.jitter * height * lasting(rng, (s.num_frames, _K, 2), 0.6)
    placed = _carried(s, pose) + tremble
    base = rng.uniform(0.25, 0.7) + 0.1 * lasting(rng, (s.num_frames, 1), 0.9)
    scores = np.clip(base + rng.normal(0, 0.12, (s.num_frames, _K)), 0.02, 1.0)
    size = len(common)
    own = common + 1.2 * unit(rng.normal(0, 1, size))
    look = unit(own + level.appearance * rng.normal(0, 1, (s.num_frames, size)) / np.sqrt(size))
    return FalsePersons(frame, np.full(len(frame), person), placed[frame], scores[frame], look[frame])


def _carried(s: Simulation, pose: FloatArray) -> FloatArray:
    """(T, 17, 2) a pose fixed to the background, moved along by the camera motion."""
    placed = np.empty((s.num_frames, *pose.shape))
    placed[0] = pose
    for t in range(1, s.num_frames):
        placed[t] = apply_maps(s.camera[t : t + 1], placed[t - 1 : t])[0]
    return placed


def _pose(s: Simulation, rng: np.random.Generator) -> tuple[FloatArray, float]:
    """Sample a person-like pose somewhere in the image, (17, 2) pixels, and its height."""
    solved = solve(Proportions.random(rng), random_angles(rng))
    shape = np.array([solved[name][:2] for name in LANDMARKS[:_K]]) * (1.0, -1.0)
    seen = s.height_px[s.visible.any(axis=-1)]
    typical = float(np.median(seen)) if len(seen) else s.image_hw[0] / 3.0
    height = typical * float(np.exp(rng.normal(0, 0.35)))
    place = rng.uniform((0.05, 0.3), (0.95, 0.95)) * (s.image_hw[1], s.image_hw[0])
    return shape * height + place, height
