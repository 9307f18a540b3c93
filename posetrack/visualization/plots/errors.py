"""Plot of errors: joints by class, false positives, ID switches by cause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from posetrack.evaluation.diagnosis import POSE_CLASSES, SWITCH_CAUSES, SequenceDiagnosis
from posetrack.evaluation.diagnosis.errors_of_pose import (
    FALSE_JOINT,
    FALSE_PERSON,
    GOOD,
    INVERSION,
    JITTER,
    MISS_FAR,
    MISS_JOINT,
    MISS_PERSON,
    OF_ANNOTATED,
    SWAP,
)
from posetrack.evaluation.result import JOINT_GROUPS
from posetrack.structures import FloatArray, IntArray
from posetrack.visualization.plots.style import (
    BLUE,
    GREEN,
    GROUP_NAMES,
    LIGHT,
    ORANGE,
    PURPLE,
    SKY,
    SMALL,
    VERMILLION,
    bare_bars,
    new_figure,
    plot_style,
    shown,
)

_COLORS = {
    GOOD: LIGHT, JITTER: SKY, INVERSION: ORANGE, SWAP: VERMILLION, MISS_FAR: PURPLE, MISS_JOINT: GREEN,
    MISS_PERSON: BLUE, FALSE_JOINT: GREEN, FALSE_PERSON: BLUE,
}  # fmt: skip
_LABELS = {MISS_FAR: "miss: near nothing", MISS_JOINT: "miss: joint", MISS_PERSON: "miss: person"}
_GROUPS = (*GROUP_NAMES, "all joints")


@plot_style
def draw_errors(diagnosis: SequenceDiagnosis) -> Figure:
    """Draw shares of annotated joints by class, with false positives beside and ID switches by cause below."""
    figure = new_figure(f"Errors, {diagnosis.name}", 4.6)
    grid = figure.add_gridspec(2, 2, width_ratios=(2.4, 1), height_ratios=(1.25, 1))
    counts = _by_group(diagnosis.pose_errors)
    annotated = np.where(counts[list(OF_ANNOTATED)].sum(axis=0) > 0, counts[list(OF_ANNOTATED)].sum(axis=0), np.nan)
    shares = 100.0 * counts / annotated
    _draw_annotated(figure.add_subplot(grid[0, 0]), shares)
    _draw_false_positives(figure.add_subplot(grid[0, 1]), shares)
    _draw_switches(figure.add_subplot(grid[1, :]), diagnosis)
    return figure


def _draw_annotated(axes: Axes, shares: FloatArray) -> None:
    _stack(axes, shares, {kind: _LABELS.get(kind, POSE_CLASSES[kind]) for kind in (*OF_ANNOTATED[1:], GOOD)})
    for place, good in enumerate(shares[GOOD].tolist()):
        axes.text(99, place, f"{shown(good)} %", va="center", ha="right", fontsize=SMALL)
    axes.set(xlim=(0, 100), title="What became of annotated joints")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.23), ncols=4, columnspacing=1.0)


def _draw_false_positives(axes: Axes, shares: FloatArray) -> None:
    _stack(axes, shares, {FALSE_JOINT: "joint not annotated", FALSE_PERSON: "nobody there"})
    total = shares[[FALSE_JOINT, FALSE_PERSON]].sum(axis=0)
    most = max(1.0, float(np.nan_to_num(total).max()))
    for place, share in enumerate(total.tolist()):
        axes.text(np.nan_to_num(share) + 0.02 * most, place, f"{shown(share)} %", va="center", fontsize=SMALL)
    axes.set(xlim=(0, 1.3 * most), title="Additional false positives")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.23), ncols=1)


def _stack(axes: Axes, shares: FloatArray, labels: Mapping[int, str]) -> None:
    """Stacked bars of these classes; shares without annotated joints (NaN) have no bar."""
    places = range(len(_GROUPS))
    left = np.zeros(len(_GROUPS))
    for kind, label in labels.items():
        width = np.nan_to_num(shares[kind])
        axes.barh(places, width, left=left, color=_COLORS[kind], label=label, height=0.75)
        left = left + width
    axes.set_yticks(places, _GROUPS)
    axes.set_xlabel("% of the annotated joints")
    bare_bars(axes)


def _draw_switches(axes: Axes, diagnosis: SequenceDiagnosis) -> None:
    joints = diagnosis.switches.sum(axis=1)
    places = range(len(SWITCH_CAUSES))
    axes.barh(places, joints, color=VERMILLION, height=0.7)
    most = max(int(joints.max()), 1)
    for place, number in zip(places, joints.tolist(), strict=True):
        axes.text(number + 0.01 * most, place, str(number), va="center", fontsize=SMALL)
    axes.set_yticks(places, list(SWITCH_CAUSES))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    split = f"{diagnosis.split} of {diagnosis.truth_tracks} annotated tracks are split"
    merged = f"{diagnosis.merged} of {diagnosis.pred_tracks} predicted tracks merge several"
    axes.set(xlim=(0, 1.1 * most), xlabel=f"switched joints, all frames ({split}, {merged})")
    axes.set_title("Id switches by cause")
    bare_bars(axes)


def _by_group(counts: IntArray) -> IntArray:
    """(classes, 15) -> (classes, 8): the joint groups, then all joints."""
    groups = [counts[:, list(joints)].sum(axis=1) for joints in JOINT_GROUPS.values()]
    return np.stack([*groups, counts.sum(axis=1)], axis=1)
