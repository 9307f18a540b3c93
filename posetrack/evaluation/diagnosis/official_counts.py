"""The official counting of persons that are already prepared: what an oracle has changed has no file to read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posetrack.evaluation.average_precision import MISSING_SCORE
from posetrack.evaluation.joint_tracks import JointEdges, TrackCounts, count_events, joint_edges, match_joints
from posetrack.evaluation.matching import PosePairs, pair_poses, prediction_labels
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.posetrack import SequenceCounts
from posetrack.structures import BoolArray


def count_persons(truth: PersonColumns, pred: PersonColumns, num_frames: int) -> SequenceCounts:
    """What ``count_sequence`` gives for the sequence that these columns come from.

    Args:
        truth, pred: as ``evaluated_persons`` returns them; every person of a tracked frame has a track id.
        num_frames: labelled frames.
    """
    pairs = pair_poses(truth, pred, num_frames)
    labels = prediction_labels(truth, pred, pairs)
    scores = np.where(np.isnan(pred.joint_scores), MISSING_SCORE, pred.joint_scores)
    given = pred.joint_valid.T
    tracked = tracked_frames(truth, pred, num_frames)
    edges = tracked_pairs(truth, pred, pairs, tracked)
    objects = truth.joint_valid[tracked[truth.frames]].sum(axis=0)
    hypotheses = pred.joint_valid[tracked[pred.frames]].sum(axis=0)
    counts = count_events(objects, hypotheses, edges[0], edges[1])
    one_sided = np.full(NUM_JOINTS, max(num_frames - 1, 0) - int(tracked.sum()), dtype=np.int64)
    return SequenceCounts(
        annotated=truth.joint_valid.sum(axis=0),
        scores=tuple(scores[mask, joint] for joint, mask in enumerate(given)),
        labels=tuple(labels[mask, joint] for joint, mask in enumerate(given)),
        tracks=counts + replace(TrackCounts.zero(), objects=one_sided, misses=one_sided, false_positives=one_sided),
    )


def tracked_frames(truth: PersonColumns, pred: PersonColumns, num_frames: int) -> BoolArray:
    """(num_frames,) the frames whose persons the official MOTA compares: not the last, and both sides have some."""
    tracked = np.ones(num_frames, dtype=np.bool_)
    for persons in (truth, pred):
        tracked &= np.bincount(persons.frames, minlength=num_frames) > 0
    tracked[num_frames - 1 :] = False
    return tracked


def tracked_pairs(
    truth: PersonColumns, pred: PersonColumns, pairs: PosePairs, tracked: BoolArray
) -> tuple[JointEdges, BoolArray]:
    """The near joints of the tracked frames, and which of them are MOTA's pairing."""
    edges = joint_edges(truth, pred, pairs)
    edges = edges.select(tracked[edges.frames])
    return edges, match_joints(truth, pred, edges)
