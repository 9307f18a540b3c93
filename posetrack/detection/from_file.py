"""Read boxes from files: COCO results, PoseTrack JSON, MOT text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from posetrack.detection.config import FileDetectorConfig, GroundTruthDetectorConfig
from posetrack.detection.detector import clean_boxes
from posetrack.errors import FormatError, InputError
from posetrack.geometry import joints_box
from posetrack.io import read_poses
from posetrack.io.coco import ImageBoxes, read_coco_boxes
from posetrack.io.columns import Records
from posetrack.io.json_file import load_json, read_bytes
from posetrack.io.mot import read_mot
from posetrack.io.posetrack_names import folder_name, frame_number, posetrack_image_id
from posetrack.structures import Frame, FrameBoxes, SequencePoses

PAPER_BOX = 1.15  # the joints' extent, enlarged by 15 %: SimpleBaseline and HRNet on PoseTrack
FRAMES_PER_SEQUENCE = 10_000  # PoseTrack's image ids: the last four digits are the frame number
MAX_FRAME_INDEX = 1_000_000  # larger ids are image ids of a data set: a video that long would last 9 hours
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOBODY = ImageBoxes(np.zeros((0, 4)), np.zeros(0))

Lookup = Callable[[Frame], ImageBoxes]


class FileDetector:
    """Looks up the boxes of each frame.

    Args:
        lookup: returns the boxes of a frame.
        config: thresholds.
    """

    def __init__(self, lookup: Lookup, config: FileDetectorConfig | GroundTruthDetectorConfig) -> None:
        self._lookup = lookup
        self._config = config

    def detect(self, frames: Sequence[Frame]) -> list[FrameBoxes]:
        """See ``Detector``."""
        config = self._config
        found = [self._lookup(frame) for frame in frames]
        return [
            clean_boxes(frame, boxes.xyxy, boxes.scores, config.score_threshold, config.nms_iou, config.max_people)
            for frame, boxes in zip(frames, found, strict=True)
        ]


def open_boxes(config: FileDetectorConfig) -> FileDetector:
    """A detector that reads a file; its format is recognised by content.

    Raises:
        InputError: the file cannot be read, or holds no boxes.
        FormatError: the format is unknown or the file malformed.
    """
    return FileDetector(_lookup(config.path), config)


def open_ground_truth(config: GroundTruthDetectorConfig) -> FileDetector:
    """A detector that returns the ground-truth boxes; raises as ``open_boxes``."""
    return FileDetector(_by_name(_sequence_boxes(read_poses(config.path), config.box), config.path), config)


def _lookup(path: str) -> Lookup:
    start = read_bytes(path).removeprefix(_BYTE_ORDER_MARK).lstrip()[:1]
    if start == b"[":
        return _by_image_id(read_coco_boxes(path), path)
    if start == b"{":
        data = load_json(path)
        boxes = _annotated_boxes(data, path) if _is_coco(data) else _sequence_boxes(read_poses(path), "file")
        return _by_name(boxes, path)
    if start.isdigit():
        table = {rows.frame_index: ImageBoxes(rows.xyxy, rows.scores) for rows in read_mot(path)}
        return lambda frame: table.get(frame.source_index, _NOBODY)
    raise FormatError(
        f"{path}: expected COCO results (a JSON list), COCO annotations, PoseTrack JSON or MOT text (numbers), "
        "found none of them"
    )


def _is_coco(data: dict[str, Any]) -> bool:
    """Whether the annotations hold boxes only; PoseTrack's categories list keypoints."""
    categories = data.get("categories")
    joints = isinstance(categories, list) and any(isinstance(c, dict) and "keypoints" in c for c in categories)
    return "images" in data and "annotations" in data and not joints


def _annotated_boxes(data: dict[str, Any], path: str) -> dict[str, ImageBoxes]:
    """The boxes of COCO annotations by image name."""
    table = read_coco_boxes(path)
    images = Records(path, data["images"], lambda i: f"images[{i}]")
    pairs = zip(images.texts("file_name"), images.integers("id").tolist(), strict=True)
    return {name: table[image_id] for name, image_id in pairs}


def _sequence_boxes(sequence: SequencePoses, box: str) -> dict[str, ImageBoxes]:
    """The boxes of a PoseTrack file by frame name."""
    table = {}
    for name, poses in zip(sequence.info.frame_names, sequence.frames, strict=True):
        around = joints_box(poses.joints_xy, poses.joint_valid, PAPER_BOX)
        boxes = around if box == "joints" else np.where(np.isnan(poses.boxes_xyxy), around, poses.boxes_xyxy)
        table[name] = ImageBoxes(boxes, poses.scores)
    return table


def _by_image_id(table: dict[int, ImageBoxes], path: str) -> Lookup:
    if not table:
        raise InputError(f"{path}: holds no boxes")
    first = min(table)
    sequences = {image_id // FRAMES_PER_SEQUENCE for image_id in table}

    def lookup(frame: Frame) -> ImageBoxes:
        number = frame_number(frame.name)
        image_id = None if number is None else posetrack_image_id(folder_name(frame.name), number)
        if image_id is None and first > MAX_FRAME_INDEX:
            raise InputError(
                f"{path}: its image ids start at {first}: those are not frame indices of {frame.name!r}, which "
                "count from 0; give boxes of this video, or COCO annotations, which name the images"
            )
        if image_id is not None and image_id // FRAMES_PER_SEQUENCE not in sequences:
            raise InputError(
                f"{path}: has no boxes of {folder_name(frame.name)}, whose image ids start at {image_id}; its own "
                f"start at {first}; boxes and video must be of the same sequence"
            )
        return table.get(frame.source_index if image_id is None else image_id, _NOBODY)

    return lookup


def _by_name(boxes: dict[str, ImageBoxes], path: str) -> Lookup:
    if not boxes:
        raise InputError(f"{path}: names no frames")
    # The folders above PoseTrack's sequence folders differ between releases (images/val, images/bonn_5sec).
    depth = max(min(len(PurePosixPath(name).parts), 2) for name in boxes)
    table = {_tail(name, depth): found for name, found in boxes.items()}

    def lookup(frame: Frame) -> ImageBoxes:
        found = table.get(_tail(frame.name, depth))
        if found is None:
            raise InputError(
                f"{path}: has no frame {frame.name!r} (its first is {next(iter(boxes))!r}); boxes and video must be of "
                "the same sequence"
            )
        return found

    return lookup


def _tail(name: str, depth: int) -> tuple[str, ...]:
    return PurePosixPath(name).parts[-depth:]
