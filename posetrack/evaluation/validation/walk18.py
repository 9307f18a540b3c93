"""Walk through a PoseTrack18 file without stopping at faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.validation import rules
from posetrack.evaluation.validation.faults import FileFaults
from posetrack.evaluation.validation.sheet import (
    ABSENT,
    FrameFacts,
    Sheet,
    as_float,
    check_rows,
    check_scalars,
    is_number,
    is_whole,
    number_row,
    number_table,
    unwrap,
)
from posetrack.io.json_file import describe
from posetrack.io.posetrack18 import ORIGIN_NAMES, is_frame_rate
from posetrack.io.posetrack_names import folder_name, recognise_skeleton
from posetrack.structures import POSETRACK17, POSETRACK18
from posetrack.structures.skeleton import JOINT_ALIASES


def walk_posetrack18(data: dict[str, Any], faults: FileFaults) -> Sheet:
    """Read what can be read of the file; all faults of its form are added to ``faults``."""
    check_info(data, faults)
    images = _objects(data, "images", faults)
    joints = _joints(data, faults)
    sheet = Sheet("posetrack18", joints, [])
    position: dict[int, int] = {}
    for index, image in images:
        sheet.frames.append(_frame(image, index, faults))
        _image_id(image, index, position, faults)
    faults.frame_names = [frame.name for frame in sheet.frames]
    _one_sequence(images, sheet, faults)
    persons = _objects(data, "annotations", faults)
    sheet.annotation = [index for index, _ in persons]
    sheet.person_frame = [_frame_of(record, index, position, faults) for index, record in persons]
    records = [record for _, record in persons]
    sheet.track_ids = [unwrap(record.get("track_id")) for record in records]
    _keypoints(records, sheet, faults)
    _scores(records, sheet, faults)
    heads = check_rows(records, "bbox_head", 4, rules.BOX, sheet, faults)
    sheet.head_boxes = np.concatenate([heads[:, :2], heads[:, :2] + heads[:, 2:]], axis=1)
    check_rows(records, "bbox", 4, rules.BOX, sheet, faults)
    check_scalars(records, "score", rules.NUMBER, sheet, faults)
    check_origins(records, sheet, faults)
    return sheet


def check_origins(records: list[Any], sheet: Sheet, faults: FileFaults) -> None:
    """Record every invalid ``origin``."""
    for i, record in enumerate(records):
        value = record.get("origin", "observed")
        if not isinstance(value, str) or value not in ORIGIN_NAMES:
            frame = sheet.person_frame[i]
            faults.add(rules.ORIGIN, describe(value), frame if frame >= 0 else None, sheet.annotation[i])


def check_info(data: dict[str, Any], faults: FileFaults) -> None:
    """Record an ``info`` that is not an object, or an ``fps`` in it that is not a valid frame rate."""
    info = data.get("info", {})
    if not isinstance(info, dict):
        faults.add(rules.NOT_AN_OBJECT, f"'info' is {describe(info)}")
    elif info.get("fps") is not None and not is_frame_rate(info["fps"]):
        faults.add(rules.FRAME_RATE, describe(info["fps"]))


def check_time(record: dict[str, Any], index: int, faults: FileFaults) -> None:
    """Record a ``timestamp_s`` that is not a number."""
    value = unwrap(record.get("timestamp_s"))
    if value not in ABSENT and not np.isfinite(as_float(value)):
        faults.add(rules.TIME, describe(value), index)


def check_size(record: dict[str, Any], index: int, faults: FileFaults) -> tuple[float, float] | None:
    """Return (height, width) of a frame, None if absent; record an invalid size."""
    size = [unwrap(record.get(key)) for key in ("height", "width")]
    size = [0 if value in ABSENT else value for value in size]
    hw = (as_float(size[0]), as_float(size[1]))
    if not all(is_whole(value) for value in size) or (hw != (0, 0) and min(hw) <= 0):
        faults.add(rules.SIZE, f"width {describe(size[1])}, height {describe(size[0])}", index)
    return hw if min(hw) > 0 else None


def _objects(data: dict[str, Any], key: str, faults: FileFaults) -> list[tuple[int, dict[str, Any]]]:
    """Return the objects in a list with their indices."""
    value = data.get(key)
    if not isinstance(value, list):
        found = f"{key!r} is {describe(value)}" if key in data else f"no {key!r}"
        faults.add(replace(rules.STRUCTURE, expected=f"{key!r}, a list"), found)
        return []
    result = []
    for index, record in enumerate(value):
        if isinstance(record, dict):
            result.append((index, record))
            continue
        # An invalid image keeps its place, so that the frames after it keep their numbers.
        faults.add(rules.NOT_AN_OBJECT, f"{key}[{index}] is {describe(record)}")
        if key == "images":
            result.append((index, {}))
    return result


def _joints(data: dict[str, Any], faults: FileFaults) -> tuple[str, ...]:
    """Return the joint names under our names for them; PoseTrack18's if those in the file cannot be used."""
    categories = data.get("categories")
    with_joints = (
        [c for c in categories if isinstance(c, dict) and "keypoints" in c] if isinstance(categories, list) else []
    )
    if len(with_joints) != 1:
        found = "no 'categories'" if "categories" not in data else f"{len(with_joints)} categories have 'keypoints'"
        faults.add(rules.JOINT_NAMES, found)
        return POSETRACK18.joints
    names = with_joints[0]["keypoints"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        faults.add(rules.JOINT_NAMES, f"'keypoints' is {describe(names)}")
        return POSETRACK18.joints
    known = tuple(str(JOINT_ALIASES.get(name, name)) for name in names)
    for name in names:
        if JOINT_ALIASES.get(name) == "head_bottom":
            faults.add(rules.JOINT_ALIAS, f"the joint {name!r}")
    missing = [joint for joint in POSETRACK17.joints if joint not in known]
    try:
        recognise_skeleton(names, "")
        if missing:
            faults.add(rules.JOINT_NAMES, f"{len(names)} names without {', '.join(map(repr, missing))}")
    except FormatError:
        faults.add(rules.JOINT_NAMES, f"{len(names)} names{_differ(known)}")
    return known


def _differ(known: tuple[str, ...]) -> str:
    """Describe how names differ from PoseTrack's."""
    standard = POSETRACK17.joints if len(known) == POSETRACK17.num_joints else POSETRACK18.joints
    missing = [name for name in standard if name not in known]
    extra = [name for name in known if name not in standard]
    twice = sorted({name for name in known if known.count(name) > 1})
    parts = [("without", missing), ("with", extra), ("twice", twice)]
    return "".join(f"; {word} {', '.join(map(repr, names[:20]))}" for word, names in parts if names)


def _image_id(image: dict[str, Any], index: int, position: dict[int, int], faults: FileFaults) -> None:
    value = unwrap(image.get("id"))
    if not is_whole(value):
        faults.add(rules.IMAGE_ID, describe(value) if "id" in image else "no 'id'", index)
    elif int(value) in position:
        faults.add(rules.IMAGE_ID, f"{value}, the id of images[{position[int(value)]}]", index)
    else:
        position[int(value)] = index


def _frame(image: dict[str, Any], index: int, faults: FileFaults) -> FrameFacts:
    name = image.get("file_name")
    if not isinstance(name, str):
        faults.add(rules.FRAME_NAME, describe(name) if "file_name" in image else "no 'file_name'", index)
        name = None
    check_time(image, index, faults)
    labelled = image.get("is_labeled", True)
    if labelled not in (True, False):
        faults.add(rules.LABELLED_KIND, describe(labelled), index)
    size = check_size(image, index, faults)
    return FrameFacts(name, bool(labelled), size, _regions(image, index, faults))


def _regions(image: dict[str, Any], index: int, faults: FileFaults) -> list[int]:
    """Return the number of corners of each ignore region."""
    if "ignore_regions_x" not in image and "ignore_regions_y" not in image:
        return []
    x, y = (image.get(f"ignore_regions_{axis}") for axis in "xy")
    if not isinstance(x, list) or not isinstance(y, list) or len(x) != len(y):
        faults.add(rules.REGION, f"'ignore_regions_x' {describe(x)}, 'ignore_regions_y' {describe(y)}", index)
        return []
    corners = []
    for number, sides in enumerate(zip(x, y, strict=True)):
        lists = [side if isinstance(side, list) else [side] for side in sides]
        wrong = [found for _, found in (number_row(side, len(lists[0])) for side in lists) if found]
        if wrong:
            faults.add(rules.REGION, f"ignore region {number}: {len(lists[0])} x, {len(lists[1])} y: {wrong[0]}", index)
        corners.append(len(lists[0]))
    return corners


def _one_sequence(images: list[tuple[int, dict[str, Any]]], sheet: Sheet, faults: FileFaults) -> None:
    first = None
    for (index, image), frame in zip(images, sheet.frames, strict=True):
        if frame.name is None:
            continue
        video = str(image.get("vid_id", folder_name(frame.name)))
        first = video if first is None else first
        if video != first:
            faults.add(rules.SEVERAL_SEQUENCES, f"a frame of {video!r} after frames of {first!r}", index)


def _frame_of(record: dict[str, Any], index: int, position: dict[int, int], faults: FileFaults) -> int:
    value = unwrap(record.get("image_id"))
    found = position.get(value) if is_number(value) else None
    if found is None:
        faults.add(rules.IMAGE_OF_PERSON, describe(value) if "image_id" in record else "no 'image_id'", None, index)
    return -1 if found is None else found


def _keypoints(records: list[Any], sheet: Sheet, faults: FileFaults) -> None:
    joints = len(sheet.joints)
    rule = replace(rules.KEYPOINTS, expected=f"{3 * joints} numbers (x, y, v for each of the {joints} joints named)")
    values = [record.get("keypoints") for record in records]
    table = number_table(values, 3 * joints) if values else np.zeros((0, 3 * joints))
    if table is None:
        table = np.full((len(values), 3 * joints), np.nan)
        for i, value in enumerate(values):
            row, found = number_row(value, 3 * joints)
            table[i] = row
            if found:
                text = f"'keypoints' {found}" if "keypoints" in records[i] else "no 'keypoints'"
                broken = isinstance(value, list) and any(isinstance(x, float) and not np.isfinite(x) for x in value)
                where = sheet.person_frame[i]
                faults.add(
                    rules.NOT_FINITE if broken else rule, text, where if where >= 0 else None, sheet.annotation[i]
                )
    points = table.reshape(len(values), joints, 3)
    absent = (points == 0).all(axis=2)
    sheet.xy = np.where(absent[..., None], np.nan, points[..., :2])


def _scores(records: list[Any], sheet: Sheet, faults: FileFaults) -> None:
    joints = len(sheet.joints)
    rule = replace(rules.SCORES, expected=f"'scores' of {joints} numbers, one for each joint, or []")
    sheet.scores = np.full((len(records), joints), np.nan)
    sheet.null_scores = np.zeros((len(records), joints), dtype=np.bool_)
    there = [i for i, record in enumerate(records) if record.get("scores") not in ABSENT]
    table = number_table([records[i]["scores"] for i in there], joints) if there else None
    if table is not None:
        sheet.scores[there] = table
        return
    for i in there:
        sheet.scores[i], found = number_row(records[i]["scores"], joints, null_allowed=True)
        if not found:
            sheet.null_scores[i] = [score is None for score in records[i]["scores"]]
        else:
            where = sheet.person_frame[i]
            faults.add(rule, f"'scores' {found}", where if where >= 0 else None, sheet.annotation[i])
