"""PoseTrack's names and ids of sequences, frames and joints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import SKELETONS, IntArray, Skeleton
from posetrack.structures.skeleton import JOINT_ALIASES

_SEQUENCE = re.compile(r"(\d+)_(mpii|bonn|mpiinew)(?:_|$)")
_SOURCE_NUMBERS = {"mpii": 1, "bonn": 2, "mpiinew": 3}
_FRAMES_PER_SEQUENCE = 10_000
_SEQUENCES_PER_SOURCE = 1_000_000


def posetrack_image_id(sequence: str, frame: int) -> int | None:
    """PoseTrack's image id of a frame: source * 10^10 + sequence * 10^4 + frame.

    Args:
        sequence: such as ``003418_mpii_test``.
        frame: the number in the frame's file name.

    Returns:
        the id; None if the name is not one of PoseTrack's or a number is out of range.

    Source: poseval 4258a15 ``posetrack18_fname2id``.
    """
    match = _SEQUENCE.match(sequence)
    if match is None or not 0 <= frame < _FRAMES_PER_SEQUENCE or int(match[1]) >= _SEQUENCES_PER_SOURCE:
        return None
    per_source = _SEQUENCES_PER_SOURCE * _FRAMES_PER_SEQUENCE
    return _SOURCE_NUMBERS[match[2]] * per_source + int(match[1]) * _FRAMES_PER_SEQUENCE + frame


def split_image_id(image_id: int) -> tuple[str, int] | None:
    """The sequence, such as ``003418_mpii``, and the frame number in PoseTrack's image id; None if it is not one."""
    source, rest = divmod(image_id, _SEQUENCES_PER_SOURCE * _FRAMES_PER_SEQUENCE)
    names = {number: name for name, number in _SOURCE_NUMBERS.items()}
    if source not in names:
        return None
    sequence, frame = divmod(rest, _FRAMES_PER_SEQUENCE)
    return f"{sequence:06d}_{names[source]}", frame


def is_posetrack_name(sequence: str) -> bool:
    """Whether a sequence is named as in PoseTrack, ``<number>_<mpii|bonn|mpiinew>…``."""
    return posetrack_image_id(sequence, 0) is not None


def frame_number(file_name: str) -> int | None:
    """The frame number in a file name, or None: 7 for ``images/a/000007.jpg`` and for ``0007_crop.jpg``."""
    head = PurePosixPath(file_name).name.split(".")[0].split("_")[0]
    return int(head) if head.isascii() and head.isdigit() else None


def made_imgnum(file_name: str, index: int) -> int:
    """PoseTrack17's ``imgnum`` for a frame that has none: the number in its name, else its index; + 1.

    Source: poseval 4258a15 ``convert.py``.
    """
    number = frame_number(file_name)
    return (index if number is None else number) + 1


def made_frame_fields(sequence: str, file_name: str, index: int, count: int) -> dict[str, Any]:
    """The ``SequenceInfo.frame_fields`` that the writers generate for a frame without them, so they need not be kept.

    Args:
        sequence: name of the sequence.
        file_name: of the frame.
        index: of the frame, from 0.
        count: number of frames in the sequence.
    """
    return {
        "imgnum": made_imgnum(file_name, index),
        "vid_id": video_id(sequence),
        "nframes": count,
        "has_no_densepose": True,
    }


def folder_name(file_name: str) -> str:
    """The name of a frame's folder, which in PoseTrack is the sequence's name; "" if there is none."""
    return PurePosixPath(file_name).parent.name


def video_id(sequence: str) -> str:
    """``vid_id`` of a sequence: the number in a PoseTrack name, otherwise the name."""
    return sequence.split("_")[0] if is_posetrack_name(sequence) else sequence


def recognise_skeleton(names: Sequence[str], where: str) -> tuple[Skeleton, IntArray]:
    """The skeleton that has these joints, in any order.

    Args:
        names: the joint names of a file; ``neck`` and ``upper_neck`` count as ``head_bottom``.
        where: file and position in it, for the error.

    Returns:
        the skeleton, and for each of its joints the position in ``names``, (K,) int64.

    Raises:
        FormatError: no skeleton has exactly these joints.
    """
    known = [JOINT_ALIASES.get(name, name) for name in names]
    for skeleton in SKELETONS.values():
        if len(known) == skeleton.num_joints and set(known) == set(skeleton.joints):
            return skeleton, np.array([known.index(joint) for joint in skeleton.joints], dtype=np.int64)
    nearest = max(SKELETONS.values(), key=lambda s: len(set(known) & set(s.joints)) - abs(len(known) - s.num_joints))
    missing = [joint for joint in nearest.joints if joint not in known]
    unknown = [name for name in known if name not in nearest.joints]
    twice = sorted({name for name in known if known.count(name) > 1})
    faults = [
        f"{what} {', '.join(map(repr, joints))}"
        for what, joints in (("without", missing), ("with unknown", unknown), ("twice", twice))
        if joints
    ]
    raise FormatError(
        f"{where}: {len(names)} joint names that match no known skeleton, expected the joints of one of "
        f"{', '.join(SKELETONS)} in any order; nearest is {nearest.name}, found {'; '.join(faults)}"
    )
