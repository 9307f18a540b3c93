"""Videos in COCO format: the frames are images, and one file may hold many sequences.

mmpose's merged ``posetrack18_val.json`` is such a file. The images of a sequence share their ``vid_id`` or, if they
have none, their folder. What PoseTrack has and COCO lacks (``track_id``, ``bbox_head``, joint ``scores``, ``score``,
``origin``; ``is_labeled``, ``vid_id``, ``nframes``, ignore regions, ``timestamp_s``) is written under additional keys,
named as in PoseTrack18, which pycocotools ignores: nothing is lost. ``info.format`` is ``coco``, so that v (0 no joint,
1 hidden, 2 visible) is not mistaken for PoseTrack18's (0 hidden, 1 visible). ``area`` is that of the person box, as in
``evaluation/coco_records.py``; pycocotools needs one.

Must equal: pycocotools' reading of the same file (``tests/io/test_coco_sequences.py``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import orjson

from posetrack.errors import FormatError, OutputError
from posetrack.io.atomic import atomic_write
from posetrack.io.columns import Records, plain
from posetrack.io.json_file import load_json
from posetrack.io.posetrack18 import check_list, parse_posetrack18, read_info_block
from posetrack.io.posetrack18_writer import file_category, person_records, region_lists
from posetrack.io.posetrack_names import folder_name, frame_number, is_posetrack_name, posetrack_image_id, video_id
from posetrack.structures import FramePoses, SequencePoses

COCO_FORMAT = "coco"  # the files' info.format
_VISIBLE = 2


def read_coco_sequences(path: str | os.PathLike[str]) -> tuple[SequencePoses, ...]:
    """Read every sequence of a COCO keypoint file, in the order of their first images.

    Annotations of a category without joints are left out.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not such a file; the message says where, what was expected and what was found.
    """
    name = os.fspath(path)
    return parse_sequences(load_json(path), name, coco_flags=True)


def parse_sequences(data: Any, path: str, coco_flags: bool = False) -> tuple[SequencePoses, ...]:
    """The sequences in the JSON value of a COCO or PoseTrack18 file.

    Args:
        data: the JSON value.
        path: the file, for errors and names.
        coco_flags: read v as in COCO rather than PoseTrack18.
    """
    for key in ("images", "annotations", "categories"):
        check_list(data, key, path, "COCO keypoint" if coco_flags else "PoseTrack18")
    if coco_flags:
        data = data | {"annotations": _of_joints(data)}
    groups = _split(data["images"], path)
    if len(groups) <= 1:
        return (parse_posetrack18(data, path, coco_flags),)
    owner = _owners(groups, path)
    persons: dict[Any, list[Any]] = {key: [] for key in groups}
    records = Records(path, data["annotations"], lambda i: f"annotations[{i}]")
    for index, image_id in enumerate(records.integers("image_id").tolist()):
        if image_id not in owner:
            raise records.fault(index, "'image_id' is not the 'id' of any of the images; add the image or remove it")
        persons[owner[image_id]].append(records.records[index])
    block = {key: value for key, value in read_info_block(data, path).items() if key != "sequence"}
    sequences = []
    for group, images in groups.items():
        part = data | {"images": images, "annotations": persons[group], "info": block}
        name = group[1] or group[0]
        sequence = parse_posetrack18(part, f"{path}: sequence {name}", coco_flags)
        sequences.append(replace(sequence, info=replace(sequence.info, name=name)))
    return tuple(sequences)


def _owners(groups: dict[tuple[str, str], list[Any]], path: str) -> dict[Any, tuple[str, str]]:
    """The sequence of each image, by image id; raises FormatError if images of two sequences share an id."""
    owner: dict[Any, tuple[str, str]] = {}
    for key, images in groups.items():
        for number in (plain(image.get("id")) for image in images):
            if owner.setdefault(number, key) != key:
                both = " and ".join(repr(group[1] or group[0]) for group in (owner[number], key))
                raise FormatError(f"{path}: id {number} is used by images of two sequences, {both}; expected unique ids")
    return owner


def _of_joints(data: dict[str, Any]) -> list[Any]:
    """The annotations whose category has joints or is unknown."""
    others = {plain(c.get("id")) for c in data["categories"] if isinstance(c, dict) and "keypoints" not in c}
    return [a for a in data["annotations"] if not isinstance(a, dict) or plain(a.get("category_id")) not in others]


def _split(images: list[Any], path: str) -> dict[tuple[str, str], list[Any]]:
    """The images of each sequence, by (``vid_id``, folder name)."""
    records = Records(path, images, lambda i: f"images[{i}]")
    names = records.texts("file_name")
    if len({str(r.get("vid_id", folder_name(n))) for r, n in zip(images, names, strict=True)}) <= 1:
        return {("", ""): images} if images else {}
    groups: dict[tuple[str, str], list[Any]] = {}
    folders: dict[tuple[str, str], PurePosixPath] = {}
    for index, (record, name) in enumerate(zip(images, names, strict=True)):
        folder = folder_name(name)
        # 000342_mpii and 000342_bonn have the same vid_id.
        key = (str(record.get("vid_id", "")), folder if "vid_id" not in record or is_posetrack_name(folder) else "")
        first = folders.setdefault(key, PurePosixPath(name).parent)
        if "vid_id" not in record and first != PurePosixPath(name).parent:
            raise records.fault(
                index, f"the folders {first} and {PurePosixPath(name).parent} have the same name, expected each "
                "sequence to have its own last folder or 'vid_id'; add 'vid_id'"
            )  # fmt: skip
        groups.setdefault(key, []).append(record)
    return groups


def write_coco_sequences(
    path: str | os.PathLike[str], sequences: Sequence[SequencePoses], info: Mapping[str, Any] | None = None
) -> None:
    """Write sequences of one skeleton as a COCO keypoint file, atomically.

    Image ids are the sequences' own, else PoseTrack's ids, else numbered from 0; if two images have the same id, all
    are numbered from 0.

    Args:
        path: the file.
        sequences: at least one.
        info: the top-level ``info``; the format is added, and for a single sequence its name and ``fps``.

    Raises:
        OutputError: the file cannot be written, or the sequences have different joints or the same name.
    """
    _check_apart(path, sequences)
    numbers = [image_ids_of(sequence) for sequence in sequences]
    flat = [number for group in numbers for number in group]
    if len(set(flat)) < len(flat):
        counter = iter(range(len(flat)))
        numbers = [[next(counter) for _ in group] for group in numbers]
    block = {**(info or {}), "format": COCO_FORMAT}
    if len(sequences) == 1:
        alone = sequences[0].info
        block = {"sequence": alone.name, **({} if alone.fps is None else {"fps": alone.fps}), **block}
    annotations: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    for sequence, ids in zip(sequences, numbers, strict=True):
        for index, image_id in enumerate(ids):
            images.append(_image(sequence, index, image_id))
            for record in _persons(sequence.frames[index]):
                annotations.append({"id": len(annotations) + 1, "image_id": image_id, **record})
    category = file_category(sequences[0].skeleton)
    with atomic_write(path) as file:
        file.write(orjson.dumps({"info": block, "images": images, "categories": [category], "annotations": annotations}))


def _check_apart(path: str | os.PathLike[str], sequences: Sequence[SequencePoses]) -> None:
    first = sequences[0]
    seen: set[str] = set()
    for sequence in sequences:
        if sequence.skeleton.joints != first.skeleton.joints:
            raise OutputError(
                f"{os.fspath(path)}: the joints of {sequence.info.name} are {sequence.skeleton.name}, those of "
                f"{first.info.name} {first.skeleton.name}; one file has one set of joints: choose it with --skeleton"
            )
        if sequence.info.name in seen:
            raise OutputError(f"{os.fspath(path)}: two sequences are named {sequence.info.name}, expected unique names")
        seen.add(sequence.info.name)


def image_ids_of(sequence: SequencePoses) -> list[int]:
    """The image id of each frame: the file's own, else PoseTrack's id for its name, else its index."""
    info = sequence.info
    if info.image_ids is not None:
        return list(info.image_ids)
    numbers = [frame_number(name) for name in info.frame_names]
    made = [None if number is None else posetrack_image_id(info.name, number) for number in numbers]
    known = [number for number in made if number is not None]
    return known if len(set(known)) == len(made) else list(range(len(made)))


def _image(sequence: SequencePoses, index: int, image_id: int) -> dict[str, Any]:
    info = sequence.info
    image: dict[str, Any] = {"vid_id": video_id(info.name)}
    if info.frame_fields is not None:
        image |= info.frame_fields[index]
    image |= {"id": image_id, "file_name": info.frame_names[index], "is_labeled": info.labelled[index]}
    if info.image_hw is not None:
        height, width = sequence.frames[index].image_hw
        image |= {"width": width, "height": height}
    if info.timestamps_s is not None:
        image["timestamp_s"] = info.timestamps_s[index]
    return image | region_lists(sequence.ignore_regions[index])


def _persons(poses: FramePoses) -> Iterable[dict[str, Any]]:
    """The annotations of a frame, without ``id`` and ``image_id``."""
    flags = np.where(poses.joint_valid, np.where(poses.joint_visible, _VISIBLE, 1), 0).tolist()
    known: list[bool] = np.any(~np.isnan(poses.joint_scores), axis=1).tolist()
    for i, record in enumerate(person_records(poses)):
        record["keypoints"][2::3] = flags[i]
        record["scores"] = poses.joint_scores[i].tolist() if known[i] else []
        record["iscrowd"] = 0
        box = record.get("bbox")
        record["area"] = 0.0 if box is None else box[2] * box[3]
        if record["track_id"] < 0:
            del record["track_id"]
        yield record
