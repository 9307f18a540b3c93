"""Sweep of score thresholds: mAP and MOTA with low-scoring persons and joints removed, and the best thresholds."""

from posetrack.evaluation.sweep.counts import SweepCounts, count_sweep, merge_sweeps
from posetrack.evaluation.sweep.figures import CellFigures, Choice, HeldOut, SweepResult, sweep_result
from posetrack.evaluation.sweep.grid import DEFAULT_GRID, ThresholdGrid, thresholded
from posetrack.evaluation.sweep.tables import sweep_table

__all__ = [
    "DEFAULT_GRID",
    "CellFigures",
    "Choice",
    "HeldOut",
    "SweepCounts",
    "SweepResult",
    "ThresholdGrid",
    "count_sweep",
    "merge_sweeps",
    "sweep_result",
    "sweep_table",
    "thresholded",
]
