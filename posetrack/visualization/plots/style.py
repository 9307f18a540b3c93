"""Shared plot style: colours, fonts, axes, files.

Colours are the colour-blind-safe palette of Okabe & Ito, "Color Universal Design", 2008, without its yellow, which is
too faint for lines on white. Figures are as wide as a paper's page, with text in footnote size.
"""

from __future__ import annotations

import math
import os
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from posetrack.io.atomic import atomic_path

BLACK, GREY, LIGHT = "#000000", "#8c8c8c", "#d9d9d9"
BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7"
PAGE_WIDTH_INCHES = 7.0
DOTS_PER_INCH = 150
SMALL = 7  # points
GROUP_NAMES = ("head", "shoulders", "elbows", "wrists", "hips", "knees", "ankles")  # of JOINT_GROUPS
_STYLE: Any = {  # matplotlib's type for it lists all its settings
    "font.family": "DejaVu Sans",  # ships with matplotlib: identical plots everywhere
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.titlesize": 10,
    "figure.titleweight": "bold",
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "legend.handlelength": 1.6,
}

plot_style = rc_context(_STYLE)  # decorator for drawing functions


def new_figure(title: str, height_inches: float, width_inches: float = PAGE_WIDTH_INCHES) -> Figure:
    """An empty figure with a title; its axes are laid out automatically."""
    figure = Figure(figsize=(width_inches, height_inches), dpi=DOTS_PER_INCH, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    return figure


def bare_bars(axes: Axes) -> None:
    """Format axes for horizontal bars: no ticks or spine on the left, position 0 at the top."""
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    bottom, top = sorted(axes.get_ylim(), reverse=True)
    axes.set_ylim(bottom, top)


def write_right(axes: Axes, place: float, text: str, points: float = SMALL) -> None:
    """Write text to the right of the axes, at a position on the vertical axis."""
    axes.annotate(
        text, (1.0, place), xycoords=axes.get_yaxis_transform(), xytext=(30, 0), textcoords="offset points",
        va="center", ha="right", fontsize=points, annotation_clip=False,
    )  # fmt: skip


def shown(value: float, digits: int = 1) -> str:
    """Format a value as in the tables; NaN is a dash."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def save_png(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure atomically; identical figures give identical files. Raises OutputError."""
    with atomic_path(path) as temporary, rc_context(_STYLE):
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
