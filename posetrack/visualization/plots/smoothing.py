"""Plot of a joint over time, before and after smoothing."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from posetrack.structures import Skeleton, TrackedPose
from posetrack.visualization.plots.style import BLUE, GREY, VERMILLION, new_figure, plot_style


@plot_style
def draw_joint(
    before: TrackedPose,
    after: TrackedPose,
    skeleton: Skeleton,
    joint: str,
    truth: TrackedPose | None = None,
    fps: float | None = None,
) -> Figure:
    """Draw x and y of a joint over time: dots before, a line after, a grey band for the ground truth if given.

    Args:
        before: a person's track.
        after: the same track smoothed; its frames may differ.
        skeleton: of the tracks.
        joint: name of the joint.
        truth: the ground truth of the same person.
        fps: frame rate, for a time axis in seconds; None = an axis in frames.

    Raises:
        KeyError: the skeleton has no such joint.
    """
    index = skeleton.index(joint)
    figure = new_figure(f"{joint.replace('_', ' ')} before and after smoothing", 4.0)
    rows = figure.subplots(2, 1, sharex=True)
    for axis, axes in enumerate(rows):
        if truth is not None:
            _line(axes, truth, index, axis, fps, color=GREY, linewidth=4.0, alpha=0.5, label="truth")
        _line(axes, before, index, axis, fps, color=VERMILLION, linewidth=0.5, marker=".", markersize=3.5, label="before")
        _line(axes, after, index, axis, fps, color=BLUE, label="after")
        axes.set_ylabel(f"{'xy'[axis]}, pixels")
        axes.grid(axis="y")
    rows[1].invert_yaxis()  # y points down, as in the image
    rows[1].set_xlabel("frame" if fps is None else "seconds")
    if rows[0].get_lines():
        rows[0].legend(loc="best", ncols=3)
    return figure


def _line(axes: Axes, track: TrackedPose, joint: int, axis: int, fps: float | None, **style: object) -> None:
    """Plot one coordinate, with gaps where frames or joints are missing."""
    if len(track) == 0:
        return
    frames = np.arange(track.frame_indices[0], track.frame_indices[-1] + 1)
    values = np.full(len(frames), np.nan)
    values[track.frame_indices - frames[0]] = track.joints_xy[:, joint, axis]
    axes.plot(frames / (fps or 1.0), values, **style)  # type: ignore[arg-type]
