"""Figures as JSON can hold them: None for NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

from posetrack.structures import FloatArray

T = TypeVar("T")


def plain(value: T) -> T | None:
    """The value, None for NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def plain_list(values: FloatArray) -> list[float | None]:
    """(N,) values, None for NaN."""
    return [plain(value) for value in values.tolist()]


def plain_dict(values: Mapping[str, T]) -> dict[str, T | None]:
    """Values by name, None for NaN."""
    return {name: plain(value) for name, value in values.items()}
