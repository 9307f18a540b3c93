"""Diagnosis of the metrics: oracles, error classes, confidence intervals, comparison of runs."""

from posetrack.evaluation.diagnosis.bootstrap import (
    BootstrapResult,
    Comparison,
    Difference,
    Interval,
    bootstrap_intervals,
    compare_runs,
)
from posetrack.evaluation.diagnosis.diagnosis import (
    FrameErrors,
    OracleGain,
    SequenceDiagnosis,
    diagnose,
    merge_diagnoses,
)
from posetrack.evaluation.diagnosis.errors_of_pose import POSE_CLASSES
from posetrack.evaluation.diagnosis.errors_of_tracks import SWITCH_CAUSES
from posetrack.evaluation.diagnosis.oracles import LADDERS, ORACLES

__all__ = [
    "LADDERS",
    "ORACLES",
    "POSE_CLASSES",
    "SWITCH_CAUSES",
    "BootstrapResult",
    "Comparison",
    "Difference",
    "FrameErrors",
    "Interval",
    "OracleGain",
    "SequenceDiagnosis",
    "bootstrap_intervals",
    "compare_runs",
    "diagnose",
    "merge_diagnoses",
]
