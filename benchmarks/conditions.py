"""Noise levels and frame rates of the simulated sequences, shared by the tracking and smoothing benchmarks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """A noise level, and a frame step: every ``every``-th frame is kept."""

    level: str
    every: int = 1

    @property
    def name(self) -> str:
        """Name used in the tables."""
        return self.level if self.every == 1 else f"{self.level}/{self.every}"


CONDITIONS = (Condition("easy"), Condition("medium"), Condition("hard"), Condition("medium", 4))
