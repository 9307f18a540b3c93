"""MOT Challenge text: one box per line, ``frame,id,x,y,width,height,confidence[,…]``.

In the files, frames and pixels count from 1, and id -1 is a detection without a track; here, frames and pixels count
from 0. Other ids are kept. A confidence of -1 means none.

Source: Milan et al. 2016, MOT16, table 4 ("all frame numbers, target IDs and bounding boxes are 1-based");
must equal motmetrics 1.4.0 ``load_motchallenge`` (``tests/io/test_mot.py``).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from posetrack.errors import FormatError
from posetrack.io.atomic import atomic_write
from posetrack.io.json_file import read_bytes
from posetrack.io.xywh import person_boxes_xywh, xywh_to_xyxy, xyxy_to_xywh
from posetrack.structures import NO_TRACK, FloatArray, FramePoses, IntArray

_FIRST = 1  # first frame and first pixel in the files
_NO_CONFIDENCE = -1.0
_FIELDS = "frame,id,x,y,width,height"
_MIN_FIELDS = 6
_CONFIDENCE = 6
_MOST_PX = 1e9  # largest plausible coordinate


@dataclass(frozen=True, eq=False)
class TrackedBoxes:
    """The boxes of one frame.

    Attributes:
        frame_index: 0-based.
        track_ids: (N,) int64, ``NO_TRACK`` for none.
        xyxy: (N, 4) float64 pixels.
        scores: (N,) float64; NaN = none.
    """

    frame_index: int
    track_ids: IntArray
    xyxy: FloatArray
    scores: FloatArray


def read_mot(path: str | os.PathLike[str]) -> tuple[TrackedBoxes, ...]:
    """Read boxes, one entry per frame that has any, in frame order; boxes keep the file's order.

    Raises:
        InputError: the file cannot be read.
        FormatError: a line is invalid, or a frame has a track id twice; with the line number.
    """
    name = os.fspath(path)
    by_frame: dict[int, list[tuple[int, list[float]]]] = {}
    seen: dict[tuple[int, int], int] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        frame, track, values = _parse(line, f"{name}: line {number}")
        if track != NO_TRACK and (frame, track) in seen:
            place = f"{name}: line {number}: id {track} is already in frame {frame + _FIRST}"
            raise FormatError(f"{place} (line {seen[frame, track]}), expected every id once per frame")
        seen[frame, track] = number
        by_frame.setdefault(frame, []).append((track, values))
    return tuple(_frame(index, by_frame[index]) for index in sorted(by_frame))


def write_mot(path: str | os.PathLike[str], frames: Iterable[TrackedBoxes]) -> None:
    """Write boxes line by line; raises OutputError. NaN boxes are left out."""
    with atomic_write(path) as file:
        for frame in frames:
            xywh = xyxy_to_xywh(frame.xyxy) + np.array([_FIRST, _FIRST, 0, 0])
            scores = np.where(np.isnan(frame.scores), _NO_CONFIDENCE, frame.scores).tolist()
            for track, box, score in zip(frame.track_ids.tolist(), xywh.tolist(), scores, strict=True):
                if math.isnan(sum(box)):
                    continue
                numbers = ",".join(repr(value) for value in (*box, score))
                file.write(f"{frame.frame_index + _FIRST},{track},{numbers},-1,-1,-1\n".encode())


def boxes_of_poses(poses: FramePoses) -> TrackedBoxes:
    """The boxes of a frame's poses; for a person without a box, that of the joints, enlarged by 1.3."""
    xywh = person_boxes_xywh(poses.boxes_xyxy, poses.joints_xy, poses.joint_valid)
    return TrackedBoxes(poses.frame_index, poses.track_ids, xywh_to_xyxy(xywh), poses.scores)


def _lines(path: str | os.PathLike[str]) -> list[str]:
    try:
        return read_bytes(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FormatError(f"{os.fspath(path)}: is not text, expected lines {_FIELDS},confidence") from None


def _parse(line: str, where: str) -> tuple[int, int, list[float]]:
    """Parse a line into frame (0-based), id, and x, y, w, h, confidence."""
    fields = line.replace(",", " ").split()
    if len(fields) < _MIN_FIELDS:
        raise FormatError(f"{where}: {len(fields)} numbers, expected at least {_MIN_FIELDS}: {_FIELDS}[,confidence,…]")
    try:
        values = [float(field) for field in fields[: _CONFIDENCE + 1]]
    except ValueError:
        raise FormatError(f"{where}: {line.strip()[:60]!r} is not numbers, expected {_FIELDS}[,confidence,…]") from None
    if not all(math.isfinite(value) for value in values):
        raise FormatError(f"{where}: {line.strip()[:60]!r} has a number that is not finite, expected pixels")
    if max(map(abs, values[2:])) > _MOST_PX:
        raise FormatError(f"{where}: {line.strip()[:60]!r} has a number above {_MOST_PX:.0g}, expected pixels")
    frame, track = values[:2]
    if frame != int(frame) or frame < _FIRST or track != int(track) or max(frame, abs(track)) >= 2**63:
        raise FormatError(
            f"{where}: frame {fields[0]} and id {fields[1]}, expected whole numbers, frames from {_FIRST}"
        )
    if fields[1].lstrip("-").isdecimal():  # exact even beyond 2^53
        track = int(fields[1])
    box = [values[2] - _FIRST, values[3] - _FIRST, values[4], values[5]]
    confidence = values[_CONFIDENCE] if len(values) > _CONFIDENCE else _NO_CONFIDENCE
    return int(frame) - _FIRST, int(track) if track >= 0 else NO_TRACK, [*box, confidence]


def _frame(index: int, rows: list[tuple[int, list[float]]]) -> TrackedBoxes:
    values = np.array([row for _, row in rows])
    scores = np.where(values[:, 4] == _NO_CONFIDENCE, np.nan, values[:, 4])
    return TrackedBoxes(index, np.array([track for track, _ in rows]), xywh_to_xyxy(values[:, :4]), scores)
