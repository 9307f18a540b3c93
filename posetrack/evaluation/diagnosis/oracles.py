"""Oracles: the metrics if one part of the system were perfect.

Each oracle corrects one thing, and only that, in the predictions of a sequence; the result is scored by the official
counting. Oracles can be applied one after the other, forming a ladder.

A person removed by an oracle is kept as a person without joints. It costs nothing and keeps the frame from being
empty: the official program has special rules for empty frames (one miss and one false positive per joint).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from posetrack.evaluation.diagnosis.person_match import NOBODY, good_joints
from posetrack.evaluation.persons import PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

_SURE = np.inf  # score of joints that an oracle adds with their person: ranked before all others


@dataclass(frozen=True, eq=False)
class Mended:
    """Predictions, and the annotated person that each one shows.

    Attributes:
        pred: the predicted persons, P rows.
        truth_of: (P,) int64 row of the ground truth, ``NOBODY`` = none; each row at most once.
    """

    pred: PersonColumns
    truth_of: IntArray


def perfect_boxes(truth: PersonColumns, mended: Mended) -> Mended:
    """Correct the detection: remove predictions that match nobody and add annotated persons without a prediction.

    Matched persons keep their joints, scores and ids. An added person has the ground-truth joints, a score above all
    others, and the predicted id with which the same ground-truth track was last found before (else next found after);
    if another prediction in the frame has that id, or the track was never found, it gets an id of the track's own.
    """
    found = np.repeat((mended.truth_of != NOBODY)[:, None], mended.pred.joint_valid.shape[1], axis=1)
    return _with_missed_persons(truth, _keep_joints(mended, found))


def perfect_joints(truth: PersonColumns, mended: Mended) -> Mended:
    """Give matched persons the ground-truth joints: exactly the annotated ones, in the annotated places.

    Ids stay, and so do the scores of predicted joints; an added joint gets the mean score of its person's predicted
    joints. Predictions that match nobody stay as they are, and missed persons stay missed.
    """
    rows = np.flatnonzero(mended.truth_of != NOBODY)
    owners = mended.truth_of[rows]
    pred = mended.pred
    valid, xy, scores = pred.joint_valid.copy(), pred.joints_xy.copy(), _scores_for_all(pred)
    valid[rows], xy[rows] = truth.joint_valid[owners], truth.joints_xy[owners]
    return replace(mended, pred=replace(pred, joint_valid=valid, joints_xy=xy, joint_scores=scores))


def perfect_ids(truth: PersonColumns, mended: Mended) -> Mended:
    """Give matched persons the ground-truth track ids; all others keep theirs, renumbered to differ from those.

    Joints and scores stay, and therefore mAP. Remaining switches are not ID errors: MOTA pairs every joint
    separately, and paired one with a nearer joint of another person's prediction.
    """
    names, tracks = np.unique(truth.track_ids, return_inverse=True)
    ids = len(names) + np.unique(mended.pred.track_ids, return_inverse=True)[1]
    matched = mended.truth_of != NOBODY
    ids[matched] = tracks[mended.truth_of[matched]]
    return replace(mended, pred=replace(mended.pred, track_ids=ids))


def no_false_positives(truth: PersonColumns, mended: Mended) -> Mended:
    """Remove every predicted joint that is not within the threshold of the same joint of its matched person.

    This removes predictions that match nobody, joints that are not annotated, and misplaced joints; misses stay
    missed. (A joint that MOTA had paired with another person is removed too, so in rare cases MOTA can fall.)
    """
    return _keep_joints(mended, good_joints(truth, mended.pred, mended.truth_of))


def no_misses(truth: PersonColumns, mended: Mended) -> Mended:
    """Make every annotated joint found; wrong predictions stay, as false positives.

    Missed persons are added as in ``perfect_boxes``. For each annotated joint that is missing or beyond the threshold,
    matched persons get the ground-truth position; scores as in ``perfect_joints``. The joint that was beyond the
    threshold moves, with its score, to an extra person that matches nobody.
    """
    pred, truth_of = mended.pred, mended.truth_of
    matched = truth_of != NOBODY
    annotated = np.zeros_like(pred.joint_valid)
    annotated[matched] = truth.joint_valid[truth_of[matched]]
    lacking = annotated & ~good_joints(truth, pred, truth_of)
    wrong = lacking & pred.joint_valid
    carriers = _keep_joints(mended, wrong).pred.select(np.flatnonzero(wrong.any(axis=1)))
    xy, scores = pred.joints_xy.copy(), np.where(lacking, _scores_for_all(pred), pred.joint_scores)
    owner_xy = truth.joints_xy[np.where(matched, truth_of, 0)] if len(truth) else xy
    xy[lacking] = owner_xy[lacking]
    found = replace(pred, joints_xy=xy, joint_valid=pred.joint_valid | lacking, joint_scores=scores)
    complete = _with_missed_persons(truth, Mended(found, truth_of))
    names, ids = np.unique(carriers.track_ids, return_inverse=True)
    own = np.unique(complete.pred.track_ids, return_inverse=True)[1]
    complete = replace(complete, pred=replace(complete.pred, track_ids=len(names) + own))
    return _join(complete, Mended(replace(carriers, track_ids=ids), np.full(len(carriers), NOBODY, dtype=np.int64)))


Oracle = Callable[[PersonColumns, Mended], Mended]

ORACLES: Mapping[str, Oracle] = {
    "perfect boxes": perfect_boxes,
    "perfect joints": perfect_joints,
    "perfect ids": perfect_ids,
    "no false positives": no_false_positives,
    "no misses": no_misses,
}
# Both end with everything corrected; any remaining gap to 100 is due to rules of the official program.
LADDERS: tuple[tuple[str, ...], ...] = (
    ("perfect boxes", "perfect joints", "perfect ids"),
    ("no false positives", "no misses", "perfect ids"),
)


def ladder_rungs() -> tuple[tuple[str, ...], ...]:
    """Return every combination of oracles that is scored: each alone, then the higher rungs of the ladders."""
    single = tuple((name,) for name in ORACLES)
    return single + tuple(ladder[: top + 1] for ladder in LADDERS for top in range(1, len(ladder)))


def _keep_joints(mended: Mended, keep: BoolArray) -> Mended:
    valid = mended.pred.joint_valid & keep
    xy = np.where(valid[..., None], mended.pred.joints_xy, np.nan)
    return replace(mended, pred=replace(mended.pred, joint_valid=valid, joints_xy=xy))


def _scores_for_all(pred: PersonColumns) -> FloatArray:
    """Return each joint's score; for joints not predicted the mean of their person's scores, NaN if there is none."""
    known = pred.joint_valid & ~np.isnan(pred.joint_scores)
    count = known.sum(axis=1)
    total = np.where(known, pred.joint_scores, 0.0).sum(axis=1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.where(pred.joint_valid, pred.joint_scores, mean[:, None])


def _with_missed_persons(truth: PersonColumns, mended: Mended) -> Mended:
    found = np.zeros(len(truth), dtype=np.bool_)
    found[mended.truth_of[mended.truth_of != NOBODY]] = True
    rows = np.flatnonzero(~found & truth.joint_valid.any(axis=1))
    present, given = np.unique(mended.pred.track_ids, return_inverse=True)
    new = truth.select(rows)
    new = replace(
        new,
        joint_scores=np.full(new.joint_valid.shape, _SURE),
        track_ids=_ids_of_missed(
            truth, replace(mended, pred=replace(mended.pred, track_ids=given)), rows, len(present)
        ),
    )
    return _join(replace(mended, pred=replace(mended.pred, track_ids=given)), Mended(new, rows))


def _ids_of_missed(truth: PersonColumns, mended: Mended, rows: IntArray, first_free: int) -> IntArray:
    """Return ids for the missed persons ``rows``; predictions have the ids 0 to ``first_free - 1``."""
    tracks = np.unique(truth.track_ids, return_inverse=True)[1]
    own = first_free + tracks[rows]
    matched = np.flatnonzero(mended.truth_of != NOBODY)
    if not len(matched) or not len(rows):
        return np.asarray(own)
    owners = mended.truth_of[matched]
    span = int(truth.frames.max()) + 1
    keys = tracks[owners] * span + truth.frames[owners]
    order = np.argsort(keys, kind="stable")
    after = np.searchsorted(keys[order], tracks[rows] * span + truth.frames[rows])
    ids = own.copy()
    for position in (np.minimum(after, len(order) - 1), np.maximum(after - 1, 0)):  # the earlier frame takes precedence
        source = order[position]
        same = tracks[owners[source]] == tracks[rows]
        ids[same] = mended.pred.track_ids[matched[source[same]]]
    there = mended.pred.joint_valid.any(axis=1)
    num_ids = first_free + len(truth)
    used = (mended.pred.frames * num_ids + mended.pred.track_ids)[there]
    wanted = truth.frames[rows] * num_ids + ids
    first = np.zeros(len(rows), dtype=np.bool_)
    first[np.unique(wanted, return_index=True)[1]] = True
    return np.where((ids < first_free) & first & ~np.isin(wanted, used), ids, own)


def _join(mended: Mended, more: Mended) -> Mended:
    """Concatenate both, sorted by frame."""
    frames = np.concatenate([mended.pred.frames, more.pred.frames])
    order = np.argsort(frames, kind="stable")
    columns = {
        f.name: np.concatenate([getattr(mended.pred, f.name), getattr(more.pred, f.name)])[order]
        for f in fields(PersonColumns)
    }
    return Mended(PersonColumns(**columns), np.concatenate([mended.truth_of, more.truth_of])[order])
