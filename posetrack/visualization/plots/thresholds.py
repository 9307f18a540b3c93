"""Plot of mAP and MOTA against the score thresholds."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from posetrack.evaluation.sweep import SweepResult
from posetrack.structures import FloatArray
from posetrack.visualization.plots.style import BLUE, ORANGE, new_figure, plot_style, shown

_COLORS = {"mAP": ORANGE, "MOTA": BLUE}
_LOWEST = -100.0  # MOTA has no lower bound; lines are cut off here


@plot_style
def draw_thresholds(result: SweepResult) -> Figure:
    """Draw mAP and MOTA against each threshold: thick with the other threshold at its best value, thin at other values.

    A dot marks the overall best; a dotted line is the score without thresholds.

    Args:
        result: of the threshold sweep.
    """
    figure = new_figure("mAP and MOTA against score thresholds (posetrack-official)", 3.2)
    panels = figure.subplots(1, 2, sharey=True)
    names = ("joints", "persons")
    for axes, name in zip(panels, names, strict=True):
        for measure in _COLORS:
            _draw_measure(axes, result, measure, name)
        axes.set(title=f"Threshold of {name}", xlabel=f"{name} that score less are left out")
        axes.grid()
    every = np.concatenate([result.values(measure).ravel() for measure in _COLORS])
    every = every[~np.isnan(every)]
    low = max(_LOWEST, 10.0 * np.floor(min(0.0, *every.tolist()) / 10)) if len(every) else 0.0
    panels[0].set(ylim=(low, 100), ylabel="%")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center")
    return figure


def _draw_measure(axes: Axes, result: SweepResult, measure: str, swept: str) -> None:
    values = result.values(measure)
    best = result.best(measure)
    thresholds, chosen = result.grid.persons, best.person_threshold
    lines: FloatArray = values.T  # one for each joint threshold
    fixed = result.grid.joints.index(best.joint_threshold)
    if swept == "joints":
        thresholds, chosen = result.grid.joints, best.joint_threshold
        lines = values
        fixed = result.grid.persons.index(best.person_threshold)
    color = _COLORS[measure]
    for line in np.delete(lines, fixed, axis=0):
        axes.plot(thresholds, line, color=color, linewidth=0.5, alpha=0.3)
    axes.plot(thresholds, lines[fixed], color=color, linewidth=1.8, label=_label(result, measure))
    axes.plot([chosen], [best.figures.measure(measure)], "o", color=color, markersize=5, markeredgecolor="white")
    axes.axhline(result.unchanged.measure(measure), color=color, linestyle=":", linewidth=0.9)


def _label(result: SweepResult, measure: str) -> str:
    best = result.best(measure)
    text = (
        f"{measure}: best {shown(best.figures.measure(measure))} (persons ≥ {best.person_threshold:g}, joints ≥ "
        f"{best.joint_threshold:g}), without thresholds {shown(result.unchanged.measure(measure))}"
    )
    held = result.held_out.get(measure)
    return text if held is None else f"{text}, held out {shown(held.figures.measure(measure))}"
