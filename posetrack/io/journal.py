"""The journal of a run: what the networks said of each frame, so that people are linked again without the networks.

One JSON object a line: first the head, then a record for each frame, appended as it is made (appearance as base64 of
int8, candidates of float32), then the end, which says what was lost. A line that was cut off by a kill is left out by the
reader. Numbers have float32 precision; ``rounded`` brings poses to it, so that a run and its replay see the same.
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
    """What holds for all frames: name of the sequence, joints of the poses, frames a second, what the run says of itself."""

    name: str
    skeleton: Skeleton
    fps: float | None
    info: dict[str, Any]


@dataclass(frozen=True, eq=False)
class JournalFrame:
    """One frame as the networks saw it, and what the trackers may want to know of its pictures.

    Attributes:
        poses: not tracked in the journal; with ids once the tracker has seen them.
        frame_name: its ``file_name``.
        timestamp_s: its presentation time, or None.
        camera: (2, 3) affine map of the background from the frame before, or None.
        is_cut: a new shot begins.
    """

    poses: FramePoses
    frame_name: str
    timestamp_s: float | None = None
    camera: FloatArray | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class JournalEnd:
    """Whether the run came to its end, and what it could not read."""

    complete: bool = True
    problems: tuple[str, ...] = ()


def rounded(poses: FramePoses) -> FramePoses:
    """The poses with the precision of the journal (float32)."""
    names = ("boxes_xyxy", "scores", "joints_xy", "joint_scores")
    changed: dict[str, Any] = {name: getattr(poses, name).astype(np.float32) for name in names}
    return replace(poses, **changed)


class JournalWriter:
    """Appends frames; each is handed to the system at once, so that a kill loses the last one at most.

    The file is written under another name, hidden and with the ending of ``path``, where a kill leaves it, and takes the
    place of ``path`` at ``close``.

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
        self.frames = 0  # appended
        self._finished = False
        record = {"journal": VERSION, "name": head.name, "skeleton": head.skeleton.name, "fps": head.fps, "info": head.info}
        try:
            self._write(_bytes(record))
        except BaseException:
            self.abort()
            raise

    def add(self, frame: JournalFrame) -> None:
        """Append one frame; its poses are written with float32 precision."""
        self._write(to_record(frame))
        self.frames += 1

    def _write(self, record: bytes) -> None:
        try:
            self._file.write(record + b"\n")
            self._file.flush()
        except OSError as error:
            raise output_error(self._path, error) from error

    def finish(self, end: JournalEnd | None = None) -> None:
        """Write the end (None = all is well), if that was not done. The file is whole, not in its place."""
        if self._finished:
            return
        end = end or JournalEnd()
        self._write(_bytes({"complete": end.complete, "problems": end.problems}))
        self._finished = True

    def close(self, end: JournalEnd | None = None) -> None:
        """Finish the file and put it in its place."""
        self.finish(end)
        try:
            self._file.close()
            put_in_place(self._temporary, self._path)
        except OSError as error:
            raise output_error(self._path, error) from error

    def abort(self) -> None:
        """Throw away what was written; what was at ``path`` stays."""
        self._let_go()
        self._temporary.unlink(missing_ok=True)

    def leave(self, end: JournalEnd) -> Path:
        """Finish the file, if there is room, and leave it under its other name, which is returned; ``path`` stays."""
        with suppress(OutputError):
            self.finish(end)
        self._let_go()
        leave(self._temporary)
        return self._temporary

    def _let_go(self) -> None:
        with suppress(OSError):  # of what there was no room for
            self._file.close()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def to_record(frame: JournalFrame) -> bytes:
    """One line, without its end. Ids are in it where a pose has one, as none of a journal has; origins where one says more."""
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
    """The head, and the frames one after the other.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is no journal; or, while the frames are read, a line is broken (not the last one, which a kill
            may have cut off).
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
        raise FormatError(f"{path}: this is no journal of a run: its first line has no head") from error


def read_journal_end(path: str | os.PathLike[str]) -> JournalEnd:
    """What the journal says at its end; one that has none is of a run that was killed, or was cut off.

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
    """With its end; b"" of an empty file."""
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
    """The frame of a line that ``to_record`` made.

    Raises:
        JSONDecodeError, KeyError, TypeError, ValueError: it made another.
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
    """The numbers of each person as base64."""
    return [base64.b64encode(person.tobytes()).decode() for person in people]


def _decoded(texts: Sequence[str], dtype: npt.DTypeLike, people: int) -> npt.NDArray[Any]:
    """(people, numbers) what ``_encoded`` made into these; no numbers where nothing was written."""
    rows = [np.frombuffer(base64.b64decode(text), dtype) for text in texts]
    return np.stack(rows) if rows else np.zeros((people, 0), dtype)


def _array(values: Any) -> FloatArray:
    """Of float32 numbers, null = NaN, as float64."""
    return np.array(values, dtype=np.float64).astype(np.float32).astype(np.float64)
