"""Helpers for reading text files line by line, with errors that name the line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError, InputError
from posetrack.structures import FloatArray


def read_lines(path: Path) -> list[str]:
    """Read all lines without line ends; line n of the file is at index n - 1.

    Raises:
        InputError: the file is missing or cannot be read.
        FormatError: not text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: byte {error.start} is not UTF-8 text; the file is broken or of another kind") from None


def fault(path: Path, number: int, expected: str, found: str) -> FormatError:
    """Create the error for line ``number`` (1-based)."""
    shown = found if len(found) <= 60 else found[:57] + "..."
    return FormatError(f"{path}: line {number}: expected {expected}, found {shown!r}")


def to_floats(words: Sequence[str], count: int | None, path: Path, number: int, what: str) -> list[float]:
    """Parse ``count`` finite numbers (None = any count) from the words of a line.

    Raises:
        FormatError: wrong count, or not finite numbers.
    """
    text = " ".join(words)
    if count is not None and len(words) != count:
        raise fault(path, number, f"{count} numbers ({what})", text)
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise fault(path, number, f"numbers ({what})", text) from None
    if not np.isfinite(values).all():
        raise fault(path, number, f"finite numbers ({what})", text)
    return values


def to_int(word: str, path: Path, number: int, what: str) -> int:
    """Parse an integer.

    Raises:
        FormatError: not an integer.
    """
    try:
        return int(word)
    except ValueError:
        raise fault(path, number, f"a whole number ({what})", word) from None


def rotation_xyz(degrees: FloatArray, order: str = "xyz") -> FloatArray:
    """Compute rotation matrices from angles about coordinate axes.

    Args:
        degrees: (..., n) angles, one per letter of ``order``.
        order: the axes, one per factor from left to right: ``"xyz"`` gives Rx @ Ry @ Rz.

    Returns:
        (..., 3, 3).
    """
    total = np.broadcast_to(np.eye(3), (*degrees.shape[:-1], 3, 3))
    radians = np.radians(degrees)
    for index, axis in enumerate(order):
        a, b = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        turn = np.zeros((*degrees.shape[:-1], 3, 3))
        turn[..., [0, 1, 2], [0, 1, 2]] = 1.0
        cos, sin = np.cos(radians[..., index]), np.sin(radians[..., index])
        turn[..., a, a], turn[..., b, b], turn[..., b, a], turn[..., a, b] = cos, cos, sin, -sin
        total = total @ turn
    return np.asarray(total)
