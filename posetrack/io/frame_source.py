"""Frames in order, from any source."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from posetrack.errors import InputError
from posetrack.structures import Frame, ImageArray

FrameRange = tuple[int, "int | None"]
Images = Iterator[tuple[int, ImageArray, "float | None"]]  # index in the whole source, RGB, presentation time


class FrameSource:
    """Frames in order; can be iterated once.

    Args:
        name: of the sequence.
        images: yields (index in the whole source, image, presentation time or None) for each frame of a range.
        frame_name: maps an index in the whole source to the frame's name.
        frames: first index and end index (exclusive), None = to the end.
        fps: mean frame rate, or None if the source has no clock.
        total: number of frames in the whole source, or None if not known in advance.
        problems: what was lost; the list grows while frames are read.
        close: releases the source.
        again: opens the same frames again; None = they can be read only once.
        files: the local files that are read.
    """

    def __init__(
        self,
        name: str,
        images: Callable[[FrameRange], Images],
        frame_name: Callable[[int], str],
        *,
        frames: FrameRange = (0, None),
        fps: float | None = None,
        total: int | None = None,
        problems: list[str] | None = None,
        close: Callable[[], None] = lambda: None,
        again: Callable[[], FrameSource] | None = None,
        files: Iterable[Path] = (),
    ) -> None:
        self.name = as_text(name)
        self.again = again
        self.files = tuple(files)
        self.fps = None if fps is None else float(fps)
        self.problems: list[str] = [] if problems is None else problems
        self._images = images(frames)
        self._frame_name = frame_name
        self._frames = frames
        self._total = total
        self._let_go = close
        self._lock = threading.Lock()  # guards the three flags below; never held while waiting for a frame
        self._closed = self._reading = self._gone = False

    @property
    def num_frames(self) -> int | None:
        """The expected number of frames, or None if unknown."""
        first, last = self._frames
        if self._total is None:
            return None if last is None else last - first
        return max(min(self._total, self._total if last is None else last) - first, 0)

    def __iter__(self) -> Iterator[Frame]:
        """The frames of the range; ``index`` counts from 0 at its start, ``name`` is by the index in the whole source.

        Raises:
            InputError: an image cannot be read, the range holds no frame, or the source is closed.
        """
        count = 0
        while (item := self._next()) is not None:
            position, image, timestamp_s = item
            yield Frame(count, image, timestamp_s, as_text(self._frame_name(position)), position)
            count += 1
        if count == 0:
            raise self._empty()

    def close(self) -> None:
        """Release the source; if another thread is waiting for a frame, as soon as that frame has arrived."""
        with self._lock:
            self._closed = True
        self._let_go_if_done()

    def _next(self) -> tuple[int, ImageArray, float | None] | None:
        with self._lock:
            if self._closed:
                raise InputError(f"{self.name}: the source is closed; open it again to read its frames")
            self._reading = True
        try:
            return next(self._images, None)
        finally:
            with self._lock:
                self._reading = False
            self._let_go_if_done()

    def _let_go_if_done(self) -> None:
        """Release the source, once, if it is closed and no thread is waiting for a frame."""
        with self._lock:
            done = self._closed and not self._reading and not self._gone
            self._gone = self._gone or done
        if done:
            self._let_go()

    def _empty(self) -> InputError:
        first, last = self._frames
        lost = f" ({self.problems[0]})" if self.problems else ""
        of = "" if self._total is None else f"; its header says that it has {self._total}"
        return InputError(f"{self.name}: no frame between {first} and {'the end' if last is None else last}{of}{lost}")

    def __enter__(self) -> FrameSource:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def as_text(name: str) -> str:
    """The name as valid UTF-8 text, with ? for undecodable bytes of a file name: results are UTF-8."""
    return name.encode(errors="replace").decode()
