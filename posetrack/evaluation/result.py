"""Compute the metrics of the official program from counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from posetrack.evaluation.average_precision import average_precision
from posetrack.evaluation.corrections import OFFICIAL, Corrections
from posetrack.evaluation.joint_tracks import TrackCounts
from posetrack.evaluation.persons import NUM_JOINTS
from posetrack.evaluation.plain import plain_list
from posetrack.structures import POSETRACK17, BoolArray, FloatArray, IntArray

TOTAL = NUM_JOINTS  # index of the total in every array of metrics


def _pair(part: str) -> tuple[int, ...]:
    return POSETRACK17.index(f"right_{part}"), POSETRACK17.index(f"left_{part}")


# The columns of the official table (``eval_helpers.getCum``).
JOINT_GROUPS: dict[str, tuple[int, ...]] = {
    "Head": tuple(POSETRACK17.index(name) for name in ("head_top", "head_bottom", "nose")),
    "Shou": _pair("shoulder"),
    "Elb": _pair("elbow"),
    "Wri": _pair("wrist"),
    "Hip": _pair("hip"),
    "Knee": _pair("knee"),
    "Ankl": _pair("ankle"),
}


@dataclass(frozen=True, eq=False)
class PoseTrackResult:
    """Metrics of the official program, with or without corrections, in percent, NaN = undefined.

    Attributes:
        ap, precision, recall: (16,) float64 pose estimation metrics: the 15 joints in PoseTrack17
            order, then the total.
        mota, motp, mot_precision, mot_recall: (16,) float64 tracking metrics, likewise.
    """

    ap: FloatArray
    precision: FloatArray
    recall: FloatArray
    mota: FloatArray
    motp: FloatArray
    mot_precision: FloatArray
    mot_recall: FloatArray

    @property
    def map_total(self) -> float:
        """mAP: the mean AP over the joints that have one."""
        return float(self.ap[TOTAL])

    @property
    def mota_total(self) -> float:
        """MOTA: the mean over the joints that have one."""
        return float(self.mota[TOTAL])

    def minus(self, other: PoseTrackResult) -> PoseTrackResult:
        """Return the differences in percentage points, NaN where either is undefined."""
        return PoseTrackResult(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def to_json(self) -> dict[str, Any]:
        """Return ``{"AP": {"ap", "pre", "rec"}, "MOT": {"mota", "motp", "pre", "rec"}}``, None for NaN."""
        return {
            "AP": {"ap": plain_list(self.ap), "pre": plain_list(self.precision), "rec": plain_list(self.recall)},
            "MOT": {
                "mota": plain_list(self.mota),
                "motp": plain_list(self.motp),
                "pre": plain_list(self.mot_precision),
                "rec": plain_list(self.mot_recall),
            },
        }


def group_means(values: FloatArray) -> dict[str, float]:
    """Return the table columns of one metric (16,): mean of each joint group, NaN if any is NaN, and the total."""
    means = {name: float(values[list(joints)].mean()) for name, joints in JOINT_GROUPS.items()}
    return {**means, "Total": float(values[TOTAL])}


def figures(
    annotated: IntArray,
    scores: Sequence[FloatArray],
    labels: Sequence[BoolArray],
    tracks: TrackCounts,
    corrections: Corrections = OFFICIAL,
) -> PoseTrackResult:
    """Compute all metrics from the counts of any number of sequences.

    Args:
        annotated: (15,) number of annotated joints.
        scores: for each joint, the (N,) scores of its predictions.
        labels: for each joint, whether each prediction is a true positive.
        tracks: counts over the tracked frames.
        corrections: the corrections used when counting.
    """
    curves = [average_precision(s, m, int(n)) for s, m, n in zip(scores, labels, annotated, strict=True)]
    detections = (tracks.matches + tracks.switches).astype(np.float64)
    objects = np.where(tracks.objects > 0, tracks.objects, np.nan)
    errors = tracks.misses + tracks.switches + tracks.false_positives
    claimed = tracks.false_positives + detections
    distance = tracks.matched_distance if corrections.motp_over_matches else tracks.event_distance
    # Officially MOTP is 0 without detections and enters the mean.
    undetected = np.nan if corrections.absent_classes else 1.0
    mean_distance = np.divide(distance, detections, out=np.full(NUM_JOINTS, undetected), where=detections > 0)
    absent = (annotated == 0) & corrections.absent_classes
    return PoseTrackResult(
        ap=_with_total(_without(absent, [c.average_precision for c in curves])),
        precision=_with_total(_without(absent, [c.precision for c in curves])),
        recall=_with_total(_without(absent, [c.recall for c in curves])),
        mota=_with_total(1.0 - errors / objects),
        motp=_with_total(1.0 - mean_distance),
        mot_precision=_with_total(detections / np.where(claimed > 0, claimed, np.nan)),
        mot_recall=_with_total(detections / objects),
    )


def _without(absent: BoolArray, values: Sequence[float]) -> FloatArray:
    return np.where(absent, np.nan, np.array(values))


def _with_total(fractions: FloatArray) -> FloatArray:
    """Convert to percent and append the mean of the defined joints."""
    percent = 100.0 * fractions
    defined = percent[~np.isnan(percent)]
    return np.append(percent, defined.mean() if len(defined) else np.nan)
