"""The thresholds to try, and their effect on predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np

from posetrack.evaluation.persons import person_scores
from posetrack.structures import FloatArray, IntArray, PoseColumns, SequencePoses

NONE = -math.inf  # a threshold that removes nothing


@dataclass(frozen=True)
class ThresholdGrid:
    """Every person threshold combined with every joint threshold.

    Attributes:
        persons: thresholds on person scores, increasing.
        joints: thresholds on joint scores, increasing.

    Raises:
        ValueError: no thresholds, or thresholds that are not increasing or not finite.
    """

    persons: tuple[float, ...]
    joints: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("persons", "joints"):
            values = getattr(self, name)
            rising = all(a < b for a, b in zip(values, values[1:], strict=False))
            if not values or not rising or not all(math.isfinite(value) for value in values):
                raise ValueError(f"thresholds of {name} are {values}, expected one or more finite numbers in increasing order")

    @property
    def cells(self) -> tuple[tuple[float, float], ...]:
        """The (person, joint) thresholds to try: first none (``NONE``), then the grid, joints varying fastest."""
        return ((NONE, NONE), *product(self.persons, self.joints))

    def sources(self, persons_left: IntArray, joints_left: IntArray) -> list[int]:
        """Return, for each cell, the first cell that keeps exactly the same persons and joints (itself or earlier).

        From one cell to its neighbour with a higher threshold the kept set can only shrink, so equal numbers mean
        equal sets.

        Args:
            persons_left, joints_left: (C,) number kept by each cell.
        """
        width = len(self.joints)
        found: list[int] = []
        for cell in range(len(self.cells)):
            place = cell - 1
            before = [cell - width] if place >= width else []  # the next lower person threshold
            before += [cell - 1] if cell == 1 or place % width else []  # the next lower joint threshold, or none
            same = (b for b in before if b >= 0 and _equal(b, cell, persons_left, joints_left))
            found.append(next((found[b] for b in same), cell))
        return found


def _equal(one: int, other: int, *numbers: IntArray) -> bool:
    return all(values[one] == values[other] for values in numbers)


_TENTHS = tuple(round(0.1 * step, 1) for step in range(10))
DEFAULT_GRID = ThresholdGrid(_TENTHS, _TENTHS)


def thresholded(sequence: SequencePoses, person_threshold: float, joint_threshold: float) -> SequencePoses:
    """Remove persons and joints that score below their threshold.

    A person without a score of its own has the mean score of its joints. As in the trackers, persons and joints
    without any score are kept, and so is a person whose joints are all removed, without joints.

    This defines the sweep: ``count_sweep`` equals the evaluation of this function's results, at less cost.
    """
    columns = sequence.columns
    stays = ~(person_scores(columns) < person_threshold)
    left: PoseColumns = replace(columns, **{f.name: getattr(columns, f.name)[stays] for f in fields(columns)})
    unsure = left.joint_scores < joint_threshold
    left = replace(
        left,
        joints_xy=np.where(unsure[..., None], np.nan, left.joints_xy),
        joint_scores=_without(left.joint_scores, unsure),
        joint_valid=left.joint_valid & ~unsure,
        joint_visible=left.joint_visible & ~unsure,
    )
    return replace(sequence, frames=left.frames([frame.image_hw for frame in sequence.frames]))


def _without(scores: FloatArray, unsure: np.ndarray) -> FloatArray:
    return np.where(unsure, np.nan, scores)
