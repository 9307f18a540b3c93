"""Tables of the protocols' metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from posetrack.evaluation.figure_table import Cell, Column, FigureTable, columns
from posetrack.evaluation.result import JOINT_GROUPS, TOTAL, PoseTrackResult, group_means

_MOT_TOTALS = ("MOTP", "Prec", "Rec")


def format_table(result: PoseTrackResult, title: str = "") -> FigureTable:
    """Build the official table: AP and MOTA per joint group and in total, and MOTP, precision and recall of tracking.

    Returns:
        A table for ``rich``'s ``print`` or ``Console.print``.
    """
    mot = tuple(float(values[TOTAL]) for values in (result.motp, result.mot_precision, result.mot_recall))
    rows: tuple[tuple[str, tuple[Cell, ...]], ...] = (
        ("AP", (*group_means(result.ap).values(), None, None, None)),
        ("MOTA", (*group_means(result.mota).values(), *mot)),
    )
    return FigureTable(title, columns((*JOINT_GROUPS, "Total", *_MOT_TOTALS)), rows)


def format_sequence_table(results: Mapping[str, PoseTrackResult], title: str = "posetrack-official") -> FigureTable:
    """Build a table with one row of totals per sequence."""
    rows = []
    for sequence, result in results.items():
        totals = (result.ap, result.mota, result.motp, result.mot_precision, result.mot_recall)
        rows.append((sequence, tuple(float(values[TOTAL]) for values in totals)))
    return FigureTable(f"{title}, per sequence, %", columns(("AP", "MOTA", *_MOT_TOTALS)), tuple(rows))


def correction_table(
    official: PoseTrackResult, singles: Mapping[str, PoseTrackResult], corrected: PoseTrackResult
) -> FigureTable:
    """Tabulate the official totals and the change made by each correction alone and by all of them."""
    heads = tuple(Column(f"{name}{end}", signed=bool(end)) for name in ("mAP", "MOTA", "MOTP") for end in ("", " diff"))
    rows = []
    for name, result in {"official": official, **singles, "all corrections": corrected}.items():
        cells: list[Cell] = []
        for now, before in ((result.ap, official.ap), (result.mota, official.mota), (result.motp, official.motp)):
            difference = float(now[TOTAL] - before[TOTAL])
            cells += [float(now[TOTAL]), None if result is official else difference]
        rows.append((name.replace("_", " "), tuple(cells)))
    return FigureTable("official and corrected, %", heads, tuple(rows))


def figure_table(
    title: str,
    rows: Mapping[str, np.ndarray[Any, Any]],
    digits: int = 1,
    combine: Callable[[np.ndarray[Any, Any]], Any] = np.mean,
) -> FigureTable:
    """Tabulate metrics of 15 joints plus total, each (16,), by joint group; ``combine`` merges a group's values."""
    lines = []
    for name, values in rows.items():
        groups = [float(combine(values[list(joints)])) for joints in JOINT_GROUPS.values()]
        lines.append((name, (*groups, float(values[TOTAL]))))
    return FigureTable(title, columns((*JOINT_GROUPS, "Total"), digits), tuple(lines))


def value_table(title: str, values: Mapping[str, float | int | None]) -> FigureTable:
    """Build a table with one value per row; None = undefined."""
    rows = tuple((name.replace("_", " "), (math.nan if value is None else value,)) for name, value in values.items())
    return FigureTable(title, columns(("value",)), rows)


def totals_table(tables: Mapping[str, FigureTable]) -> FigureTable:
    """Collect the totals (the last column) of the same table for several sequences: one row per sequence."""
    first = next(iter(tables.values()))
    heads = columns((name for name, _ in first.rows), first.columns[-1].digits)
    rows = tuple((sequence, tuple(cells[-1] for _, cells in table.rows)) for sequence, table in tables.items())
    return FigureTable(f"{first.title}, per sequence", heads, rows)
