"""Checks on the content of a parsed file, by itself and against its ground truth."""

from __future__ import annotations

import numpy as np

from posetrack.evaluation.frame_pairing import NamePairing, pair_names
from posetrack.evaluation.validation import rules
from posetrack.evaluation.validation.faults import FileFaults, Rule
from posetrack.evaluation.validation.sheet import ABSENT, Sheet, is_number
from posetrack.io.json_file import describe
from posetrack.io.posetrack_names import folder_name, frame_number, is_posetrack_name
from posetrack.structures import BoolArray

_WHOLE_FRACTION = 0.8  # of the persons must look like COCO's order: one person bending over proves nothing


def is_truth(sheet: Sheet) -> bool | None:
    """Return whether a file is ground truth (head boxes, no scores); None = neither scores nor head boxes."""
    if not np.isnan(sheet.scores).all():
        return False
    return True if not np.isnan(sheet.head_boxes).all() else None


def check_sheet(sheet: Sheet, faults: FileFaults, truth: bool | None) -> None:
    """Check everything that needs no other file.

    Args:
        sheet: the file.
        faults: collects the findings.
        truth: whether it is ground truth; None = unknown.
    """
    if not sheet.frames:
        faults.add(rules.NO_FRAMES, "no frames")
    _check_frames(sheet, faults)
    _check_tracks(sheet, faults)
    _check_coordinates(sheet, faults)
    if truth is None and len(sheet.annotation):
        faults.add(rules.NO_SCORES_NO_HEADS, "neither")
    elif truth:
        _check_truth(sheet, faults)
    elif truth is False:
        without = ~np.isnan(sheet.xy[..., 0]) & np.isnan(sheet.scores)
        lacking, nulls = ((without & kind).sum(axis=1) for kind in (~sheet.null_scores, sheet.null_scores))
        _each(faults, rules.SCORES_MISSING, sheet, lacking > 0, lambda i: f"{lacking[i]} joints without a score")
        _each(faults, rules.SCORES_NULL, sheet, nulls > 0, lambda i: f"{nulls[i]} joints whose score is null")


def _each(faults: FileFaults, rule: Rule, sheet: Sheet, mask: BoolArray, found: object) -> None:
    """Add a fault for every person in ``mask``; ``found`` is a text, or a function of the person's index."""
    for i in np.flatnonzero(mask).tolist():
        frame = sheet.person_frame[i]
        text = found(i) if callable(found) else str(found)
        faults.add(rule, text, frame if frame >= 0 else None, sheet.annotation[i])


def _check_frames(sheet: Sheet, faults: FileFaults) -> None:
    first: dict[str, int] = {}
    for index, (frame, people) in enumerate(zip(sheet.frames, sheet.people(), strict=True)):
        name = frame.name
        if name is not None and name in first:
            faults.add(rules.FRAME_TWICE, f"the same name as frame {first[name]}", index)
        elif name is not None:
            first[name] = index
        if people > rules.MANY_PEOPLE:
            faults.add(rules.MANY, f"{people} persons", index)
        if sheet.form == "posetrack18" and name is not None:
            if not is_posetrack_name(folder_name(name)) or frame_number(name) is None:
                faults.add(rules.OFFICIAL_NAME, describe(name), index)
        for corners in frame.region_corners:
            if corners < 3:
                faults.add(rules.REGION_CORNERS, f"an ignore region with {corners} corners", index)


def _check_tracks(sheet: Sheet, faults: FileFaults) -> None:
    seen: dict[tuple[int, int], int] = {}
    for i, value in enumerate(sheet.track_ids):
        frame = sheet.person_frame[i]
        rule = _track_rule(value)
        if rule is not None:
            found = "no 'track_id'" if value in ABSENT else f"'track_id' is {describe(value)}"
            faults.add(rule, found, frame if frame >= 0 else None, sheet.annotation[i])
        if frame < 0 or not is_number(value) or value < 0:
            continue
        before = seen.setdefault((frame, value), sheet.annotation[i])
        if before != sheet.annotation[i]:
            faults.add(rules.TRACK_TWICE, f"{value}, also in annotation {before}", frame, sheet.annotation[i])


def _track_rule(value: object) -> Rule | None:
    """Return the rule that a track id breaks, or None."""
    if type(value) is int:  # first, because nearly all are ints
        if value < 0:
            return rules.TRACK_NEGATIVE
        if value <= rules.OFFICIAL_MAX_TRACK_ID:
            return None
        return rules.TRACK_HUGE if value >= 2**63 else rules.TRACK_OFFICIAL
    if value in ABSENT:
        return rules.TRACK_MISSING
    if isinstance(value, float) and value.is_integer():
        return _track_rule(int(value))
    return rules.TRACK_KIND


def _check_coordinates(sheet: Sheet, faults: FileFaults) -> None:
    valid: BoolArray = np.asarray(np.isfinite(sheet.xy).all(axis=2))
    if not valid.any():
        return
    x, y = sheet.xy[..., 0], sheet.xy[..., 1]
    limits = np.array([(f.image_hw or (np.inf, np.inf))[::-1] for f in sheet.frames] + [(np.inf, np.inf)])
    width, height = limits[np.array(sheet.person_frame, dtype=np.int64)].T
    with np.errstate(invalid="ignore"):
        # A pixel extends half a pixel beyond its centre.
        outside = (x < -0.5) | (y < -0.5) | (x > width[:, None] - 0.5) | (y > height[:, None] - 0.5)
    outside &= valid
    _each(faults, rules.OUTSIDE, sheet, outside.any(axis=1), lambda i: _joint_text(sheet, i, outside))
    origin = valid & (x == 0) & (y == 0)
    _each(faults, rules.AT_ORIGIN, sheet, origin.any(axis=1), lambda i: _joint_text(sheet, i, origin))
    whole = sheet.xy[valid]
    if len(whole) >= 4 and 0 <= whole.min() and 0 < whole.max() <= 1:
        faults.add(rules.FRACTIONS, f"all coordinates from {whole.min():g} to {whole.max():g}")
    _check_coco_order(sheet, faults, valid)


def _joint_text(sheet: Sheet, person: int, mask: BoolArray) -> str:
    joints = np.flatnonzero(mask[person])
    x, y = sheet.xy[person, joints[0]]
    more = f" and {len(joints) - 1} more" if len(joints) > 1 else ""
    frame = sheet.frames[sheet.person_frame[person]] if sheet.person_frame[person] >= 0 else None
    size = f" in an image of {frame.image_hw[1]:g} x {frame.image_hw[0]:g}" if frame and frame.image_hw else ""
    return f"{sheet.joints[joints[0]]} at ({x:g}, {y:g}){more}{size}"


def _check_coco_order(sheet: Sheet, faults: FileFaults, valid: BoolArray) -> None:
    """Detect COCO's eyes in place of PoseTrack18's head_bottom and head_top: both above the nose, not around it."""
    needed = ("nose", "head_bottom", "head_top", "left_shoulder", "right_shoulder", "left_ear", "right_ear")
    if any(name not in sheet.joints for name in needed):
        return
    slots = [sheet.joints.index(name) for name in needed]
    # PoseTrack never annotates ears; the position of the eyes tells predictions that merely add COCO's ears.
    persons = valid[:, slots[:5]].all(axis=1) & valid[:, slots[5:]].any(axis=1)
    if not persons.any():
        return
    nose, first, second, left, right = (sheet.xy[persons, slot] for slot in slots[:5])
    down = (left + right) / 2 - nose
    length = np.maximum((down**2).sum(axis=1), 1e-9)
    # Positions along the line from the nose (0) to the midpoint of the shoulders (1).
    along = [((point - nose) * down).sum(axis=1) / length for point in (first, second)]
    eyes = (along[0] < 0) & (np.abs(along[0] - along[1]) < 0.5)
    if eyes.mean() >= _WHOLE_FRACTION:
        faults.add(rules.COCO_ORDER, f"head_bottom above the nose and ears in {int(eyes.sum())} of {len(eyes)} persons")


def _check_truth(sheet: Sheet, faults: FileFaults) -> None:
    annotated = ~np.isnan(sheet.xy[..., 0]).all(axis=1)
    size = sheet.head_boxes[:, 2:] - sheet.head_boxes[:, :2]
    lacking = np.isnan(size).any(axis=1)
    _each(faults, rules.HEAD_MISSING, sheet, np.asarray(annotated & lacking), "no head box")
    _each(faults, rules.HEAD_EMPTY, sheet, np.asarray(annotated & (size == 0).all(axis=1)), "a head box of size 0 x 0")
    people = sheet.people()
    for index, frame in enumerate(sheet.frames):
        if not frame.labelled:
            rule = rules.PEOPLE_UNLABELLED if people[index] else rules.UNLABELLED
            faults.add(rule, f"an unlabelled frame with {people[index]} persons", index)
        elif not people[index]:
            faults.add(rules.LABELLED_EMPTY, "nobody", index)
    filled = sum(1 for count in people if count)
    if filled == 1:
        faults.add(rules.SINGLE_FRAME, "one frame with people", next(i for i, count in enumerate(people) if count))
    elif not filled and sheet.frames:
        faults.add(rules.NOTHING_LABELLED, "no people in any frame")


def check_empty_frames(sheet: Sheet, faults: FileFaults) -> None:
    """Report frames without predictions, when it is unknown which frames have annotated people."""
    for index, people in enumerate(sheet.people()):
        if not people:
            faults.add(rules.EMPTY_FRAME, "no person", index)


def check_against_truth(sheet: Sheet, faults: FileFaults, truth: Sheet) -> None:
    """Check form, number, names and order of the frames, and empty frames, against the ground truth."""
    names, wanted = ([frame.name for frame in side.frames] for side in (sheet, truth))
    if sheet.form != truth.form:
        faults.add(rules.OTHER_FORM, f"{sheet.form}, ground truth {truth.form}")
    if len(names) != len(wanted):
        faults.add(rules.FRAME_COUNT, f"{len(names)} frames, ground truth {len(wanted)}")
    pairing = pair_names(names, wanted)
    if pairing.by_place:
        faults.add(rules.NAMES_DIFFER, f"{names[0]!r} where the ground truth has {wanted[0]!r}", 0)
    elif pairing.whole:
        for place in np.flatnonzero(pairing.order != np.arange(len(pairing.order))).tolist():
            faults.add(rules.FRAME_ORDER, f"{names[place]!r} where the ground truth has {wanted[place]!r}", place)
    else:
        _check_names(names, wanted, pairing, faults)
    own, theirs = sheet.people(), truth.people()
    needed = {place for place, count in zip(pairing.order.tolist(), theirs, strict=True) if count and place >= 0}
    for place in sorted(needed):
        if not own[place]:
            faults.add(rules.EMPTY_FRAME, "no person", place)


def _check_names(
    names: list[str | None], wanted: list[str | None], pairing: NamePairing, faults: FileFaults
) -> None:
    missing = np.flatnonzero(pairing.order < 0).tolist()
    for index in missing:
        if wanted[index] is not None:
            faults.add(rules.FRAME_MISSING, f"not {wanted[index]!r}, frame {index} of the ground truth")
    for index in pairing.extra:
        faults.add(rules.FRAME_EXTRA, repr(names[index]), index)
    if len(names) == len(wanted) and not missing and not pairing.extra:
        faults.add(rules.FRAMES_ALIKE, "frames with the same name")
