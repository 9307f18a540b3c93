"""A body: its proportions, its joint angles, and the joint positions that follow from them.

Lengths are fractions of the standing height. The body axes are x to the person's left, y up and
z to the front. Rotated by the yaw (0 faces the viewer, 90 degrees faces image right) they become
the camera's u (image right), v (up) and d (towards the viewer).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from posetrack.structures import FloatArray

SIDES = (("left", 1.0), ("right", -1.0))


@dataclass(frozen=True)
class Proportions:
    """Body lengths as fractions of the standing height (anthropometric means, Winter 2009)."""

    hip_height: float = 0.52
    hip_half: float = 0.055
    thigh: float = 0.245
    shin: float = 0.235
    foot: float = 0.10
    torso: float = 0.29
    shoulder_half: float = 0.115
    neck: float = 0.05
    head: float = 0.135
    upper_arm: float = 0.165
    forearm: float = 0.15
    hand: float = 0.05
    girth: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Proportions:
        """Sample a body whose every length deviates from the mean by a few per cent."""
        spread = {"girth": 0.15, "head": 0.08, "shoulder_half": 0.1, "hip_half": 0.12}
        mean = cls()
        values = {
            name: getattr(mean, name) * float(np.exp(rng.normal(0, spread.get(name, 0.04))))
            for name in mean.__dataclass_fields__
        }
        return cls(**values)


@dataclass(frozen=True)
class Angles:
    """Joint angles of a posture in radians; per-side pairs are (left, right)."""

    yaw: float = 0.0
    lean: float = 0.0
    roll: float = 0.0
    head_yaw: float = 0.0
    head_pitch: float = 0.0
    hip: tuple[float, float] = (0.0, 0.0)
    spread: tuple[float, float] = (0.03, 0.03)
    knee: tuple[float, float] = (0.05, 0.05)
    shoulder: tuple[float, float] = (0.0, 0.0)
    raise_arm: tuple[float, float] = (0.12, 0.12)
    elbow: tuple[float, float] = (0.2, 0.2)
    elbow_turn: tuple[float, float] = field(default=(0.0, 0.0))


def _direction(swing: float, away: float, side: float) -> FloatArray:
    """Unit vector of a hanging limb, swung forward by ``swing`` and lifted sideways by ``away``."""
    return np.array([side * np.sin(away), -np.cos(away) * np.cos(swing), np.cos(away) * np.sin(swing)])


def _rotation(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> FloatArray:
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def solve(body: Proportions, angles: Angles) -> dict[str, FloatArray]:
    """Compute the positions of joints and body landmarks.

    Returns:
        name -> (3,) float64 (u right, v up, d towards the viewer) in body heights, with the lowest
        point of the feet on v = 0 and the pelvis at u = 0.
    """
    points: dict[str, FloatArray] = {"pelvis": np.zeros(3)}
    trunk = _rotation(x=angles.lean, z=angles.roll)
    chest = trunk @ np.array([0, body.torso, 0])
    points["chest"] = chest
    points["head_bottom"] = chest + trunk @ np.array([0, body.neck * 0.4, 0])
    head = trunk @ _rotation(x=angles.head_pitch, y=angles.head_yaw)
    size = body.head
    base = chest + trunk @ np.array([0, body.neck, 0])
    for name, offset in _HEAD.items():
        points[name] = base + head @ (np.array(offset) * size)
    for index, (name, side) in enumerate(SIDES):
        _arm(points, body, angles, trunk, chest, name, side, index)
        _leg(points, body, angles, name, side, index)
    return _seen(points, angles.yaw)


# Head landmarks in head heights, relative to the top of the neck.
_HEAD = {
    "head_centre": (0, 0.5, 0.05),
    "head_top": (0, 1.0, 0.0),
    "nose": (0, 0.42, 0.48),
    "left_eye": (0.17, 0.56, 0.40),
    "right_eye": (-0.17, 0.56, 0.40),
    "mouth": (0, 0.22, 0.42),
    "left_ear": (0.36, 0.48, 0.0),
    "right_ear": (-0.36, 0.48, 0.0),
    "hair": (0, 0.62, -0.10),
}


def _arm(
    points: dict[str, FloatArray], body: Proportions, angles: Angles, trunk: FloatArray, chest: FloatArray,
    name: str, side: float, index: int,
) -> None:  # fmt: skip
    shoulder = chest + trunk @ np.array([side * body.shoulder_half, -0.02, 0])
    swing, away = angles.shoulder[index], angles.raise_arm[index]
    upper = trunk @ _direction(swing, away, side)
    lower = trunk @ _direction(swing + angles.elbow[index], away + angles.elbow_turn[index], side)
    points[f"{name}_shoulder"] = shoulder
    points[f"{name}_elbow"] = shoulder + upper * body.upper_arm
    points[f"{name}_wrist"] = points[f"{name}_elbow"] + lower * body.forearm
    points[f"{name}_hand"] = points[f"{name}_wrist"] + lower * body.hand


def _leg(points: dict[str, FloatArray], body: Proportions, angles: Angles, name: str, side: float, index: int) -> None:
    hip = np.array([side * body.hip_half, 0, 0])
    swing, away = angles.hip[index], angles.spread[index]
    bent = swing - angles.knee[index]
    points[f"{name}_hip"] = hip
    points[f"{name}_knee"] = hip + _direction(swing, away, side) * body.thigh
    points[f"{name}_ankle"] = points[f"{name}_knee"] + _direction(bent, away, side) * body.shin
    # The foot is flat when the leg stands upright and follows half of the shin's swing.
    toe = _direction(0.5 * bent + np.pi / 2, 0.12, side)
    points[f"{name}_heel"] = points[f"{name}_ankle"] + _direction(bent, away, side) * 0.03 - toe * 0.02
    points[f"{name}_toe"] = points[f"{name}_heel"] + toe * body.foot


def _seen(points: dict[str, FloatArray], yaw: float) -> dict[str, FloatArray]:
    cos, sin = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    seen = {name: turn @ p for name, p in points.items()}
    floor = min(min(seen[f"{name}_{part}"][1] for part in ("heel", "toe", "ankle")) for name, _ in SIDES)
    return {name: p - np.array([0, floor - 0.012, 0]) for name, p in seen.items()}
