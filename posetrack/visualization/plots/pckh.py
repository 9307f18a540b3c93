"""Plot of the share of correct joints against the distance threshold."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from posetrack.evaluation.pck_curve import PckCurve
from posetrack.evaluation.result import JOINT_GROUPS
from posetrack.visualization.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    GROUP_NAMES,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    new_figure,
    plot_style,
    shown,
)

# Colour and line style of each group.
_LINES = dict(zip(GROUP_NAMES, (
    (BLUE, "-"), (ORANGE, "-"), (GREEN, "-"), (VERMILLION, "-"), (SKY, "--"), (PURPLE, "--"), (GREY, "--"),
), strict=True))  # fmt: skip


@plot_style
def draw_pckh_curve(curve: PckCurve) -> Figure:
    """Draw the PCKh of each joint group and of all joints against the threshold.

    Args:
        curve: for the 15 PoseTrack17 joints, in that order; thresholds in head sizes.
    """
    figure = new_figure("Joints within a distance of the truth (PCKh)", 3.2, 5.2)
    axes = figure.subplots()
    last = float(curve.thresholds[-1])
    lines = []
    for group, joints in zip(GROUP_NAMES, JOINT_GROUPS.values(), strict=True):
        color, dashes = _LINES[group]
        columns = list(joints)
        lines.append((curve.percent[:, columns].mean(axis=1), curve.area[columns].mean(), group, color, dashes, 1.4))
    lines.append((curve.percent[:, -1], curve.area[-1], "all joints", BLACK, "-", 2.2))
    # The legend follows the order of the lines' right ends.
    for percent, area, name, color, dashes, width in sorted(lines, key=lambda line: -np.nan_to_num(line[0][-1])):
        label = f"{name}: {shown(float(percent[-1]))} (area {shown(float(area))})"
        axes.plot(curve.thresholds, percent, color=color, linestyle=dashes, linewidth=width, label=label)
    axes.set(xlim=(0, last), ylim=(0, 100), xlabel="distance allowed, head sizes", ylabel="joints within it, %")
    axes.grid()
    figure.legend(loc="outside right center", title=f"PCKh at {last:g}, %", alignment="left", title_fontsize=7)
    return figure
