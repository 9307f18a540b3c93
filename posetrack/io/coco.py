"""COCO JSON: keypoint results and person boxes. Keypoint annotations: ``coco_sequences``.

Boxes are x, y, width, height. Boxes and keypoints are used unchanged, as the official HRNet code uses detections:
the half pixel between COCO's box edges and our pixel centres is not corrected. The third number of a joint is its score.

Must equal: pycocotools' reading of the same files (``tests/io/test_coco.py``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from posetrack.errors import FormatError
from posetrack.io.atomic import atomic_write
from posetrack.io.columns import Records
from posetrack.io.json_file import describe, load_json
from posetrack.io.pose_table import check_tracks, extent_hw
from posetrack.io.posetrack18 import check_list
from posetrack.io.xywh import person_boxes_xywh, xywh_to_xyxy
from posetrack.structures import COCO, NO_TRACK, FloatArray, FramePoses, IntArray, PoseColumns, Skeleton

PERSON_CATEGORY = 1  # in COCO and PoseTrack18


@dataclass(frozen=True, eq=False)
class ImageBoxes:
    """The person boxes of one image of a results file.

    Attributes:
        xyxy: (N, 4) float64 pixels.
        scores: (N,) float64; NaN = not given by the file.
    """

    xyxy: FloatArray
    scores: FloatArray


def read_coco_boxes(path: str | os.PathLike[str]) -> dict[int, ImageBoxes]:
    """Read the person boxes of a COCO results file, or of an annotation file (``annotations``), by image id.

    Entries of categories other than person (1) are left out; one without ``category_id`` is a person. Each image's
    boxes keep the file's order. For an annotation file, images without persons are included and crowds (``iscrowd``)
    are left out.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is neither of the two; the message says where, what was expected and what was found.
    """
    data, name = load_json(path), os.fspath(path)
    image_ids: list[int] = []  # if the file lists its images: all of them, also those without boxes
    if isinstance(data, dict):
        for key in ("images", "annotations"):
            check_list(data, key, name, "COCO annotation")
        image_ids = Records(name, data["images"], lambda i: f"images[{i}]").integers("id").tolist()
        records = _persons(name, data["annotations"], "annotations")
        records = records.only(records.integers("iscrowd", default=0) == 0)
    else:
        records = _persons(name, _results(data, name), "results")
    owners = records.integers("image_id")
    boxes = xywh_to_xyxy(records.rows("bbox", 4, "x, y, width, height"))
    scores = records.scalars("score", optional=True)
    return {i: ImageBoxes(boxes[rows], scores[rows]) for i, rows in _rows_by_image(owners, image_ids).items()}


def read_coco_results(path: str | os.PathLike[str], skeleton: Skeleton = COCO) -> dict[int, FramePoses]:
    """Read keypoint results (a list of persons with ``image_id``, ``keypoints``, ``score``), by image id.

    The file gives neither joint names nor image sizes: the joints must be those of ``skeleton`` in its order, and
    ``image_hw`` is the smallest image that contains everything in the file. ``frame_index`` numbers the images in
    order of first appearance.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not such a file; the message says where, what was expected and what was found.
    """
    name = os.fspath(path)
    persons = _persons(name, _results(load_json(path), name), "results")
    owners = persons.integers("image_id")
    position = {image_id: i for i, image_id in enumerate(dict.fromkeys(owners.tolist()))}
    table = _table(persons, skeleton, owners, position)
    check_tracks(table, name, persons.place)
    size = extent_hw(table, ())
    return dict(zip(position, table.frames([size] * len(position)), strict=True))


def write_coco_results(path: str | os.PathLike[str], poses: Mapping[int, FramePoses]) -> None:
    """Write keypoint results by image id; raises OutputError.

    A joint without a score gets 1, a missing joint 0, 0, 0; a person without a score gets the mean of its joint scores.
    """
    records = [record for image_id, frame in poses.items() for record in _records(image_id, frame)]
    with atomic_write(path) as file:
        file.write(orjson.dumps(records, option=orjson.OPT_SERIALIZE_NUMPY))


def _results(data: Any, path: str) -> list[Any]:
    if not isinstance(data, list):
        raise FormatError(
            f"{path}: found {describe(data)}, expected a COCO results file: a list of objects with 'image_id'"
        )
    return data


def _persons(path: str, entries: list[Any], what: str) -> Records:
    """The entries of the person category; indices in errors count all entries."""
    everything = Records(path, entries, lambda i: f"{what}[{i}]")
    return everything.only(everything.integers("category_id", default=PERSON_CATEGORY) == PERSON_CATEGORY)


def _rows_by_image(owners: IntArray, image_ids: Sequence[int]) -> dict[int, IntArray]:
    """Image id -> its rows, in order; the images of ``image_ids`` first, then others in row order."""
    order = np.argsort(owners, kind="stable")
    ids, starts = np.unique(owners[order], return_index=True)
    groups = dict(zip(ids.tolist(), np.split(order, starts[1:]) if len(ids) else [], strict=True))
    empty = np.zeros(0, dtype=np.int64)
    return {image_id: groups.get(image_id, empty) for image_id in dict.fromkeys([*image_ids, *owners.tolist()])}


def _table(persons: Records, skeleton: Skeleton, owners: IntArray, position: Mapping[int, int]) -> PoseColumns:
    """All persons as arrays."""
    count, joints = len(persons), skeleton.num_joints
    meaning = f"x, y and score for each of the {joints} joints of {skeleton.name}"
    triples = persons.rows("keypoints", 3 * joints, meaning).reshape(count, joints, 3)
    valid = (triples != 0).any(axis=2)
    tracks = persons.integers("track_id", default=NO_TRACK)
    return PoseColumns(
        frame=np.array([position[owner] for owner in owners.tolist()], dtype=np.int64),
        boxes_xyxy=xywh_to_xyxy(persons.rows("bbox", 4, "x, y, width, height", optional=True)),
        scores=persons.scalars("score", optional=True),
        joints_xy=np.where(valid[..., None], triples[..., :2], np.nan),
        joint_scores=triples[..., 2],
        joint_valid=valid,
        joint_visible=valid,
        track_ids=np.where(tracks < 0, NO_TRACK, tracks),
        origin=np.zeros(count, dtype=np.uint8),
        head_boxes_xyxy=np.full((count, 4), np.nan),
        joints_listed=np.ones(count, dtype=np.bool_),
    )


def _records(image_id: int, poses: FramePoses) -> Iterator[dict[str, Any]]:
    """The entries of an image, one per person."""
    known = np.where(np.isnan(poses.joint_scores), 1.0, poses.joint_scores)
    thirds = np.where(poses.joint_valid, known, 0.0)
    means = thirds.sum(axis=1) / np.maximum(poses.joint_valid.sum(axis=1), 1)
    scores = np.where(np.isnan(poses.scores), means, poses.scores).tolist()
    boxes = person_boxes_xywh(poses.boxes_xyxy, poses.joints_xy, poses.joint_valid)
    xy = np.where(poses.joint_valid[..., None], poses.joints_xy, 0.0)
    triples = np.concatenate([xy, thirds[..., None]], axis=2)
    for i, score in enumerate(scores):
        keypoints = triples[i].ravel().tolist()
        record: dict[str, Any] = {"image_id": image_id, "category_id": PERSON_CATEGORY, "keypoints": keypoints}
        if not np.isnan(boxes[i]).any():
            record["bbox"] = boxes[i].tolist()
        if poses.track_ids[i] != NO_TRACK:
            record["track_id"] = int(poses.track_ids[i])
        yield record | {"score": score}
