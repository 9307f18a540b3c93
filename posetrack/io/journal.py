"""The journal of a run: the networks' output for each frame, so that tracking can be repeated without the networks.

One JSON object per line: the head, then one record per frame, appended as it is produced (appearance as base64-encoded
int8, candidates as base64-encoded float32), then the end, which lists what was lost. The reader ignores a last line
that was cut off by a kill. Numbers have float32 precision; ``rounded`` brings poses to it, so that a run and its replay
see the same values.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import orjson

from posetrack.errors import FormatError, InputError, OutputError
from posetrack.io.atomic import file_named, leave, output_error, put_in_place, temporary_beside
from posetrack.structures import NO_TRACK, FloatArray, FramePoses, Skeleton, get_skeleton

VERSION = 1
_END = b'{"complete":'
_USUAL_END = 1 << 16  # bytes


@dataclass(frozen=True)
class JournalHead:
    """What applies to all frames: sequence name, skeleton of the poses, frame rate, and the run's own information."""

    name: str
    skeleton: Skeleton
    fps: float | None
    info: dict[str, Any]


@dataclass(frozen=True, eq=False)
class JournalFrame:
    """The networks' output for one frame, and what the trackers may need to know about its image.

    Attributes:
        poses: without track ids in the journal; with them once tracked.
        frame_name: its ``file_name``.
        timestamp_s: its presentation time, or None.
        camera: (2, 3) affine transform of the background from the previous frame, or None.
        is_cut: a new shot begins with this frame.
    """

    poses: FramePoses
    frame_name: str
    timestamp_s: float | None = None
    camera: FloatArray | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class JournalEnd:
    """Whether the run was completed, and what it could not read."""

    complete: bool = True
    problems: tuple[str, ...] = ()


def rounded(poses: FramePoses) -> FramePoses:
    """The poses rounded to the journal's precision (float32)."""
    names = ("boxes_xyxy", "scores", "joints_xy", "joint_scores")
    changed: dict[str, Any] = {name: getattr(poses, name).astype(np.float32) for name in names}
    return replace(poses, **changed)


class JournalWriter:
    """Appends frames; each is flushed to the operating system at once, so that a kill loses at most the last one.

    The file is written under a hidden temporary name with the suffix of ``path``, where a kill leaves it, and replaces
    ``path`` at ``close``.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], head: JournalHead) -> None:
        self._path = file_named(path)
        try:
            self._temporary = temporary_beside(self._path)
            self._file = open(self._temporary, "xb")
        except OSError as error:
            raise output_error(path, error) from error
        self.frames = 0  # number appended
        self._finished = False
        record = {"journal": VERSION, "name": head.name, "skeleton": head.skeleton.name, "fps": head.fps, "info": head.info}
        try:
            self._write(_bytes(record))
        except BaseException:
            self.abort()
            raise

    def add(self, frame: JournalFrame) -> None:
        """Append one frame, with float32 precision."""
        self._write(to_record(frame))
        self.frames += 1

    def _write(self, record: bytes) -> None:
        try:
            self._file.write(record + b"\n")
            self._file.flush()
        except OSError as error:
            raise output_error(self._path, error) from error

    def finish(self, end: JournalEnd | None = None) -> None:
        """Write the end, unless written (None = complete, no problems). The file is then whole but not yet in place."""
        if self._finished:
            return
        end = end or JournalEnd()
        self._write(_bytes({"complete": end.complete, "problems": end.problems}))
        self._finished = True

    def close(self, end: JournalEnd | None = None) -> None:
        """Finish the file and put it in place."""
        self.finish(end)
        try:
            self._file.close()
            put_in_place(self._temporary, self._path)
        except OSError as error:
            raise output_error(self._path, error) from error

    def abort(self) -> None:
        """Discard what was written; ``path`` is unchanged."""
        self._let_go()
        self._temporary.unlink(missing_ok=True)

    def leave(self, end: JournalEnd) -> Path:
        """Finish the file, if there is space, and leave it under its temporary name, which is returned."""
        with suppress(OutputError):
            self.finish(end)
        self._let_go()
        leave(self._temporary)
        return self._temporary

    def _let_go(self) -> None:
        with suppress(OSError):  # flushing fails if the disk is full
            self._file.close()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def to_record(frame: JournalFrame) -> bytes:
    """One line, without line feed. Track ids only if any is set (never in a journal); origins if not all observed."""
    poses = frame.poses
    record: dict[str, Any] = {
        "frame": poses.frame_index, "name": frame.frame_name, "time": frame.timestamp_s,
        "hw": poses.image_hw, "boxes": poses.boxes_xyxy, "scores": poses.scores,
        "joints": poses.joints_xy, "joint_scores": poses.joint_scores,
    }  # fmt: skip
    if frame.camera is not None:
        record["camera"] = frame.camera
    if poses.appearance.size:
        record["appearance"] = _encoded(poses.appearance)
    if poses.candidates.size:
        record["candidates"] = _encoded(poses.candidates)
    if (poses.track_ids != NO_TRACK).any():
        record["ids"] = poses.track_ids.tolist()
    if poses.origin.any():
        record["origin"] = poses.origin.tolist()
    if frame.is_cut:
        record["cut"] = True
    return _bytes({key: _single(value) for key, value in record.items()})


def _bytes(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY)


def _single(value: Any) -> Any:
    return np.ascontiguousarray(value, dtype=np.float32) if isinstance(value, np.ndarray) else value


def read_journal(path: str | os.PathLike[str]) -> tuple[JournalHead, Iterator[JournalFrame]]:
    """Read the head at once and the frames lazily.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is not a journal; or, while the frames are read, a line is broken (other than a last line
            without line feed, which a kill may have cut off).
    """
    try:
        with open(path, "rb") as file:
            first = file.readline()
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: cannot be read: {error.strerror or error}") from error
    head = _head(first, os.fspath(path))
    return head, _frames(path, head.skeleton.num_joints)


def _head(line: bytes, path: str) -> JournalHead:
    try:
        data = orjson.loads(line)
        if data["journal"] != VERSION:
            raise FormatError(f"{path}: journal of version {data['journal']}, expected {VERSION}: run the video again")
        return JournalHead(data["name"], get_skeleton(data["skeleton"]), data["fps"], data["info"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise FormatError(f"{path}: not the journal of a run: its first line is not a header") from error


def read_journal_end(path: str | os.PathLike[str]) -> JournalEnd:
    """Read the end of a journal; without one, the run was killed or the file was cut off, and ``complete`` is false.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            last = _last_line(file)
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: cannot be read: {error.strerror or error}") from error
    if last.startswith(_END) and last.endswith(b"\n"):
        data = orjson.loads(last)
        return JournalEnd(data["complete"], tuple(data["problems"]))
    return JournalEnd(False, (f"{os.fspath(path)}: has no end: the run was killed or the file cut off; frames may be missing",))


def _last_line(file: IO[bytes]) -> bytes:
    """The last line, with its line feed; b"" for an empty file."""
    size, reach = file.seek(0, os.SEEK_END), _USUAL_END
    while True:
        file.seek(max(size - reach, 0))
        lines = file.read().splitlines(keepends=True)
        if len(lines) > 1 or reach >= size:
            return lines[-1] if lines else b""
        reach *= 16


def _frames(path: str | os.PathLike[str], num_joints: int) -> Iterator[JournalFrame]:
    with open(path, "rb") as file:
        file.readline()
        for number, line in enumerate(file, start=2):
            if not line.endswith(b"\n") or line.startswith(_END):
                return
            try:
                yield from_record(line, num_joints)
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
                raise FormatError(
                    f"{os.fspath(path)}: line {number} is broken, expected the record of a frame ({error})"
                ) from error


def from_record(line: bytes, num_joints: int) -> JournalFrame:
    """The frame in a line written by ``to_record``.

    Raises:
        JSONDecodeError, KeyError, TypeError, ValueError: it is not such a line.
    """
    data: dict[str, Any] = orjson.loads(line)
    scores = _array(data["scores"])
    n = len(scores)
    joints = _array(data["joints"]).reshape(n, num_joints, 2)
    joint_scores = _array(data["joint_scores"]).reshape(n, num_joints)
    height, width = data["hw"]
    candidates = _decoded(data.get("candidates", ()), np.float32, n)
    valid = np.asarray(~np.isnan(joints[..., 0]))
    given: dict[str, Any] = {name: data[key] for name, key in (("track_ids", "ids"), ("origin", "origin")) if key in data}
    poses = FramePoses(
        data["frame"], (height, width), _array(data["boxes"]).reshape(n, 4), scores, joints, joint_scores, valid,
        appearance=_decoded(data.get("appearance", ()), np.int8, n),
        candidates=candidates.reshape(n, num_joints, candidates.shape[1] // (3 * num_joints), 3), **given,
    )  # fmt: skip
    camera = data.get("camera")
    return JournalFrame(
        poses, data["name"], data["time"], None if camera is None else _array(camera), bool(data.get("cut"))
    )


def _encoded(people: npt.NDArray[Any]) -> list[str]:
    """The numbers of each person, base64-encoded."""
    return [base64.b64encode(person.tobytes()).decode() for person in people]


def _decoded(texts: Sequence[str], dtype: npt.DTypeLike, people: int) -> npt.NDArray[Any]:
    """Inverse of ``_encoded``, (people, numbers); zero columns if nothing was written."""
    rows = [np.frombuffer(base64.b64decode(text), dtype) for text in texts]
    return np.stack(rows) if rows else np.zeros((people, 0), dtype)


def _array(values: Any) -> FloatArray:
    """JSON numbers, null = NaN, rounded to float32 and returned as float64."""
    return np.array(values, dtype=np.float64).astype(np.float32).astype(np.float64)
