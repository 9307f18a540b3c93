"""Descriptors of what people look like, as an embedding network would give them: noisy, mixed where people overlap."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.simulation.chance import lasting
from posetrack.synthetic.simulation.crowd import Simulation
from posetrack.synthetic.simulation.levels import NoiseLevel

SIZE = 32
COMMON = 0.3  # cosine between two people in clothes of their own; all people look somewhat alike to a network
VIEW = 0.3  # how far a descriptor turns as the person does
LIGHT = 0.3  # how far the light takes all of them along, slowly
FROM_IN_FRONT, FROM_OVERLAP = 0.8, 0.3  # share of another's descriptor, by joints hidden and by overlap of boxes


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (..., D) of length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def descriptors(
    s: Simulation, level: NoiseLevel, overlap: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Of all people in all frames, found or not.

    Args:
        s: the exact sequence.
        level: ``appearance`` is used.
        overlap: (T, P, P) IoU of their boxes, 0 with themselves.
        rng: the generator.

    Returns:
        (T, P, D) unit vectors; (D,) what all people and the background share, to make false persons of.
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
