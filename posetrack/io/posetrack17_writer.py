"""Write PoseTrack17 JSON (``annolist``); see ``posetrack17`` for the format."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import IO, Any

import numpy as np
import orjson

from posetrack.errors import OutputError
from posetrack.io.pose_writer import PoseStreamWriter, add_sequence, file_track_ids
from posetrack.io.posetrack_names import made_imgnum
from posetrack.io.spool import write_list
from posetrack.io.xywh import xyxy_to_xywh
from posetrack.structures import (
    POSETRACK17,
    FloatArray,
    FramePoses,
    Origin,
    SequencePoses,
    Skeleton,
    joint_map,
)


class PoseTrack17StreamWriter(PoseStreamWriter):
    """Writes PoseTrack17 JSON frame by frame; see ``PoseStreamWriter``.

    The official evaluator accepts the file whatever the video's name. The skeleton must have the 15 joints of
    posetrack17 (posetrack18 has them, too); the format has no other joints, so they are left out.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        name: str,
        skeleton: Skeleton,
        info: Mapping[str, Any] | None = None,
        *,
        image_sizes: bool = True,
    ) -> None:
        self._slots = joint_map(skeleton, POSETRACK17)
        missing = [joint for joint, slot in zip(POSETRACK17.joints, self._slots, strict=True) if slot < 0]
        if missing:
            raise OutputError(
                f"{os.fspath(path)}: the PoseTrack17 form has 15 fixed joints, and the skeleton {skeleton.name} "
                f"lacks {', '.join(missing)}; convert the poses first (skeleton=posetrack17)"
            )
        super().__init__(path, name, skeleton, info, image_sizes=image_sizes)

    def _add(
        self,
        poses: FramePoses,
        frame_name: str,
        extra: dict[str, Any],
        labelled: bool,
        image_id: int | None,
        ignore_regions: Sequence[FloatArray],
    ) -> None:
        imgnum = extra.get("imgnum", made_imgnum(frame_name, self._frames.count))
        frame: dict[str, Any] = {
            "image": [{"name": frame_name}],
            "imgnum": [imgnum],
            "is_labeled": [int(labelled)],
            "annorect": _persons(poses, self._slots.tolist()),
        }
        if ignore_regions:
            frame["ignore_regions"] = [
                {"point": [{"x": [x], "y": [y]} for x, y in polygon.tolist()]} for polygon in ignore_regions
            ]
        if "timestamp_s" in extra:
            frame["timestamp_s"] = [extra["timestamp_s"]]
        if self._image_sizes:
            frame |= {"width": [poses.image_hw[1]], "height": [poses.image_hw[0]]}
        if image_id is not None:
            frame["image_id"] = [image_id]
        frame |= {key: value for key, value in extra.items() if key not in frame and key != "ignore_regions"}
        self._frames.add(orjson.dumps(frame))

    def _write(self, file: IO[bytes]) -> None:
        block = self.info_block()
        if block:
            file.write(b'"info":' + orjson.dumps(block, option=orjson.OPT_SERIALIZE_NUMPY) + b",\n")
        file.write(b'"annolist":')
        write_list(file, iter(self._frames))


def write_posetrack17(
    path: str | os.PathLike[str], sequence: SequencePoses, info: Mapping[str, Any] | None = None
) -> None:
    """Write a sequence as PoseTrack17 JSON, atomically.

    ``imgnum`` is that of ``frame_fields``, else the number in the frame's name + 1 as in poseval's converter, else the
    index + 1. Image sizes, image ids and PoseTrack18's other frame fields are written as our own keys.

    Raises:
        OutputError: the file cannot be written, or the skeleton lacks one of the 15 joints.
    """
    sizes = sequence.info.image_hw is not None
    with PoseTrack17StreamWriter(path, sequence.info.name, sequence.skeleton, info, image_sizes=sizes) as writer:
        add_sequence(writer, sequence.info, sequence.frames, sequence.ignore_regions)


def _persons(poses: FramePoses, slots: list[int]) -> list[dict[str, Any]]:
    """The ``annorect`` of a frame."""
    boxes = xyxy_to_xywh(poses.boxes_xyxy)
    tracks = file_track_ids(poses)
    records = []
    for i in range(len(poses)):
        points = _points(poses, i, slots)
        empty = not points and not poses.joints_listed[i]
        record: dict[str, Any] = {"track_id": [tracks[i]], "annopoints": [] if empty else [{"point": points}]}
        head = poses.head_boxes_xyxy[i]
        if not np.isnan(head).any():
            record |= {key: [value] for key, value in zip(("x1", "y1", "x2", "y2"), head.tolist(), strict=True)}
        if not np.isnan(poses.scores[i]):
            record["score"] = [float(poses.scores[i])]
        if not np.isnan(boxes[i]).any():
            record["bbox"] = boxes[i].tolist()
        if poses.origin[i] != Origin.OBSERVED:
            record["origin"] = Origin(poses.origin[i]).name.lower()
        records.append(record)
    return records


def _points(poses: FramePoses, person: int, slots: list[int]) -> list[dict[str, Any]]:
    """The present joints of a person."""
    valid, visible = poses.joint_valid[person].tolist(), poses.joint_visible[person].tolist()
    xy, scores = poses.joints_xy[person].tolist(), poses.joint_scores[person].tolist()
    points = []
    for joint, slot in enumerate(slots):
        if not valid[slot]:
            continue
        x, y = xy[slot]
        point: dict[str, Any] = {"id": [joint], "x": [x], "y": [y], "is_visible": [int(visible[slot])]}
        score = scores[slot]
        if score == score:  # not NaN
            point["score"] = [score]
        points.append(point)
    return points
