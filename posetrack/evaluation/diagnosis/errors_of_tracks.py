"""Causes of ID switches, and split and merged tracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from posetrack.evaluation.counts import match_sequence
from posetrack.evaluation.diagnosis.person_match import NEAR_RADIUS, NOBODY, PersonMatch
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.structures import BoolArray, IntArray

SWITCH_CAUSES: tuple[str, ...] = ("re-entry", "occlusion", "crossing", "detection gap", "none of these")
RE_ENTRY, OCCLUSION, CROSSING, DETECTION_GAP, NO_CAUSE = range(len(SWITCH_CAUSES))
_EVENTS_AT_ONCE = 1 << 10  # bounds the memory in crowded scenes


@dataclass(frozen=True, eq=False)
class TrackErrors:
    """Tracking errors of a sequence.

    Attributes:
        switches: (5, 15) int64 MOTA's ID switches by cause (``SWITCH_CAUSES``) and joint; the sum over the
            causes is ``TrackCounts.switches``.
        person_switches: (5,) int64 annotated persons (counted once per frame) with a switched joint, by the
            cause of most of their switched joints (the first in a tie).
        switches_of_frame: (num_frames,) int64 number of switched joints.
        split: ground-truth tracks whose matched persons have more than one predicted id.
        extra_parts: surplus predicted ids, summed over the split tracks.
        merged: predicted tracks matched with more than one ground-truth track.
        extra_owners: surplus ground-truth tracks, summed over the merged tracks.
        truth_tracks: ground-truth tracks with at least one joint.
        pred_tracks: predicted tracks with at least one joint.
    """

    switches: IntArray
    person_switches: IntArray
    switches_of_frame: IntArray
    split: int
    extra_parts: int
    merged: int
    extra_owners: int
    truth_tracks: int
    pred_tracks: int


def track_errors(truth: PersonColumns, pred: PersonColumns, num_frames: int, match: PersonMatch) -> TrackErrors:
    """Classify every ID switch of MOTA by its cause, and count split and merged tracks.

    A switch: a joint of a ground-truth track is paired with another predicted id than when it was last paired. The
    cause is the first of these that holds in the labelled frames between the two pairings (for crossing: in the two
    frames themselves):
    re-entry: the annotated person was absent from one of them;
    occlusion: the joint was not annotated in one of them;
    crossing: at either pairing, a joint of another annotated person was within ``NEAR_RADIUS`` (of the switched
    person's head size) of the switched joint;
    detection gap: there was a frame in between, in which the joint was annotated but not found;
    none of these: the id changed from one frame to the next with nobody near.

    Splits and merges are of whole persons, by ``match_persons``, in all tracked frames.
    """
    sequence = match_sequence(truth, pred, num_frames)
    tracked = sequence.tracked_frames()
    pairs = sequence.edges.select(sequence.matched & tracked[sequence.edges.frames])
    order = np.lexsort((pairs.frames, pairs.objects))
    before, after = order[:-1], order[1:]
    switched = (pairs.objects[before] == pairs.objects[after]) & (pairs.hypotheses[before] != pairs.hypotheses[after])
    before, after = before[switched], after[switched]
    joints, was, now = pairs.joints[after], pairs.truth_rows[before], pairs.truth_rows[after]
    causes = _causes(truth, joints, was, now)
    cells = np.bincount(causes * NUM_JOINTS + joints, minlength=len(SWITCH_CAUSES) * NUM_JOINTS)
    owners, persons = np.unique(now, return_inverse=True)
    votes = np.zeros((len(owners), len(SWITCH_CAUSES)), dtype=np.int64)
    np.add.at(votes, (persons, causes), 1)
    split, extra_parts, merged, extra_owners = _splits_and_merges(truth, pred, match, tracked)
    return TrackErrors(
        switches=cells.reshape(len(SWITCH_CAUSES), NUM_JOINTS),
        person_switches=np.bincount(votes.argmax(axis=1), minlength=len(SWITCH_CAUSES)),
        switches_of_frame=np.bincount(truth.frames[now], minlength=num_frames),
        split=split,
        extra_parts=extra_parts,
        merged=merged,
        extra_owners=extra_owners,
        truth_tracks=_num_tracks(truth),
        pred_tracks=_num_tracks(pred),
    )


def _causes(truth: PersonColumns, joints: IntArray, was: IntArray, now: IntArray) -> IntArray:
    """Return the cause of each switch of a joint between annotated persons ``was`` and ``now`` of the same track."""
    tracks = np.unique(truth.track_ids, return_inverse=True)[1]
    order = np.lexsort((truth.frames, tracks))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    annotated = np.cumsum(truth.joint_valid[order], axis=0)
    between = truth.frames[now] - truth.frames[was] - 1
    persons_between = place[now] - place[was] - 1
    joints_between = annotated[place[now], joints] - annotated[place[was], joints] - 1
    crossing = _someone_near(truth, joints, was) | _someone_near(truth, joints, now)
    conditions = [persons_between < between, joints_between < persons_between, crossing, between > 0]
    return np.select(conditions, [RE_ENTRY, OCCLUSION, CROSSING, DETECTION_GAP], default=NO_CAUSE)


def _someone_near(truth: PersonColumns, joints: IntArray, rows: IntArray) -> BoolArray:
    """Return whether a joint of another person in the frame is near the joint of each row."""
    near = np.zeros(len(rows), dtype=np.bool_)
    for chunk in _chunks(len(rows)):
        first, last = (
            np.searchsorted(truth.frames, truth.frames[rows[chunk]], side=side) for side in ("left", "right")
        )
        count = last - first
        event = np.repeat(np.arange(len(count)), count)
        others = np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count) + first[event]
        event, others = (values[others != rows[chunk][event]] for values in (event, others))
        mine = rows[chunk][event]
        offset = truth.joints_xy[others] - truth.joints_xy[mine, joints[chunk][event]][:, None]
        squared = np.where(truth.joint_valid[others], (offset**2).sum(axis=2), np.inf).min(axis=1)
        close = squared <= (NEAR_RADIUS * truth.head_sizes[mine]) ** 2
        near[chunk.start + event[close]] = True
    return near


def _chunks(count: int) -> Iterator[slice]:
    for start in range(0, count, _EVENTS_AT_ONCE):
        yield slice(start, min(start + _EVENTS_AT_ONCE, count))


def _splits_and_merges(
    truth: PersonColumns, pred: PersonColumns, match: PersonMatch, tracked: BoolArray
) -> tuple[int, int, int, int]:
    """Return split tracks, surplus parts, merged tracks, surplus owners."""
    rows = np.flatnonzero((match.truth_of != NOBODY) & tracked[pred.frames])
    both = np.stack([truth.track_ids[match.truth_of[rows]], pred.track_ids[rows]], axis=1)
    both = np.unique(both, axis=0)
    extra = [np.unique(both[:, side], return_counts=True)[1] - 1 for side in (0, 1)]
    return int((extra[0] > 0).sum()), int(extra[0].sum()), int((extra[1] > 0).sum()), int(extra[1].sum())


def _num_tracks(persons: PersonColumns) -> int:
    return len(np.unique(persons.track_ids[persons.joint_valid.any(axis=1)]))
