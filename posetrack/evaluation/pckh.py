"""MPII's PCKh@0.5 and PCKh@0.1.

Source: official HRNet ``lib/dataset/mpii.py`` (leoxiaobin/deep-high-resolution-net.pytorch 6f69e46);
``tests/evaluation/test_pckh.py`` checks for equality with its results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from posetrack.evaluation.pck import PckCounts, count_pck, count_right, joint_distances
from posetrack.evaluation.plain import plain, plain_dict
from posetrack.evaluation.result import JOINT_GROUPS
from posetrack.structures import MPII, POSETRACK17, BoolArray, FloatArray, SequencePoses

PCKH = 0.5  # of the head size, which is 0.6 of the head box's diagonal
STRICT_PCKH = 0.1
# The official code takes entry 11 of ``np.arange(0, 0.51, 0.01)`` for 0.1; it should be entry 10.
OFFICIAL_STRICT_PCKH = 11 * 0.01

_NOT_IN_MEAN = ("pelvis", "thorax")  # masked by the official code
_MPII_GROUPS = {
    "Head": ("head_top",),
    **{
        group: (f"left_{part}", f"right_{part}")
        for group, part in (("Shoulder", "shoulder"), ("Elbow", "elbow"), ("Wrist", "wrist"), ("Hip", "hip"),
                            ("Knee", "knee"), ("Ankle", "ankle"))
    },
}  # fmt: skip
_POSETRACK_GROUPS = {group: tuple(POSETRACK17.joints[j] for j in joints) for group, joints in JOINT_GROUPS.items()}


@dataclass(frozen=True, eq=False)
class PckhResult:
    """PCKh in percent, NaN = not annotated.

    Attributes:
        joints: names of the K joints.
        pckh: (K,) float64 at 0.5 of the head size.
        pckh_strict: (K,) float64 at 0.1 (at 0.11 if the official quirk was requested).
        groups: the official columns at 0.5: plain means of their joints.
        groups_strict: the same at 0.1.
        mean: all joints except pelvis and thorax, each annotated joint counted once, at 0.5.
        mean_strict: the same at 0.1: the official "Mean@0.1".
    """

    joints: tuple[str, ...]
    pckh: FloatArray
    pckh_strict: FloatArray
    groups: dict[str, float]
    groups_strict: dict[str, float]
    mean: float
    mean_strict: float

    def to_json(self) -> dict[str, Any]:
        """Return ``{"PCKh@0.5": {"joints", "groups", "mean"}, "PCKh@0.1": ...}``, None for NaN."""
        return {
            "PCKh@0.5": self._part(self.pckh, self.groups, self.mean),
            "PCKh@0.1": self._part(self.pckh_strict, self.groups_strict, self.mean_strict),
        }

    def _part(self, values: FloatArray, groups: dict[str, float], mean: float) -> dict[str, Any]:
        return {
            "joints": plain_dict(dict(zip(self.joints, values.tolist(), strict=True))),
            "groups": plain_dict(groups),
            "mean": plain(mean),
        }


def pckh_thresholds(official_strict: bool = False) -> tuple[float, float]:
    """Return the two thresholds to count at: 0.1 and 0.5, or 0.11 and 0.5 with the official code's quirk."""
    return (OFFICIAL_STRICT_PCKH if official_strict else STRICT_PCKH), PCKH


def count_mpii(
    pred_xy: FloatArray,
    truth_xy: FloatArray,
    annotated: BoolArray,
    head_sizes: FloatArray,
    official_strict: bool = False,
) -> PckCounts:
    """Count single persons in MPII's 16 joints, one prediction each.

    Args:
        pred_xy: (N, 16, 2) pixels, NaN = not predicted: wrong. Must use the same convention as the ground truth: the
            official code adds 1 to its 0-based predictions because its ground-truth file counts from 1.
        truth_xy: (N, 16, 2) pixels.
        annotated: (N, 16) bool, the official ``1 - jnt_missing``.
        head_sizes: (N,) 0.6 of the head box's diagonal; where it is 0, all joints are wrong.
        official_strict: count at 0.11 where 0.1 is meant, as the official code does.
    """
    distances = joint_distances(pred_xy, truth_xy, head_sizes)
    return count_right(distances, annotated, MPII.joints, pckh_thresholds(official_strict))


def count_pckh(gt: SequencePoses, pred: SequencePoses, official_strict: bool = False) -> PckCounts:
    """Count one sequence in PoseTrack's 15 joints; see ``pck.count_pck``."""
    return count_pck(gt, pred, pckh_thresholds(official_strict))


def pckh_result(counts: PckCounts) -> PckhResult:
    """Compute the result from counts at ``pckh_thresholds``, of any number of sequences.

    Raises:
        ValueError: counts at other thresholds, or of joints other than MPII's and PoseTrack's.
    """
    if counts.thresholds.tolist() not in (list(pckh_thresholds()), list(pckh_thresholds(True))):
        raise ValueError(f"counts at {counts.thresholds.tolist()}, expected those of pckh_thresholds()")
    if counts.joints not in (MPII.joints, POSETRACK17.joints):
        raise ValueError(f"counts of {', '.join(counts.joints)}; expected the joints of mpii or posetrack17")
    groups = _MPII_GROUPS if counts.joints == MPII.joints else _POSETRACK_GROUPS
    strict, usual = counts.percent
    strict_groups, usual_groups = (
        {name: float(np.mean([values[counts.joints.index(j)] for j in members])) for name, members in groups.items()}
        for values in (strict, usual)
    )
    in_mean = np.array([name not in _NOT_IN_MEAN for name in counts.joints])
    total = counts.annotated[in_mean].sum()
    strict_mean, usual_mean = 100.0 * counts.right[:, in_mean].sum(axis=1) / (total if total else np.nan)
    return PckhResult(
        joints=counts.joints,
        pckh=usual,
        pckh_strict=strict,
        groups=usual_groups,
        groups_strict=strict_groups,
        mean=float(usual_mean),
        mean_strict=float(strict_mean),
    )
