"""Optional columns of the CSV table, written only if there is something to put in them.

| column | meaning |
|---|---|
| ``sequence`` | the sequence's name, if the file is not named after it |
| ``fps`` | mean frames per second |
| ``image_id`` | the frame's image id |
| ``labelled`` | 1, or 0 for a frame that is not annotated |
| ``frame_fields`` | JSON object: a PoseTrack file's other fields of the frame; in the first row of the frame only |
| ``ignore_regions`` | JSON list of polygons, each a list of [x, y]; in the first row of the frame only |
| ``head_x1``, ``head_y1``, ``head_x2``, ``head_y2`` | head box of the person, pixels |
| ``joints_listed`` | 1, or 0 for a person without a joint list (PoseTrack17's ``"annopoints": []``) |
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from posetrack.errors import FormatError
from posetrack.io.columns import Records
from posetrack.io.json_file import describe
from posetrack.io.posetrack_names import made_frame_fields
from posetrack.structures import FloatArray, FramePoses, SequenceInfo, SequencePoses

HEAD_COLUMNS = ("head_x1", "head_y1", "head_x2", "head_y2")
_FRAME_COLUMNS = ("sequence", "fps", "image_id", "labelled", "frame_fields", "ignore_regions")
EXTRA_COLUMNS = (*_FRAME_COLUMNS, *HEAD_COLUMNS, "joints_listed")
Row = dict[str, str]
_EXACT = 2**53  # above this, floats skip integers


def extra_columns(sequence: SequencePoses, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The optional columns that this sequence needs, in order."""
    info, poses = sequence.info, sequence.columns
    needed = {
        "sequence": info.name != Path(path).stem,
        "fps": info.fps is not None,
        "image_id": info.image_ids is not None,
        "labelled": not all(info.labelled),
        "frame_fields": any(_fields(info, index) for index in range(len(sequence.frames))),
        "ignore_regions": any(sequence.ignore_regions),
        **dict.fromkeys(HEAD_COLUMNS, not np.isnan(poses.head_boxes_xyxy).all()),
        "joints_listed": not poses.joints_listed.all(),
    }
    return tuple(column for column, there in needed.items() if there)


def extra_frame_cells(sequence: SequencePoses, index: int, columns: Sequence[str], first: bool) -> list[Any]:
    """The cells of the frame columns; ``first``: this is the frame's first row."""
    info = sequence.info
    cells = {
        "sequence": info.name,
        "fps": "" if info.fps is None else repr(info.fps),
        "image_id": "" if info.image_ids is None else info.image_ids[index],
        "labelled": int(info.labelled[index]),
        "frame_fields": "",
        "ignore_regions": "",
    }
    fields, regions = _fields(info, index), sequence.ignore_regions[index]
    if first and fields:
        cells["frame_fields"] = orjson.dumps(fields).decode()
    if first and regions:
        cells["ignore_regions"] = orjson.dumps([polygon.tolist() for polygon in regions]).decode()
    return [cells[column] for column in _FRAME_COLUMNS if column in columns]


def extra_person_cells(poses: FramePoses | None, person: int, columns: Sequence[str]) -> list[Any]:
    """The cells of the person columns; ``poses`` is None for a row without a person."""
    own = [column for column in columns if column not in _FRAME_COLUMNS]
    if poses is None:
        return [""] * len(own)
    head = poses.head_boxes_xyxy[person].tolist()
    cells = dict(zip(HEAD_COLUMNS, ["" if math.isnan(v) else repr(v) for v in head], strict=True))
    cells["joints_listed"] = str(int(poses.joints_listed[person]))
    return [cells[column] for column in own]


def _fields(info: SequenceInfo, index: int) -> dict[str, Any]:
    """The other fields of a frame, without those that the PoseTrack writers regenerate."""
    if info.frame_fields is None:
        return {}
    made = made_frame_fields(info.name, info.frame_names[index], index, len(info.frame_names))
    return {k: v for k, v in info.frame_fields[index].items() if k not in made or made[k] != v}


def cell(row: Row, column: str, where: str, kind: type[int] | type[float]) -> float:
    """A cell as a finite number; raises FormatError."""
    try:
        value = _whole(row[column]) if kind is int else float(row[column])
        float(value)
    except (ValueError, OverflowError):  # not a number, or an int too large for a float
        value = math.nan
    if not math.isfinite(value) or (kind is int and abs(value) >= 2**63):
        expected = "a whole number" if kind is int else "a number"
        raise FormatError(f"{where}: {column} is {row[column]!r}, expected {expected}")
    return value


def _whole(text: str) -> int:
    """An integer, also as ``3.0``, which is how pandas and R write integer columns with empty cells."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer() or abs(number) > _EXACT:
            raise
        return int(number)


def extra_info(heads: Sequence[tuple[str, Row]], stem: str) -> dict[str, Any]:
    """The fields of ``SequenceInfo`` held in these columns.

    Args:
        heads: place and cells of the first row of each frame.
        stem: stem of the file name.
    """
    where, first = heads[0]
    values: dict[str, Any] = {"name": first.get("sequence") or stem}
    if first.get("fps"):
        values["fps"] = cell(first, "fps", where, float)
    if all(row.get("image_id") for _, row in heads):
        values["image_ids"] = tuple(int(cell(row, "image_id", place, int)) for place, row in heads)
    if "labelled" in first:
        values["labelled"] = tuple(cell(row, "labelled", place, int) != 0 for place, row in heads)
    if "frame_fields" in first:
        values["frame_fields"] = tuple(_json(row, "frame_fields", place, dict) or {} for place, row in heads)
    return values


def extra_regions(row: Row, where: str) -> tuple[FloatArray, ...]:
    """The ignore regions in the first row of a frame."""
    polygons = _json(row, "ignore_regions", where, list) or []
    result = []
    for number, polygon in enumerate(polygons):
        place = f"ignore_regions[{number}]"
        if not isinstance(polygon, list):
            raise FormatError(f"{where}: {place} is {describe(polygon)}, expected a list of [x, y]")
        corners = Records(where, [{"corner": corner} for corner in polygon], lambda _, place=place: place)  # type: ignore[misc]
        result.append(corners.rows("corner", 2, "x, y"))
    return tuple(result)


def read_head_box(row: Row, where: str) -> list[float]:
    """x1, y1, x2, y2 of the head box in a person's first row; NaN = none."""
    if not any(row.get(column) for column in HEAD_COLUMNS):
        return [math.nan] * 4
    return [cell(row | {column: row.get(column, "")}, column, where, float) for column in HEAD_COLUMNS]


def read_joints_listed(row: Row, where: str) -> bool:
    """Whether a person has a joint list."""
    return not row.get("joints_listed") or cell(row, "joints_listed", where, int) != 0


def _json(row: Row, column: str, where: str, kind: type[dict[Any, Any]] | type[list[Any]]) -> Any:
    """The JSON value of a cell, None if it is empty."""
    text = row.get(column)
    if not text:
        return None
    what = "a JSON object" if kind is dict else "a JSON list"
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FormatError(f"{where}: {column} is {text[:40]!r}, expected {what}") from None
    if not isinstance(value, kind):
        raise FormatError(f"{where}: {column} is {describe(value)}, expected {what}")
    return value
