"""Light: one directed source (sun, lamp, window) plus ambient light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.rotations import unit


@dataclass(frozen=True, eq=False)
class Light:
    """The light in a scene.

    Attributes:
        towards: (3,) unit vector towards the source.
        color: (3,) strength of the directed light.
        sky: (3,) ambient light from above.
        ground: (3,) ambient light from below.
        shadows: whether the directed light casts shadows.
        softness: radius of the shadow edges, in shadow-map pixels.
    """

    towards: FloatArray
    color: FloatArray
    sky: FloatArray
    ground: FloatArray
    shadows: bool
    softness: float

    @classmethod
    def random(cls, rng: np.random.Generator, from_behind: FloatArray) -> Light:
        """Sample sun, overcast sky, indoor lamps, or back light.

        Args:
            rng: random generator.
            from_behind: (3,) viewing direction of the camera, from where back light comes.
        """
        kind = rng.choice(("sun", "overcast", "indoor", "back", "dim"), p=(0.36, 0.24, 0.24, 0.1, 0.06))
        azimuth = rng.uniform(0, 2 * np.pi)
        lift = {"sun": rng.uniform(0.3, 1.4), "indoor": rng.uniform(0.6, 1.5)}.get(str(kind), rng.uniform(0.2, 1.4))
        towards = np.array([np.cos(azimuth) * np.cos(lift), np.sin(lift), np.sin(azimuth) * np.cos(lift)])
        if kind == "back":
            towards = unit(unit(from_behind * [1, 0, 1]) + rng.normal(0, 0.25, 3) + [0, rng.uniform(0.2, 0.8), 0])
        strength, ambient = {
            "sun": (rng.uniform(0.6, 1.2), rng.uniform(0.4, 0.7)),
            "overcast": (rng.uniform(0.05, 0.3), rng.uniform(0.85, 1.15)),
            "indoor": (rng.uniform(0.25, 0.7), rng.uniform(0.6, 0.9)),
            "back": (rng.uniform(0.5, 1.1), rng.uniform(0.35, 0.6)),
            "dim": (rng.uniform(0.1, 0.4), rng.uniform(0.2, 0.4)),
        }[str(kind)]
        warm = rng.normal(0, 0.07 if kind != "indoor" else 0.13)
        tint = np.array([1 + warm, 1.0, 1 - warm])
        ground = ambient * rng.uniform(0.45, 0.8) * rng.normal(1, 0.06, 3)
        return cls(towards, strength * tint, ambient * (2 - tint) * 1.05, ground,
                   bool(kind != "overcast"), float(rng.uniform(0.5, 3.0)))  # fmt: skip
