"""COCO JSON: keypoint annotations, keypoint results, person detections.

Boxes are x, y, width, height. Boxes and keypoints are taken as they stand, as the official HRNet code takes detections:
the half pixel between COCO's box edges and our pixel centres is not corrected. In annotations v is 0 no joint, 1
hidden, 2 visible; in results the third number of a joint is its score.

Must equal: pycocotools' reading of the same files (``tests/io/test_coco.py``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from posetrack.errors import FormatError
from posetrack.io.atomic import atomic_write
from posetrack.io.columns import Records
from posetrack.io.json_file import describe, load_json
from posetrack.io.pose_table import check_tracks, extent_hw
from posetrack.io.posetrack18 import check_list, image_sizes_hw
from posetrack.io.posetrack18_writer import file_category
from posetrack.io.posetrack_names import recognise_skeleton
from posetrack.io.xywh import person_boxes_xywh, xywh_to_xyxy, xyxy_to_xywh
from posetrack.structures import COCO, NO_TRACK, BoolArray, FloatArray, FramePoses, IntArray, PoseColumns, Skeleton

PERSON_CATEGORY = 1  # of COCO and PoseTrack18
_VISIBLE = 2


@dataclass(frozen=True, eq=False)
class ImageBoxes:
    """The person boxes of one image of a results file.

    Attributes:
        xyxy: (N, 4) float64 pixels.
        scores: (N,) float64; NaN = the file gives none.
    """

    xyxy: FloatArray
    scores: FloatArray


@dataclass(frozen=True, eq=False)
class CocoImage:
    """One image of an annotation file.

    Attributes:
        image_id: COCO's number of the image.
        file_name: as the file has it.
        poses: the persons; ``frame_index`` is the image's position in the file.
        areas: (N,) float64 segment area in square pixels, which OKS scales by; NaN = none.
        is_crowd: (N,) bool.
    """

    image_id: int
    file_name: str
    poses: FramePoses
    areas: FloatArray
    is_crowd: BoolArray


@dataclass(frozen=True, eq=False)
class CocoKeypoints:
    """A file of keypoint annotations: the joints, and the images in the file's order."""

    skeleton: Skeleton
    images: tuple[CocoImage, ...]


def read_coco_boxes(path: str | os.PathLike[str]) -> dict[int, ImageBoxes]:
    """Read the person boxes of a COCO results file, or of an annotation file (``annotations``), by image id.

    Entries of other categories than person (1) are left out; one without ``category_id`` is a person. Each image's
    boxes keep the file's order. An annotation file also has the images that hold nobody.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is neither of the two; with the place, what was expected and what was found.
    """
    data, name = load_json(path), os.fspath(path)
    image_ids: list[int] = []  # of all images, those without boxes included, where the file lists them
    if isinstance(data, dict):
        for key in ("images", "annotations"):
            check_list(data, key, name, "COCO annotation")
        image_ids = Records(name, data["images"], lambda i: f"images[{i}]").integers("id").tolist()
        records = _persons(name, data["annotations"], "annotations")
    else:
        records = _persons(name, _results(data, name), "results")
    owners = records.integers("image_id")
    boxes = xywh_to_xyxy(records.rows("bbox", 4, "x, y, width, height"))
    scores = records.scalars("score", optional=True)
    return {i: ImageBoxes(boxes[rows], scores[rows]) for i, rows in _rows_by_image(owners, image_ids).items()}


def write_coco_boxes(path: str | os.PathLike[str], boxes: Mapping[int, ImageBoxes]) -> None:
    """Write person boxes by image id as a COCO results file; raises OutputError.

    The form has no entry for an image without boxes.
    """
    records: list[dict[str, Any]] = []
    for image_id, image in boxes.items():
        for box, score in zip(xyxy_to_xywh(image.xyxy).tolist(), image.scores.tolist(), strict=True):
            record = {"image_id": image_id, "category_id": PERSON_CATEGORY, "bbox": box}
            records.append(record | ({"score": score} if score == score else {}))
    _write(path, records)


def read_coco_keypoints(path: str | os.PathLike[str]) -> CocoKeypoints:
    """Read keypoint annotations, such as ``person_keypoints_val2017.json``.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not such a file; with the place, what was expected and what was found.
    """
    data, name = load_json(path), os.fspath(path)
    for key in ("images", "annotations", "categories"):
        check_list(data, key, name, "COCO annotation")
    named = [c for c in data["categories"] if isinstance(c, dict) and isinstance(c.get("keypoints"), list)]
    if len(named) != 1:
        raise FormatError(f"{name}: {len(named)} categories have 'keypoints', expected one (a person_keypoints file)")
    skeleton, order = recognise_skeleton([str(joint) for joint in named[0]["keypoints"]], f"{name}: categories")
    images = Records(name, data["images"], lambda i: f"images[{i}]")
    persons = _persons(name, data["annotations"], "annotations")
    ids = images.integers("id").tolist()
    owners = persons.integers("image_id")
    rows = _rows_by_image(owners, ids)
    if len(rows) != len(ids):
        stranger = int(next(i for i, owner in enumerate(owners.tolist()) if owner not in set(ids)))
        raise persons.fault(stranger, "'image_id' is not the 'id' of any of the images")
    table = _table(persons, skeleton, order, owners, {image_id: i for i, image_id in enumerate(ids)})
    fallback = extent_hw(table, ())
    sizes = [size or fallback for size in image_sizes_hw(images)]
    areas = persons.scalars("area", optional=True)
    crowd = persons.integers("iscrowd", default=0) != 0
    names = images.texts("file_name")
    return CocoKeypoints(
        skeleton,
        tuple(
            CocoImage(image_id, file_name, poses, areas[rows[image_id]], crowd[rows[image_id]])
            for image_id, file_name, poses in zip(ids, names, table.frames(sizes), strict=True)
        ),
    )


def write_coco_keypoints(path: str | os.PathLike[str], keypoints: CocoKeypoints) -> None:
    """Write keypoint annotations; raises OutputError. Person ids are counted from 1."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image in keypoints.images:
        height, width = image.poses.image_hw
        images.append({"id": image.image_id, "file_name": image.file_name, "width": width, "height": height})
        poses = image.poses
        flags = np.where(poses.joint_valid, np.where(poses.joint_visible, _VISIBLE, 1), 0)
        for i, record in enumerate(_records(image.image_id, poses, flags.tolist())):
            record |= {"id": len(annotations) + 1, "iscrowd": int(image.is_crowd[i])}
            record["num_keypoints"] = int(poses.joint_valid[i].sum())
            area = float(image.areas[i])
            annotations.append(record | ({"area": area} if area == area else {}))
    _write(path, {"images": images, "categories": [file_category(keypoints.skeleton)], "annotations": annotations})


def read_coco_results(path: str | os.PathLike[str], skeleton: Skeleton = COCO) -> dict[int, FramePoses]:
    """Read keypoint results (a list of persons with ``image_id``, ``keypoints``, ``score``), by image id.

    The file names neither joints nor image sizes: the joints must be those of ``skeleton`` in its order, and
    ``image_hw`` is the smallest image that holds everything in the file. ``frame_index`` counts the images.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not such a file; with the place, what was expected and what was found.
    """
    name = os.fspath(path)
    persons = _persons(name, _results(load_json(path), name), "results")
    owners = persons.integers("image_id")
    position = {image_id: i for i, image_id in enumerate(dict.fromkeys(owners.tolist()))}
    table = _table(persons, skeleton, np.arange(skeleton.num_joints), owners, position, scored=True)
    check_tracks(table, name, persons.place)
    size = extent_hw(table, ())
    return dict(zip(position, table.frames([size] * len(position)), strict=True))


def write_coco_results(path: str | os.PathLike[str], poses: Mapping[int, FramePoses]) -> None:
    """Write keypoint results by image id; raises OutputError.

    A joint without a score gets 1, a missing joint 0, 0, 0; a person without a score gets the mean of its joints'.
    """
    records: list[dict[str, Any]] = []
    for image_id, frame in poses.items():
        known = np.where(np.isnan(frame.joint_scores), 1.0, frame.joint_scores)
        thirds = np.where(frame.joint_valid, known, 0.0)
        means = thirds.sum(axis=1) / np.maximum(frame.joint_valid.sum(axis=1), 1)
        scores = np.where(np.isnan(frame.scores), means, frame.scores).tolist()
        for record, score in zip(_records(image_id, frame, thirds.tolist()), scores, strict=True):
            records.append(record | {"score": score})
    _write(path, records)


def _results(data: Any, path: str) -> list[Any]:
    if not isinstance(data, list):
        raise FormatError(
            f"{path}: found {describe(data)}, expected a COCO results file: a list of objects with 'image_id'"
        )
    return data


def _persons(path: str, entries: list[Any], what: str) -> Records:
    """The entries of the person category; errors count all entries."""
    everything = Records(path, entries, lambda i: f"{what}[{i}]")
    person = everything.integers("category_id", default=PERSON_CATEGORY) == PERSON_CATEGORY
    kept = np.flatnonzero(person).tolist()
    return Records(path, [entries[i] for i in kept], lambda i: f"{what}[{kept[i]}]")


def _rows_by_image(owners: IntArray, image_ids: Sequence[int]) -> dict[int, IntArray]:
    """Image id -> its rows, in order; first the images of ``image_ids``, then others in the order of the rows."""
    order = np.argsort(owners, kind="stable")
    ids, starts = np.unique(owners[order], return_index=True)
    groups = dict(zip(ids.tolist(), np.split(order, starts[1:]) if len(ids) else [], strict=True))
    empty = np.zeros(0, dtype=np.int64)
    return {image_id: groups.get(image_id, empty) for image_id in dict.fromkeys([*image_ids, *owners.tolist()])}


def _table(
    persons: Records,
    skeleton: Skeleton,
    order: IntArray,
    owners: IntArray,
    position: Mapping[int, int],
    scored: bool = False,
) -> PoseColumns:
    """All persons as arrays; ``scored``: the third number of a joint is a score, otherwise a flag."""
    count, joints = len(persons), skeleton.num_joints
    meaning = f"x, y and {'score' if scored else 'v'} for each of the {joints} joints of {skeleton.name}"
    triples = persons.rows("keypoints", 3 * joints, meaning).reshape(count, joints, 3)[:, order]
    third = triples[..., 2]
    valid = (triples != 0).any(axis=2) if scored else third > 0
    tracks = persons.integers("track_id", default=NO_TRACK)
    return PoseColumns(
        frame=np.array([position[owner] for owner in owners.tolist()], dtype=np.int64),
        boxes_xyxy=xywh_to_xyxy(persons.rows("bbox", 4, "x, y, width, height", optional=True)),
        scores=persons.scalars("score", optional=True),
        joints_xy=np.where(valid[..., None], triples[..., :2], np.nan),
        joint_scores=third if scored else np.full((count, joints), np.nan),
        joint_valid=valid,
        joint_visible=valid if scored else third == _VISIBLE,
        track_ids=np.where(tracks < 0, NO_TRACK, tracks),
        origin=np.zeros(count, dtype=np.uint8),
        head_boxes_xyxy=np.full((count, 4), np.nan),
        joints_listed=np.ones(count, dtype=np.bool_),
    )


def _records(image_id: int, poses: FramePoses, thirds: list[list[Any]]) -> list[dict[str, Any]]:
    """What annotations and results have in common, one a person."""
    boxes = person_boxes_xywh(poses.boxes_xyxy, poses.joints_xy, poses.joint_valid)
    xy = np.where(poses.joint_valid[..., None], poses.joints_xy, 0.0).tolist()
    records = []
    for i in range(len(poses)):
        triples = [number for (x, y), third in zip(xy[i], thirds[i], strict=True) for number in (x, y, third)]
        record: dict[str, Any] = {"image_id": image_id, "category_id": PERSON_CATEGORY, "keypoints": triples}
        if not np.isnan(boxes[i]).any():
            record["bbox"] = boxes[i].tolist()
        if poses.track_ids[i] != NO_TRACK:
            record["track_id"] = int(poses.track_ids[i])
        records.append(record)
    return records


def _write(path: str | os.PathLike[str], value: Any) -> None:
    with atomic_write(path) as file:
        file.write(orjson.dumps(value))
