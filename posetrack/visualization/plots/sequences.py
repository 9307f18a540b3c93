"""Plot of mAP and MOTA by sequence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from posetrack.evaluation.result import PoseTrackResult
from posetrack.visualization.plots.style import (
    BLUE,
    ORANGE,
    SMALL,
    bare_bars,
    new_figure,
    plot_style,
    shown,
    write_right,
)

_ROWS_OF_COLUMN = 85  # what fits on a page
_MOST_COLUMNS = 2  # enough for PoseTrack18's validation set; more would be illegible: only the worst are shown
_ROW_INCHES = 0.11
_NAME_POINTS = 6.0
_LOWEST = -100.0  # MOTA has no lower bound; bars are cut off here

_Row = tuple[str, PoseTrackResult]


@plot_style
def draw_sequences(results: Mapping[str, PoseTrackResult], protocol: str) -> Figure:
    """Draw each sequence's MOTA as a bar and its mAP as a dot, lowest MOTA first.

    Sequences without MOTA come first. If there are more than 170 sequences, those with the lowest MOTA are shown.

    Args:
        results: one or more sequences, by name.
        protocol: name of the evaluation protocol, for the title.
    """
    rows = sorted(results.items(), key=lambda row: (_order(row[1].mota_total), row[0]))
    rows = rows[: _MOST_COLUMNS * _ROWS_OF_COLUMN]
    number = math.ceil(len(rows) / _ROWS_OF_COLUMN)
    height = math.ceil(len(rows) / number)
    which = f"{len(rows)} sequences" if len(rows) == len(results) else f"the worst {len(rows)} of {len(results)}"
    figure = new_figure(f"MOTA and mAP of {which} ({protocol})", 0.9 + _ROW_INCHES * max(height, 4))
    columns = figure.subplots(1, number, sharex=True, squeeze=False)[0]
    lowest = min([0.0, *(result.mota_total for _, result in rows if not math.isnan(result.mota_total))])
    for place, axes in enumerate(columns):
        _draw_column(axes, rows[place * height : (place + 1) * height], height)
    columns[0].set_xlim(max(_LOWEST, 20.0 * math.floor(lowest / 20)), 100)
    figure.supxlabel("%", fontsize=8)
    figure.legend(*columns[0].get_legend_handles_labels(), loc="outside lower right", ncols=2)
    return figure


def _draw_column(axes: Axes, rows: Sequence[_Row], height: int) -> None:
    mota = [result.mota_total for _, result in rows]
    places = range(len(rows))
    axes.barh(places, mota, height=0.72, color=BLUE, label="MOTA")
    axes.plot(
        [result.map_total for _, result in rows], places, "o",
        color=ORANGE, markersize=3.2, markeredgecolor="white", markeredgewidth=0.4, label="mAP",
    )  # fmt: skip
    write_right(axes, -1.0, "MOTA", _NAME_POINTS)
    for place, value in zip(places, mota, strict=True):
        write_right(axes, place, shown(value), _NAME_POINTS)
    axes.set_yticks(places, [name for name, _ in rows], fontsize=_NAME_POINTS)
    axes.set_ylim(-0.6, height - 0.4)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.axvline(0, color="black", linewidth=0.6)
    bare_bars(axes)


def _order(value: float) -> float:
    return -math.inf if math.isnan(value) else value
