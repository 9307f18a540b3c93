"""Plots of evaluation results, for papers and for inspection (matplotlib)."""

from posetrack.visualization.plots.errors import draw_errors
from posetrack.visualization.plots.oracles import draw_oracles
from posetrack.visualization.plots.pckh import draw_pckh_curve
from posetrack.visualization.plots.precision_recall import draw_precision_recall
from posetrack.visualization.plots.sequences import draw_sequences
from posetrack.visualization.plots.style import save_png
from posetrack.visualization.plots.thresholds import draw_thresholds

__all__ = [
    "draw_errors",
    "draw_oracles",
    "draw_pckh_curve",
    "draw_precision_recall",
    "draw_sequences",
    "draw_thresholds",
    "save_png",
]
