"""Plot of precision against recall for each joint."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from posetrack.evaluation.average_precision import PrecisionRecallCurve
from posetrack.evaluation.counts import SequenceCounts
from posetrack.evaluation.result import JOINT_GROUPS
from posetrack.structures import POSETRACK17
from posetrack.visualization.plots.style import BLUE, GREEN, GROUP_NAMES, ORANGE, new_figure, plot_style, shown

_COLORS = (BLUE, ORANGE, GREEN)
_NAMES = {"head_top": "head top", "head_bottom": "neck"}  # the format calls the neck head_bottom
_WORDS = (
    "Joints of all frames, ranked by their scores:\n"
    "precision (share of predictions that are\n"
    "right) against recall (share of annotated\n"
    "joints that are found). AP in %.\n\n"
    "Thin: as measured. Thick: its envelope; AP is\n"
    "the area under it. Dot: all predictions."
)


@plot_style
def draw_precision_recall(counts: SequenceCounts, protocol: str) -> Figure:
    """Draw the curves of the 15 joints with their AP, one panel per joint group.

    Args:
        counts: of all sequences together (``merge_counts``).
        protocol: name of the evaluation protocol, for the title.
    """
    result = counts.result()
    figure = new_figure(f"Precision and recall of joints ({protocol}): mAP {shown(result.map_total)} %", 4.0)
    panels = figure.subplots(2, 4, sharex=True, sharey=True).ravel()
    curves = counts.curves()
    for axes, group, joints in zip(panels, GROUP_NAMES, JOINT_GROUPS.values(), strict=False):
        for color, joint in zip(_COLORS, joints, strict=False):
            _draw_curve(axes, curves[joint], color, f"{_name(joint)}, AP {shown(float(result.ap[joint]))}")
        axes.set_title(group)
        axes.legend(loc="lower left", handlelength=1.0, borderaxespad=0.2)
        axes.grid()
    panels[0].set(xlim=(0, 100), ylim=(0, 103), xticks=range(0, 101, 25), yticks=range(0, 101, 25))
    panels[-1].set_axis_off()
    panels[-1].text(0.0, 0.98, _WORDS, transform=panels[-1].transAxes, va="top", fontsize=6)
    panels[3].tick_params(labelbottom=True)
    figure.supxlabel("recall, %", fontsize=8)
    figure.supylabel("precision, %", fontsize=8)
    return figure


def _draw_curve(axes: Axes, curve: PrecisionRecallCurve, color: str, label: str) -> None:
    recall, precision, envelope = (100 * values for values in (curve.recall, curve.precision, curve.envelope))
    # The envelope applies from the previous recall on. A joint that was never predicted has a label but no curve.
    start = np.zeros(min(len(recall), 1))
    steps = np.concatenate((start, recall)), np.concatenate((envelope[:1], envelope))
    axes.plot(recall, precision, color=color, linewidth=0.5, alpha=0.7)
    axes.step(*steps, where="pre", color=color, label=label)
    axes.plot(recall[-1:], precision[-1:], "o", color=color, markersize=3)


def _name(joint: int) -> str:
    name = POSETRACK17.joints[joint]
    return _NAMES.get(name, name.split("_")[0])
