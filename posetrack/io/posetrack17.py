"""PoseTrack17 JSON (``annolist``): one file per sequence, every number in a one-element list.

How it is read: ``x1 y1 x2 y2`` of a person are its **head** box; a joint that is not listed is missing; a person
with ``"annopoints": []`` has no joint list at all (``FramePoses.joints_listed``), which the official evaluator
treats differently from an empty list. Required: ``image`` and ``annorect`` of a frame; ``id``, ``x``, ``y`` of a
point. A negative or missing ``track_id`` means no track.

Our own keys, which the official evaluator ignores: ``bbox`` (x, y, width, height) and ``origin`` of a person;
``timestamp_s``, ``width``, ``height`` and ``image_id`` of a frame; the top-level ``info``. Other keys of a frame are
kept (``SequenceInfo.frame_fields``), so that a PoseTrack18 file's frame fields survive; other keys of a person are
not.

Must equal: poseval 4258a15 ``convert.py`` (``tests/io/test_poseval_parity.py``).
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from posetrack.io.columns import Records
from posetrack.io.json_file import as_list, describe, load_json
from posetrack.io.pose_table import check_tracks, extent_hw
from posetrack.io.posetrack17_writer import PoseTrack17StreamWriter, write_posetrack17
from posetrack.io.posetrack18 import (
    check_list,
    frame_rate,
    image_sizes_hw,
    read_info_block,
    read_origins,
    sequence_name,
)
from posetrack.io.xywh import xywh_to_xyxy
from posetrack.structures import NO_TRACK, POSETRACK17, FloatArray, IntArray, PoseColumns, SequenceInfo, SequencePoses

__all__ = ["PoseTrack17StreamWriter", "parse_posetrack17", "read_posetrack17", "write_posetrack17"]

_JOINTS = POSETRACK17.num_joints
# Keys of a frame that SequenceInfo or SequencePoses has a field for; the rest is kept unchanged.
_FRAME_KEYS = frozenset(
    ("image", "imgnum", "is_labeled", "annorect", "ignore_regions", "timestamp_s", "width", "height", "image_id")
)


def read_posetrack17(path: str | os.PathLike[str]) -> SequencePoses:
    """Read a sequence of ground truth or predictions; the skeleton is ``posetrack17``.

    The format has no image sizes except our own ``width`` and ``height``: unless every frame has them,
    ``info.image_hw`` is None, and a frame without them gets the smallest ``image_hw`` that contains everything in the
    file.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not PoseTrack17 JSON; the message says where, what was expected and what was found.
    """
    return parse_posetrack17(load_json(path), os.fspath(path))


def parse_posetrack17(data: Any, path: str) -> SequencePoses:
    """The sequence in the JSON value of a PoseTrack17 file; ``path`` is for errors and names."""
    check_list(data, "annolist", path, "PoseTrack17")
    frames = Records(path, data["annolist"], lambda i: f"annolist[{i}]")
    persons, frame_of = _persons(frames)
    table = _table(persons, frame_of)
    check_tracks(table, path, persons.place)
    regions = tuple(_regions(frames, i) for i in range(len(frames)))
    sizes = image_sizes_hw(frames)
    fallback = (1, 1) if all(sizes) else extent_hw(table, regions)
    poses = table.frames([size or fallback for size in sizes])
    return SequencePoses(_info(data, frames, path, sizes), POSETRACK17, poses, regions)


def _persons(frames: Records) -> tuple[Records, IntArray]:
    """All persons of the file, and the frame of each."""
    persons: list[Any] = []
    frame_of: list[int] = []
    starts: list[int] = []
    for index, value in enumerate(frames.values("annorect", "a list of persons")):
        rects = as_list(value)
        if not isinstance(rects, list):
            raise frames.fault(index, f"'annorect' is {describe(value)}, expected a list of persons")
        starts.append(len(persons))
        persons += rects
        frame_of += [index] * len(rects)
    records = Records(frames.path, persons, lambda i: f"annolist[{frame_of[i]}].annorect[{i - starts[frame_of[i]]}]")
    return records, np.array(frame_of, dtype=np.int64)


def _table(persons: Records, frame_of: IntArray) -> PoseColumns:
    points, person_of, listed = _points(persons)
    count = len(persons)
    xy, scores, nulls, visible = _joints(points, person_of, count)
    tracks = persons.integers("track_id", default=NO_TRACK)
    valid = ~np.isnan(xy[..., 0])
    return PoseColumns(
        frame=frame_of,
        boxes_xyxy=xywh_to_xyxy(persons.rows("bbox", 4, "x, y, width, height", optional=True)),
        scores=persons.scalars("score", optional=True),
        joints_xy=xy,
        joint_scores=scores,
        joint_valid=valid,
        joint_visible=valid & visible,
        track_ids=np.where(tracks < 0, NO_TRACK, tracks),
        origin=read_origins(persons),
        head_boxes_xyxy=_head_boxes(persons),
        joints_listed=listed,
        null_scores=nulls,
    )


def _points(persons: Records) -> tuple[Records, IntArray, np.ndarray[Any, np.dtype[np.bool_]]]:
    """All points of the file, the person of each, and which persons have a point list."""
    points: list[Any] = []
    person_of: list[int] = []
    listed = np.zeros(len(persons), dtype=np.bool_)
    for index, record in enumerate(persons.records):
        group = as_list(record.get("annopoints"))
        if group in (None, []):
            continue
        if not isinstance(group, list) or len(group) != 1 or not isinstance(group[0], dict):
            found = describe(record["annopoints"])
            raise persons.fault(index, f"'annopoints' is {found}, expected a list of one object with 'point', or []")
        if "point" not in group[0]:
            continue
        own = as_list(group[0]["point"])
        if not isinstance(own, list):
            raise persons.fault(index, f"'point' is {describe(own)}, expected a list of joints")
        listed[index] = True
        points += own
        person_of += [index] * len(own)

    def place(i: int) -> str:
        person = person_of[i]
        return f"{persons.place(person)}.point[{i - person_of.index(person)}]"

    return Records(persons.path, points, place), np.array(person_of, dtype=np.int64), listed


def _joints(points: Records, person_of: IntArray, count: int) -> tuple[FloatArray, FloatArray, Any, Any]:
    """Coordinates (P, K, 2), scores, null-score flags and visibility (P, K) of the points; NaN = missing."""
    ids = points.integers("id")
    outside = (ids < 0) | (ids >= _JOINTS)
    if outside.any():
        index = int(np.argmax(outside))
        names = f"0 ({POSETRACK17.joints[0]}) to {_JOINTS - 1} ({POSETRACK17.joints[-1]})"
        raise points.fault(index, f"'id' is {ids[index]}, expected a joint {names}")
    slots = person_of * _JOINTS + ids
    order = np.argsort(slots, kind="stable")
    repeated = np.flatnonzero(np.diff(slots[order]) == 0)
    if len(repeated):
        index = int(order[repeated[0] + 1])
        raise points.fault(index, f"'id' {ids[index]} appears twice, expected each joint once per person")
    xy = np.full((count * _JOINTS, 2), np.nan)
    xy[slots] = np.stack([points.scalars("x"), points.scalars("y")], axis=1)
    scores = np.full(count * _JOINTS, np.nan)
    scores[slots] = points.scalars("score", optional=True)
    nulls = np.zeros(count * _JOINTS, dtype=np.bool_)
    nulls[slots] = [record.get("score") == [None] for record in points.records]
    visible = np.zeros(count * _JOINTS, dtype=np.bool_)
    visible[slots] = points.scalars("is_visible", optional=True, flags=True) != 0  # missing (NaN) counts as visible
    shape = (count, _JOINTS)
    return xy.reshape(*shape, 2), scores.reshape(shape), nulls.reshape(shape), visible.reshape(shape)


def _head_boxes(persons: Records) -> FloatArray:
    """Head box x1, y1, x2, y2 of each person; all four or none."""
    boxes = np.stack([persons.scalars(key, optional=True) for key in ("x1", "y1", "x2", "y2")], axis=1)
    partly = np.isnan(boxes).any(axis=1) & ~np.isnan(boxes).all(axis=1)
    if partly.any():
        raise persons.fault(
            int(np.argmax(partly)), "has some of 'x1', 'y1', 'x2', 'y2', expected all (the head box) or none"
        )
    return boxes


def _regions(frames: Records, index: int) -> tuple[FloatArray, ...]:
    """The ignore regions of a frame."""
    value = as_list(frames.records[index].get("ignore_regions"))
    if value in (None, []):
        return ()
    if not isinstance(value, list):
        raise frames.fault(index, f"'ignore_regions' is {describe(value)}, expected a list of polygons")
    polygons = []
    for number, region in enumerate(value):
        corners = as_list(region.get("point", [])) if isinstance(region, dict) else None
        if not isinstance(corners, list):
            raise frames.fault(
                index, f"ignore_regions[{number}] is {describe(region)}, expected an object with 'point'"
            )
        place = f"{frames.place(index)}.ignore_regions[{number}]"
        records = Records(frames.path, corners, lambda i, place=place: f"{place}.point[{i}]")  # type: ignore[misc]
        polygons.append(np.stack([records.scalars("x"), records.scalars("y")], axis=1))
    return tuple(polygons)


def _info(
    data: dict[str, Any], frames: Records, path: str, sizes: list[tuple[int, int] | None]
) -> SequenceInfo:
    names = [_frame_name(frames, i, image) for i, image in enumerate(frames.values("image", "[{'name': ...}]"))]
    times = frames.scalars("timestamp_s", optional=True)
    labelled = frames.scalars("is_labeled", optional=True, flags=True) != 0  # missing (NaN) counts as labelled
    block = read_info_block(data, path)
    return SequenceInfo(
        name=sequence_name(block, names, path),
        frame_names=tuple(names),
        image_hw=sizes[0] if sizes and all(sizes) else None,
        fps=frame_rate(block, path),
        labelled=tuple(labelled.tolist()),
        timestamps_s=tuple(times.tolist()) if len(times) and not np.isnan(times).any() else None,
        image_ids=_image_ids(frames),
        frame_fields=_frame_fields(frames),
    )


def _image_ids(frames: Records) -> tuple[int, ...] | None:
    """``image_id`` of each frame; None unless every frame has one and all are distinct."""
    ids = frames.integers("image_id", default=-1).tolist()
    return None if not ids or min(ids) < 0 or len(set(ids)) < len(ids) else tuple(ids)


def _frame_fields(frames: Records) -> tuple[dict[str, Any], ...]:
    """The file's other fields of each frame."""
    numbers = frames.integers("imgnum", default=-1).tolist()
    return tuple(
        ({"imgnum": number} if number >= 0 else {}) | {k: v for k, v in record.items() if k not in _FRAME_KEYS}
        for number, record in zip(numbers, frames.records, strict=True)
    )


def _frame_name(frames: Records, index: int, image: Any) -> str:
    """The frame's name, from ``[{"name": "…"}]``; DetectAndTrack writes the bare string."""
    entry = image[0] if isinstance(image, list) and len(image) == 1 else image
    name = entry.get("name") if isinstance(entry, dict) else entry
    if not isinstance(name, str):
        raise frames.fault(index, f"'image' is {describe(image)}, expected a list of one object with 'name'")
    return name
