"""Identity measures of joints: IDF1, switches, fragmentations and the fraction of each track that was found.

Computed from the same joint pairing as MOTA (``match_joints``), one joint at a time, and equal to
py-motmetrics 1.4.0's ``idf1``, ``num_switches``, ``num_fragmentations``, ``mostly_tracked``, ...
(tested in ``tests/evaluation/test_identity.py``).

Source: Ristani et al. 2016 (IDF1); Wu and Nevatia 2006, Li et al. 2009 (mostly tracked, fragmentations).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from posetrack.evaluation.assignment import best_pairs
from posetrack.evaluation.joint_tracks import JointEdges, joint_edges, match_joints
from posetrack.evaluation.matching import PosePairs
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.plain import plain_list
from posetrack.structures import BoolArray, FloatArray, IntArray

MOSTLY_TRACKED = 0.8  # fraction of its frames; CLEAR MOT convention, py-motmetrics ``mostly_tracked``
MOSTLY_LOST = 0.2  # below this fraction; py-motmetrics ``mostly_lost``


@dataclass(frozen=True, eq=False)
class IdentityCounts:
    """Counts of each joint, each (15,); counts of several sequences can be added.

    A track is one joint of one person in one sequence.

    Attributes:
        objects: annotated joints, int64.
        predictions: predicted joints, int64.
        id_true_positives: paired joints when each ground-truth track is optimally assigned one predicted
            track for the whole sequence, int64.
        found: joints paired frame by frame, int64.
        switches: paired joints whose track was last paired with a different predicted track, int64.
        fragmentations: number of times a track is lost and found again, int64.
        tracks: number of ground-truth tracks, int64.
        mostly_tracked, partially_tracked, mostly_lost: tracks found in at least 80 %, 20 to 80 %, and less
            than 20 % of their frames, int64.
        track_recall: float64, fraction of its frames in which each track was found, summed over the tracks.
    """

    objects: IntArray
    predictions: IntArray
    id_true_positives: IntArray
    found: IntArray
    switches: IntArray
    fragmentations: IntArray
    tracks: IntArray
    mostly_tracked: IntArray
    partially_tracked: IntArray
    mostly_lost: IntArray
    track_recall: FloatArray

    @classmethod
    def zero(cls) -> IdentityCounts:
        """Return the counts of zero frames."""
        count = np.zeros(NUM_JOINTS, dtype=np.int64)
        return cls(count, count, count, count, count, count, count, count, count, count, np.zeros(NUM_JOINTS))

    def __add__(self, other: IdentityCounts) -> IdentityCounts:
        return IdentityCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def result(self) -> IdentityResult:
        """Compute the metrics."""

        def ratio(part: npt.NDArray[np.number], whole: IntArray) -> FloatArray:
            percent = np.where(whole > 0, 100.0 * part / np.maximum(whole, 1), np.nan)
            percent[self.objects == 0] = np.nan  # a joint that is never annotated says nothing about tracking
            defined = percent[~np.isnan(percent)]
            return np.append(percent, defined.mean() if len(defined) else np.nan)

        def number(values: IntArray) -> IntArray:
            return np.append(values, values.sum())

        return IdentityResult(
            idf1=ratio(2 * self.id_true_positives, self.objects + self.predictions),
            id_precision=ratio(self.id_true_positives, self.predictions),
            id_recall=ratio(self.id_true_positives, self.objects),
            track_recall=ratio(self.track_recall, self.tracks),
            switches=number(self.switches),
            fragmentations=number(self.fragmentations),
            tracks=number(self.tracks),
            mostly_tracked=number(self.mostly_tracked),
            partially_tracked=number(self.partially_tracked),
            mostly_lost=number(self.mostly_lost),
        )


@dataclass(frozen=True, eq=False)
class IdentityResult:
    """Metrics of the 15 joints in PoseTrack17 order, then the total: (16,) each.

    Attributes:
        idf1, id_precision, id_recall: percent, float64, NaN = undefined; total: mean over the joints for
            which it is defined, as PoseTrack does for MOTA.
        track_recall: percent, float64: fraction of frames in which a ground-truth track was found, averaged
            over tracks (long and short ones weigh the same); total as above.
        switches, fragmentations: int64; total: sum.
        tracks, mostly_tracked, partially_tracked, mostly_lost: number of tracks, int64; total: sum.
    """

    idf1: FloatArray
    id_precision: FloatArray
    id_recall: FloatArray
    track_recall: FloatArray
    switches: IntArray
    fragmentations: IntArray
    tracks: IntArray
    mostly_tracked: IntArray
    partially_tracked: IntArray
    mostly_lost: IntArray

    def to_json(self) -> dict[str, list[float | None]]:
        """Return every metric as a list of 16 values, None for NaN."""
        return {f.name: plain_list(getattr(self, f.name)) for f in fields(self)}


def joint_identity(truth: PersonColumns, pred: PersonColumns, pairs: PosePairs) -> IdentityCounts:
    """Count one sequence, including all its frames.

    Args:
        truth, pred: the evaluated persons; each one with joints has a track id, unique in its frame.
        pairs: from ``pair_poses`` at the threshold of MOTA.
    """
    edges = joint_edges(truth, pred, pairs)
    pairing = edges.select(match_joints(truth, pred, edges))
    spans = _track_spans(truth, pairing)
    share = spans.found / np.maximum(spans.length, 1)
    mostly, lost = share >= MOSTLY_TRACKED, share < MOSTLY_LOST

    def tracks(mask: BoolArray) -> IntArray:
        return np.bincount(spans.joints[mask], minlength=NUM_JOINTS)

    return IdentityCounts(
        objects=truth.joint_valid.sum(axis=0),
        predictions=pred.joint_valid.sum(axis=0),
        id_true_positives=_best_assignment(edges),
        found=np.bincount(pairing.joints, minlength=NUM_JOINTS),
        switches=_switches(pairing),
        fragmentations=np.bincount(spans.joints, spans.fragmentations, minlength=NUM_JOINTS).astype(np.int64),
        tracks=tracks(np.ones(len(share), dtype=np.bool_)),
        mostly_tracked=tracks(mostly),
        partially_tracked=tracks(~mostly & ~lost),
        mostly_lost=tracks(lost),
        track_recall=np.bincount(spans.joints, share, minlength=NUM_JOINTS).astype(np.float64),
    )


def _switches(pairing: JointEdges) -> IntArray:
    """(15,) pairs whose object was last paired, however long ago, with another hypothesis."""
    order = np.lexsort((pairing.frames, pairing.objects))
    objects, hypotheses = pairing.objects[order], pairing.hypotheses[order]
    other = (objects[1:] == objects[:-1]) & (hypotheses[1:] != hypotheses[:-1])
    return np.bincount(pairing.joints[order][1:][other], minlength=NUM_JOINTS)


@dataclass(frozen=True, eq=False)
class _TrackSpans:
    """Per track: its joint, number of frames, number of frames in which it was found, and number of gaps."""

    joints: IntArray
    length: IntArray
    found: IntArray
    fragmentations: IntArray


def _track_spans(truth: PersonColumns, pairing: JointEdges) -> _TrackSpans:
    was_found = np.zeros(truth.joint_valid.shape, dtype=np.bool_)
    was_found[pairing.truth_rows, pairing.joints] = True
    rows, joints = np.nonzero(truth.joint_valid)
    _, tracks = np.unique(truth.track_ids, return_inverse=True)
    order = np.lexsort((truth.frames[rows], tracks[rows], joints))
    rows, joints = rows[order], joints[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (joints[1:] != joints[:-1]) | (tracks[rows][1:] != tracks[rows][:-1])
    number = np.cumsum(first) - 1
    count = int(first.sum())
    # If frames of the track lie between two consecutive finds, it was lost in between.
    at = np.flatnonzero(was_found[rows, joints])
    gap = (number[at[1:]] == number[at[:-1]]) & (at[1:] > at[:-1] + 1)
    return _TrackSpans(
        joints=joints[first],
        length=np.bincount(number, minlength=count),
        found=np.bincount(number[at], minlength=count),
        fragmentations=np.bincount(number[at[1:][gap]], minlength=count),
    )


def _best_assignment(edges: JointEdges) -> IntArray:
    """(15,) frames within the threshold under the best one-to-one assignment of tracks."""
    _, object_of = np.unique(edges.objects, return_inverse=True)
    hypotheses, hypothesis_of = np.unique(edges.hypotheses, return_inverse=True)
    span = max(len(hypotheses), 1)
    keys, first, shared = np.unique(object_of * span + hypothesis_of, return_index=True, return_counts=True)
    chosen = best_pairs(*np.divmod(keys, span), shared.astype(np.float64))
    # Objects are numbered per joint, so the joints' assignment problems are independent.
    return np.bincount(edges.joints[first], shared * chosen, minlength=NUM_JOINTS).astype(np.int64)
