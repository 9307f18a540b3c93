"""CLEAR MOT of joints: which ground-truth joint is paired with which predicted joint over time.

The result equals py-motmetrics 1.4.0's ``MOTAccumulator`` run on one joint at a time, as in poseval. It is
fast because where every joint of a frame has at most one partner within the threshold, the pairing does not
depend on the past, so all such frames are processed at once. Only the remaining, crowded frames are
processed in order.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from posetrack.evaluation.crowd import pair_crowd
from posetrack.evaluation.matching import PosePairs
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

_NEVER = -1


@dataclass(frozen=True, eq=False)
class JointEdges:
    """Every pair of a ground-truth joint and a predicted joint of a frame within the threshold of each other.

    Sorted by frame, joint, ground-truth row, prediction row.

    Attributes:
        frames: (E,) int64.
        joints: (E,) int64, 0..14.
        truth_rows: (E,) int64 row in the ground-truth columns.
        pred_rows: (E,) int64 row in the prediction columns.
        distances: (E,) float64 head sizes.
        objects: (E,) int64, one number per (joint, ground-truth track).
        hypotheses: (E,) int64, one number per (joint, predicted track).
    """

    frames: IntArray
    joints: IntArray
    truth_rows: IntArray
    pred_rows: IntArray
    distances: FloatArray
    objects: IntArray
    hypotheses: IntArray

    def __len__(self) -> int:
        return len(self.frames)

    def select(self, index: BoolArray) -> JointEdges:
        """Return the edges where ``index`` is true."""
        return JointEdges(*(getattr(self, f.name)[index] for f in fields(self)))


def joint_edges(truth: PersonColumns, pred: PersonColumns, pairs: PosePairs) -> JointEdges:
    """Expand all pairs of poses into pairs of joints."""
    pair, joints = np.nonzero(pairs.within)
    truth_rows, pred_rows = pairs.truth_rows[pair], pairs.pred_rows[pair]
    order = np.lexsort((pred_rows, truth_rows, joints, pred.frames[pred_rows]))
    pair, joints, truth_rows, pred_rows = pair[order], joints[order], truth_rows[order], pred_rows[order]
    _, objects = np.unique(truth.track_ids, return_inverse=True)
    _, hypotheses = np.unique(pred.track_ids, return_inverse=True)
    return JointEdges(
        frames=pred.frames[pred_rows],
        joints=joints,
        truth_rows=truth_rows,
        pred_rows=pred_rows,
        distances=pairs.distances[pair, joints],
        objects=joints * (len(truth) + 1) + objects[truth_rows],
        hypotheses=joints * (len(pred) + 1) + hypotheses[pred_rows],
    )


def match_joints(truth: PersonColumns, pred: PersonColumns, edges: JointEdges) -> BoolArray:
    """Select the edges that form the pairing of their frame.

    Per frame and joint: an object keeps the hypothesis it was last paired with, however long ago, if
    the two are still within the threshold (objects in file order); the rest are paired by the
    Hungarian method, as many as possible, at the least total distance.

    Returns:
        (E,) bool.
    """
    if not len(edges):
        return np.zeros(0, dtype=np.bool_)
    alone = _alone(edges.truth_rows, edges.joints) & _alone(edges.pred_rows, edges.joints)
    cells = edges.frames * NUM_JOINTS + edges.joints
    starts = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]])
    crowded = ~np.logical_and.reduceat(alone, starts)
    lengths = np.diff(np.r_[starts, len(edges)])
    matched = ~np.repeat(crowded, lengths)
    before_frame, before = _last_match_before(edges, matched)
    tracker = _Pairing(truth, pred, edges, before_frame, before)
    for start, length in zip(starts[crowded].tolist(), lengths[crowded].tolist(), strict=True):
        matched[tracker.pair_cell(start, start + length)] = True
    return matched


def _alone(rows: IntArray, joints: IntArray) -> BoolArray:
    """Return whether each edge is the only one of this joint of this person."""
    slots = rows * NUM_JOINTS + joints
    return np.asarray(np.bincount(slots)[slots] == 1)


def _last_match_before(edges: JointEdges, matched: BoolArray) -> tuple[list[int], list[int]]:
    """Return, per edge, frame and hypothesis of its object's last pairing among ``matched`` before it."""
    span = int(edges.frames.max()) + 1
    keys = edges.objects * span + edges.frames
    known = np.flatnonzero(matched)
    known = known[np.argsort(keys[known], kind="stable")]
    if not len(known):
        return [_NEVER] * len(edges), [_NEVER] * len(edges)
    position = np.searchsorted(keys[known], keys) - 1
    source = known[np.maximum(position, 0)]
    valid = (position >= 0) & (edges.objects[source] == edges.objects)
    frames = np.where(valid, edges.frames[source], _NEVER)
    hypotheses = np.where(valid, edges.hypotheses[source], _NEVER)
    return frames.tolist(), hypotheses.tolist()


class _Pairing:
    """Pairs crowded frames one after the other and remembers the result."""

    def __init__(
        self, truth: PersonColumns, pred: PersonColumns, edges: JointEdges, before_frame: list[int], before: list[int]
    ) -> None:
        self._truth, self._pred, self._edges = truth, pred, edges
        self._before_frame, self._before = before_frame, before
        self._frames = edges.frames.tolist()
        self._truth_rows, self._pred_rows = edges.truth_rows.tolist(), edges.pred_rows.tolist()
        self._objects, self._hypotheses = edges.objects.tolist(), edges.hypotheses.tolist()
        self._paired: dict[int, tuple[int, int]] = {}  # object -> frame, hypothesis

    def pair_cell(self, start: int, stop: int) -> list[int]:
        """Return the edges in start..stop (one joint of one frame) that form its pairing."""
        frame, joint = self._frames[start], int(self._edges.joints[start])
        chosen = pair_crowd(
            self._truth_rows[start:stop],
            self._pred_rows[start:stop],
            self._edges.distances[start:stop],
            [self._last_hypothesis(edge) == self._hypotheses[edge] for edge in range(start, stop)],
            lambda: (rows_with_joint(self._truth, frame, joint), rows_with_joint(self._pred, frame, joint)),
        )
        accepted = [start + edge for edge in chosen]
        for edge in accepted:
            self._paired[self._objects[edge]] = (frame, self._hypotheses[edge])
        return accepted

    def _last_hypothesis(self, edge: int) -> int:
        """Return the hypothesis that the edge's object was last paired with before the edge's frame."""
        frame, hypothesis = self._paired.get(self._objects[edge], (_NEVER, _NEVER))
        return hypothesis if frame > self._before_frame[edge] else self._before[edge]


def rows_with_joint(persons: PersonColumns, frame: int, joint: int) -> IntArray:
    """Return the rows of a frame's persons who have this joint."""
    start, stop = np.searchsorted(persons.frames, [frame, frame + 1])
    return np.asarray(start + np.flatnonzero(persons.joint_valid[start:stop, joint]))


@dataclass(frozen=True, eq=False)
class TrackCounts:
    """Counts behind the CLEAR MOT metrics, each (15,), over any number of frames; counts can be added.

    Attributes:
        objects: annotated joints, int64.
        misses: annotated joints without a partner, int64.
        false_positives: predicted joints without a partner, int64.
        matches: paired joints whose object kept its hypothesis (or had none before), int64.
        switches: paired joints whose object had another hypothesis before, int64.
        matched_distance: float64, summed over matches and switches, head sizes.
        event_distance: float64, summed over all events of py-motmetrics: besides matches and switches,
            every pair within the threshold (RAW), and the ASCEND, TRANSFER and MIGRATE events.
    """

    objects: IntArray
    misses: IntArray
    false_positives: IntArray
    matches: IntArray
    switches: IntArray
    matched_distance: FloatArray
    event_distance: FloatArray

    @classmethod
    def zero(cls) -> TrackCounts:
        """Return the counts of zero frames."""
        count = np.zeros(NUM_JOINTS, dtype=np.int64)
        return cls(count, count, count, count, count, np.zeros(NUM_JOINTS), np.zeros(NUM_JOINTS))

    def __add__(self, other: TrackCounts) -> TrackCounts:
        return TrackCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def count_events(objects: IntArray, hypotheses: IntArray, edges: JointEdges, matched: BoolArray) -> TrackCounts:
    """Count the events of a sequence, given its pairing.

    Args:
        objects: (15,) annotated joints of the tracked frames.
        hypotheses: (15,) predicted joints of the tracked frames.
        edges: edges of the tracked frames.
        matched: (E,) bool, the edges that are pairs.
    """
    pairs = edges.select(matched)
    is_switch, extra_events = _classify(pairs)
    paired = np.bincount(pairs.joints, minlength=NUM_JOINTS)
    switches = np.bincount(pairs.joints[is_switch], minlength=NUM_JOINTS)
    matched_distance = _distance_per_joint(pairs.joints, pairs.distances)
    return TrackCounts(
        objects=objects,
        misses=objects - paired,
        false_positives=hypotheses - paired,
        matches=paired - switches,
        switches=switches,
        matched_distance=matched_distance,
        event_distance=_distance_per_joint(edges.joints, edges.distances)
        + matched_distance
        + _distance_per_joint(pairs.joints, pairs.distances * extra_events),
    )


def _classify(pairs: JointEdges) -> tuple[BoolArray, IntArray]:
    """Return which pairs are switches, and how many extra events py-motmetrics records for each.

    A pair is new if its object had no hypothesis before, or another one; in the latter case it is a
    switch. Extra events: ASCEND, a switch to a hypothesis that was never paired; TRANSFER, a new pair
    whose hypothesis was last newly paired with another object; MIGRATE, a TRANSFER to an object
    that was never paired.
    """
    last_hypothesis = _previous(pairs.objects, pairs.frames, pairs.hypotheses)
    is_new = last_hypothesis != pairs.hypotheses
    is_switch = is_new & (last_hypothesis != _NEVER)
    ascend = is_switch & (_previous(pairs.hypotheses, pairs.frames, pairs.objects) == _NEVER)
    last_object = _previous(pairs.hypotheses[is_new], pairs.frames[is_new], pairs.objects[is_new])
    transfer = np.zeros(len(pairs), dtype=np.bool_)
    transfer[is_new] = (last_object != _NEVER) & (last_object != pairs.objects[is_new])
    migrate = transfer & (last_hypothesis == _NEVER)
    return is_switch, ascend.astype(np.int64) + transfer + migrate


def _previous(groups: IntArray, frames: IntArray, values: IntArray) -> IntArray:
    """Return, for each entry, the value of the previous entry in time in its group, or ``_NEVER``."""
    order = np.lexsort((frames, groups))
    before = np.full(len(groups), _NEVER, dtype=np.int64)
    same = groups[order][1:] == groups[order][:-1]
    before[order[1:][same]] = values[order[:-1][same]]
    return before


def _distance_per_joint(joints: IntArray, distances: FloatArray) -> FloatArray:
    return np.bincount(joints, weights=distances, minlength=NUM_JOINTS).astype(np.float64)
