"""Plot of oracle gains: the scores with perfect parts of the system."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from posetrack.evaluation.diagnosis import LADDERS, ORACLES, OracleGain, SequenceDiagnosis
from posetrack.visualization.plots.style import (
    BLUE,
    LIGHT,
    ORANGE,
    SMALL,
    bare_bars,
    new_figure,
    plot_style,
    shown,
    write_right,
)


@plot_style
def draw_oracles(diagnosis: SequenceDiagnosis) -> Figure:
    """Draw the gain in mAP and MOTA of each oracle alone, and of the two ladders that add one oracle after another."""
    now = diagnosis.counts.result()
    gains = {gain.oracles: gain for gain in diagnosis.gains()}
    figure = new_figure(f"What perfect components would give, {diagnosis.name}", 4.2)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, name, start, color in zip(
        panels, ("mAP", "MOTA"), (now.map_total, now.mota_total), (ORANGE, BLUE), strict=True
    ):
        _draw_rungs(axes, _rungs(gains, name, start), color)
        axes.set_title(f"{name}, now {shown(start)} %")
        axes.set_xlabel(f"{name}, %")
    return figure


@dataclass(frozen=True)
class _Rung:
    """A bar from ``before`` to ``after``, in percent (NaN = undefined); a heading has neither."""

    name: str
    before: float = math.nan
    after: float = math.nan
    heading: bool = False


def _rungs(gains: dict[tuple[str, ...], OracleGain], figure: str, start: float) -> list[_Rung]:
    def value(names: tuple[str, ...]) -> float:
        return gains[names].map if figure == "mAP" else gains[names].mota

    rungs = [_Rung("each alone:", heading=True)]
    rungs += [_Rung(name, start, value((name,))) for name in ORACLES]
    for ladder in LADDERS:
        rungs.append(_Rung("one after another:", heading=True))
        before = start
        for top, name in enumerate(ladder, start=1):
            after = value(ladder[:top])
            rungs.append(_Rung(name if top == 1 else f"+ {name}", before, after))
            before = after
    return rungs


def _draw_rungs(axes: Axes, rungs: list[_Rung], color: str) -> None:
    write_right(axes, 0, "gain, points")
    for place, rung in enumerate(rungs):
        gain = rung.after - rung.before
        if not rung.heading:
            write_right(axes, place, f"{gain:+.1f}" if gain and not math.isnan(gain) else shown(gain, 0))
        if not math.isnan(gain):
            axes.barh(place, rung.before, color=LIGHT, height=0.72)
            axes.barh(place, gain, left=rung.before, color=color, height=0.72)
    values = [value for rung in rungs for value in (rung.before, rung.after) if not math.isnan(value)]
    axes.set_yticks(range(len(rungs)), [rung.name for rung in rungs], fontsize=SMALL)
    axes.set_ylim(-0.7, len(rungs) - 0.4)
    axes.set_xlim(max(-100.0, 20.0 * math.floor(min([0.0, *values]) / 20)), 100)
    axes.axvline(0, color="black", linewidth=0.6)
    bare_bars(axes)
