"""Boxes that were made before: COCO results, PoseTrack JSON, MOT text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from posetrack.detection.config import FileDetectorConfig, GroundTruthDetectorConfig
from posetrack.detection.detector import clean_boxes
from posetrack.errors import FormatError, InputError
from posetrack.geometry import joints_box
from posetrack.io import read_poses
from posetrack.io.coco import ImageBoxes, read_coco_boxes
from posetrack.io.json_file import read_bytes
from posetrack.io.mot import read_mot
from posetrack.io.posetrack_names import folder_name, frame_number, posetrack_image_id
from posetrack.structures import Frame, FrameBoxes, SequencePoses

PAPER_BOX = 1.15  # the joints' extent, 15 % longer: SimpleBaseline and HRNet on PoseTrack
_NOBODY = ImageBoxes(np.zeros((0, 4)), np.zeros(0))


class FileDetector:
    """Looks the boxes of each frame up.

    Args:
        lookup: gives the boxes of a frame.
        config: thresholds.
    """

    def __init__(
        self, lookup: Callable[[Frame], ImageBoxes], config: FileDetectorConfig | GroundTruthDetectorConfig
    ) -> None:
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
    """The detector of a file, recognised by its content.

    Raises:
        InputError: it cannot be read.
        FormatError: it is of no kind that is known, or faulty.
    """
    start = read_bytes(config.path).lstrip()[:1]
    if start == b"[":
        return FileDetector(_by_image_id(read_coco_boxes(config.path), config.path), config)
    if start == b"{":
        return FileDetector(_by_name(read_poses(config.path), config.path, "file"), config)
    if not start.isdigit():
        raise FormatError(f"{config.path}: expected COCO results, PoseTrack JSON or MOT text, found none of them")
    rows = read_mot(config.path)
    table = {boxes.frame_index: ImageBoxes(boxes.xyxy, boxes.scores) for boxes in rows}
    return FileDetector(lambda frame: table.get(frame.index, _NOBODY), config)


def open_ground_truth(config: GroundTruthDetectorConfig) -> FileDetector:
    """The detector that gives the boxes of the ground truth; raises as ``open_boxes``."""
    return FileDetector(_by_name(read_poses(config.path), config.path, config.box), config)


def _by_image_id(table: dict[int, ImageBoxes], path: str) -> Callable[[Frame], ImageBoxes]:
    def lookup(frame: Frame) -> ImageBoxes:
        number = frame_number(frame.name)
        image_id = None if number is None else posetrack_image_id(folder_name(frame.name), number)
        return table.get(frame.index if image_id is None else image_id, _NOBODY)

    if not table:
        raise InputError(f"{path}: holds no boxes")
    return lookup


def _by_name(sequence: SequencePoses, path: str, box: str) -> Callable[[Frame], ImageBoxes]:
    table = {}
    for name, poses in zip(sequence.info.frame_names, sequence.frames, strict=True):
        boxes = poses.boxes_xyxy
        if box == "joints" or np.isnan(boxes).any():
            around = joints_box(poses.joints_xy, poses.joint_valid, PAPER_BOX)
            boxes = around if box == "joints" else np.where(np.isnan(boxes), around, boxes)
        table[name] = ImageBoxes(boxes, poses.scores)

    def lookup(frame: Frame) -> ImageBoxes:
        if frame.name not in table:
            raise InputError(
                f"{path}: has no frame {frame.name!r} (its first is {sequence.info.frame_names[0]!r}); "
                "boxes and video must be of the same sequence"
            )
        return table[frame.name]

    return lookup
