"""What configurations ask of their settings; each check raises ValueError that names setting, value and what was expected."""

from __future__ import annotations


def check_choices(config: object, **choices: tuple[str, ...]) -> None:
    """Each setting is one of the texts given for it."""
    for name, known in choices.items():
        if getattr(config, name) not in known:
            raise ValueError(f"{name} is {getattr(config, name)!r}, expected one of {', '.join(known)}")


def check_shares(config: object, *names: str) -> None:
    """The settings are from 0 to 1."""
    for name in names:
        if not 0 <= getattr(config, name) <= 1:
            raise ValueError(f"{name} is {getattr(config, name)}, expected a number from 0 to 1")


def check_least(config: object, least: int, *names: str) -> None:
    """The settings are ``least`` or more."""
    for name in names:
        if not getattr(config, name) >= least:
            raise ValueError(f"{name} is {getattr(config, name)}, expected {least} or more")
