"""Poses as a table (CSV): one row for each joint of each person of each frame.

Columns, with a header; an empty cell = none:

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
| ``visible`` | 1, or 0 for a hidden joint |

A missing joint has no row. A person without joints has one row with an empty ``joint``, a frame that holds nobody one
row with an empty ``person``, so that neither is lost. Head boxes, ignore regions, image ids and which frames are
labelled are not in the table.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.io.atomic import atomic_write
from posetrack.io.json_file import read_bytes
from posetrack.io.posetrack18 import ORIGIN_NAMES
from posetrack.structures import NO_TRACK, FramePoses, Origin, SequenceInfo, SequencePoses, Skeleton, get_skeleton

_FRAME_COLUMNS = ("frame", "file_name", "timestamp_s", "width", "height", "skeleton")
_BOX_COLUMNS = ("box_x1", "box_y1", "box_x2", "box_y2")
_PERSON_COLUMNS = ("person", "track_id", "person_score", *_BOX_COLUMNS, "origin")
_JOINT_COLUMNS = ("joint", "x", "y", "score", "visible")
COLUMNS = (*_FRAME_COLUMNS, *_PERSON_COLUMNS, *_JOINT_COLUMNS)

_Row = dict[str, str]


def write_csv(path: str | os.PathLike[str], sequence: SequencePoses) -> None:
    """Write a sequence as a table, in one step; raises OutputError."""
    with atomic_write(path) as file:
        file.write(_lines([COLUMNS]))
        for index in range(len(sequence.frames)):
            file.write(_lines(_frame_rows(sequence, index)))


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def read_csv(path: str | os.PathLike[str]) -> SequencePoses:
    """Read such a table; the sequence is named after the file.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not such a table; with the line, what was expected and what was found.
    """
    name = os.fspath(path)
    frames: list[FramePoses] = []
    file_names, times = [], []
    skeleton: Skeleton | None = None
    for frame, group in groupby(_rows(path), key=lambda numbered: numbered[1]["frame"]):
        rows = list(group)
        line, head = rows[0]
        where = f"{name}: line {line}"
        if _cell(head, "frame", where, int) != len(frames):
            raise FormatError(
                f"{where}: frame {frame}, expected {len(frames)}: the frames must follow each other from 0"
            )
        skeleton = skeleton or _skeleton(head["skeleton"], where)
        frames.append(_read_frame(rows, len(frames), skeleton, name))
        file_names.append(head["file_name"])
        times.append(_cell(head, "timestamp_s", where, float) if head["timestamp_s"] else math.nan)
    if skeleton is None:
        raise FormatError(f"{name}: the table has no rows, expected at least one a frame")
    info = SequenceInfo(
        name=Path(path).stem,
        frame_names=tuple(file_names),
        image_hw=frames[0].image_hw,
        timestamps_s=None if any(map(math.isnan, times)) else tuple(times),
    )
    return SequencePoses(info, skeleton, tuple(frames))


def _skeleton(named: str, where: str) -> Skeleton:
    try:
        return get_skeleton(named)
    except FormatError as error:
        raise FormatError(f"{where}: {error}") from None


def _text(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _frame_rows(sequence: SequencePoses, index: int) -> Iterator[list[Any]]:
    """The rows of one frame."""
    info, poses = sequence.info, sequence.frames[index]
    time = "" if info.timestamps_s is None else repr(info.timestamps_s[index])
    height, width = poses.image_hw
    frame = [index, info.frame_names[index], time, width, height, sequence.skeleton.name]
    if len(poses) == 0:
        yield [*frame, *[""] * (len(_PERSON_COLUMNS) + len(_JOINT_COLUMNS))]
    for i in range(len(poses)):
        track = "" if poses.track_ids[i] == NO_TRACK else int(poses.track_ids[i])
        box = [_text(value) for value in poses.boxes_xyxy[i].tolist()]
        person = [i, track, _text(float(poses.scores[i])), *box, Origin(poses.origin[i]).name.lower()]
        joints = np.flatnonzero(poses.joint_valid[i]).tolist()
        if not joints:
            yield [*frame, *person, *[""] * len(_JOINT_COLUMNS)]
        for k in joints:
            x, y = poses.joints_xy[i, k].tolist()
            score, visible = _text(float(poses.joint_scores[i, k])), int(poses.joint_visible[i, k])
            yield [*frame, *person, sequence.skeleton.joints[k], repr(x), repr(y), score, visible]


def _rows(path: str | os.PathLike[str]) -> Iterator[tuple[int, _Row]]:
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


def _checked_rows(reader: Any, name: str) -> Iterator[tuple[int, _Row]]:
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
        yield reader.line_num, dict(zip(header, cells, strict=True))


def _cell(row: _Row, column: str, where: str, kind: type[int] | type[float]) -> float:
    """A cell as a finite number."""
    try:
        value = kind(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (kind is int and abs(value) >= 2**63):
        expected = "a whole number" if kind is int else "a number"
        raise FormatError(f"{where}: {column} is {row[column]!r}, expected {expected}")
    return value


def _read_frame(rows: list[tuple[int, _Row]], index: int, skeleton: Skeleton, path: str) -> FramePoses:
    """The poses in the rows of one frame."""
    line, head = rows[0]
    where = f"{path}: line {line}"
    size = int(_cell(head, "height", where, int)), int(_cell(head, "width", where, int))
    if min(size) <= 0:
        raise FormatError(f"{where}: width {size[1]} and height {size[0]}, expected positive numbers")
    persons = [list(group) for person, group in groupby(rows, key=lambda n: n[1]["person"]) if person]
    count, joints = len(persons), skeleton.num_joints
    boxes, xy = np.full((count, 4), np.nan), np.full((count, joints, 2), np.nan)
    scores, joint_scores = np.full(count, np.nan), np.full((count, joints), np.nan)
    visible = np.zeros((count, joints), dtype=np.bool_)
    tracks, origin = np.full(count, NO_TRACK), np.zeros(count, dtype=np.uint8)
    for i, group in enumerate(persons):
        line, first = group[0]
        where = f"{path}: line {line}"
        if first["track_id"]:
            tracks[i] = _cell(first, "track_id", where, int)
            if tracks[i] in tracks[:i]:
                raise FormatError(f"{where}: track_id {tracks[i]} is in frame {index} already, expected once")
        scores[i] = _cell(first, "person_score", where, float) if first["person_score"] else np.nan
        if any(first[column] for column in _BOX_COLUMNS):
            boxes[i] = [_cell(first, column, where, float) for column in _BOX_COLUMNS]
        if first["origin"] not in ORIGIN_NAMES:
            raise FormatError(f"{where}: origin is {first['origin']!r}, expected one of {', '.join(ORIGIN_NAMES)}")
        origin[i] = ORIGIN_NAMES[first["origin"]]
        for line, row in group:
            if row["joint"]:
                _read_joint(row, f"{path}: line {line}", skeleton, xy[i], joint_scores[i], visible[i])
    valid = ~np.isnan(xy[..., 0])
    return FramePoses(index, size, boxes, scores, xy, joint_scores, valid, visible, tracks, origin)


def _read_joint(row: _Row, where: str, skeleton: Skeleton, xy: Any, scores: Any, visible: Any) -> None:
    """Put one joint into the arrays of its person."""
    if row["joint"] not in skeleton.joints:
        raise FormatError(
            f"{where}: joint {row['joint']!r}, expected one of {skeleton.name}: {', '.join(skeleton.joints)}"
        )
    k = skeleton.joints.index(row["joint"])
    if not np.isnan(xy[k, 0]):
        raise FormatError(f"{where}: joint {row['joint']} is there twice for this person, expected once")
    xy[k] = _cell(row, "x", where, float), _cell(row, "y", where, float)
    if row["score"]:
        scores[k] = _cell(row, "score", where, float)
    visible[k] = _cell(row, "visible", where, int) != 0
