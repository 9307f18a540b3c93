"""Table of a sweep."""

from __future__ import annotations

from posetrack.evaluation.figure_table import Cell, Column, FigureTable
from posetrack.evaluation.sweep.figures import MEASURES, CellFigures, SweepResult

_THRESHOLDS = Column("persons ≥"), Column("joints ≥")
_FIGURES = tuple(Column(name) for name in ("mAP", "MOTA", "Prec", "Rec"))


def sweep_table(result: SweepResult) -> FigureTable:
    """Tabulate no threshold, the best thresholds for mAP and MOTA, and the held-out results."""
    rows: list[tuple[str, tuple[Cell, ...]]] = [("no threshold", (None, None, *_cells(result.unchanged)))]
    for measure in MEASURES:
        best = result.best(measure)
        rows.append((f"best {measure}", (best.person_threshold, best.joint_threshold, *_cells(best.figures))))
    for measure, held in result.held_out.items():
        rows.append((f"best {measure}, held out", (None, None, *_cells(held.figures))))
    return FigureTable("thresholds (posetrack-official), %", (*_THRESHOLDS, *_FIGURES), tuple(rows), _note(result))


def _cells(figures: CellFigures) -> tuple[float, ...]:
    return figures.map, figures.mota, figures.precision, figures.recall


def _note(result: SweepResult) -> str:
    note = "The best thresholds were chosen on these same sequences, so their figures are optimistic. "
    if result.held_out:
        folds = len(next(iter(result.held_out.values())).choices)
        note += f"The held-out rows are not: {folds} folds of sequences, each with the best thresholds of the others."
    else:
        note += "One sequence alone gives no held-out figures: give several, or use the thresholds on others."
    if result.highest_score > 1 or result.lowest_score < 0:
        note += (
            f" Scores go from {result.lowest_score:g} to {result.highest_score:g}, but thresholds from {result.grid.joints[0]:g} to "
            f"{result.grid.joints[-1]:g} were tried: they expect scores from 0 to 1."
        )
    return note
