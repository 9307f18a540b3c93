"""Counts of a sequence behind mAP and MOTA at every pair of thresholds; its joints are compared only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError
from posetrack.evaluation.average_precision import ranked_scores
from posetrack.evaluation.corrections import OFFICIAL
from posetrack.evaluation.counts import MatchedSequence, SequenceCounts
from posetrack.evaluation.joint_tracks import TrackCounts, match_joints
from posetrack.evaluation.matching import PosePairs, prediction_labels
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.posetrack import matched_sequence
from posetrack.evaluation.sweep.grid import DEFAULT_GRID, ThresholdGrid
from posetrack.structures import BoolArray, FloatArray, IntArray, SequencePoses


@dataclass(frozen=True, eq=False)
class SweepCounts:
    """Counts of one or more sequences at each of the C cells of a grid.

    Attributes:
        grid: the thresholds.
        annotated: (15,) int64 number of annotated joints.
        person_scores: (P,) float64 scores of the predicted persons, NaN = none.
        joint_scores: (P, 15) float64, NaN = none.
        null_scores: (P, 15) bool, the score is null.
        joint_valid: (P, 15) bool, the predicted joints.
        labels: (C, P, 2) uint8, 15 bits per person marking the true positives; 0 for removed persons and joints.
        tracks: counts over the tracked frames, each (C, 15).
    """

    grid: ThresholdGrid
    annotated: IntArray
    person_scores: FloatArray
    joint_scores: FloatArray
    null_scores: BoolArray
    joint_valid: BoolArray
    labels: npt.NDArray[np.uint8]
    tracks: TrackCounts

    def cell(self, index: int) -> SequenceCounts:
        """Return the counts at ``grid.cells[index]``: those of the predictions ``thresholded`` accordingly."""
        person, joint = self.grid.cells[index]
        stays = ~(self.person_scores < person)
        given = (self.joint_valid[stays] & ~(self.joint_scores[stays] < joint)).T
        labels = np.unpackbits(self.labels[index, stays], axis=-1, count=NUM_JOINTS).view(np.bool_)
        scores = ranked_scores(self.joint_scores[stays], self.null_scores[stays])
        return SequenceCounts(
            annotated=self.annotated,
            scores=tuple(scores[mask, j] for j, mask in enumerate(given)),
            labels=tuple(labels[mask, j] for j, mask in enumerate(given)),
            tracks=TrackCounts(*(getattr(self.tracks, f.name)[index] for f in fields(TrackCounts))),
        )

    def sources(self) -> list[int]:
        """See ``ThresholdGrid.sources``."""
        return _sources(self.grid, self.person_scores, self.joint_scores, self.joint_valid)


def count_sweep(gt: SequencePoses, pred: SequencePoses, grid: ThresholdGrid = DEFAULT_GRID) -> SweepCounts:
    """Count a sequence at each pair of thresholds, by the official protocol.

    Raises:
        FormatError: as in ``count_sequence``, for the unchanged predictions; there are persons, but no score at all.
    """
    _require_scores(pred)
    sequence = matched_sequence(gt, pred, (OFFICIAL,))
    persons = sequence.pred
    annotated_frames = np.bincount(gt.columns.frame, minlength=len(gt.frames)) > 0
    with_regions = np.array([len(regions) > 0 for regions in gt.ignore_regions], dtype=np.bool_)[annotated_frames]
    needs_joints = with_regions[persons.frames]
    labels = np.zeros((len(grid.cells), len(persons), 2), dtype=np.uint8)
    tracks: list[TrackCounts] = []
    sources = _sources(grid, persons.scores, persons.joint_scores, persons.joint_valid)
    for cell, ((person, joint), source) in enumerate(zip(grid.cells, sources, strict=True)):
        if source != cell:
            labels[cell] = labels[source]
            tracks.append(tracks[source])
            continue
        valid = persons.joint_valid & ~(persons.joint_scores < joint)
        stays = ~(persons.scores < person) & (valid.any(axis=1) | ~needs_joints)
        left = _restricted(sequence, stays, valid)
        labels[cell, stays] = np.packbits(prediction_labels(left.truth, left.pred, left.pairs), axis=-1)
        tracks.append(left.track_counts())
    return SweepCounts(
        grid, sequence.truth.joint_valid.sum(axis=0), persons.scores, persons.joint_scores, persons.null_scores,
        persons.joint_valid, labels, TrackCounts(*(np.stack([getattr(part, f.name) for part in tracks]) for f in fields(TrackCounts))),
    )  # fmt: skip


def _require_scores(pred: SequencePoses) -> None:
    columns = pred.columns
    if len(columns) and np.isnan(columns.scores).all() and np.isnan(columns.joint_scores[columns.joint_valid]).all():
        raise FormatError(
            f"{pred.info.name}: none of the {len(columns)} predicted persons or their joints has a score, but a sweep "
            "looks for the best score threshold: write the scores into the predictions, or leave out --sweep"
        )


def _sources(grid: ThresholdGrid, scores: FloatArray, joint_scores: FloatArray, joint_valid: BoolArray) -> list[int]:
    persons = sorted({person for person, _ in grid.cells})
    joints = sorted({joint for _, joint in grid.cells})
    stays = ~(scores < np.array(persons)[:, None])
    given = [(joint_valid & ~(joint_scores < joint)).sum(axis=1) for joint in joints]
    persons_left = stays.sum(axis=1)
    joints_left = stays.astype(np.int64) @ np.stack(given, axis=1)
    at = [(persons.index(person), joints.index(joint)) for person, joint in grid.cells]
    return grid.sources(
        np.array([persons_left[row] for row, _ in at]), np.array([joints_left[row, column] for row, column in at])
    )


def _restricted(sequence: MatchedSequence, stays: BoolArray, valid: BoolArray) -> MatchedSequence:
    """Restrict the sequence to these predicted persons (P,) and joints (P, 15), without measuring distances again."""
    valid = valid & stays[:, None]
    new_row = np.cumsum(stays) - 1
    pred: PersonColumns = replace(sequence.pred, joint_valid=valid).select(stays)
    pairs = sequence.pairs
    within = pairs.within & valid[pairs.pred_rows]
    near = within.any(axis=1)
    rows = new_row[pairs.pred_rows[near]]
    pairs = PosePairs(rows, pairs.truth_rows[near], pairs.distances[near], within[near])
    edges = sequence.edges.select(valid[sequence.edges.pred_rows, sequence.edges.joints])
    edges = replace(edges, pred_rows=new_row[edges.pred_rows])
    matched = match_joints(sequence.truth, pred, edges)
    return MatchedSequence(sequence.truth, pred, sequence.num_frames, pairs, edges, matched)


def merge_sweeps(parts: Sequence[SweepCounts]) -> SweepCounts:
    """Merge the counts of one or more sequences; their order matters only for equal scores.

    Raises:
        ValueError: no sequences, or different grids.
    """
    if len({part.grid for part in parts}) != 1:
        raise ValueError("expected the counts of one or more sequences, all on one grid of thresholds")
    tracks = parts[0].tracks
    for part in parts[1:]:
        tracks += part.tracks
    return SweepCounts(
        grid=parts[0].grid,
        annotated=np.sum([part.annotated for part in parts], axis=0),
        person_scores=np.concatenate([part.person_scores for part in parts]),
        joint_scores=np.concatenate([part.joint_scores for part in parts]),
        null_scores=np.concatenate([part.null_scores for part in parts]),
        joint_valid=np.concatenate([part.joint_valid for part in parts]),
        labels=np.concatenate([part.labels for part in parts], axis=1),
        tracks=tracks,
    )
