"""The official table for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich import box
from rich.table import Table

from posetrack.evaluation.result import JOINT_GROUPS, TOTAL, PoseTrackResult, group_means

_MOT_TOTALS = ("MOTP", "Prec", "Rec")


def format_table(result: PoseTrackResult, title: str | None = None) -> Table:
    """AP and MOTA per group of joints and in total, and MOTP, precision and recall of tracking.

    Returns:
        A table to hand to ``rich``'s ``print`` or ``Console.print``.
    """
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("")
    for name in (*JOINT_GROUPS, "Total", *_MOT_TOTALS):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("AP", *(_cell(v) for v in group_means(result.ap).values()), "", "", "")
    mot = (result.motp[TOTAL], result.mot_precision[TOTAL], result.mot_recall[TOTAL])
    table.add_row("MOTA", *(_cell(v) for v in group_means(result.mota).values()), *(_cell(v) for v in mot))
    return table


def format_sequence_table(results: Mapping[str, PoseTrackResult]) -> Table:
    """One row of totals a sequence."""
    table = Table(title="per sequence", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("sequence")
    for name in ("AP", "MOTA", *_MOT_TOTALS):
        table.add_column(name, justify="right", no_wrap=True)
    for sequence, result in results.items():
        totals = (result.ap, result.mota, result.motp, result.mot_precision, result.mot_recall)
        table.add_row(sequence, *(_cell(values[TOTAL]) for values in totals))
    return table


def _cell(percent: float) -> str:
    return "–" if math.isnan(percent) else f"{percent:.1f}"
