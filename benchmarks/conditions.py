"""Noise and frame rate of the simulated sequences, alike in the benchmarks of tracking and of smoothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """A noise level, and every how many frames one is seen."""

    level: str
    every: int = 1

    @property
    def name(self) -> str:
        """As in the tables."""
        return self.level if self.every == 1 else f"{self.level}/{self.every}"


CONDITIONS = (Condition("easy"), Condition("medium"), Condition("hard"), Condition("medium", 4))
