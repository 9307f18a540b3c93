"""Counts behind the PoseTrack metrics of one or more sequences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from posetrack.evaluation.average_precision import PrecisionRecallCurve, precision_recall_curve, ranked_scores
from posetrack.evaluation.corrections import OFFICIAL, Corrections
from posetrack.evaluation.joint_tracks import JointEdges, TrackCounts, count_events, joint_edges, match_joints
from posetrack.evaluation.matching import PosePairs, pair_poses, prediction_labels
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.result import PoseTrackResult, figures
from posetrack.structures import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class SequenceCounts:
    """Contribution of one or more sequences to the metrics.

    Attributes:
        annotated: (15,) int64 number of annotated joints.
        scores: for each joint, the float64 scores of all its predictions, from ``ranked_scores``, in order of
            sequence, frame and person.
        labels: for each joint, whether each prediction is a true positive.
        tracks: counts over the tracked frames.
        corrections: the corrections used when counting.
    """

    annotated: IntArray
    scores: tuple[FloatArray, ...]
    labels: tuple[BoolArray, ...]
    tracks: TrackCounts
    corrections: Corrections = OFFICIAL

    def result(self) -> PoseTrackResult:
        """Compute the metrics of these counts alone."""
        return figures(self.annotated, self.scores, self.labels, self.tracks, self.corrections)

    def curves(self) -> tuple[PrecisionRecallCurve, ...]:
        """Return the precision-recall curves of the 15 joints."""
        counted = zip(self.scores, self.labels, self.annotated, strict=True)
        return tuple(precision_recall_curve(scores, labels, int(number)) for scores, labels, number in counted)


def merge_counts(parts: Iterable[SequenceCounts]) -> SequenceCounts:
    """Merge the counts of several sequences; their order matters only for equal scores.

    Raises:
        ValueError: the counts use different corrections.
    """
    parts = list(parts)
    if len({part.corrections for part in parts}) > 1:
        raise ValueError("counts under different corrections do not add up")
    none = np.zeros(0)
    tracks = TrackCounts.zero()
    for part in parts:
        tracks += part.tracks
    return SequenceCounts(
        annotated=sum((p.annotated for p in parts), np.zeros(NUM_JOINTS, dtype=np.int64)),
        scores=tuple(np.concatenate([none, *(p.scores[j] for p in parts)]) for j in range(NUM_JOINTS)),
        labels=tuple(np.concatenate([none.astype(np.bool_), *(p.labels[j] for p in parts)]) for j in range(NUM_JOINTS)),
        tracks=tracks,
        corrections=parts[0].corrections if parts else OFFICIAL,
    )


@dataclass(frozen=True, eq=False)
class MatchedSequence:
    """A sequence whose joints have been compared once and can be counted under any corrections.

    Attributes:
        truth, pred: the evaluated persons, from ``evaluated_persons``.
        num_frames: number of labelled frames.
        pairs: pairs of poses near each other.
        edges: pairs of joints near each other, of all frames.
        matched: (E,) bool, the edges in the MOT pairing; never depends on later frames.
    """

    truth: PersonColumns
    pred: PersonColumns
    num_frames: int
    pairs: PosePairs
    edges: JointEdges
    matched: BoolArray

    def counts(self, corrections: Corrections = OFFICIAL) -> SequenceCounts:
        """Count the sequence. Every person in a tracked frame must have a track id."""
        labels = prediction_labels(self.truth, self.pred, self.pairs, corrections.nearest_of_equals)
        nulls = np.zeros_like(self.pred.null_scores) if corrections.null_scores_last else self.pred.null_scores
        scores = ranked_scores(self.pred.joint_scores, nulls)
        given = self.pred.joint_valid.T
        return SequenceCounts(
            annotated=self.truth.joint_valid.sum(axis=0),
            scores=tuple(scores[mask, joint] for joint, mask in enumerate(given)),
            labels=tuple(labels[mask, joint] for joint, mask in enumerate(given)),
            tracks=self.track_counts(corrections),
            corrections=corrections,
        )

    def tracked_frames(self, corrections: Corrections = OFFICIAL) -> BoolArray:
        """(num_frames,) bool, frames compared by MOT: both sides have persons; officially not the last frame."""
        tracked = self._with_persons(self.truth) & self._with_persons(self.pred)
        tracked[self._num_tracked(corrections) :] = False
        return tracked

    def track_counts(self, corrections: Corrections = OFFICIAL) -> TrackCounts:
        """Compute the MOT part of ``counts``."""
        tracked = self.tracked_frames(corrections)
        in_tracked = tracked[self.edges.frames]
        counts = count_events(
            self.truth.joint_valid[tracked[self.truth.frames]].sum(axis=0),
            self.pred.joint_valid[tracked[self.pred.frames]].sum(axis=0),
            self.edges.select(in_tracked),
            self.matched[in_tracked],
        )
        one_sided = ~tracked
        one_sided[self._num_tracked(corrections) :] = False
        return counts + self._one_sided_counts(one_sided, corrections)

    def _one_sided_counts(self, frames: BoolArray, corrections: Corrections) -> TrackCounts:
        """Count the tracked frames in which one or both sides have no persons, so that nothing can be paired."""
        annotated, predicted = (self._joints_in(frames, side) for side in (self.truth, self.pred))
        held = (annotated + predicted > 0).astype(np.int64)
        objects = false_positives = held
        if corrections.true_miss_counts:
            objects, false_positives = annotated, predicted
        invented = np.zeros_like(held) if corrections.no_invented_classes else 1 - held
        objects, false_positives = ((counts + invented).sum(axis=0) for counts in (objects, false_positives))
        return replace(TrackCounts.zero(), objects=objects, misses=objects, false_positives=false_positives)

    def _joints_in(self, frames: BoolArray, persons: PersonColumns) -> IntArray:
        """(number of true ``frames``, 15) joints of each kind."""
        there = frames[persons.frames]
        place = (np.cumsum(frames) - 1)[persons.frames[there]]
        joints = np.zeros((int(frames.sum()), NUM_JOINTS), dtype=np.int64)
        np.add.at(joints, place, persons.joint_valid[there])
        return joints

    def _with_persons(self, persons: PersonColumns) -> BoolArray:
        return np.bincount(persons.frames, minlength=self.num_frames) > 0

    def _num_tracked(self, corrections: Corrections) -> int:
        return self.num_frames if corrections.track_last_frame else max(self.num_frames - 1, 0)


def match_sequence(truth: PersonColumns, pred: PersonColumns, num_frames: int) -> MatchedSequence:
    """Compare the persons of a sequence.

    Args:
        truth, pred: the evaluated persons, from ``evaluated_persons``.
        num_frames: number of labelled frames.
    """
    pairs = pair_poses(truth, pred, num_frames)
    edges = joint_edges(truth, pred, pairs)
    return MatchedSequence(truth, pred, num_frames, pairs, edges, match_joints(truth, pred, edges))
