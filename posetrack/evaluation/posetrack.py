"""PoseTrack's mAP and MOTA exactly as the official program gives them, its quirks included.

Every sequence gives ``SequenceCounts``; counts of sequences are put together and turned into
figures, so that memory is bounded by the largest sequence and sequences can be counted apart.

Source: poseval 4258a15 with motmetrics 1.4.0; held to figures recorded from it in
``tests/evaluation/test_official_parity.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.average_precision import MISSING_SCORE
from posetrack.evaluation.joint_tracks import TrackCounts, count_events, joint_edges, match_joints
from posetrack.evaluation.matching import PosePairs, pair_poses, prediction_labels
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns, person_columns
from posetrack.evaluation.result import PoseTrackResult, figures
from posetrack.geometry.polygons import points_in_polygons
from posetrack.structures import NO_TRACK, BoolArray, FloatArray, IntArray, SequencePoses


@dataclass(frozen=True, eq=False)
class SequenceCounts:
    """What one sequence, or several put together, contribute to the figures.

    Attributes:
        annotated: (15,) int64 annotated joints.
        scores: for each joint the scores of all its predictions, float64, in the order of sequences,
            frames and persons.
        labels: for each joint whether each prediction is a true positive.
        tracks: counts of the tracked frames.
    """

    annotated: IntArray
    scores: tuple[FloatArray, ...]
    labels: tuple[BoolArray, ...]
    tracks: TrackCounts

    def result(self) -> PoseTrackResult:
        """The figures of these counts alone."""
        return figures(self.annotated, self.scores, self.labels, self.tracks)


def merge_counts(parts: Iterable[SequenceCounts]) -> SequenceCounts:
    """The counts of several sequences together; the order matters only among equal scores."""
    parts = list(parts)
    none = np.zeros(0)
    tracks = TrackCounts.zero()
    for part in parts:
        tracks += part.tracks
    return SequenceCounts(
        annotated=sum((p.annotated for p in parts), np.zeros(NUM_JOINTS, dtype=np.int64)),
        scores=tuple(np.concatenate([none, *(p.scores[j] for p in parts)]) for j in range(NUM_JOINTS)),
        labels=tuple(np.concatenate([none.astype(np.bool_), *(p.labels[j] for p in parts)]) for j in range(NUM_JOINTS)),
        tracks=tracks,
    )


def evaluate_posetrack(gt: Iterable[SequencePoses], pred: Iterable[SequencePoses]) -> PoseTrackResult:
    """mAP and MOTA of all sequences together.

    Args:
        gt: ground truth, one after the other; may be a generator.
        pred: predictions in the same order.

    Raises:
        FormatError: see ``count_sequence``; unequal numbers of sequences; among several sequences,
            a pair whose names differ (a single pair may be named as it likes).
    """
    parts = []
    misnamed = ""
    for number, (truth, prediction) in enumerate(zip_longest(gt, pred), start=1):
        if truth is None or prediction is None:
            lacking, other = ("predictions", truth) if prediction is None else ("ground truth", prediction)
            raise FormatError(f"no {lacking} for sequence {number} ({other.info.name}): give both sides the same set")
        if truth.info.name != prediction.info.name:
            misnamed = misnamed or f"predictions of {prediction.info.name} stand beside truth of {truth.info.name}"
        if misnamed and number > 1:
            raise FormatError(f"{misnamed}: put both sides in the same order")
        parts.append(count_sequence(truth, prediction))
    return merge_counts(parts).result()


def count_sequence(gt: SequencePoses, pred: SequencePoses) -> SequenceCounts:
    """What one sequence contributes. Frames are paired by position, as in the official program.

    Where the official program crashes, this gives what it would have meant: a sequence with a single
    labelled frame contributes nothing to MOT; a head box is only needed where joints are compared;
    track ids may be of any size, and are only needed in frames that are tracked.

    Raises:
        FormatError: unequal numbers of frames; a truth without a head box where it is needed; a
            person without a track id where it is needed; a skeleton without one of the 15 joints.
    """
    if len(gt.frames) != len(pred.frames):
        raise FormatError(
            f"{gt.info.name}: {len(pred.frames)} frames of predictions, expected {len(gt.frames)} as in the "
            "ground truth (a frame without people is an empty frame, not a missing one)"
        )
    truth, prediction, kept = evaluated_persons(gt, pred)
    _check_head_boxes(truth, prediction, gt, kept)
    pairs = pair_poses(truth, prediction, len(kept))
    labels = prediction_labels(truth, prediction, pairs)
    scores = np.where(np.isnan(prediction.joint_scores), MISSING_SCORE, prediction.joint_scores)
    given = prediction.joint_valid.T
    return SequenceCounts(
        annotated=truth.joint_valid.sum(axis=0),
        scores=tuple(scores[mask, joint] for joint, mask in enumerate(given)),
        labels=tuple(labels[mask, joint] for joint, mask in enumerate(given)),
        tracks=_track_counts(truth, prediction, pairs, gt, kept),
    )


def evaluated_persons(gt: SequencePoses, pred: SequencePoses) -> tuple[PersonColumns, PersonColumns, IntArray]:
    """The persons that count, their ``frames`` renumbered, and the positions of the frames kept.

    Frames without annotated people are dropped with all that is predicted in them; persons without
    a list of joints go; then what lies in the truth's ignore regions.
    """
    labelled = np.bincount(gt.columns.frame, minlength=len(gt.frames)) > 0
    kept = np.flatnonzero(labelled)
    number = np.cumsum(labelled) - 1
    sides = []
    for sequence in (gt, pred):
        persons = person_columns(sequence)
        persons = persons.select(labelled[persons.frames] & persons.joints_listed)
        persons = _without_ignored(persons, gt)
        sides.append(replace(persons, frames=number[persons.frames]))
    return sides[0], sides[1], kept


def _without_ignored(persons: PersonColumns, gt: SequencePoses) -> PersonColumns:
    """Without the joints inside ignore regions, and without persons that have no joint left.

    Persons that had no joint before go as well, but only in frames that have regions.
    """
    with_regions = [frame for frame, regions in enumerate(gt.ignore_regions) if regions]
    if not with_regions:
        return persons
    valid = persons.joint_valid.copy()
    xy = persons.joints_xy.copy()
    stays = np.ones(len(persons), dtype=np.bool_)
    limits = np.searchsorted(persons.frames, np.array(with_regions)[:, None] + [0, 1])
    for frame, (start, stop) in zip(with_regions, limits.tolist(), strict=True):
        valid[start:stop] &= ~points_in_polygons(xy[start:stop], gt.ignore_regions[frame])
        stays[start:stop] = valid[start:stop].any(axis=1)
    xy[~valid] = np.nan
    return replace(persons, joint_valid=valid, joints_xy=xy).select(stays)


def _check_head_boxes(truth: PersonColumns, pred: PersonColumns, gt: SequencePoses, kept: IntArray) -> None:
    compared = np.bincount(pred.frames, minlength=len(kept)) > 0
    lacking = np.isnan(truth.head_sizes) & truth.joint_valid.any(axis=1) & compared[truth.frames]
    if lacking.any():
        raise FormatError(
            f"{_place(truth, lacking, gt, kept)}: no head box (bbox_head, or x1 y1 x2 y2) of an annotated person, but "
            f"distances are measured in head sizes; {int(lacking.sum())} such persons in the sequence: add their boxes"
        )


def _check_track_ids(persons: PersonColumns, side: str, gt: SequencePoses, kept: IntArray) -> None:
    lacking = (persons.track_ids == NO_TRACK) & persons.joint_valid.any(axis=1)
    if lacking.any():
        raise FormatError(
            f"{_place(persons, lacking, gt, kept)}: no track id (0 or greater) of a person of the {side}, but MOTA "
            f"needs one each; {int(lacking.sum())} such persons in the sequence: track the poses first"
        )


def _place(persons: PersonColumns, faulty: BoolArray, gt: SequencePoses, kept: IntArray) -> str:
    """Sequence and frame of the first faulty person, for errors."""
    frame = kept[persons.frames[faulty.argmax()]]
    return f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]})"


def _track_counts(
    truth: PersonColumns, pred: PersonColumns, pairs: PosePairs, gt: SequencePoses, kept: IntArray
) -> TrackCounts:
    """Counts of all labelled frames but the last, which the official program never tracks.

    A frame in which one side is empty counts, for every joint, as one object that is missed and
    one false positive, whatever the other side holds.
    """
    num_frames = max(len(kept) - 1, 0)
    real = np.ones(len(kept), dtype=np.bool_)
    for persons in (truth, pred):
        real &= np.bincount(persons.frames, minlength=len(kept)) > 0
    real[num_frames:] = False
    tracked_truth, tracked_pred = truth.select(real[truth.frames]), pred.select(real[pred.frames])
    _check_track_ids(tracked_truth, "ground truth", gt, kept)
    _check_track_ids(tracked_pred, "predictions", gt, kept)
    edges = joint_edges(truth, pred, pairs)
    edges = edges.select(real[edges.frames])
    objects, hypotheses = tracked_truth.joint_valid.sum(axis=0), tracked_pred.joint_valid.sum(axis=0)
    counts = count_events(objects, hypotheses, edges, match_joints(truth, pred, edges))
    one_sided = np.full(NUM_JOINTS, num_frames - int(real.sum()), dtype=np.int64)
    return counts + replace(TrackCounts.zero(), objects=one_sided, misses=one_sided, false_positives=one_sided)
