"""Read a file of any format as sequences."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.io.coco import read_coco_results
from posetrack.io.coco_sequences import parse_sequences
from posetrack.io.conversion import formats
from posetrack.io.conversion.losses import Loss
from posetrack.io.conversion.unread import unread
from posetrack.io.csv_table import read_csv
from posetrack.io.json_file import describe, parse_json, read_bytes
from posetrack.io.mot import TrackedBoxes, read_mot
from posetrack.io.posetrack17 import parse_posetrack17
from posetrack.io.posetrack18 import read_info_block
from posetrack.io.posetrack_names import split_image_id
from posetrack.structures import (
    COCO,
    MPII,
    POSETRACK17,
    POSETRACK18,
    FramePoses,
    SequenceInfo,
    SequencePoses,
    Skeleton,
)

# Keys of the top-level ``info`` that the writers generate.
_MADE_INFO = frozenset(("sequence", "fps", "format"))
MAX_FRAMES = 1_000_000  # in a MOT file: one wrong number could demand endless empty frames; 11 h at 25 fps
_BY_NUMBERS = {3 * POSETRACK17.num_joints: POSETRACK17, 3 * MPII.num_joints: MPII}


@dataclass(frozen=True)
class Source:
    """A file that was read.

    Attributes:
        form: its format.
        sequences: its sequences, at least one.
        info: its top-level ``info``, without the keys that the writers generate.
        unread: what the reader ignored.
    """

    form: str
    sequences: tuple[SequencePoses, ...]
    info: dict[str, Any]
    unread: tuple[Loss, ...]


def read_source(path: Path, form: str | None = None, joints: Skeleton | None = None) -> Source:
    """Read a file.

    Args:
        path: the file.
        form: its format; None = detected from its content.
        joints: the skeleton of COCO keypoint results, which do not name their joints.

    Raises:
        InputError: it cannot be read.
        FormatError: its format is unknown, or it is faulty.
    """
    content, name = read_bytes(path), os.fspath(path)
    data: Any = None
    if form is None:
        form, data = formats.recognise(content, name)
    elif formats.SUFFIXES[form] == ".json":
        data = parse_json(content, name)
    sequences = _sequences(path, form, data, joints)
    block = read_info_block(data, name) if isinstance(data, dict) else {}
    info = {key: value for key, value in block.items() if key not in _MADE_INFO}
    return Source(form, sequences, info, tuple(unread(content, data, form)))


def _sequences(path: Path, form: str, data: Any, joints: Skeleton | None) -> tuple[SequencePoses, ...]:
    name = os.fspath(path)
    if form == formats.CSV:
        return (read_csv(path),)
    if form == formats.MOT:
        return (sequence_of_boxes(read_mot(path), path.stem),)
    if form == formats.POSETRACK17:
        return (parse_posetrack17(data, name),)
    if form == formats.COCO_RESULTS:
        skeleton = joints or _joints_of_results(data, name)
        return tuple(sequences_of_results(read_coco_results(path, skeleton), skeleton, path.stem))
    return parse_sequences(data, name, coco_flags=form == formats.COCO)


def _joints_of_results(data: Any, path: str) -> Skeleton:
    """The skeleton of COCO keypoint results by number of joints; raises FormatError for 17, which is ambiguous."""
    if not isinstance(data, list):
        raise FormatError(f"{path}: found {describe(data)}, expected COCO keypoint results: a list of persons")
    keypoints = data[0].get("keypoints") if data and isinstance(data[0], dict) else None
    if not data or not isinstance(keypoints, list):
        return COCO  # no persons, or a fault that the reader will report
    if len(keypoints) == 3 * COCO.num_joints:
        raise FormatError(
            f"{path}: COCO keypoint results of 17 joints, which may be those of {COCO.name} or {POSETRACK18.name}: specify "
            "one with --input-skeleton"
        )
    return _BY_NUMBERS.get(len(keypoints), COCO)


def sequence_of_boxes(frames: Iterable[TrackedBoxes], name: str) -> SequencePoses:
    """Boxes of a MOT file as persons without joints; frames up to the last are included even if they have no boxes.

    The format has neither frame names nor image sizes: the names are ``<name>/000000.jpg``, ..., the size the smallest
    that contains all boxes.
    """
    by_index = {frame.frame_index: frame for frame in frames}
    count = max(by_index, default=-1) + 1
    if count > MAX_FRAMES:
        raise FormatError(f"{name}: the last frame is {count:,}, expected at most {MAX_FRAMES:,}; number them from 1")
    corner = [np.nanmax(frame.xyxy[:, 2:], axis=0) for frame in by_index.values()]
    width, height = np.floor(np.max([*corner, np.zeros(2)], axis=0)).astype(int).tolist()
    size, joints = (height + 1, width + 1), POSETRACK18.num_joints
    poses = []
    for index in range(count):
        frame = by_index.get(index)
        if frame is None:
            poses.append(FramePoses.empty(index, size, joints))
            continue
        n = len(frame.xyxy)
        nothing = np.full((n, joints), np.nan)
        poses.append(
            FramePoses(index, size, frame.xyxy, frame.scores, np.full((n, joints, 2), np.nan), nothing,
                       np.zeros((n, joints), dtype=np.bool_), track_ids=frame.track_ids)
        )  # fmt: skip
    names = tuple(f"{name}/{index:06d}.jpg" for index in range(count))
    return SequencePoses(SequenceInfo(name, names), POSETRACK18, tuple(poses))


def sequences_of_results(poses: dict[int, FramePoses], skeleton: Skeleton, name: str) -> Iterable[SequencePoses]:
    """Keypoint results by image id as sequences: one per PoseTrack sequence if all image ids are PoseTrack's, else one.

    The format has neither frame names nor image sizes. Frames are sorted by their image ids; they are named ``<name>/000000.jpg``, ... by the frame number in PoseTrack's id, otherwise by the image id.

    Args:
        poses: as returned by ``read_coco_results``.
        skeleton: their joints.
        name: of the sequence, if there is only one.
    """
    parts = {image_id: split_image_id(image_id) for image_id in poses}
    known = all(part is not None for part in parts.values())
    ids = sorted(poses)
    groups = [list(group) for _, group in groupby(ids, key=lambda i: (parts[i] or ("", 0))[0] if known else "")]
    for group in groups or [[]]:
        numbers = [(parts[i] or ("", 0))[1] if known else i for i in group]
        own = (parts[group[0]] or ("", 0))[0] if known and len(groups) > 1 else name
        names = tuple(f"{own}/{number:06d}.jpg" for number in numbers)
        frames = tuple(poses[image_id].at_frame(index) for index, image_id in enumerate(group))
        yield SequencePoses(SequenceInfo(own, names, image_ids=tuple(group)), skeleton, frames)
