"""Apply a posture to a body: rotations of all bones of the rig."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.posture import (
    CHEST, FOOT, FOREARM, HEAD, PELVIS, SHIN, SIDE_SIGN, THIGH, UPPER_ARM, Posture,
)  # fmt: skip
from posetrack.synthetic.humans.rig import SIDES, BodyRig
from posetrack.synthetic.humans.rotations import about, between, jitter, part_of, swing, twist_towards, unit

_SPINE = {"spine05": 0.15, "spine04": 0.35, "spine03": 0.6, "spine02": 0.85, "spine01": 1.0}
_NECK = {"neck01": 0.3, "neck02": 0.5, "neck03": 0.75, "head": 1.0}
_CLAVICLE, _SHOULDER = 0.22, 0.38  # shares of the arm's lift; shoulder girdle to arm is about 1 : 2 (Inman 1944)
_TWIST_MOST = np.radians(100)
_BEND_SEEN = (0.12, 0.55)  # sine of the bend at which its plane begins to determine the twist, and at which it does so fully
_LEFT_RIGHT = np.array([1.0, 0.0, 0.0])


def bone_rotations(
    rig: BodyRig, heads: FloatArray, toes: FloatArray, posture: Posture, rng: np.random.Generator
) -> FloatArray:
    """Compute the rotations of all bones from the rest pose.

    Trunk bones share the rotation between pelvis, chest and head. A limb bone starts from its parent's rotation, swings to
    its direction, and is twisted so that elbow or knee bends about its hinge. What a posture does not specify (forearm
    twist, wrist, fingers) is drawn from ``rng``.

    Args:
        rig: the bones.
        heads: (B, 3) bone heads of the body at rest.
        toes: (2, 3) balls of the feet at rest, left and right.
        posture: a single posture.
        rng: random generator.

    Returns:
        (B, 3, 3).
    """
    turns = np.tile(np.eye(3), (len(rig.bones), 1, 1))
    pelvis, chest, head = posture.trunk[PELVIS], posture.trunk[CHEST], posture.trunk[HEAD]
    for bone in ("root", "pelvis.L", "pelvis.R"):
        turns[rig.index(bone)] = pelvis
    for bone, share in _SPINE.items():
        turns[rig.index(bone)] = between(pelvis, chest, share)
    for bone, share in _NECK.items():
        turns[rig.index(bone)] = between(chest, head, share)
    for side, name in enumerate(SIDES):
        _turn_arm(turns, rig, heads, posture, side, name, rng)
        _turn_leg(turns, rig, heads, toes[side], posture, side, name)
    return turns


def _rest(rig: BodyRig, heads: FloatArray, start: str, end: str, side: str) -> FloatArray:
    return unit(heads[rig.index(f"{end}.{side}")] - heads[rig.index(f"{start}.{side}")])


def _hinged(
    base: FloatArray, rest: FloatArray, rest_hinge: FloatArray, upper: FloatArray, lower: FloatArray
) -> FloatArray:
    """Rotation of an upper limb: swung to ``upper``, twisted so that its hinge is the axis of the bend to ``lower``."""
    turn = swing(base @ rest, upper) @ base
    hinge = np.cross(upper, lower)
    low, high = _BEND_SEEN
    seen = float(np.clip((np.linalg.norm(hinge) - low) / (high - low), 0, 1))
    if seen == 0:
        return turn
    twist = twist_towards(upper, turn @ rest_hinge, unit(hinge))
    return about(upper, seen * float(np.clip(twist, -_TWIST_MOST, _TWIST_MOST))) @ turn


def _turn_arm(
    turns: FloatArray, rig: BodyRig, heads: FloatArray, posture: Posture, side: int, name: str,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    chest = posture.trunk[CHEST]
    upper, lower = posture.limbs[UPPER_ARM, side], posture.limbs[FOREARM, side]
    rest_upper = _rest(rig, heads, "upperarm01", "lowerarm01", name)
    rest_lower = _rest(rig, heads, "lowerarm01", "wrist", name)
    lift = swing(chest @ rest_upper, upper)
    arm = _hinged(chest, rest_upper, unit(np.cross(rest_upper, rest_lower)), upper, lower)
    forearm = swing(arm @ rest_lower, lower) @ arm
    hand_twist = about(lower, float(rng.normal(0, 0.6)))
    hand = jitter(rng, 13) @ hand_twist @ forearm
    turns[rig.index(f"clavicle.{name}")] = part_of(lift, _CLAVICLE) @ chest
    turns[rig.index(f"shoulder01.{name}")] = part_of(lift, _SHOULDER) @ chest
    turns[rig.index(f"upperarm01.{name}")] = between(lift @ chest, arm, 0.5)
    turns[rig.index(f"upperarm02.{name}")] = arm
    turns[rig.index(f"lowerarm01.{name}")] = forearm
    turns[rig.index(f"lowerarm02.{name}")] = between(forearm, hand_twist @ forearm, 0.5)
    turns[rig.index(f"wrist.{name}")] = hand
    _curl_fingers(turns, rig, heads, hand, name, SIDE_SIGN[side], rng)


def _curl_fingers(
    turns: FloatArray, rig: BodyRig, heads: FloatArray, hand: FloatArray, name: str, sign: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Bend the fingers towards the palm about an axis across the hand."""
    along = unit(heads[rig.index(f"fingers.{name}")] - heads[rig.index(f"wrist.{name}")])
    # At rest the palms face inward and down; the axis is perpendicular to the fingers and to that direction.
    palm = np.array([-sign, -0.4, -0.4])
    axis = unit(np.cross(along, unit(palm - along * (along @ palm))))
    curl = float(rng.choice((rng.uniform(0, 0.5), rng.uniform(0.5, 1.4)), p=(0.6, 0.4)))
    turns[rig.index(f"knuckles.{name}")] = hand @ about(axis, curl)
    turns[rig.index(f"fingers.{name}")] = hand @ about(axis, 2.1 * curl)


def _turn_leg(
    turns: FloatArray, rig: BodyRig, heads: FloatArray, toe: FloatArray, posture: Posture, side: int, name: str
) -> None:
    pelvis = posture.trunk[PELVIS]
    rest_thigh = _rest(rig, heads, "upperleg01", "lowerleg01", name)
    rest_shin = _rest(rig, heads, "lowerleg01", "foot", name)
    rest_foot = unit(toe - heads[rig.index(f"foot.{name}")])
    hinge = unit(_LEFT_RIGHT - rest_thigh * rest_thigh[0])
    thigh = _hinged(pelvis, rest_thigh, hinge, posture.limbs[THIGH, side], posture.limbs[SHIN, side])
    shin = swing(thigh @ rest_shin, posture.limbs[SHIN, side]) @ thigh
    turns[rig.index(f"upperleg01.{name}")] = between(pelvis, thigh, 0.85)
    turns[rig.index(f"upperleg02.{name}")] = thigh
    turns[rig.index(f"lowerleg01.{name}")] = shin
    turns[rig.index(f"lowerleg02.{name}")] = shin
    turns[rig.index(f"foot.{name}")] = swing(shin @ rest_foot, posture.limbs[FOOT, side]) @ shin
