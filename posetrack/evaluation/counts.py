"""What PoseTrack's figures of one sequence, or of many together, are made of."""

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
    """What one sequence, or several put together, contribute to the figures.

    Attributes:
        annotated: (15,) int64 annotated joints.
        scores: for each joint the scores of all its predictions, float64 of ``ranked_scores``, in the order of
            sequences, frames and persons.
        labels: for each joint whether each prediction is a true positive.
        tracks: counts of the tracked frames.
        corrections: under which this was counted.
    """

    annotated: IntArray
    scores: tuple[FloatArray, ...]
    labels: tuple[BoolArray, ...]
    tracks: TrackCounts
    corrections: Corrections = OFFICIAL

    def result(self) -> PoseTrackResult:
        """The figures of these counts alone."""
        return figures(self.annotated, self.scores, self.labels, self.tracks, self.corrections)

    def curves(self) -> tuple[PrecisionRecallCurve, ...]:
        """The precision-recall curves of the 15 joints."""
        counted = zip(self.scores, self.labels, self.annotated, strict=True)
        return tuple(precision_recall_curve(scores, labels, int(number)) for scores, labels, number in counted)


def merge_counts(parts: Iterable[SequenceCounts]) -> SequenceCounts:
    """The counts of several sequences together; the order matters only among equal scores.

    Raises:
        ValueError: they were not counted under the same corrections.
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
    """A sequence whose joints were compared once, to be counted under any corrections.

    Attributes:
        truth, pred: the persons that count, as ``evaluated_persons`` returns them.
        num_frames: labelled frames.
        pairs: the poses near each other.
        edges: the joints near each other, of all frames.
        matched: (E,) which of the edges are MOT's pairing; it never depends on later frames.
    """

    truth: PersonColumns
    pred: PersonColumns
    num_frames: int
    pairs: PosePairs
    edges: JointEdges
    matched: BoolArray

    def counts(self, corrections: Corrections = OFFICIAL) -> SequenceCounts:
        """What the sequence contributes. Every person of a tracked frame must have a track id."""
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
        """(num_frames,) the frames whose persons MOT compares: both sides have some; officially not the last."""
        tracked = self._with_persons(self.truth) & self._with_persons(self.pred)
        tracked[self._num_tracked(corrections) :] = False
        return tracked

    def track_counts(self, corrections: Corrections = OFFICIAL) -> TrackCounts:
        """The MOT part of ``counts``."""
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
        """Of the tracked frames in which one side, or both, has no persons: nothing can be paired."""
        annotated, predicted = (self._joints_in(frames, side) for side in (self.truth, self.pred))
        held = (annotated + predicted > 0).astype(np.int64)
        objects = false_positives = held
        if corrections.true_miss_counts:
            objects, false_positives = annotated, predicted
        invented = np.zeros_like(held) if corrections.no_invented_classes else 1 - held
        objects, false_positives = ((counts + invented).sum(axis=0) for counts in (objects, false_positives))
        return replace(TrackCounts.zero(), objects=objects, misses=objects, false_positives=false_positives)

    def _joints_in(self, frames: BoolArray, persons: PersonColumns) -> IntArray:
        """(frames that are true, 15) joints of each kind."""
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
        truth, pred: as ``evaluated_persons`` returns them.
        num_frames: labelled frames.
    """
    pairs = pair_poses(truth, pred, num_frames)
    edges = joint_edges(truth, pred, pairs)
    return MatchedSequence(truth, pred, num_frames, pairs, edges, match_joints(truth, pred, edges))
