"""Values for JSON: None in place of NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

from posetrack.structures import FloatArray

T = TypeVar("T")


def plain(value: T) -> T | None:
    """Return the value, or None for NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def plain_list(values: FloatArray) -> list[float | None]:
    """Convert (N,) values to a list, None for NaN."""
    return [plain(value) for value in values.tolist()]


def plain_dict(values: Mapping[str, T]) -> dict[str, T | None]:
    """Replace NaN by None in values by name."""
    return {name: plain(value) for name, value in values.items()}
