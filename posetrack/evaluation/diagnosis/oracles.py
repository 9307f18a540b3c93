"""What would the figures be if one part of the system were perfect?

Each oracle mends one thing in the predictions of a sequence, and only that; what it returns is scored by the
official counting. Oracles can be applied one after the other: a ladder.

Persons that an oracle takes away stay as persons without joints. They cost nothing, and keep the frame from being
empty: the official program charges an empty frame by rules of its own (one miss and one false positive a joint).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from posetrack.evaluation.diagnosis.person_match import NOBODY, good_joints
from posetrack.evaluation.persons import PersonColumns
from posetrack.structures import BoolArray, FloatArray, IntArray

_SURE = np.inf  # the score of joints that an oracle adds with their person: ranked before all others


@dataclass(frozen=True, eq=False)
class Mended:
    """Predictions, and whom each is known to show.

    Attributes:
        pred: the predicted persons, P rows.
        truth_of: (P,) int64 row of the truth, ``NOBODY`` = none; no row of the truth twice.
    """

    pred: PersonColumns
    truth_of: IntArray


def perfect_boxes(truth: PersonColumns, mended: Mended) -> Mended:
    """Detection mended: predictions that are nobody go, annotated persons without a prediction get in.

    Matched persons keep their joints, scores and ids. A person that gets in has the truth's joints, a score above
    all others, and the id under which the same annotated track was found last before (else next after); where
    another prediction of the frame has that id, or the track was never found, an id of the track's own.
    """
    found = np.repeat((mended.truth_of != NOBODY)[:, None], mended.pred.joint_valid.shape[1], axis=1)
    return _with_missed_persons(truth, _keep_joints(mended, found))


def perfect_joints(truth: PersonColumns, mended: Mended) -> Mended:
    """Matched persons get the truth's joints: the annotated ones at their place, and no others.

    Ids stay, and so do the scores of joints that were predicted; a joint that was not has the mean score of its
    person's predicted joints. Predictions that are nobody, and persons that were missed, stay as they are.
    """
    rows = np.flatnonzero(mended.truth_of != NOBODY)
    owners = mended.truth_of[rows]
    pred = mended.pred
    valid, xy, scores = pred.joint_valid.copy(), pred.joints_xy.copy(), _scores_for_all(pred)
    valid[rows], xy[rows] = truth.joint_valid[owners], truth.joints_xy[owners]
    return replace(mended, pred=replace(pred, joint_valid=valid, joints_xy=xy, joint_scores=scores))


def perfect_ids(truth: PersonColumns, mended: Mended) -> Mended:
    """Matched persons get the truth's track ids; all others keep theirs, made different from every id of the truth.

    Joints and scores stay, and with them mAP. Switches that remain are no mistakes of ids: MOTA pairs every joint by
    itself, and had paired one with a joint of somebody else's prediction that is nearer.
    """
    names, tracks = np.unique(truth.track_ids, return_inverse=True)
    ids = len(names) + np.unique(mended.pred.track_ids, return_inverse=True)[1]
    matched = mended.truth_of != NOBODY
    ids[matched] = tracks[mended.truth_of[matched]]
    return replace(mended, pred=replace(mended.pred, track_ids=ids))


def no_false_positives(truth: PersonColumns, mended: Mended) -> Mended:
    """Every predicted joint goes that is not within the threshold of its matched person's same joint.

    So predictions that are nobody go, joints that the truth does not annotate, and joints in the wrong place;
    what was missed stays missed. (A joint that MOTA had paired with some other person goes as well, so that in
    rare cases MOTA can fall.)
    """
    return _keep_joints(mended, good_joints(truth, mended.pred, mended.truth_of))


def no_misses(truth: PersonColumns, mended: Mended) -> Mended:
    """Every annotated joint is found; whatever was predicted wrongly stays, as a false positive.

    Missed persons get in as in ``perfect_boxes``. Matched persons get the truth's place for each annotated joint
    that they lack or have beyond the threshold; scores as in ``perfect_joints``. A joint that was beyond the
    threshold is carried on, with its score, by a person added for that purpose, which is nobody.
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
# Both end with everything mended; what then lacks to 100 is due to rules of the official program.
LADDERS: tuple[tuple[str, ...], ...] = (
    ("perfect boxes", "perfect joints", "perfect ids"),
    ("no false positives", "no misses", "perfect ids"),
)


def ladder_rungs() -> tuple[tuple[str, ...], ...]:
    """Every combination of oracles that is scored: each alone, then the ladders' higher rungs."""
    single = tuple((name,) for name in ORACLES)
    return single + tuple(ladder[: top + 1] for ladder in LADDERS for top in range(1, len(ladder)))


def _keep_joints(mended: Mended, keep: BoolArray) -> Mended:
    valid = mended.pred.joint_valid & keep
    xy = np.where(valid[..., None], mended.pred.joints_xy, np.nan)
    return replace(mended, pred=replace(mended.pred, joint_valid=valid, joints_xy=xy))


def _scores_for_all(pred: PersonColumns) -> FloatArray:
    """Each joint's score; for joints that are not predicted the mean of their person's, NaN without any."""
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
    """Ids for the missed persons ``rows``; predictions have the ids 0 to ``first_free - 1``."""
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
    for position in (np.minimum(after, len(order) - 1), np.maximum(after - 1, 0)):  # what is before has the last word
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
    """Both, sorted by frame."""
    frames = np.concatenate([mended.pred.frames, more.pred.frames])
    order = np.argsort(frames, kind="stable")
    columns = {
        f.name: np.concatenate([getattr(mended.pred, f.name), getattr(more.pred, f.name)])[order]
        for f in fields(PersonColumns)
    }
    return Mended(PersonColumns(**columns), np.concatenate([mended.truth_of, more.truth_of])[order])
