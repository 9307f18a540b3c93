"""Classification of the error of each joint.

Source: Ronchi & Perona, "Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017: jitter,
inversion, swap and miss. Differences here: distances are in head sizes of the person whose joint is meant, instead of
keypoint similarity; good is the official threshold of 0.5, near is twice that (their near limit is 2.07 times as far
as their good limit); missing joints and false positives are classified as well, so that the classes add up to all
annotated and all predicted joints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posetrack.evaluation.diagnosis.person_match import NEAR_RADIUS, NOBODY, PersonMatch, joint_distances
from posetrack.evaluation.matching import MATCH_THRESHOLD, pair_poses
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.structures import POSETRACK17, FloatArray, IntArray

POSE_CLASSES: tuple[str, ...] = (
    "good",
    "jitter",
    "inversion",
    "swap",
    "miss: near nothing",
    "miss: joint not predicted",
    "miss: person not found",
    "false positive: joint not annotated",
    "false positive: nobody there",
)
GOOD, JITTER, INVERSION, SWAP, MISS_FAR, MISS_JOINT, MISS_PERSON, FALSE_JOINT, FALSE_PERSON = range(len(POSE_CLASSES))
OF_ANNOTATED = (GOOD, JITTER, INVERSION, SWAP, MISS_FAR, MISS_JOINT, MISS_PERSON)
OF_PREDICTED = (GOOD, JITTER, INVERSION, SWAP, MISS_FAR, FALSE_JOINT, FALSE_PERSON)
NO_JOINT = -1

_MIRROR = POSETRACK17.flip_order
_HAS_MIRROR = _MIRROR != np.arange(NUM_JOINTS)


@dataclass(frozen=True, eq=False)
class PoseErrors:
    """The class of every joint of a sequence.

    Attributes:
        of_truth: (T, 15) int64 index into ``POSE_CLASSES`` for each annotated joint, ``NO_JOINT`` elsewhere.
        of_pred: (P, 15) int64 the same for each predicted joint.
    """

    of_truth: IntArray
    of_pred: IntArray

    def per_joint(self) -> IntArray:
        """(9, 15) number of joints in each class."""
        joints = np.tile(np.arange(NUM_JOINTS), (len(self.of_truth), 1))
        joints_of_pred = np.tile(np.arange(NUM_JOINTS), (len(self.of_pred), 1))
        return self._counts(joints, joints_of_pred, NUM_JOINTS)

    def per_frame(self, truth: PersonColumns, pred: PersonColumns, num_frames: int) -> IntArray:
        """(9, num_frames) number of joints in each class."""
        of_truth, of_pred = (np.repeat(persons.frames[:, None], NUM_JOINTS, axis=1) for persons in (truth, pred))
        return self._counts(of_truth, of_pred, num_frames)

    def _counts(self, truth_bins: IntArray, pred_bins: IntArray, num_bins: int) -> IntArray:
        counts = np.zeros(len(POSE_CLASSES) * num_bins, dtype=np.int64)
        false_positives = np.where(self.of_pred >= FALSE_JOINT, self.of_pred, NO_JOINT)
        for classes, bins in ((self.of_truth, truth_bins), (false_positives, pred_bins)):
            there = classes != NO_JOINT
            counts += np.bincount(classes[there] * num_bins + bins[there], minlength=len(counts))
        return counts.reshape(len(POSE_CLASSES), num_bins)


def pose_errors(truth: PersonColumns, pred: PersonColumns, num_frames: int, match: PersonMatch) -> PoseErrors:
    """Classify every joint.

    An annotated joint of a matched prediction is
    good: within ``MATCH_THRESHOLD`` of its ground truth; otherwise the nearest of the following within
    ``NEAR_RADIUS`` decides (the first in a tie):
    jitter: the same joint of the matched person;
    inversion: the mirror joint (left for right) of the matched person;
    swap: the same or the mirror joint of another person in the frame;
    miss, near nothing: none of these within the radius.
    Other annotated joints: the matched person's prediction lacks the joint, or the person has no prediction.
    Other predicted joints: the matched person's joint is not annotated, or the prediction matches nobody.

    Joints of two persons that are matched here but not by the official AP can be good without being true positives
    there; all other good joints are true positives.
    """
    matched = match.truth_of != NOBODY
    annotated = np.zeros_like(pred.joint_valid)
    annotated[matched] = truth.joint_valid[match.truth_of[matched]]
    placed = _place(truth, pred, num_frames, match)
    of_pred = np.where(matched[:, None], np.where(annotated, placed, FALSE_JOINT), FALSE_PERSON)
    of_pred = np.where(pred.joint_valid, of_pred, NO_JOINT)
    found = match.pred_of != NOBODY
    of_truth = np.full(truth.joint_valid.shape, MISS_PERSON, dtype=np.int64)
    its_classes = of_pred[match.pred_of[found]]
    of_truth[found] = np.where(its_classes == NO_JOINT, MISS_JOINT, its_classes)
    return PoseErrors(np.where(truth.joint_valid, of_truth, NO_JOINT), of_pred)


def _place(truth: PersonColumns, pred: PersonColumns, num_frames: int, match: PersonMatch) -> IntArray:
    """(P, 15) what each joint is near: good, jitter, inversion, swap or nothing."""
    own = _or_inf(joint_distances(truth, pred, match.truth_of))
    mirrored = replace(
        pred, joints_xy=pred.joints_xy[:, _MIRROR], joint_valid=pred.joint_valid[:, _MIRROR]
    )  # slot k holds the joint whose mirror is k
    inverted = _or_inf(joint_distances(truth, mirrored, match.truth_of))[:, _MIRROR]
    inverted[:, ~_HAS_MIRROR] = np.inf
    others = np.minimum(
        _nearest_other(truth, pred, num_frames, match),
        _nearest_other(truth, mirrored, num_frames, match)[:, _MIRROR],
    )
    choices = np.stack([own, inverted, others])
    place = np.where(choices.min(axis=0) <= NEAR_RADIUS, JITTER + choices.argmin(axis=0), MISS_FAR)
    return np.where(own <= MATCH_THRESHOLD, GOOD, place)


def _nearest_other(truth: PersonColumns, pred: PersonColumns, num_frames: int, match: PersonMatch) -> FloatArray:
    """(P, 15) distance to the same joint of the nearest person other than the matched one; inf beyond the radius."""
    nearest = np.full(pred.joint_valid.shape, np.inf)
    pairs = pair_poses(truth, pred, num_frames, NEAR_RADIUS)
    other = match.truth_of[pairs.pred_rows] != pairs.truth_rows
    if other.any():
        rows, first = np.unique(pairs.pred_rows[other], return_index=True)
        nearest[rows] = np.minimum.reduceat(_or_inf(pairs.distances[other]), first, axis=0)
    return nearest


def _or_inf(distances: FloatArray) -> FloatArray:
    return np.where(np.isnan(distances), np.inf, distances)
