"""Noise model of the joints: estimated positions and scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import POSETRACK18, BoolArray, FloatArray, IntArray
from posetrack.synthetic.simulation.chance import events, lasting
from posetrack.synthetic.simulation.crowd import Simulation
from posetrack.synthetic.simulation.levels import NoiseLevel

# Relative to the hip. Wrists and ankles are worst, heads best, as in every table of AP per joint.
_JITTER_OF = {"shoulder": 0.8, "elbow": 1.1, "wrist": 1.6, "hip": 1.0, "knee": 1.0, "ankle": 1.5}
JITTER_OF = np.array([_JITTER_OF.get(name.split("_")[-1], 0.6) for name in POSETRACK18.joints])
HIDDEN_JITTER = 2.5  # factor for hidden joints, which have to be guessed
OUTLIER_SIZE = 0.09  # as a fraction of the standing height
MEMORY = 0.75  # of the correlated jitter, 70 % of the variance; the other 30 % is independent in every frame
_LEGS = np.array([name.split("_")[-1] in ("hip", "knee", "ankle") for name in POSETRACK18.joints])
GOOD_ERROR = 0.045  # of the standing height; a joint this far off scores 0.6 of ``BEST_SCORE``
BEST_SCORE, JUMPED_SCORE, HIDDEN_SCORE = 0.9, 0.75, 0.55


@dataclass(frozen=True, eq=False)
class NoisyJoints:
    """Estimated joints of all people in all frames, whether detected or not.

    Attributes:
        xy: (T, P, 17, 2) pixels.
        scores: (T, P, 17).
        valid: (T, P, 17) whether the joint is output at all.
    """

    xy: FloatArray
    scores: FloatArray
    valid: BoolArray


def noisy_joints(
    s: Simulation, level: NoiseLevel, rival: IntArray, overlap: FloatArray, rng: np.random.Generator
) -> NoisyJoints:
    """Simulate joint estimates.

    Args:
        s: the exact sequence.
        level: the noise level.
        rival: (T, P) the person who overlaps each person most.
        overlap: (T, P) IoU with that person, 0..1.
        rng: random generator.
    """
    shape = s.visible.shape
    hidden = ~s.visible
    size = s.height_px[..., None, None]
    deviation = (level.jitter * JITTER_OF * np.where(hidden, HIDDEN_JITTER, 1.0))[..., None]
    steady, fresh = lasting(rng, (*shape, 2), MEMORY), rng.normal(0, 1, (*shape, 2))
    error = deviation * (np.sqrt(0.7) * steady + np.sqrt(0.3) * fresh)
    far = events(rng, np.broadcast_to(level.outlier * JITTER_OF, shape), 0.85)
    error += np.where(far[..., None], OUTLIER_SIZE * lasting(rng, (*shape, 2), 0.95), 0.0)
    xy = s.joints_xy + error * size
    jumped = events(rng, level.jump * np.where(hidden, 1.0, 0.15) * np.minimum(2 * overlap, 1.0)[..., None], 0.85)
    others = np.take_along_axis(xy, rival[..., None, None], axis=1)
    wrong = np.linalg.norm(error, axis=-1)
    scores = BEST_SCORE * np.exp(-0.5 * (wrong / GOOD_ERROR) ** 2)
    xy = np.where(jumped[..., None], others, xy)
    scores = np.where(jumped, JUMPED_SCORE, scores) * np.where(hidden, HIDDEN_SCORE, 1.0)
    scores = scores + level.score * (0.7 * lasting(rng, shape, 0.7) + 0.7 * rng.normal(0, 1, shape))
    lost = events(rng, np.where(hidden, min(10 * level.dropout, 0.5), level.dropout), 0.7)
    xy, scores = _swapped(s, level, rng, xy, scores)
    return NoisyJoints(xy, np.clip(scores, 0.02, 1.0), ~lost)


def _swapped(
    s: Simulation, level: NoiseLevel, rng: np.random.Generator, xy: FloatArray, scores: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Swap left and right for a while, for the whole body or the legs only."""
    chance = level.swap * (0.5 + 1.5 * np.abs(np.sin(s.yaw)))
    swapped = events(rng, chance, 0.8)
    legs_only = events(rng, np.full(chance.shape, 0.5), 0.95)
    which = swapped[..., None] & (_LEGS | ~legs_only[..., None])
    order = POSETRACK18.flip_order
    return np.where(which[..., None], xy[:, :, order], xy), np.where(which, scores[:, :, order], scores)
