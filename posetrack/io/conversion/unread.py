"""What the readers ignore in a file (keys of persons, columns, categories), counted in the file itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posetrack.io.columns import plain
from posetrack.io.conversion import formats
from posetrack.io.conversion.losses import Kind, Loss
from posetrack.io.csv_extras import EXTRA_COLUMNS
from posetrack.io.csv_table import COLUMNS, csv_header
from posetrack.io.json_file import as_list

# Keys of a person that the readers use or the writers regenerate.
_PERSON18 = frozenset(
    ("id", "image_id", "category_id", "keypoints", "scores", "score", "track_id", "bbox", "bbox_head", "origin",
     "num_keypoints")
)  # fmt: skip
_PERSON17 = frozenset(("x1", "y1", "x2", "y2", "track_id", "score", "annopoints", "bbox", "origin"))
_RESULT = frozenset(("image_id", "category_id", "keypoints", "score", "track_id", "bbox"))
_POINT17 = frozenset(("id", "x", "y", "is_visible", "score"))
_TOP = frozenset(("info", "images", "annotations", "categories", "annolist"))
_OF_ALL_FRAMES = {"width": "image sizes", "timestamp_s": "timestamps"}
_MOT_FIELDS = 7  # frame, id, x, y, w, h, confidence; -1 in a later field means none
_SAME_AREA = 1e-6


def unread(content: bytes, data: Any, form: str) -> Iterator[Loss]:
    """What the reader ignores in a file.

    Args:
        content: of the file.
        data: its JSON value, None if it is not JSON.
        form: its format.
    """
    if form == formats.CSV:
        strange = [column for column in csv_header(content) if column not in (*COLUMNS, *EXTRA_COLUMNS)]
        yield from (Loss(Kind.LOST, f"column {column or 'without a name'}", 1) for column in strange)
    elif form == formats.MOT:
        lines = [line.replace(",", " ").split() for line in content.decode("utf-8-sig").splitlines()]
        more = sum(any(float(f) != -1 for f in _numbers(line[_MOT_FIELDS:])) for line in lines)
        yield Loss(Kind.LOST, "lines with fields after the confidence", more)
    elif form == formats.POSETRACK17:
        persons = [person for frame in data["annolist"] for person in as_list(frame["annorect"]) or []]
        points = [point for person in persons for point in _points(person)]
        yield from _keys(data, _TOP, "top-level key")
        yield from _of_records(persons, _PERSON17, "persons")
        yield from _of_records(points, _POINT17, "points")
        yield from _of_some(data["annolist"], _OF_ALL_FRAMES | {"image_id": "image ids"})
    elif form == formats.COCO_RESULTS:
        yield from _of_records(data, _RESULT, "persons")
        yield from _other_categories(data, {1, None})
    else:
        yield from _keys(data, _TOP, "top-level key")
        known = {plain(c.get("id")) for c in data["categories"] if isinstance(c, dict) and "keypoints" in c} | {None}
        yield from _other_categories(data["annotations"], known if form == formats.COCO else None)
        yield from _of_records((_without_made(person) for person in data["annotations"]), _PERSON18, "persons")
        yield from _of_some(data["images"], _OF_ALL_FRAMES)
        yield Loss(Kind.ADDED, "annotation ids, renumbered", _irregular_ids(data["annotations"]))


def _of_some(frames: Iterable[Mapping[str, Any]], keys: Mapping[str, str]) -> Iterator[Loss]:
    """Keys that only some frames have; the readers use them only if all frames do."""
    frames = list(frames)
    for key, what in keys.items():
        having = sum(frame.get(key) is not None for frame in frames)
        yield Loss(Kind.LOST, f"{what}, which other frames lack", having if having < len(frames) else 0)


def _numbers(fields: list[str]) -> list[float]:
    """The fields as numbers; text becomes 0, so that it counts as a value other than -1."""
    result = []
    for field in fields:
        try:
            result.append(float(field))
        except ValueError:
            result.append(0.0)
    return result


def _points(person: Mapping[str, Any]) -> list[Any]:
    groups = as_list(person.get("annopoints")) or []
    return [point for group in groups for point in as_list(group.get("point")) or []]


def _keys(record: Mapping[str, Any], known: frozenset[str], what: str) -> Iterator[Loss]:
    for key in record:
        if key not in known:
            yield Loss(Kind.LOST, f"{what} {key}", 1)


def _of_records(records: Iterable[Mapping[str, Any]], known: frozenset[str], what: str) -> Iterator[Loss]:
    counts = Counter(key for record in records for key in record if key not in known)
    for key, count in counts.items():
        yield Loss(Kind.LOST, f"{key} of {what}", count)


def _other_categories(persons: list[Any], known: set[Any] | None) -> Iterator[Loss]:
    if known is not None:
        others = sum(plain(person.get("category_id")) not in known for person in persons)
        yield Loss(Kind.LOST, "annotations of other categories", others)


def _irregular_ids(persons: list[Any]) -> int:
    """How many annotations have an ``id`` other than PoseTrack's image_id * 100 + index; such ids are not kept."""
    seen: Counter[Any] = Counter()
    irregular = 0
    for person in persons:
        image_id = plain(person.get("image_id"))
        irregular += plain(person.get("id")) not in (None, image_id * 100 + seen[image_id])
        seen[image_id] += 1
    return irregular


def _without_made(person: Mapping[str, Any]) -> Mapping[str, Any]:
    """A person without uninformative keys: ``iscrowd`` 0, an ``area`` equal to the box's, an empty ``segmentation``."""
    box, area = person.get("bbox"), person.get("area")
    made = 0.0 if not box else box[2] * box[3]  # as the COCO writer computes it
    silent = {
        "iscrowd": not person.get("iscrowd"),
        "segmentation": not person.get("segmentation"),
        "area": isinstance(area, (int, float)) and abs(made - area) <= _SAME_AREA * max(area, 1),
    }
    return {key: value for key, value in person.items() if not silent.get(key, False)}
