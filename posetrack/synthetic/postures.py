"""Postures for drawn figures: phases of a walk, and random ones."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.body import Angles


def random_angles(rng: np.random.Generator) -> Angles:
    """Sample a posture: half are upright phases of a walk, the rest anything from sitting to jumping."""
    yaw = float(rng.uniform(-np.pi, np.pi))
    u = rng.uniform
    if rng.random() < 0.5:
        return walking(float(u(0, 2 * np.pi)), float(u(0.0, 1.3)), yaw, lean=float(u(-0.05, 0.2)),
                       head=(float(u(-0.8, 0.8)), float(u(-0.3, 0.4))))  # fmt: skip
    hip = (float(u(-0.5, 1.8)), float(u(-0.5, 1.8)))
    return Angles(
        yaw=yaw,
        lean=float(u(-0.2, 0.9)),
        roll=float(rng.normal(0, 0.15)),
        head_yaw=float(u(-0.9, 0.9)),
        head_pitch=float(u(-0.4, 0.6)),
        hip=hip,
        spread=(float(u(0, 0.6)), float(u(0, 0.6))),
        knee=(float(u(0, 0.4) + max(hip[0], 0) * u(0, 1.2)), float(u(0, 0.4) + max(hip[1], 0) * u(0, 1.2))),
        shoulder=(float(u(-0.8, 3.0)), float(u(-0.8, 3.0))),
        raise_arm=(float(u(0, 2.6)), float(u(0, 2.6))) if rng.random() < 0.5 else (0.15, 0.15),
        elbow=(float(u(0, 2.2)), float(u(0, 2.2))),
        elbow_turn=(float(u(-1.2, 0.8)), float(u(-1.2, 0.8))),
    )


def walking(
    phase: float, vigour: float, yaw: float, lean: float = 0.05, head: tuple[float, float] = (0.0, 0.0)
) -> Angles:
    """One phase (radians) of a walk (vigour about 0.7) or run (above 1), or standing (0)."""
    swing = 0.55 * vigour
    both = np.array([phase, phase + np.pi])
    hip = swing * np.sin(both)
    knee = 0.08 + 0.25 * vigour + (0.15 + 0.75 * vigour) * vigour * np.clip(np.sin(both - 0.9 - np.pi / 2), 0, 1)
    shoulder = -0.8 * swing * np.sin(both)
    elbow = np.full(2, 0.15 + 0.5 * vigour**2) + 0.25 * vigour * np.clip(-np.sin(both), 0, 1)
    return Angles(
        yaw=yaw, lean=lean, roll=0.0, head_yaw=head[0], head_pitch=head[1], hip=_two(hip), knee=_two(knee),
        shoulder=_two(shoulder), elbow=_two(elbow),
    )  # fmt: skip


def _two(values: FloatArray) -> tuple[float, float]:
    return float(values[0]), float(values[1])
