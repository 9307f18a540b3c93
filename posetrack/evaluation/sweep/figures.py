"""Metrics at every pair of thresholds, the best pair, and its performance on held-out sequences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from posetrack.evaluation.counts import SequenceCounts, merge_counts
from posetrack.evaluation.plain import plain_dict
from posetrack.evaluation.result import TOTAL
from posetrack.evaluation.sweep.counts import SweepCounts, merge_sweeps
from posetrack.evaluation.sweep.grid import ThresholdGrid
from posetrack.structures import FloatArray

MEASURES = ("mAP", "MOTA")  # the metrics that thresholds are chosen for
MOST_FOLDS = 5  # with up to this many sequences: leave-one-out


@dataclass(frozen=True)
class CellFigures:
    """The official totals in percent, NaN = undefined; precision and recall are those of tracking."""

    map: float
    mota: float
    precision: float
    recall: float

    @classmethod
    def of(cls, counts: SequenceCounts) -> CellFigures:
        """Compute the totals of these counts."""
        result = counts.result()
        return cls(
            result.map_total, result.mota_total, float(result.mot_precision[TOTAL]), float(result.mot_recall[TOTAL])
        )

    def measure(self, name: str) -> float:
        """Return the value of one of ``MEASURES``."""
        return {"mAP": self.map, "MOTA": self.mota}[name]

    def to_json(self) -> dict[str, float | None]:
        """Return the metrics by name, None for NaN."""
        return plain_dict({"mAP": self.map, "MOTA": self.mota, "precision": self.precision, "recall": self.recall})


@dataclass(frozen=True)
class Choice:
    """Thresholds, and the metrics they give on the sequences they were chosen on."""

    person_threshold: float
    joint_threshold: float
    figures: CellFigures

    def to_json(self) -> dict[str, Any]:
        """Return the thresholds, named as in a run's configuration, and the metrics."""
        thresholds = {"pose_threshold": self.person_threshold, "joint_threshold": self.joint_threshold}
        return {**thresholds, **self.figures.to_json()}


@dataclass(frozen=True)
class HeldOut:
    """Cross-validated metrics: each fold is scored with the thresholds that are best for the other folds.

    Attributes:
        choices: for each fold, the (person, joint) thresholds chosen on all other folds.
        figures: over all sequences, each scored with its fold's thresholds.
    """

    choices: tuple[tuple[float, float], ...]
    figures: CellFigures

    def to_json(self) -> dict[str, Any]:
        """Return the number of folds, their thresholds and the metrics."""
        names = ("pose_threshold", "joint_threshold")
        chosen = [dict(zip(names, choice, strict=True)) for choice in self.choices]
        return {"folds": len(self.choices), "chosen": chosen, **self.figures.to_json()}


@dataclass(frozen=True)
class SweepResult:
    """Result of a sweep.

    Attributes:
        grid: the thresholds that were tried.
        cells: the metrics at each of ``grid.cells``.
        held_out: by metric; empty with a single sequence.
        lowest_score, highest_score: over persons and joints, NaN = no scores.
    """

    grid: ThresholdGrid
    cells: tuple[CellFigures, ...]
    held_out: Mapping[str, HeldOut]
    lowest_score: float
    highest_score: float

    @property
    def unchanged(self) -> CellFigures:
        """Metrics without thresholds: the evaluation of the unchanged predictions."""
        return self.cells[0]

    def best(self, measure: str) -> Choice:
        """Return the thresholds of the grid that maximise ``measure``; the lowest in a tie."""
        cell = _best_cell(self.cells, measure)
        return Choice(*self.grid.cells[cell], self.cells[cell])

    def values(self, measure: str) -> FloatArray:
        """(person thresholds, joint thresholds) float64, ``measure`` in percent."""
        values = np.array([cell.measure(measure) for cell in self.cells[1:]])
        return values.reshape(len(self.grid.persons), len(self.grid.joints))

    def to_json(self) -> dict[str, Any]:
        """Return all metrics; ``cells`` has one entry per pair of thresholds."""
        pairs = zip(self.grid.cells[1:], self.cells[1:], strict=True)
        return {
            "no_threshold": self.unchanged.to_json(),
            "best": {measure: self.best(measure).to_json() for measure in MEASURES},
            "held_out": {measure: held.to_json() for measure, held in self.held_out.items()} or None,
            "cells": [Choice(*thresholds, figures).to_json() for thresholds, figures in pairs],
        }


def sweep_result(parts: Mapping[str, SweepCounts]) -> SweepResult:
    """Compute the metrics of one or more sequences.

    Args:
        parts: counts by sequence name, in evaluation order (which affects AP among equal scores). Folds depend on the
            names alone.
    """
    total = merge_sweeps(list(parts.values()))
    scores = np.append(total.person_scores, total.joint_scores[total.joint_valid])
    scores = scores[~np.isnan(scores)]
    ends = (float(scores.min()), float(scores.max())) if len(scores) else (math.nan, math.nan)
    return SweepResult(total.grid, _figures(total), _held_out(parts), *ends)


def _figures(counts: SweepCounts) -> tuple[CellFigures, ...]:
    found: list[CellFigures] = []
    for cell, source in enumerate(counts.sources()):
        found.append(CellFigures.of(counts.cell(cell)) if source == cell else found[source])
    return tuple(found)


def _best_cell(cells: Sequence[CellFigures], measure: str) -> int:
    """Return the index of the best cell of the grid; the first in a tie, or if none is defined."""
    values = np.array([cell.measure(measure) for cell in cells[1:]])
    return 1 + int(np.where(np.isnan(values), -np.inf, values).argmax())


def _held_out(parts: Mapping[str, SweepCounts]) -> dict[str, HeldOut]:
    """Compute the held-out metrics by measure; empty with fewer than two sequences."""
    if len(parts) < 2:
        return {}
    names = sorted(parts)
    folds = [names[first::MOST_FOLDS] for first in range(min(MOST_FOLDS, len(names)))]
    chosen: dict[str, list[int]] = {measure: [] for measure in MEASURES}
    for fold in folds:
        others = _figures(merge_sweeps([part for name, part in parts.items() if name not in fold]))
        for measure in MEASURES:
            chosen[measure].append(_best_cell(others, measure))
    found = {}
    for measure, cells in chosen.items():
        cell_of = {name: cell for fold, cell in zip(folds, cells, strict=True) for name in fold}
        counts = merge_counts(part.cell(cell_of[name]) for name, part in parts.items())
        grid = next(iter(parts.values())).grid
        found[measure] = HeldOut(tuple(grid.cells[cell] for cell in cells), CellFigures.of(counts))
    return found
