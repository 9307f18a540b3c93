"""PoseTrack's mAP and MOTA exactly as in the official program, with its quirks reproduced or corrected.

Each sequence gives ``SequenceCounts``, which are merged and turned into metrics: memory is bounded by the
largest sequence, and sequences can be counted separately.

Source: poseval 4258a15 with motmetrics 1.4.0; tested against recorded results in
``tests/evaluation/test_official_parity.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.corrections import OFFICIAL, Corrections
from posetrack.evaluation.counts import MatchedSequence, SequenceCounts, match_sequence, merge_counts
from posetrack.evaluation.frame_pairing import pair_frames, pair_sequences
from posetrack.evaluation.persons import PersonColumns, person_columns
from posetrack.evaluation.result import PoseTrackResult
from posetrack.geometry.polygons import points_in_polygons
from posetrack.structures import NO_TRACK, BoolArray, IntArray, SequencePoses

MAX_PAIRS_OF_FRAME = 10**8  # annotated times predicted persons; this many take seconds and gigabytes


def evaluate_posetrack(
    gt: Iterable[SequencePoses], pred: Iterable[SequencePoses], corrections: Corrections = OFFICIAL
) -> PoseTrackResult:
    """Compute mAP and MOTA over all sequences.

    Args:
        gt: ground truth sequences; may be a generator.
        pred: predictions in the same order.
        corrections: which faults of the official program to correct.

    Raises:
        FormatError: see ``count_sequence`` and ``pair_sequences``.
    """
    return merge_counts(count_sequence(*pair, corrections) for pair in pair_sequences(gt, pred)).result()


def count_sequence(gt: SequencePoses, pred: SequencePoses, corrections: Corrections = OFFICIAL) -> SequenceCounts:
    """Count one sequence; frames are paired by name (``pair_frames``).

    Where the official program crashes, this does what was meant: a sequence with a single labelled
    frame contributes nothing to MOT; a head box is only needed where joints are compared; track ids
    may be of any size and are only needed in tracked frames.

    Raises:
        FormatError: different numbers of frames; a ground-truth person without a head box, or a person
            without a track id, where it is needed; a skeleton that lacks one of the 15 joints.
    """
    return count_protocols(gt, pred, (corrections,))[0]


def count_protocols(
    gt: SequencePoses, pred: SequencePoses, protocols: Sequence[Corrections]
) -> tuple[SequenceCounts, ...]:
    """Run ``count_sequence`` under several corrections, preparing the sequence and comparing its joints only once."""
    sequence = matched_sequence(gt, pred, protocols)
    return tuple(sequence.counts(corrections) for corrections in protocols)


def matched_sequence(gt: SequencePoses, pred: SequencePoses, protocols: Sequence[Corrections]) -> MatchedSequence:
    """Compare the joints of a sequence and check it for these corrections; see ``count_sequence``."""
    truth, prediction, kept = evaluated_persons(gt, pred)
    _check_head_boxes(truth, prediction, gt, kept)
    sequence = match_sequence(truth, prediction, len(kept))
    for corrections in protocols:
        tracked = sequence.tracked_frames(corrections)
        _check_track_ids(truth.select(tracked[truth.frames]), "ground truth", gt, kept)
        _check_track_ids(prediction.select(tracked[prediction.frames]), "predictions", gt, kept)
    return sequence


def evaluated_persons(gt: SequencePoses, pred: SequencePoses) -> tuple[PersonColumns, PersonColumns, IntArray]:
    """Return the evaluated persons of both sides, with ``frames`` renumbered, and the positions of the kept frames.

    The predicted frames are put in the order of the ground truth's (``pair_frames``). Frames without annotated
    people are dropped together with their predictions, then persons without a list of joints, then anything in the
    ignore regions of the ground truth.
    """
    pred = pair_frames(gt, pred)
    labelled = np.bincount(gt.columns.frame, minlength=len(gt.frames)) > 0
    kept = np.flatnonzero(labelled)
    number = np.cumsum(labelled) - 1
    sides = []
    for sequence in (gt, pred):
        persons = person_columns(sequence)
        persons = persons.select(labelled[persons.frames] & persons.joints_listed)
        persons = _without_ignored(persons, gt)
        sides.append(replace(persons, frames=number[persons.frames]))
    truth, prediction = sides
    _check_crowds(truth, prediction, gt, kept)
    return truth, prediction, kept


def _check_crowds(truth: PersonColumns, pred: PersonColumns, gt: SequencePoses, kept: IntArray) -> None:
    annotated, predicted = (np.bincount(side.frames, minlength=len(kept)) for side in (truth, pred))
    crowded = annotated * predicted > MAX_PAIRS_OF_FRAME
    if crowded.any():
        frame = int(crowded.argmax())
        raise FormatError(
            f"{gt.info.name}: frame {kept[frame]} ({gt.info.frame_names[kept[frame]]}): {annotated[frame]} annotated "
            f"and {predicted[frame]} predicted persons, expected at most {MAX_PAIRS_OF_FRAME} pairs of them: are all "
            "persons of a sequence in one frame?"
        )


def _without_ignored(persons: PersonColumns, gt: SequencePoses) -> PersonColumns:
    """Remove joints inside ignore regions, and persons with no joint left.

    Persons that had no joints to begin with are removed too, but only in frames with ignore regions.
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
            f"{_place(truth, lacking, gt, kept)}: an annotated person has no head box (bbox_head, or x1 y1 x2 y2), but "
            f"distances are measured in head sizes; {int(lacking.sum())} such persons in the sequence: add their boxes"
        )


def _check_track_ids(persons: PersonColumns, side: str, gt: SequencePoses, kept: IntArray) -> None:
    lacking = (persons.track_ids == NO_TRACK) & persons.joint_valid.any(axis=1)
    if lacking.any():
        raise FormatError(
            f"{_place(persons, lacking, gt, kept)}: a person of the {side} has no track id (0 or greater), but MOTA "
            f"needs one each; {int(lacking.sum())} such persons in the sequence: track the poses first"
        )


def _place(persons: PersonColumns, faulty: BoolArray, gt: SequencePoses, kept: IntArray) -> str:
    """Sequence and frame of the first faulty person, for error messages."""
    frame = kept[persons.frames[faulty.argmax()]]
    return f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]})"
