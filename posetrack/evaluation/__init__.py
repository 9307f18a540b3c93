"""Evaluation of poses and tracks, including PoseTrack mAP and MOTA equal to the official program's."""

from posetrack.evaluation.corrections import CORRECTED, OFFICIAL, SINGLE_CORRECTIONS, Corrections
from posetrack.evaluation.counts import SequenceCounts, merge_counts
from posetrack.evaluation.posetrack import count_protocols, count_sequence, evaluate_posetrack
from posetrack.evaluation.result import JOINT_GROUPS, PoseTrackResult, group_means
from posetrack.evaluation.table import format_table

__all__ = [
    "CORRECTED",
    "JOINT_GROUPS",
    "OFFICIAL",
    "SINGLE_CORRECTIONS",
    "Corrections",
    "PoseTrackResult",
    "SequenceCounts",
    "count_protocols",
    "count_sequence",
    "evaluate_posetrack",
    "format_table",
    "group_means",
    "merge_counts",
]
