"""Procedural postures: standing, sitting, crouching, kneeling, lying, bending, reaching, sport."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.limits import within_limits
from posetrack.synthetic.humans.posture import (
    FOREARM, NUM_LIMBS, SIDE_SIGN, THIGH, UPPER_ARM, Posture,
)  # fmt: skip
from posetrack.synthetic.humans.rotations import euler_yxz, jitter, unit

KINDS = ("stand", "step", "sit", "crouch", "kneel", "lie", "bend", "lunge", "jump", "swing")
_SHARES = (0.26, 0.16, 0.16, 0.08, 0.05, 0.05, 0.08, 0.07, 0.04, 0.05)
_NAMED_ARMS = 0.28
STANDING_ROOT = np.array([0.0, 1.0, 0.0])


def random_posture(rng: np.random.Generator, kind: str | None = None) -> Posture:
    """Generate a posture facing +z.

    Args:
        rng: random generator.
        kind: one of ``KINDS``; None = random.
    """
    chosen = kind or str(rng.choice(KINDS, p=_SHARES))
    legs, pelvis_pitch, chest_pitch = _legs(rng, chosen)
    pelvis = euler_yxz(rng.normal(0, 0.12), pelvis_pitch, rng.normal(0, 0.05))
    chest = pelvis @ euler_yxz(rng.normal(0, 0.22), chest_pitch, rng.normal(0, 0.1))
    head = chest @ euler_yxz(rng.normal(0, 0.45), rng.normal(0.05, 0.25) - 0.5 * chest_pitch, rng.normal(0, 0.1))
    limbs = np.zeros((NUM_LIMBS, 2, 3))
    both = _named_arm(rng) if rng.random() < _NAMED_ARMS else None
    for side, sign in enumerate(SIDE_SIGN):
        named = both if both is not None and (both[2] or side == 0) else None
        arm = _arm(rng, sign, chosen) if named is None else _as_named(rng, sign, named)
        limbs[UPPER_ARM, side], limbs[FOREARM, side] = (chest @ v for v in arm)
    limbs[THIGH:] = legs
    posture = within_limits(Posture(np.stack([pelvis, chest, head]), limbs, STANDING_ROOT))
    return posture.turned(_lying(rng)) if chosen == "lie" else posture


def _lying(rng: np.random.Generator) -> FloatArray:
    """Rotation onto the back, the front or a side."""
    onto = euler_yxz(0, float(rng.choice((-1, 1), p=(0.6, 0.4))) * np.pi / 2 + rng.normal(0, 0.12), 0)
    roll = float(rng.choice((0.0, np.pi / 2, -np.pi / 2), p=(0.7, 0.15, 0.15))) + rng.normal(0, 0.2)
    return np.asarray(onto @ euler_yxz(roll, 0, 0))


def _limb(forward: float, outward: float, sign: float) -> FloatArray:
    """Direction of a hanging limb, swung forward and lifted outward by angles in radians."""
    return np.array(
        [sign * np.sin(outward), -np.cos(outward) * np.cos(forward), np.cos(outward) * np.sin(forward)]
    )  # fmt: skip


def _legs(rng: np.random.Generator, kind: str) -> tuple[FloatArray, float, float]:
    """(3, 2, 3) directions of thigh, shin and foot of both sides in the world, and pitch of pelvis and chest."""
    u, n = rng.uniform, rng.normal
    hip, knee, spread, pitch, chest = np.zeros(2), np.zeros(2), np.abs(n(0.05, 0.06, 2)), 0.0, float(n(0.04, 0.1))
    if kind == "stand":
        hip, knee = n(0, 0.06, 2), np.abs(n(0, 0.1, 2))
        if rng.random() < 0.3:  # weight on one leg
            side = int(rng.integers(2))
            hip[side], knee[side], spread[side] = u(0.1, 0.5), u(0.2, 0.8), u(0, 0.3)
    elif kind == "step":
        phase, vigour = u(0, 2 * np.pi), u(0.4, 1.4)
        swing = np.sin(np.array([phase, phase + np.pi]))
        lift = np.clip(np.cos(np.array([phase, phase + np.pi])), 0, 1)
        hip, knee, chest = 0.5 * vigour * swing + 0.1, 0.1 + vigour * lift * u(0.5, 1.2), float(u(0, 0.2) * vigour)
    elif kind == "sit":
        hip, knee, spread = n(1.45, 0.15, 2), np.clip(n(1.4, 0.35, 2), 0.1, 2.3), np.abs(n(0.12, 0.2, 2))
        pitch, chest = float(n(-0.1, 0.12)), float(np.clip(n(0.2, 0.25), -0.2, 0.9))
    elif kind == "crouch":
        hip, spread = u(1.5, 2.2, 2), np.abs(n(0.3, 0.25, 2))
        knee, pitch, chest = hip + n(0.2, 0.15, 2), float(u(0.1, 0.7)), float(u(0.1, 0.5))
    elif kind == "kneel":
        one = rng.random() < 0.5
        hip = np.array([1.5, 0.0]) if one else n(0.3, 0.3, 2)
        knee, chest = np.array([1.5, 1.5]) if one else hip + n(1.55, 0.1, 2), float(n(0.15, 0.2))
    elif kind == "lie":
        hip, knee, spread = np.clip(n(0.3, 0.5, 2), -0.2, 1.8), np.clip(n(0.5, 0.5, 2), 0, 2.2), np.abs(n(0.1, 0.15, 2))
    elif kind == "bend":
        hip, knee, pitch, chest = n(0.05, 0.15, 2), np.abs(n(0.1, 0.3, 2)), float(u(0.2, 1.0)), float(u(0.3, 0.9))
    elif kind == "lunge":
        hip, knee, spread = np.array([u(0.7, 1.4), u(-0.5, 0)]), np.array([u(0.8, 1.5), u(0.1, 0.8)]), u(0, 0.4, 2)
        pitch, chest = float(u(0, 0.4)), float(n(0.15, 0.2))
    elif kind == "jump":
        hip, knee, spread = u(-0.3, 1.5, 2), u(0.1, 2.0, 2), u(0, 0.7, 2)
        chest = float(n(0, 0.3))
    else:  # swing: legs apart, as when hitting or throwing
        hip, knee, spread = n(0.25, 0.3, 2), np.abs(n(0.4, 0.3, 2)), u(0.1, 0.6, 2)
        pitch, chest = float(u(0, 0.4)), float(n(0.15, 0.25))
    if rng.random() < 0.5:
        hip, knee, spread = hip[::-1], knee[::-1], spread[::-1]
    return _leg_directions(rng, hip, knee, spread), pitch, chest


def _leg_directions(rng: np.random.Generator, hip: FloatArray, knee: FloatArray, spread: FloatArray) -> FloatArray:
    legs = np.zeros((3, 2, 3))
    for side, sign in enumerate(SIDE_SIGN):
        legs[0, side] = _limb(hip[side], spread[side], sign)
        legs[1, side] = _limb(hip[side] - knee[side], spread[side], sign)
        shin = hip[side] - knee[side]
        # The foot stays roughly flat: its pitch follows about a third of the shin's.
        toe = 0.35 * shin + rng.normal(0, 0.1)
        legs[2, side] = unit(np.array([sign * abs(rng.normal(0.15, 0.12)), np.sin(toe) - 0.15, np.cos(toe)]))
    return legs


# The most common arm postures other than hanging: left upper arm and forearm relative to the chest, and whether both
# arms may take them.
_ARMS = {
    "on the hips": ((0.75, -0.6, -0.25), (-0.6, -0.65, 0.35), True),
    "in pockets": ((0.35, -0.9, -0.25), (-0.1, -0.85, 0.5), True),
    "crossed": ((0.3, -0.85, 0.35), (-0.93, 0.15, 0.35), True),
    "behind the back": ((0.3, -0.85, -0.45), (-0.75, -0.55, -0.35), True),
    "holding in front": ((0.15, -0.85, 0.5), (-0.25, 0.1, 0.95), True),
    "embracing": ((0.4, -0.3, 0.85), (-0.7, 0.1, 0.7), True),
    "at the ear": ((0.4, -0.7, 0.5), (-0.15, 0.95, 0.15), False),
    "at the mouth": ((0.2, -0.75, 0.6), (-0.4, 0.85, 0.3), False),
    "on the thighs": ((0.2, -0.8, 0.45), (-0.05, -0.45, 0.9), True),
}


def _named_arm(rng: np.random.Generator) -> tuple[FloatArray, FloatArray, bool]:
    upper, lower, both = _ARMS[list(_ARMS)[int(rng.integers(len(_ARMS)))]]
    return np.array(upper), np.array(lower), both and bool(rng.random() < 0.75)


def _as_named(
    rng: np.random.Generator, sign: float, named: tuple[FloatArray, FloatArray, bool]
) -> tuple[FloatArray, FloatArray]:
    """Directions of a named arm posture on one side, with random variation."""
    side = np.array([sign, 1.0, 1.0])
    return jitter(rng, 9) @ unit(named[0] * side), jitter(rng, 9) @ unit(named[1] * side)


def _arm(rng: np.random.Generator, sign: float, kind: str) -> tuple[FloatArray, FloatArray]:
    """Directions of upper arm and forearm relative to the chest."""
    u, n = rng.uniform, rng.normal
    free = 0.55 if kind in ("jump", "swing", "lunge") else 0.25
    choice = rng.random()
    if choice < free:  # anywhere within reach
        upper = unit(np.array([sign * u(-0.3, 1.0), u(-1, 1), u(-0.4, 1)]))
        flexion = u(0, 2.3)
    elif choice < free + 0.12:  # raised
        upper = unit(np.array([sign * u(0, 0.7), u(0.3, 1), u(-0.2, 0.7)]))
        flexion = float(rng.choice((u(0, 0.5), u(0.5, 2.2))))
    elif choice < free + 0.37:  # forward, as when holding, writing, eating
        upper = _limb(n(0.5, 0.4), abs(n(0.2, 0.2)), sign)
        flexion = u(0.6, 2.3)
    else:  # hanging
        upper = _limb(n(0.0, 0.25), abs(n(0.16, 0.12)), sign)
        flexion = float(rng.choice((abs(n(0.2, 0.2)), u(0.2, 2.4)), p=(0.65, 0.35)))
    towards = np.array([sign * n(-0.35, 0.5), n(0.15, 0.45), 1.0])
    across = unit(towards - upper * (upper @ towards))
    return upper, np.cos(flexion) * upper + np.sin(flexion) * across
