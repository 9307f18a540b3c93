"""HOTA of joints and of whole poses: detection, association and localisation at 19 thresholds.

Source: Luiten et al. 2021 (IJCV 129, HOTA); equal to TrackEval 12c8791 ``trackeval/metrics/hota.py``
run on one joint at a time. PoseTrack21's kit (anDoer/PoseTrack21 3e61960,
``eval/posetrack21/posetrack21/trackeval/metrics/hota_pose.py``) differs in ways that are options here,
see ``KitQuirks``. Tested against recorded results of both in ``tests/evaluation/test_hota_parity.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posetrack.evaluation.hota_counts import ALPHAS, HotaCounts
from posetrack.evaluation.hota_pairing import ClassObjects, SimilarPairs, match_by_score, similar_pairs
from posetrack.evaluation.matching import MATCH_THRESHOLD, PosePairs, pair_poses
from posetrack.evaluation.persons import PersonColumns
from posetrack.structures import FloatArray, IntArray

KIT_LIMIT = 0.5001  # hota_pose.py, ``distance2sim``
_EPS = float(np.finfo(np.float64).eps)  # tolerance of both programs when comparing similarities


@dataclass(frozen=True)
class KitQuirks:
    """Deviations of PoseTrack21's kit from HOTA as published; all off by default.

    Code references are to the kit's ``trackeval/metrics/hota_pose.py`` unless stated otherwise.

    Attributes:
        unaligned: joints are paired frame by frame by similarity alone (``score_mat = similarity``);
            the global track alignment score, which HOTA uses as a weight, is computed but never used.
        empty_frames_of_sequence: a frame with ground truth but no prediction adds the annotated joints of
            the whole sequence to the misses, not those of the frame (``res['HOTA_FN'][a] += num_gt_joints``);
            likewise for false positives.
        total_of_sequences: the total is not the mean of the joints' final scores. Association and
            localisation are averaged over the 15 joints of each sequence, including joints that nobody
            has (AssA 0, LocA 1: a perfect prediction scores less than 100), and then over sequences;
            detection is pooled over all joints (``_compute_final_fields``, ``combine_sequences``).
        wider_limit: similarity reaches 0 at 0.5001 head sizes instead of 0.5 (``distance2sim``).
        positive_only: a joint exists only if x > 0 and y > 0 (``valid_gt_kpts``, ``valid_tracker_kpts``;
            ``datasets/posetrack.py`` ``_calculate_pckh``), so joints beyond the left or top edge do not.
    """

    unaligned: bool = False
    empty_frames_of_sequence: bool = False
    total_of_sequences: bool = False
    wider_limit: bool = False
    positive_only: bool = False

    @property
    def limit(self) -> float:
        """Distance in head sizes at which the similarity of two joints reaches 0."""
        return KIT_LIMIT if self.wider_limit else MATCH_THRESHOLD


CORRECTED = KitQuirks()
POSETRACK21_KIT = KitQuirks(True, True, True, True, True)


def joint_hota(truth: PersonColumns, pred: PersonColumns, num_frames: int, quirks: KitQuirks = CORRECTED) -> HotaCounts:
    """Compute the HOTA counts of one sequence for the 15 joints, each as a class of its own.

    The similarity of two joints is 1 - distance / limit, with the distance in head sizes of the ground truth.

    Args:
        truth, pred: the evaluated persons; each has a track id, unique in its frame.
        num_frames: number of frames that ``frames`` of the columns index.
        quirks: deviations to adopt from PoseTrack21's kit.

    Returns:
        15 columns; with ``total_of_sequences`` a 16th, the kit's total.
    """
    if quirks.positive_only:
        truth, pred = _positive(truth), _positive(pred)
    pairs = pair_poses(truth, pred, num_frames, quirks.limit)
    edges = similar_pairs(pairs, _joint_similarity(pairs, quirks.limit), pred)
    counts = _count(ClassObjects.of(truth, truth.joint_valid), ClassObjects.of(pred, pred.joint_valid), edges, quirks)
    if quirks.empty_frames_of_sequence and len(truth) and len(pred):
        counts = _with_sequence_for_empty_frames(counts, truth, pred, num_frames)
    return counts.with_sequence_total() if quirks.total_of_sequences else counts


def person_hota(truth: PersonColumns, pred: PersonColumns, num_frames: int) -> HotaCounts:
    """Compute the HOTA counts of one sequence for whole poses: one column.

    The similarity of two poses is the mean joint similarity over the annotated joints (0 for a joint
    that is not predicted). Poses without any joint do not count. Not in the kit.
    """
    pairs = pair_poses(truth, pred, num_frames)
    annotated = truth.joint_valid.sum(axis=1)[pairs.truth_rows]
    similarity = _joint_similarity(pairs, MATCH_THRESHOLD).sum(axis=1) / annotated
    objects, guesses = (
        ClassObjects.of(side, np.any(side.joint_valid, axis=1, keepdims=True)) for side in (truth, pred)
    )
    return _count(objects, guesses, similar_pairs(pairs, similarity[:, None], pred), CORRECTED)


def _positive(persons: PersonColumns) -> PersonColumns:
    valid = persons.joint_valid & (persons.joints_xy > 0).all(axis=2)
    return replace(persons, joint_valid=valid, joints_xy=np.where(valid[..., None], persons.joints_xy, np.nan))


def _joint_similarity(pairs: PosePairs, limit: float) -> FloatArray:
    """(M, 15) float64, 0 where a joint is missing or too far away."""
    return np.where(pairs.within, 1.0 - pairs.distances / limit, 0.0)


def _count(truth: ClassObjects, pred: ClassObjects, edges: SimilarPairs, quirks: KitQuirks) -> HotaCounts:
    """Compute all HOTA counts, all frames and classes at once."""
    width = truth.there.shape[1]
    # One key per (class, ground-truth track, predicted track), ordered by class.
    tracks = truth.tracks[edges.truth_rows], pred.tracks[edges.pred_rows]
    keys, combination = np.unique(
        (edges.columns * truth.num_tracks + tracks[0]) * pred.num_tracks + tracks[1], return_inverse=True
    )
    upper, pred_track = np.divmod(keys, max(pred.num_tracks, 1))
    column, truth_track = np.divmod(upper, max(truth.num_tracks, 1))
    lengths = truth.track_lengths()[truth_track, column], pred.track_lengths()[pred_track, column]
    score = edges.similarity
    if not quirks.unaligned:
        score = score * _alignment(edges, combination, lengths, width)[combination]
    matched = np.flatnonzero(match_by_score(truth, pred, edges, score, all_persons=quirks.unaligned))
    # Number of thresholds that each pair reaches.
    reached = np.searchsorted(ALPHAS - _EPS, edges.similarity[matched], side="right")
    matched, reached = matched[reached > 0], reached[reached > 0]
    hits = edges.select(matched)
    annotated, predicted = truth.there.sum(axis=0), pred.there.sum(axis=0)
    positives = _at_least(hits.columns, reached, None, width).astype(np.int64)
    shared = _at_least(combination[matched], reached, None, len(keys))
    shares = [shared * shared / size for size in (lengths[0] + lengths[1] - shared, *lengths)]
    return HotaCounts(
        true_positives=positives,
        misses=annotated - positives,
        false_positives=predicted - positives,
        similarity=_at_least(hits.columns, reached, hits.similarity, width),
        association=_per_column(shares[0], column, width),
        association_recall=_per_column(shares[1], column, width),
        association_precision=_per_column(shares[2], column, width),
        fragments=_fragments(truth, hits, combination[matched], reached, lengths[0] + lengths[1] - shared, column),
    )


def _alignment(
    edges: SimilarPairs, combination: IntArray, lengths: tuple[IntArray, IntArray], width: int
) -> FloatArray:
    """Compute the global alignment score of each pair of tracks (Luiten et al. 2021, eq. 17)."""
    truth_slots = edges.truth_rows * width + edges.columns
    pred_slots = edges.pred_rows * width + edges.columns
    of_truth = np.bincount(truth_slots, edges.similarity)[truth_slots]
    of_pred = np.bincount(pred_slots, edges.similarity)[pred_slots]
    share = edges.similarity / (of_truth + of_pred - edges.similarity)
    potential = np.bincount(combination, share, minlength=len(lengths[0]))
    return np.asarray(potential / (lengths[0] + lengths[1] - potential))


def _at_least(groups: IntArray, reached: IntArray, weights: FloatArray | None, num_groups: int) -> FloatArray:
    """(19, groups) sum of the weights (or number) of the entries that reach each threshold."""
    table = np.bincount(groups * len(ALPHAS) + reached - 1, weights, minlength=num_groups * len(ALPHAS))
    per_group = table.reshape(num_groups, len(ALPHAS)).astype(np.float64)
    return np.ascontiguousarray(per_group[:, ::-1].cumsum(axis=1)[:, ::-1].T)


def _per_column(values: FloatArray, column: IntArray, width: int) -> FloatArray:
    """Sum (19, combinations) over the combinations of each class: (19, C)."""
    total = np.zeros((len(ALPHAS), width))
    if len(column):
        starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
        total[:, column[starts]] = np.add.reduceat(values, starts, axis=1)
    return total


def _fragments(
    truth: ClassObjects,
    hits: SimilarPairs,
    combination: IntArray,
    reached: IntArray,
    union: FloatArray,
    column: IntArray,
) -> FloatArray:
    """(19, C) sum of length² / union over runs of matches of one ground-truth track with one predicted track.

    Only a match with another predicted track ends a run; a gap does not. Source: the kit's FragA.
    """
    width = truth.there.shape[1]
    total = np.zeros((len(ALPHAS), width))
    objects = truth.tracks[hits.truth_rows] * width + hits.columns
    order = np.lexsort((hits.frames, objects))
    objects, combination, reached = objects[order], combination[order], reached[order]
    for step in range(len(ALPHAS)):
        enough = reached > step
        pair = combination[enough]
        if not len(pair):
            break
        starts = np.flatnonzero(np.r_[True, (pair[1:] != pair[:-1])])  # a combination has one object
        length = np.diff(np.append(starts, len(pair)))
        run = pair[starts]
        total[step] = np.bincount(column[run], length * length / union[step, run], minlength=width)
    return total


def _with_sequence_for_empty_frames(
    counts: HotaCounts, truth: PersonColumns, pred: PersonColumns, num_frames: int
) -> HotaCounts:
    """Apply ``empty_frames_of_sequence``: each such frame counts the whole sequence instead of itself.

    A frame without ground truth counts as false positives (even if it has no prediction either);
    otherwise a frame without prediction counts as misses. A person without joints makes a frame non-empty.
    """
    frames = np.arange(num_frames)
    no_truth = ~np.isin(frames, truth.frames)
    no_pred = ~no_truth & ~np.isin(frames, pred.frames)
    own_misses = truth.joint_valid[no_pred[truth.frames]].sum(axis=0)
    own_false = pred.joint_valid[no_truth[pred.frames]].sum(axis=0)
    return replace(
        counts,
        misses=counts.misses + no_pred.sum() * truth.joint_valid.sum(axis=0) - own_misses,
        false_positives=counts.false_positives + no_truth.sum() * pred.joint_valid.sum(axis=0) - own_false,
    )
