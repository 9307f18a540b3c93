"""Random values correlated over time: errors and events that last for several frames, as those of networks do."""

from __future__ import annotations

from typing import Any

import numpy as np

from posetrack.structures import BoolArray, FloatArray


def lasting(rng: np.random.Generator, shape: tuple[int, ...], memory: float) -> FloatArray:
    """Standard normal values in which each frame has correlation ``memory`` with the previous one.

    Args:
        rng: random generator.
        shape: (T, ...).
        memory: 0 = independent frames, 0.9 = about ten frames.
    """
    noise = rng.normal(0.0, 1.0, shape)
    fresh = np.sqrt(1.0 - memory**2)
    for t in range(1, len(noise)):
        noise[t] = memory * noise[t - 1] + fresh * noise[t]
    return noise


def events(rng: np.random.Generator, probability: Any, memory: float) -> BoolArray:
    """Events that last: each occurs in every frame with its given probability, but rarely for one frame only.

    Args:
        rng: random generator.
        probability: (T, ...) in 0..1; may vary from frame to frame.
        memory: as in ``lasting``.
    """
    chance = np.asarray(probability, dtype=np.float64)
    return np.asarray(uniform(lasting(rng, chance.shape, memory)) < chance)


def uniform(normal: FloatArray) -> FloatArray:
    """Map normal values to uniform ones: the normal CDF, accurate to 0.0003 (tanh approximation)."""
    return np.asarray(0.5 * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (normal + 0.044715 * normal**3))))


def ramp(value: FloatArray, middle: float, width: float) -> FloatArray:
    """Logistic function: rises from 0 to 1 around ``middle``."""
    return np.asarray(1.0 / (1.0 + np.exp(np.clip((middle - value) / width, -50.0, 50.0))))
