"""Checks of settings; each raises a ValueError that names the setting, its value and what was expected."""

from __future__ import annotations

import math


def check_choices(config: object, **choices: tuple[str, ...]) -> None:
    """Check that each setting is one of the strings given for it."""
    for name, known in choices.items():
        if getattr(config, name) not in known:
            raise ValueError(f"{name} is {getattr(config, name)!r}, expected one of {', '.join(known)}")


def check_range(config: object, least: float, most: float, *names: str) -> None:
    """Check that the settings are finite numbers from ``least`` to ``most``; the limits may be infinite."""
    for name in names:
        value = getattr(config, name)
        if not (least <= value <= most and math.isfinite(value)):
            raise ValueError(f"{name} is {value}, expected {_words(least, most)}")


def check_least(config: object, least: int, *names: str) -> None:
    """Check that the settings are finite and at least ``least``."""
    check_range(config, least, math.inf, *names)


def check_positive(config: object, *names: str) -> None:
    """Check that the settings are finite numbers above 0."""
    for name in names:
        if not 0 < getattr(config, name) < math.inf:
            raise ValueError(f"{name} is {getattr(config, name)}, expected a number above 0")


def check_sides(config: object, least: int, *names: str) -> None:
    """Check that the settings are None or two sides of at least ``least`` pixels."""
    for name in names:
        sides = getattr(config, name)
        if sides is not None and min(sides) < least:
            raise ValueError(f"{name} is {list(sides)}, expected two sides of {least} pixels or more")


def _words(least: float, most: float) -> str:
    if most == math.inf:
        return "a finite number" if least == -math.inf else f"{least} or more"
    return f"a number from {least} to {most}"
