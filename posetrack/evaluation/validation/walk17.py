"""Walk through a PoseTrack17 file without stopping at faults."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from posetrack.evaluation.validation import rules
from posetrack.evaluation.validation.faults import FileFaults
from posetrack.evaluation.validation.sheet import (
    ABSENT,
    FrameFacts,
    Sheet,
    as_float,
    check_rows,
    check_scalars,
    is_flag,
    is_number,
    is_whole,
    unwrap,
)
from posetrack.evaluation.validation.walk18 import check_info, check_origins, check_size, check_time
from posetrack.io.json_file import as_list, describe
from posetrack.structures import POSETRACK17

_JOINTS = POSETRACK17.num_joints


def walk_posetrack17(data: dict[str, Any], faults: FileFaults) -> Sheet:
    """Read what can be read of the file; all faults of its form are added to ``faults``."""
    sheet = Sheet("posetrack17", POSETRACK17.joints, [])
    frames = data.get("annolist")
    if not isinstance(frames, list):
        faults.add(rules.STRUCTURE, f"'annolist' is {describe(frames)}")
        return sheet
    check_info(data, faults)
    records: list[dict[str, Any]] = []
    for index, record in enumerate(frames):
        if not isinstance(record, dict):
            faults.add(rules.NOT_AN_OBJECT, f"annolist[{index}] is {describe(record)}", index)
            record = {"annorect": [], "image": "?"}
        sheet.frames.append(_frame(record, index, faults))
        records += _persons(record, index, sheet, faults)
    faults.frame_names = [frame.name for frame in sheet.frames]
    sheet.track_ids = [unwrap(record.get("track_id")) for record in records]
    _points(records, sheet, faults)
    sides = [check_scalars(records, key, rules.NUMBER, sheet, faults) for key in ("x1", "y1", "x2", "y2")]
    sheet.head_boxes = np.stack(sides, axis=1)
    known = ~np.isnan(sheet.head_boxes)
    for i in np.flatnonzero(known.any(axis=1) & ~known.all(axis=1)).tolist():
        found = "some of 'x1', 'y1', 'x2', 'y2'"
        faults.add(rules.BOX, found, sheet.person_frame[i], sheet.annotation[i])
    check_rows(records, "bbox", 4, rules.BOX, sheet, faults)
    check_scalars(records, "score", rules.NUMBER, sheet, faults)
    check_origins(records, sheet, faults)
    return sheet


def _frame(record: dict[str, Any], index: int, faults: FileFaults) -> FrameFacts:
    image = unwrap(record.get("image"))
    name = image.get("name") if isinstance(image, dict) else image
    if not isinstance(name, str):
        faults.add(rules.FRAME_NAME, describe(record.get("image")) if "image" in record else "no 'image'", index)
        name = None
    labelled = unwrap(record.get("is_labeled"))
    labelled = 1 if labelled in ABSENT else labelled
    if not is_flag(labelled):
        faults.add(rules.LABELLED_KIND, describe(labelled), index)
    number = unwrap(record.get("imgnum"))
    if number not in ABSENT and not is_whole(number):
        faults.add(rules.FRAME_NUMBER, describe(number), index)
    image_id = unwrap(record.get("image_id"))
    if image_id not in ABSENT and not is_whole(image_id):
        faults.add(rules.FRAME_ID, describe(image_id), index)
    check_time(record, index, faults)
    size = check_size(record, index, faults)
    return FrameFacts(name, bool(labelled), size, _regions(record, index, faults))


def _regions(record: dict[str, Any], index: int, faults: FileFaults) -> list[int]:
    value = as_list(record.get("ignore_regions"))
    if value in ABSENT:
        return []
    if not isinstance(value, list):
        faults.add(rules.REGION, f"'ignore_regions' is {describe(value)}", index)
        return []
    corners = []
    for number, region in enumerate(value):
        points = as_list(region.get("point", [])) if isinstance(region, dict) else None
        if not isinstance(points, list):
            faults.add(rules.REGION, f"ignore_regions[{number}] is {describe(region)}", index)
            continue
        corners.append(len(points))
        for i, point in enumerate(points):
            if not isinstance(point, dict) or not all(math.isfinite(as_float(unwrap(point.get(k)))) for k in "xy"):
                faults.add(rules.REGION, f"ignore_regions[{number}].point[{i}] is {describe(point)}", index)
    return corners


def _persons(record: dict[str, Any], index: int, sheet: Sheet, faults: FileFaults) -> list[dict[str, Any]]:
    """Return the persons of a frame."""
    value = as_list(record.get("annorect"))
    if not isinstance(value, list):
        found = f"'annorect' is {describe(value)}" if "annorect" in record else "no 'annorect'"
        faults.add(rules.STRUCTURE, f"{found}, which should be a list of persons", index)
        return []
    result = []
    for number, person in enumerate(value):
        if not isinstance(person, dict):
            faults.add(rules.NOT_AN_OBJECT, describe(person), index, number)
            continue
        sheet.person_frame.append(index)
        sheet.annotation.append(number)
        result.append(person)
    return result


def _points(records: list[dict[str, Any]], sheet: Sheet, faults: FileFaults) -> None:
    xy = np.full((len(records), _JOINTS, 2), np.nan)
    scores = np.full((len(records), _JOINTS), np.nan)
    nulls = np.zeros((len(records), _JOINTS), dtype=np.bool_)
    slots: list[int] = []
    numbers: list[tuple[float, float, float]] = []
    for i, record in enumerate(records):
        points = _point_list(record, i, sheet, faults)
        if points is None:
            continue
        seen: set[int] = set()
        for number, point in enumerate(points):
            found = _point(point, seen)
            if isinstance(found, str):
                faults.add(rules.POINT, f"point[{number}]: {found}", sheet.person_frame[i], sheet.annotation[i])
                continue
            slots.append(i * _JOINTS + found[0])
            numbers.append(found[1])
            nulls[i, found[0]] = point.get("score") == [None]
    table = np.array(numbers).reshape(-1, 3)
    xy.reshape(-1, 2)[slots] = table[:, :2]
    scores.reshape(-1)[slots] = table[:, 2]
    sheet.xy, sheet.scores, sheet.null_scores = xy, scores, nulls


def _point_list(record: dict[str, Any], i: int, sheet: Sheet, faults: FileFaults) -> list[Any] | None:
    """Return the points of a person, None = no list of points."""
    value = as_list(record.get("annopoints"))
    if value in ABSENT or (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)):
        group = value[0] if value else {}
        points = as_list(group.get("point"))
        if "point" not in group or isinstance(points, list):
            return list(points) if isinstance(points, list) else None
    found = f"'annopoints' is {describe(record.get('annopoints'))}, which should be [] or one object with 'point'"
    faults.add(rules.STRUCTURE, found, sheet.person_frame[i], sheet.annotation[i])
    return None


def _point(point: Any, seen: set[int]) -> tuple[int, tuple[float, float, float]] | str:
    """Return the slot and (x, y, score) of a point, or a description of what is wrong with it."""
    if not isinstance(point, dict):
        return describe(point)
    values = [unwrap(point.get(key)) for key in ("id", "x", "y", "score", "is_visible")]
    joint, x, y, score, visible = values
    for key, value in zip(("id", "x", "y"), values, strict=False):
        if not is_number(value) or not math.isfinite(as_float(value)):
            return f"{key!r} is {describe(value)}" if key in point else f"no {key!r}"
    for key, value, readable in (("score", score, is_number), ("is_visible", visible, is_flag)):
        if value not in ABSENT and not readable(value):
            return f"{key!r} is {describe(value)}"
    if joint != int(joint) or not 0 <= joint < _JOINTS:
        return f"'id' is {joint}"
    if joint in seen:
        return f"'id' {joint} a second time"
    seen.add(int(joint))
    return int(joint), (float(x), float(y), as_float(score))
