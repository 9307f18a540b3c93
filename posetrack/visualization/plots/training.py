"""Training curves: the loss and the scores on held-out data against steps."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from posetrack.structures import FloatArray
from posetrack.visualization.plots.style import BLUE, ORANGE, new_figure, plot_style

_SMOOTHED = 25  # logged losses averaged for the thick line
Curve = tuple[FloatArray, FloatArray]


def read_curves(log: Path) -> dict[str, Curve]:
    """Read each metric's steps and values from the Lightning CSV logs below a folder.

    A resumed training run has several logs; where they overlap, the later one is used.
    """
    found: dict[str, dict[int, float]] = {}
    paths = sorted(log.glob("version_*/metrics.csv"), key=lambda path: int(path.parent.name.split("_")[1]))
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name, value in row.items():
                    if name not in ("epoch", "step") and value:
                        found.setdefault(name, {})[int(row["step"]) + 1] = float(value)
    curves = {name: np.array(sorted(points.items()), dtype=np.float64) for name, points in found.items()}
    return {name: (points[:, 0], points[:, 1]) for name, points in sorted(curves.items())}


@plot_style
def draw_training(curves: Mapping[str, Curve]) -> Figure:
    """Draw the loss as logged (thin) with its running mean (thick), and one panel for each other metric.

    Args:
        curves: steps and values of each metric; see ``read_curves``.
    """
    names = sorted(curves, key=lambda name: (name != "loss", name))
    figure = new_figure("Training", 2.4)
    panels = figure.subplots(1, max(len(names), 1), squeeze=False)[0]
    for axes, name in zip(panels, names, strict=False):
        steps, values = curves[name]
        axes.set(title=name.replace("_", " "), xlabel="steps")
        axes.grid()
        if name != "loss":
            axes.plot(steps, values, "o-", color=BLUE, markersize=3, label=name)
            continue
        axes.plot(steps, values, color=ORANGE, linewidth=0.5, alpha=0.4)
        width = min(_SMOOTHED, len(values))
        mean = np.convolve(values, np.full(width, 1 / width), mode="valid")
        axes.plot(steps[width - 1 :], mean, color=ORANGE, linewidth=1.8)
    return figure
