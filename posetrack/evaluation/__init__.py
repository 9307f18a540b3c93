"""How good poses and tracks are: PoseTrack's mAP and MOTA, equal to the official program's."""

from posetrack.evaluation.posetrack import (
    SequenceCounts,
    count_sequence,
    evaluate_posetrack,
    merge_counts,
)
from posetrack.evaluation.result import JOINT_GROUPS, PoseTrackResult, group_means
from posetrack.evaluation.table import format_table

__all__ = [
    "JOINT_GROUPS",
    "PoseTrackResult",
    "SequenceCounts",
    "count_sequence",
    "evaluate_posetrack",
    "format_table",
    "group_means",
    "merge_counts",
]
