"""Rotation helpers: matrices (3, 3) that act on column vectors; angles in radians."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray

_TINY = 1e-9


def unit(vector: FloatArray) -> FloatArray:
    """Normalise vectors (..., 3) to length 1; a zero vector stays near 0."""
    return np.asarray(vector / (np.linalg.norm(vector, axis=-1, keepdims=True) + _TINY))


def about(axis: FloatArray, angle: float) -> FloatArray:
    """(3, 3) rotation by ``angle`` about a unit vector (Rodrigues)."""
    x, y, z = axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k))


def euler_yxz(yaw: float, pitch: float, roll: float) -> FloatArray:
    """(3, 3) roll about z, then pitch about x, then yaw about y."""
    return np.asarray(
        about(np.array([0.0, 1, 0]), yaw) @ about(np.array([1.0, 0, 0]), pitch) @ about(np.array([0.0, 0, 1]), roll)
    )


def swing(source: FloatArray, target: FloatArray) -> FloatArray:
    """(3, 3) smallest rotation that takes one unit vector to another."""
    cross, cos = np.cross(source, target), float(source @ target)
    if cos < -1 + 1e-6:
        axis = unit(np.cross(source, [0.3, 0.9, 0.2]))
        return about(axis, np.pi)
    k = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.asarray(np.eye(3) + k + k @ k / (1 + cos))


def rotation_vector(matrix: FloatArray) -> FloatArray:
    """(3,) axis times angle of a rotation; near half a turn the axis is as accurate as the matrix allows."""
    angle = float(np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1)))
    axis = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]])
    if angle > np.pi - 1e-3:
        columns = matrix + np.eye(3)
        axis = columns[:, int(np.argmax(np.diag(matrix)))]
    return np.asarray(unit(axis) * angle)


def part_of(matrix: FloatArray, share: float) -> FloatArray:
    """(3, 3) rotation about the same axis by ``share`` of the angle."""
    vector = rotation_vector(matrix)
    angle = float(np.linalg.norm(vector))
    return about(vector / angle, share * angle) if angle > 1e-8 else np.eye(3)


def between(first: FloatArray, second: FloatArray, share: float) -> FloatArray:
    """(3, 3) rotation ``share`` of the way from one rotation to another."""
    return np.asarray(first @ part_of(first.T @ second, share))


def jitter(rng: np.random.Generator, degrees: float) -> FloatArray:
    """(3, 3) small random rotation; ``degrees`` is the standard deviation about each axis."""
    vector = rng.normal(0, np.radians(degrees), 3)
    angle = float(np.linalg.norm(vector))
    return about(vector / angle, angle) if angle > 1e-8 else np.eye(3)


def twist_towards(axis: FloatArray, source: FloatArray, target: FloatArray) -> float:
    """Angle about ``axis`` that brings ``source`` closest to ``target``; all unit vectors."""
    a, b = source - axis * (axis @ source), target - axis * (axis @ target)
    return float(np.arctan2(axis @ np.cross(a, b), a @ b))
