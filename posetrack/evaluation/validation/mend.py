"""Repairs of a file that involve no guessing."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from posetrack.evaluation.validation import rules
from posetrack.evaluation.frame_pairing import pair_names
from posetrack.evaluation.validation.sheet import Sheet, is_number, unwrap
from posetrack.io.json_file import as_list
from posetrack.structures.skeleton import JOINT_ALIASES

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MAX_TRACKS = rules.OFFICIAL_MAX_TRACK_ID + 1
_PERSON_KEYS = ("track_id", "image_id", "keypoints", "scores", "score", "bbox", "bbox_head", "x1", "y1", "x2", "y2")
_POINT_KEYS = ("id", "x", "y", "score", "is_visible")
_IMAGE_KEYS = ("id", "width", "height")


def mend(data: Any, sheet: Sheet, truth: Sheet | None) -> list[str]:
    """Repair the JSON value of a file in place.

    Repaired: numbers written as strings, integer track ids written as floats, other names for ``head_bottom``, track
    ids above the official program's limit, frames in a different order from the ground truth's.
    Never invented: scores, track ids, head boxes, persons, frames, joints.

    Returns:
        One line per change; [] = nothing changed.
    """
    records = list(_persons(data))
    done = [_mend_numbers(data, records), _mend_names(data), _mend_tracks(records)]
    if truth is not None:
        done.append(_sort_frames(data, sheet, truth))
    return [line for line in done if line]


def _persons(data: dict[str, Any]) -> list[dict[str, Any]]:
    if "annolist" not in data:
        found = data.get("annotations")
        return [p for p in found if isinstance(p, dict)] if isinstance(found, list) else []
    frames = data["annolist"] if isinstance(data["annolist"], list) else []
    rects = [as_list(frame.get("annorect")) for frame in frames if isinstance(frame, dict)]
    return [p for rect in rects if isinstance(rect, list) for p in rect if isinstance(p, dict)]


def _mend_numbers(data: dict[str, Any], records: list[dict[str, Any]]) -> str:
    changed = sum(_numbers(record, _PERSON_KEYS) for record in records)
    for record in records:
        groups = as_list(record.get("annopoints"))
        for group in groups if isinstance(groups, list) else []:
            points = as_list(group.get("point")) if isinstance(group, dict) else None
            for point in points if isinstance(points, list) else []:
                changed += _numbers(point, _POINT_KEYS) if isinstance(point, dict) else 0
    images = data.get("images")
    for image in images if isinstance(images, list) else []:
        changed += _numbers(image, _IMAGE_KEYS) if isinstance(image, dict) else 0
    return f"converted {changed} numbers written as strings" if changed else ""


def _numbers(record: dict[str, Any], keys: tuple[str, ...]) -> int:
    """Convert strings that are numbers to numbers; return how many were converted."""
    changed = 0
    for key in keys:
        value = record.get(key)
        if isinstance(value, list):
            at = [i for i, x in enumerate(value) if isinstance(x, str) and _NUMBER.fullmatch(x)]
            for i in at:
                value[i] = _number(value[i])
            changed += len(at)
        elif isinstance(value, str) and _NUMBER.fullmatch(value):
            record[key] = _number(value)
            changed += 1
    return changed


def _number(text: str) -> float | int:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) and len(text) < 20 else float(text)


def _mend_names(data: dict[str, Any]) -> str:
    categories = data.get("categories")
    for category in categories if isinstance(categories, list) else []:
        names = category.get("keypoints") if isinstance(category, dict) else None
        if not isinstance(names, list) or "head_bottom" in names:
            continue
        at = [i for i, name in enumerate(names) if isinstance(name, str) and JOINT_ALIASES.get(name) == "head_bottom"]
        if len(at) == 1:
            old = names[at[0]]
            names[at[0]] = "head_bottom"
            return f"renamed the joint {old!r} to 'head_bottom'"
    return ""


def _mend_tracks(records: list[dict[str, Any]]) -> str:
    """Number the tracks from 0 in order of appearance if an id is too large; turn ids written as floats into ints."""
    ids = [unwrap(record.get("track_id")) for record in records]
    whole = [i for i in ids if is_number(i) and i >= 0 and i == i and abs(i) != float("inf") and i == int(i)]
    kinds = Counter(isinstance(i, float) for i in whole)
    if not kinds[True] and max(whole, default=0) < _MAX_TRACKS:
        return ""
    # Floats hold no more than 53 bits: a larger id written as one may stand for several ids.
    if any(isinstance(i, float) and i >= 2**53 for i in whole):
        return ""
    order = {track: number for number, track in enumerate(dict.fromkeys(int(i) for i in whole))}
    dense = max(whole) >= _MAX_TRACKS
    if dense and len(order) > _MAX_TRACKS:
        return ""
    for record, track in zip(records, ids, strict=True):
        if not is_number(track) or track < 0 or track != track or track != int(track):
            continue
        new = order[int(track)] if dense else int(track)
        record["track_id"] = [new] if isinstance(record["track_id"], list) else new
    return f"renumbered {len(order)} tracks from 0" if dense else "converted track ids to whole numbers"


def _sort_frames(data: dict[str, Any], sheet: Sheet, truth: Sheet) -> str:
    pairing = pair_names([f.name for f in sheet.frames], [f.name for f in truth.frames])
    order, key = pairing.order, "annolist" if sheet.form == "posetrack17" else "images"
    if not pairing.whole or len(order) != len(data[key]) or (order[1:] > order[:-1]).all():
        return ""
    data[key] = [data[key][i] for i in order.tolist()]
    return f"sorted {len(order)} frames into the order of the ground truth"
