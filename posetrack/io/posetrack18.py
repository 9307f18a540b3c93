"""PoseTrack18 JSON: one COCO-like file per sequence.

What a file holds and how it is read:

- ``images``: the frames, in file order, including those without persons. ``id``, ``file_name`` required.
- ``annotations``: the persons; ``image_id``, ``keypoints`` required. A joint is missing when x, y and v are all 0;
  (x, y, 0) is a present but hidden joint. ``scores``: one per joint, or [] for none. A negative or missing
  ``track_id`` means no track. Persons of a frame keep the file's order.
- ``categories``: exactly one with ``keypoints``; joints are matched by name, in any order.

Our own keys, which the official evaluator ignores: ``timestamp_s`` of an image, ``origin`` of an
annotation (``propagated`` or ``interpolated``; observed if missing), and the top-level ``info``.
Other keys of an image are kept (``SequenceInfo.frame_fields``); other keys of an annotation are not.

Must equal: poseval 4258a15 ``convert.py`` (``tests/io/test_poseval_parity.py``).
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.io.columns import Records
from posetrack.io.json_file import describe, parse_json, read_bytes
from posetrack.io.lazy_records import NotPlainError, parse_lazily
from posetrack.io.pose_table import check_tracks, extent_hw
from posetrack.io.posetrack18_writer import PoseTrack18StreamWriter, write_posetrack18
from posetrack.io.posetrack_names import folder_name, recognise_skeleton
from posetrack.io.xywh import xywh_to_xyxy
from posetrack.structures import (
    NO_TRACK,
    FloatArray,
    IntArray,
    Origin,
    PoseColumns,
    SequenceInfo,
    SequencePoses,
    Skeleton,
)

__all__ = ["PoseTrack18StreamWriter", "parse_posetrack18", "read_posetrack18", "write_posetrack18"]

ORIGIN_NAMES = {origin.name.lower(): int(origin) for origin in Origin}
# Keys of an image that SequenceInfo or SequencePoses has a field for; the rest is kept unchanged.
_IMAGE_KEYS = frozenset(
    ("id", "frame_id", "file_name", "is_labeled", "width", "height", "timestamp_s", "ignore_regions_x",
     "ignore_regions_y")
)  # fmt: skip


def read_posetrack18(path: str | os.PathLike[str]) -> SequencePoses:
    """Read a sequence of ground truth or predictions.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not PoseTrack18 JSON; the message says where, what was expected and what was found.
    """
    content, name = read_bytes(path), os.fspath(path)
    plain = parse_plain_posetrack18(content, name)
    return parse_posetrack18(parse_json(content, name), name) if plain is None else plain


def parse_plain_posetrack18(content: bytes, path: str) -> SequencePoses | None:
    """Fast path for a plain, valid PoseTrack18 file; None = read it with ``parse_posetrack18`` instead."""
    try:
        data, persons = parse_lazily(content, "annotations")
        sequence = None if "annolist" in data else _parse(data, persons, path)
        persons.check_lists(data)
        return sequence
    except (NotPlainError, FormatError):
        return None


def parse_posetrack18(data: Any, path: str, coco_flags: bool = False) -> SequencePoses:
    """The sequence in the JSON value of a PoseTrack18 file; ``path`` is for errors and names.

    With ``coco_flags``, v is read as in COCO: 0 no joint, 1 hidden, 2 visible.
    """
    check_list(data, "annotations", path, "PoseTrack18")
    persons = Records(path, data["annotations"], lambda i: _annotation_place(data["annotations"], i))
    return _parse(data, persons, path, coco_flags)


def _parse(data: dict[str, Any], persons: Records, path: str, coco_flags: bool = False) -> SequencePoses:
    for key in ("images", "categories"):
        check_list(data, key, path, "PoseTrack18")
    skeleton, order = _skeleton(data["categories"], path)
    images = Records(path, data["images"], lambda i: f"images[{i}]")
    ids = images.integers("id")
    table = _table(persons, _positions(ids, images), skeleton, order, coco_flags)
    check_tracks(table, path, persons.place)
    regions = tuple(_regions(images, i) for i in range(len(images)))
    info, sizes = _info(data, images, ids, path)
    fallback = extent_hw(table, regions) if info.image_hw is None else info.image_hw
    frames = table.frames([size or fallback for size in sizes])
    return SequencePoses(info, skeleton, frames, regions)


def check_list(data: Any, key: str, path: str, form: str) -> None:
    """Raise FormatError unless ``data[key]`` is a list."""
    if not isinstance(data, dict):
        raise FormatError(f"{path}: found {describe(data)}, expected the object of a {form} file")
    if key not in data:
        raise FormatError(f"{path}: the key {key!r} is missing, expected a {form} file; found {describe(data)}")
    if not isinstance(data[key], list):
        raise FormatError(f"{path}: {key!r} is {describe(data[key])}, expected a list")


def _annotation_place(annotations: list[Any], index: int) -> str:
    record = annotations[index]
    image = record.get("image_id") if isinstance(record, dict) else None
    return f"annotations[{index}]" + (f" (image_id {image})" if isinstance(image, int) else "")


def _skeleton(categories: list[Any], path: str) -> tuple[Skeleton, IntArray]:
    """The skeleton of the one category with joints, and the position of each of its joints in the file's list."""
    where = f"{path}: categories"
    with_joints = [c for c in categories if isinstance(c, dict) and "keypoints" in c]
    if len(with_joints) != 1:
        raise FormatError(f"{where}: {len(with_joints)} categories have 'keypoints', expected one, named person")
    names = with_joints[0]["keypoints"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError(f"{where}: 'keypoints' is {describe(names)}, expected a list of joint names")
    return recognise_skeleton(names, where)


def _positions(ids: IntArray, images: Records) -> dict[int, int]:
    """Image id -> frame index."""
    position: dict[int, int] = {}
    for index, image_id in enumerate(ids.tolist()):
        if image_id in position:
            raise images.fault(
                index, f"'id' {image_id} duplicates that of images[{position[image_id]}], expected a new one"
            )
        position[image_id] = index
    return position


def _table(
    persons: Records, position: dict[int, int], skeleton: Skeleton, order: IntArray, coco_flags: bool
) -> PoseColumns:
    """All annotations as arrays, joints in the order of ``skeleton``."""
    count, joints = len(persons), skeleton.num_joints
    meaning = f"x, y, v for each of the {joints} joints named in categories, {skeleton.name}"
    keypoints = persons.rows("keypoints", 3 * joints, meaning).reshape(count, joints, 3)[:, order]
    meaning = f"a score for each of the {joints} joints, {skeleton.name}"
    scores = persons.rows("scores", joints, meaning, optional=True, null_is_nan=True)
    flags = keypoints[..., 2]
    valid = flags > 0 if coco_flags else (keypoints != 0).any(axis=2)
    tracks = persons.integers("track_id", default=NO_TRACK)
    return PoseColumns(
        frame=_frames(persons, position),
        boxes_xyxy=xywh_to_xyxy(persons.rows("bbox", 4, "x, y, width, height", optional=True)),
        scores=persons.scalars("score", optional=True),
        joints_xy=np.where(valid[..., None], keypoints[..., :2], np.nan),
        joint_scores=scores[:, order],
        joint_valid=valid,
        joint_visible=valid & (flags > (1 if coco_flags else 0)),
        track_ids=np.where(tracks < 0, NO_TRACK, tracks),
        origin=read_origins(persons),
        head_boxes_xyxy=xywh_to_xyxy(persons.rows("bbox_head", 4, "x, y, width, height", optional=True)),
        joints_listed=np.ones(count, dtype=np.bool_),
        null_scores=persons.nulls("scores", scores)[:, order],
    )


def _frames(persons: Records, position: dict[int, int]) -> IntArray:
    """The frame of each annotation."""
    image_ids = persons.integers("image_id").tolist()
    try:
        return np.array([position[image_id] for image_id in image_ids], dtype=np.int64)
    except KeyError:
        index = next(i for i, image_id in enumerate(image_ids) if image_id not in position)
        raise persons.fault(
            index, "'image_id' is not the 'id' of any of the images; add the image or remove it"
        ) from None


def read_origins(persons: Records) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The key ``origin`` of each person as ``Origin`` numbers, (N,)."""
    names = persons.texts("origin", "observed")
    for index, name in enumerate(names):
        if name not in ORIGIN_NAMES:
            raise persons.fault(index, f"'origin' is {describe(name)}, expected one of {', '.join(ORIGIN_NAMES)}")
    return np.array([ORIGIN_NAMES[name] for name in names], dtype=np.uint8)


def _regions(images: Records, index: int) -> tuple[FloatArray, ...]:
    """The ignore regions of a frame."""
    record = images.records[index]
    if "ignore_regions_x" not in record and "ignore_regions_y" not in record:
        return ()
    both = [record.get(f"ignore_regions_{axis}") for axis in "xy"]
    if not all(isinstance(part, list) for part in both) or len(both[0]) != len(both[1]):
        raise images.fault(
            index, "'ignore_regions_x' and 'ignore_regions_y' are not two lists of the same number of polygons"
        )
    polygons = []
    for number, (x, y) in enumerate(zip(*both, strict=True)):
        # jsonlab writes a polygon of one corner as a bare number.
        lists = [part if isinstance(part, list) else [part] for part in (x, y)]
        if len(lists[0]) != len(lists[1]):
            message = f"ignore region {number} has {len(lists[0])} x and {len(lists[1])} y, expected equally many"
            raise images.fault(index, message)
        columns = Records(images.path, [{"ignore_regions": part} for part in lists], lambda _: images.place(index))
        polygons.append(
            columns.rows("ignore_regions", len(lists[0]), "corners of a polygon").T if lists[0] else np.zeros((0, 2))
        )
    return tuple(polygons)


def _info(
    data: dict[str, Any], images: Records, ids: IntArray, path: str
) -> tuple[SequenceInfo, list[tuple[int, int] | None]]:
    """The sequence's info, and the size of each image or None."""
    names = images.texts("file_name")
    records = images.records
    _one_sequence(images, names)
    sizes = image_sizes_hw(images)
    times = images.scalars("timestamp_s", optional=True)
    labelled = [record.get("is_labeled", True) for record in records]
    for index, value in enumerate(labelled):
        if value not in (True, False):  # 0 and 1 count as well
            raise images.fault(index, f"'is_labeled' is {describe(value)}, expected true or false")
    block = read_info_block(data, path)
    info = SequenceInfo(
        name=sequence_name(block, names, path),
        frame_names=tuple(names),
        image_hw=sizes[0] if sizes and all(sizes) else None,
        fps=frame_rate(block, path),
        labelled=tuple(bool(value) for value in labelled),
        timestamps_s=tuple(times.tolist()) if len(times) and not np.isnan(times).any() else None,
        image_ids=tuple(ids.tolist()),
        frame_fields=tuple({k: v for k, v in record.items() if k not in _IMAGE_KEYS} for record in records),
    )
    return info, sizes


def image_sizes_hw(images: Records) -> list[tuple[int, int] | None]:
    """Height and width of each image, None where the file does not give them."""
    height, width = (images.integers(key, default=0).tolist() for key in ("height", "width"))
    for index, size in enumerate(zip(height, width, strict=True)):
        if size != (0, 0) and min(size) <= 0:
            raise images.fault(
                index, f"'width' and 'height' are {size[1]} and {size[0]}, expected two positive numbers"
            )
    return [(h, w) if h > 0 else None for h, w in zip(height, width, strict=True)]


def _one_sequence(images: Records, names: list[str]) -> None:
    """Raise FormatError if the images belong to several sequences, as in files merged for training."""
    videos = [str(record.get("vid_id", folder_name(name))) for record, name in zip(images.records, names, strict=True)]
    for index, video in enumerate(videos):
        if video != videos[0]:
            found = f"belongs to the sequence {video!r}, images[0] to {videos[0]!r}"
            raise images.fault(index, f"{found}; expected one sequence: split it into one file per sequence")


def read_info_block(data: dict[str, Any], path: str) -> dict[str, Any]:
    """The top-level ``info`` of a file, {} if there is none."""
    block = data.get("info", {})
    if not isinstance(block, dict):
        raise FormatError(f"{path}: 'info' is {describe(block)}, expected an object")
    return block


def is_frame_rate(value: object) -> bool:
    """Whether a JSON value is a valid frame rate."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def frame_rate(block: dict[str, Any], path: str) -> float | None:
    """``fps`` of the ``info`` block, None if missing or null; raises FormatError if it is not a frame rate."""
    fps = block.get("fps")
    if fps is None:
        return None
    if not is_frame_rate(fps):
        raise FormatError(f"{path}: 'info.fps' is {describe(fps)}, expected a positive number or null")
    return float(fps)


def sequence_name(block: dict[str, Any], frame_names: list[str], path: str) -> str:
    """The sequence's name: from ``info``, else the folder of its frames, else the stem of the file name."""
    named = block.get("sequence")
    if isinstance(named, str) and named:
        return named
    return (folder_name(frame_names[0]) if frame_names else "") or Path(path).stem
