"""Poses as a CSV table: one row per joint, person and frame.

Columns, with a header; an empty cell, or R's NA, means none:

| column | meaning |
|---|---|
| ``frame`` | 0-based index |
| ``file_name`` | the frame's name |
| ``timestamp_s`` | presentation time in seconds |
| ``width``, ``height`` | of the image, pixels |
| ``skeleton`` | name of the skeleton |
| ``person`` | 0-based index in the frame |
| ``track_id`` | empty = no track |
| ``person_score`` | score of the whole pose |
| ``box_x1``, ``box_y1``, ``box_x2``, ``box_y2`` | person box, pixels |
| ``origin`` | ``observed``, ``propagated`` or ``interpolated`` |
| ``joint`` | name of the joint |
| ``x``, ``y`` | pixels; the centre of the top-left pixel is (0, 0) |
| ``score`` | score of the joint |
| ``visible`` | 1, or 0 for an occluded joint |

A missing joint has no row. A person without joints has one row with an empty ``joint``, a frame without persons one
row with an empty ``person``, so that neither is lost. ``width`` and ``height`` are empty if the size is unknown.
Optional columns, mostly for ground truth, follow if they are needed; see ``csv_extras``.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.io.atomic import atomic_write
from posetrack.io.csv_extras import (
    Row,
    cell,
    extra_columns,
    extra_frame_cells,
    extra_info,
    extra_person_cells,
    extra_regions,
    read_head_box,
    read_joints_listed,
)
from posetrack.io.json_file import read_bytes
from posetrack.io.pose_table import extent_hw
from posetrack.io.posetrack18 import ORIGIN_NAMES
from posetrack.structures import (
    NO_TRACK,
    FramePoses,
    Origin,
    PoseColumns,
    SequenceInfo,
    SequencePoses,
    Skeleton,
    get_skeleton,
)

_FRAME_COLUMNS = ("frame", "file_name", "timestamp_s", "width", "height", "skeleton")
_BOX_COLUMNS = ("box_x1", "box_y1", "box_x2", "box_y2")
_PERSON_COLUMNS = ("person", "track_id", "person_score", *_BOX_COLUMNS, "origin")
_JOINT_COLUMNS = ("joint", "x", "y", "score", "visible")
_NAMES = ("file_name", "sequence")  # "NA" is a legitimate name here
COLUMNS = (*_FRAME_COLUMNS, *_PERSON_COLUMNS, *_JOINT_COLUMNS)


def write_csv(path: str | os.PathLike[str], sequence: SequencePoses) -> None:
    """Write a sequence as a table, atomically; raises OutputError."""
    with atomic_write(path) as file:
        extras = extra_columns(sequence, path)
        file.write(_lines([(*COLUMNS, *extras)]))
        for index in range(len(sequence.frames)):
            file.write(_lines(_frame_rows(sequence, index, extras)))


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def read_csv(path: str | os.PathLike[str]) -> SequencePoses:
    """Read such a table; without a ``sequence`` column, the sequence is named after the file.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not such a table; the message gives the line, what was expected and what was found.
    """
    name = os.fspath(path)
    frames: list[FramePoses] = []
    heads: list[tuple[str, Row]] = []
    skeleton: Skeleton | None = None
    for frame, group in groupby(_rows(path), key=lambda numbered: numbered[1]["frame"]):
        rows = list(group)
        line, head = rows[0]
        where = f"{name}: line {line}"
        if cell(head, "frame", where, int) != len(frames):
            raise FormatError(
                f"{where}: frame {frame}, expected {len(frames)}: frames must be consecutive, from 0"
            )
        skeleton = skeleton or _skeleton(head["skeleton"], where)
        frames.append(_read_frame(rows, len(frames), skeleton, name))
        heads.append((where, head))
    if skeleton is None:
        raise FormatError(f"{name}: the table has no rows, expected at least one per frame")
    return _sequence(heads, skeleton, frames, name)


def _sequence(
    heads: list[tuple[str, Row]], skeleton: Skeleton, frames: list[FramePoses], path: str
) -> SequencePoses:
    """Build the sequence from its frames; ``heads``: place and cells of the first row of each."""
    regions = tuple(extra_regions(row, where) for where, row in heads)
    sized = all(row["width"] for _, row in heads)
    if not sized:
        size = extent_hw(PoseColumns.of_frames(frames, skeleton.num_joints), regions)
        frames = [replace(f, image_hw=size) if not row["width"] else f for f, (_, row) in zip(frames, heads, strict=True)]
    times = [cell(row, "timestamp_s", where, float) if row["timestamp_s"] else math.nan for where, row in heads]
    info = SequenceInfo(
        frame_names=tuple(row["file_name"] for _, row in heads),
        image_hw=frames[0].image_hw if sized else None,
        timestamps_s=None if any(map(math.isnan, times)) else tuple(times),
        **extra_info(heads, Path(path).stem),
    )
    return SequencePoses(info, skeleton, tuple(frames), regions)


def _skeleton(named: str, where: str) -> Skeleton:
    try:
        return get_skeleton(named)
    except FormatError as error:
        raise FormatError(f"{where}: {error}") from None


def _text(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _frame_rows(sequence: SequencePoses, index: int, extras: Sequence[str]) -> Iterator[list[Any]]:
    """The rows of one frame."""
    info, poses = sequence.info, sequence.frames[index]
    time = "" if info.timestamps_s is None else repr(info.timestamps_s[index])
    height, width = poses.image_hw if info.image_hw is not None else ("", "")
    frame = [index, info.frame_names[index], time, width, height, sequence.skeleton.name]
    more = extra_frame_cells(sequence, index, extras, first=True)
    if len(poses) == 0:
        empty = [""] * (len(_PERSON_COLUMNS) + len(_JOINT_COLUMNS))
        yield [*frame, *empty, *more, *extra_person_cells(None, 0, extras)]
    for i in range(len(poses)):
        own = extra_person_cells(poses, i, extras)
        for row in _person_rows(poses, i, sequence.skeleton):
            yield [*frame, *row, *more, *own]
            more = extra_frame_cells(sequence, index, extras, first=False)


def _person_rows(poses: FramePoses, i: int, skeleton: Skeleton) -> Iterator[list[Any]]:
    """The person and joint cells of a person's rows: one row per present joint, at least one."""
    track = "" if poses.track_ids[i] == NO_TRACK else int(poses.track_ids[i])
    box = [_text(value) for value in poses.boxes_xyxy[i].tolist()]
    person = [i, track, _text(float(poses.scores[i])), *box, Origin(poses.origin[i]).name.lower()]
    joints = np.flatnonzero(poses.joint_valid[i]).tolist()
    if not joints:
        yield [*person, *[""] * len(_JOINT_COLUMNS)]
    for k in joints:
        x, y = poses.joints_xy[i, k].tolist()
        score, visible = _text(float(poses.joint_scores[i, k])), int(poses.joint_visible[i, k])
        yield [*person, skeleton.joints[k], repr(x), repr(y), score, visible]


def csv_header(content: bytes) -> list[str]:
    """The column names in the first line of a file; [] if it is not a table row."""
    line = re.split(rb"[\r\n]", content.removeprefix(b"\xef\xbb\xbf").lstrip(), maxsplit=1)[0]
    try:
        return next(csv.reader([line.decode(errors="replace").strip()]), [])
    except csv.Error:
        return []


def _rows(path: str | os.PathLike[str]) -> Iterator[tuple[int, Row]]:
    """Line number and cells of each row."""
    name = os.fspath(path)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"{name}: is not text, expected a table with the columns {', '.join(COLUMNS)}") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        yield from _checked_rows(reader, name)
    except csv.Error as error:
        raise FormatError(f"{name}: line {reader.line_num}: not a table: {error}") from None


def _checked_rows(reader: Any, name: str) -> Iterator[tuple[int, Row]]:
    header: list[str] = next(reader, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise FormatError(
            f"{name}: line 1: the columns {', '.join(missing)} are missing, expected {', '.join(COLUMNS)}"
        )
    for cells in reader:
        if len(cells) != len(header):
            raise FormatError(
                f"{name}: line {reader.line_num}: {len(cells)} cells, expected {len(header)} as in the header"
            )
        row = dict(zip(header, cells, strict=True))
        if "NA" in cells:
            row |= {column: "" for column, text in row.items() if text == "NA" and column not in _NAMES}
        yield reader.line_num, row


def _read_frame(rows: list[tuple[int, Row]], index: int, skeleton: Skeleton, path: str) -> FramePoses:
    """The poses in the rows of one frame."""
    line, head = rows[0]
    where = f"{path}: line {line}"
    size = _size_hw(head, where)
    persons = _by_person(rows, path)
    count, joints = len(persons), skeleton.num_joints
    boxes, xy = np.full((count, 4), np.nan), np.full((count, joints, 2), np.nan)
    scores, joint_scores = np.full(count, np.nan), np.full((count, joints), np.nan)
    visible = np.zeros((count, joints), dtype=np.bool_)
    tracks, origin = np.full(count, NO_TRACK), np.zeros(count, dtype=np.uint8)
    heads, listed = np.full((count, 4), np.nan), np.ones(count, dtype=np.bool_)
    for i, group in enumerate(persons):
        line, first = group[0]
        where = f"{path}: line {line}"
        if first["track_id"]:
            tracks[i] = cell(first, "track_id", where, int)
            if tracks[i] in tracks[:i]:
                raise FormatError(f"{where}: track_id {tracks[i]} appears twice in frame {index}, expected once")
        scores[i] = cell(first, "person_score", where, float) if first["person_score"] else np.nan
        if any(first[column] for column in _BOX_COLUMNS):
            boxes[i] = [cell(first, column, where, float) for column in _BOX_COLUMNS]
        if first["origin"] not in ORIGIN_NAMES:
            raise FormatError(f"{where}: origin is {first['origin']!r}, expected one of {', '.join(ORIGIN_NAMES)}")
        origin[i] = ORIGIN_NAMES[first["origin"]]
        heads[i], listed[i] = read_head_box(first, where), read_joints_listed(first, where)
        for line, row in group:
            if row["joint"]:
                _read_joint(row, f"{path}: line {line}", skeleton, xy[i], joint_scores[i], visible[i])
    valid = ~np.isnan(xy[..., 0])
    return FramePoses(index, size, boxes, scores, xy, joint_scores, valid, visible, tracks, origin, heads, listed)


def _by_person(rows: list[tuple[int, Row]], path: str) -> list[list[tuple[int, Row]]]:
    """The rows of each person of a frame; they need not be adjacent."""
    persons: dict[str, list[tuple[int, Row]]] = {}
    for line, row in rows:
        if row["person"]:
            persons.setdefault(row["person"], []).append((line, row))
        for column, needs in ((("joint", "track_id", *_BOX_COLUMNS), "person"), (("x", "y"), "joint")):
            given = next((name for name in column if row[name]), None)
            if given is not None and not row[needs]:
                raise FormatError(f"{path}: line {line}: {given} is {row[given]!r}, but {needs} is empty; expected both")
    return list(persons.values())


def _size_hw(row: Row, where: str) -> tuple[int, int]:
    """Height and width of the image; (1, 1) if the table does not give them."""
    if not row["width"] and not row["height"]:
        return 1, 1
    size = int(cell(row, "height", where, int)), int(cell(row, "width", where, int))
    if min(size) <= 0:
        raise FormatError(f"{where}: width {size[1]} and height {size[0]}, expected positive numbers")
    return size


def _read_joint(row: Row, where: str, skeleton: Skeleton, xy: Any, scores: Any, visible: Any) -> None:
    """Put one joint into the arrays of its person."""
    if row["joint"] not in skeleton.joints:
        raise FormatError(
            f"{where}: joint {row['joint']!r}, expected one of {skeleton.name}: {', '.join(skeleton.joints)}"
        )
    k = skeleton.joints.index(row["joint"])
    if not np.isnan(xy[k, 0]):
        raise FormatError(f"{where}: joint {row['joint']} appears twice for this person, expected once")
    xy[k] = cell(row, "x", where, float), cell(row, "y", where, float)
    if row["score"]:
        scores[k] = cell(row, "score", where, float)
    visible[k] = cell(row, "visible", where, int) != 0
