"""Common base of the two PoseTrack writers: frames go in one by one, one file comes out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import IO, Any

import orjson

from posetrack.errors import OutputError
from posetrack.io.atomic import atomic_write
from posetrack.io.posetrack_names import folder_name
from posetrack.io.spool import Spool
from posetrack.structures import NO_TRACK, FloatArray, FramePoses, SequenceInfo, Skeleton


class PoseStreamWriter(ABC):
    """Writes a sequence frame by frame; memory use does not grow with its length.

    The complete file appears at ``close``; until then, and after ``abort``, ``path`` is unchanged. As a context
    manager it closes when the block is left normally and aborts when it is left by an exception.

    Args:
        path: the file.
        name: of the sequence, such as ``003418_mpii_test`` or the video's name.
        skeleton: the joints of all poses.
        info: the top-level ``info`` of the file; the attribute ``info`` can be changed until ``close``.
        image_sizes: write the size of each image; False if ``FramePoses.image_hw`` is not the true size.

    Raises:
        OutputError: the file cannot be written, or ``info`` cannot be written as JSON.
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
        self.path = os.fspath(path)
        self.name = name
        self.skeleton = skeleton
        self.info: dict[str, Any] = dict(info or {})
        try:  # now rather than after hours of work
            orjson.dumps(self.info, option=orjson.OPT_SERIALIZE_NUMPY)
        except TypeError as error:
            raise OutputError(f"{self.path}: info cannot be written as JSON: {error}") from error
        self._image_sizes = image_sizes
        self._frames = Spool(path)
        self._first_folder: str | None = None
        self._open = True

    def add(
        self,
        poses: FramePoses,
        frame_name: str,
        timestamp_s: float | None = None,
        *,
        labelled: bool = True,
        image_id: int | None = None,
        ignore_regions: Sequence[FloatArray] = (),
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Append the next frame.

        Args:
            poses: the persons, possibly none; joints of ``skeleton``.
            frame_name: the frame's ``file_name``.
            timestamp_s: its presentation time.
            labelled: its ``is_labeled``.
            image_id: its image id. None: in PoseTrack18, PoseTrack's id if the names are PoseTrack's, else the frame
                index; in PoseTrack17, none.
            ignore_regions: polygons, each (M, 2) pixels.
            fields: other fields of the frame, as in ``SequenceInfo.frame_fields``.
        """
        if not self._open:
            raise ValueError(f"{self.path}: the writer is closed")
        if poses.num_joints != self.skeleton.num_joints:
            expected = f"{self.skeleton.num_joints} of {self.skeleton.name}"
            raise ValueError(f"{self.path}: the poses have {poses.num_joints} joints, expected {expected}")
        if self._first_folder is None:
            self._first_folder = folder_name(frame_name)
        extra: dict[str, Any] = dict(fields or {})
        if timestamp_s is not None:
            extra["timestamp_s"] = float(timestamp_s)
        self._add(poses, frame_name, extra, labelled, image_id, ignore_regions)

    def close(self) -> None:
        """Write the file. Calling it again does nothing."""
        if not self._open:
            return
        try:
            with atomic_write(self.path) as file:
                file.write(b"{")
                self._write(file)
                file.write(b"}\n")
        finally:
            self.abort()

    def abort(self) -> None:
        """Discard everything; ``path`` is unchanged."""
        self._open = False
        self._frames.close()

    def __enter__(self) -> PoseStreamWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def info_block(self) -> dict[str, Any]:
        """The ``info`` to write, with the sequence's name; {} if it is empty and the frames' folder has that name."""
        if not self.info and self._first_folder == self.name:
            return {}
        return {"sequence": self.name, **self.info}

    @abstractmethod
    def _add(
        self,
        poses: FramePoses,
        frame_name: str,
        extra: dict[str, Any],
        labelled: bool,
        image_id: int | None,
        ignore_regions: Sequence[FloatArray],
    ) -> None:
        """Store one frame."""

    @abstractmethod
    def _write(self, file: IO[bytes]) -> None:
        """Write the members of the top-level object."""


def add_sequence(
    writer: PoseStreamWriter,
    info: SequenceInfo,
    frames: Iterable[FramePoses],
    ignore_regions: Sequence[Sequence[FloatArray]] | None = None,
) -> None:
    """Add the frames of a sequence to a writer, which stays open; only one frame is held at a time.

    Args:
        writer: an open writer.
        info: the sequence.
        frames: its poses, one entry per frame.
        ignore_regions: of each frame, as in ``SequencePoses``; None = none.
    """
    if info.fps is not None:
        writer.info.setdefault("fps", info.fps)
    for index, poses in enumerate(frames):
        writer.add(
            poses,
            info.frame_names[index],
            None if info.timestamps_s is None else info.timestamps_s[index],
            labelled=info.labelled[index],
            image_id=None if info.image_ids is None else info.image_ids[index],
            ignore_regions=ignore_regions[index] if ignore_regions else (),
            fields=None if info.frame_fields is None else info.frame_fields[index],
        )


def file_track_ids(poses: FramePoses) -> list[int]:
    """The track ids for a file: negative and unique (-1 - index) for persons without one.

    The official evaluator needs an id for every person, even for AP, unique in the frame. The readers take
    negative ids for no track.
    """
    return [index_id if index_id != NO_TRACK else -1 - i for i, index_id in enumerate(poses.track_ids.tolist())]
