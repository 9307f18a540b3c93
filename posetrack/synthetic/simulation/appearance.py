"""Appearance descriptors as from an embedding network: noisy, and mixed where people overlap."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.simulation.chance import lasting
from posetrack.synthetic.simulation.crowd import Simulation
from posetrack.synthetic.simulation.levels import NoiseLevel

SIZE = 32
COMMON = 0.3  # cosine similarity of two differently dressed people; to a network all people look somewhat alike
VIEW = 0.3  # how much a descriptor changes with the person's yaw
LIGHT = 0.3  # size of the slow drift common to all descriptors, as from changing light
FROM_IN_FRONT, FROM_OVERLAP = 0.8, 0.3  # how much of another person is mixed in, per share of joints they hide and per box IoU


def unit(vectors: FloatArray) -> FloatArray:
    """Normalise vectors (..., D) to length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def descriptors(
    s: Simulation, level: NoiseLevel, overlap: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Descriptors of all people in all frames, whether detected or not.

    Args:
        s: the exact sequence.
        level: noise level; only ``appearance`` is used.
        overlap: (T, P, P) IoU of the boxes, 0 on the diagonal.
        rng: random generator.

    Returns:
        (T, P, D) unit vectors; (D,) the component common to all people and the background, for false positives.
    """
    frames, people = s.height_px.shape
    common = unit(rng.normal(0, 1, SIZE))
    alike = COMMON + (1.0 - COMMON) * s.alike
    own = np.sqrt(alike) * common + np.sqrt(1.0 - alike) * unit(rng.normal(0, 1, (people, SIZE)))
    sides = VIEW * unit(rng.normal(0, 1, (2, people, SIZE)))
    light = LIGHT * lasting(rng, (frames, 1, SIZE), 0.98) / np.sqrt(SIZE)
    clean = own + np.cos(s.yaw)[..., None] * sides[0] + np.sin(s.yaw)[..., None] * sides[1] + light
    mixed = clean + (FROM_IN_FRONT * s.hidden_share + FROM_OVERLAP * overlap) @ clean
    unseen = 1.0 - s.visible.mean(axis=-1, keepdims=True)
    shape = (frames, people, SIZE)
    noise = np.sqrt(0.5) * (lasting(rng, shape, 0.85) + rng.normal(0, 1, shape))
    return unit(mixed + level.appearance * (1.0 + unseen) / np.sqrt(SIZE) * noise), common
