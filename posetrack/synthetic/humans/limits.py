"""Joint limits: clamp postures to what a body can do.

Ranges of motion: after Norkin & White, Measurement of Joint Motion (2016), slightly widened where clothing and
momentum in sport call for it.
"""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.posture import (
    CHEST, FOOT, FOREARM, HEAD, PELVIS, SHIN, SIDE_SIGN, THIGH, UPPER_ARM, Posture,
)  # fmt: skip
from posetrack.synthetic.humans.rotations import about, jitter, rotation_vector, unit

ELBOW_MOST = np.radians(150)
KNEE_MOST = np.radians(150)
HEAD_MOST = np.radians(75)
CHEST_MOST = np.radians(75)
ANKLE_LEAST, ANKLE_MOST = np.radians(60), np.radians(160)  # angle between foot and the upward shin
_BACK_OF_ARM = -0.75  # least forward component of the upper arm's unit vector
_BACK_OF_THIGH = -0.6
_INWARD_ARM = -0.55
_INWARD_THIGH = -0.35
_OUTWARD_ARM, _OUTWARD_THIGH = 1.0, 0.8  # sideways component; a thigh reaches about 50 degrees


def within_limits(posture: Posture) -> Posture:
    """Clamp every joint of a posture to its range of motion."""
    pelvis = posture.trunk[PELVIS]
    chest = pelvis @ _capped(pelvis.T @ posture.trunk[CHEST], CHEST_MOST)
    head = chest @ _capped(chest.T @ posture.trunk[HEAD], HEAD_MOST)
    limbs = posture.limbs.copy()
    for side, sign in enumerate(SIDE_SIGN):
        arm = _cone(chest.T @ limbs[UPPER_ARM, side], sign, (_INWARD_ARM, _OUTWARD_ARM), _BACK_OF_ARM)
        limbs[UPPER_ARM, side] = chest @ arm
        limbs[FOREARM, side] = _bent(limbs[UPPER_ARM, side], limbs[FOREARM, side], ELBOW_MOST)
        thigh = _cone(pelvis.T @ limbs[THIGH, side], sign, (_INWARD_THIGH, _OUTWARD_THIGH), _BACK_OF_THIGH)
        limbs[THIGH, side] = pelvis @ thigh
        limbs[SHIN, side] = _knee(pelvis, limbs[THIGH, side], limbs[SHIN, side])
        limbs[FOOT, side] = _ankle(limbs[SHIN, side], limbs[FOOT, side])
    return Posture(np.stack([pelvis, chest, head]), limbs, posture.root)


def perturbed(posture: Posture, rng: np.random.Generator, degrees: float) -> Posture:
    """Rotate every part of a posture a little at random, within the limits."""
    trunk = np.stack([jitter(rng, 0.5 * degrees) @ turn for turn in posture.trunk])
    limbs = np.array([[jitter(rng, degrees) @ v for v in pair] for pair in posture.limbs])
    return within_limits(Posture(trunk, limbs, posture.root))


def _capped(rotation: FloatArray, most: float) -> FloatArray:
    vector = rotation_vector(rotation)
    angle = float(np.linalg.norm(vector))
    return about(vector / angle, most) if angle > most else rotation


def _cone(direction: FloatArray, sign: float, sideways: tuple[float, float], backward: float) -> FloatArray:
    x, z = float(np.clip(direction[0] * sign, *sideways)), max(direction[2], backward)
    rest = max(1 - x * x - z * z, 1e-3)
    y = direction[1] if (x, z) == (direction[0] * sign, direction[2]) else np.copysign(np.sqrt(rest), direction[1])
    return unit(np.array([x * sign, y, z]))


def _bent(upper: FloatArray, lower: FloatArray, most: float) -> FloatArray:
    """Limit the bend between upper and lower part to ``most``."""
    cos = float(np.clip(upper @ lower, -1, 1))
    if np.arccos(cos) <= most:
        return lower
    across = unit(lower - upper * cos)
    return np.asarray(np.cos(most) * upper + np.sin(most) * across)


def _knee(pelvis: FloatArray, thigh: FloatArray, shin: FloatArray) -> FloatArray:
    """Limit the knee: it bends backwards, about an axis close to the body's left-right axis, less so in a straddle."""
    cos = float(np.clip(thigh @ shin, -1, 1))
    angle = min(float(np.arccos(cos)), KNEE_MOST)
    if angle < 1e-4:
        return shin
    # "Back" is the direction behind the thigh when the leg swings in the pelvis' y-z plane; the hip may rotate the bend by
    # up to 45 degrees from there.
    local = pelvis.T @ thigh
    back = unit(np.cross(np.array([1.0, 0, 0]), local)) if abs(local[0]) < 0.95 else np.array([0.0, 0, -1])
    back = pelvis @ back
    across = unit(shin - thigh * cos)
    turn = float(np.arctan2(thigh @ np.cross(back, across), back @ across))
    turn = float(np.clip(turn, -np.pi / 4, np.pi / 4))
    across = about(thigh, turn) @ unit(back - thigh * (thigh @ back))
    return np.asarray(np.cos(angle) * thigh + np.sin(angle) * across)


def _ankle(shin: FloatArray, foot: FloatArray) -> FloatArray:
    up = -shin
    cos = float(np.clip(up @ foot, -1, 1))
    angle = float(np.clip(np.arccos(cos), ANKLE_LEAST, ANKLE_MOST))
    across = unit(foot - up * cos)
    return np.asarray(np.cos(angle) * up + np.sin(angle) * across)
