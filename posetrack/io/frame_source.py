"""Frames in order, wherever they come from."""

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
    """Frames in order; iterate once.

    Args:
        name: of the sequence.
        images: gives (index in the whole source, image, presentation time or None) for each frame of a range.
        frame_name: the name of the frame at an index of the whole source.
        frames: first index and the one after the last, None = to the end.
        fps: mean frame rate, or None where the source has no clock.
        total: frames of the whole source, or None where it is not known before.
        problems: what was lost; the list grows while the frames are read.
        close: lets go of the source.
        again: opens the same frames once more; None = they come only once.
        files: what is read of this machine's files.
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
        self._lock = threading.Lock()  # of the three below, never held while a frame is waited for
        self._closed = self._reading = self._gone = False

    @property
    def num_frames(self) -> int | None:
        """How many frames there should be, as far as is known."""
        first, last = self._frames
        if self._total is None:
            return None if last is None else last - first
        return max(min(self._total, self._total if last is None else last) - first, 0)

    def __iter__(self) -> Iterator[Frame]:
        """The frames of the range; ``index`` counts from 0 at its start, ``name`` keeps the source's number.

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
        """Let go of the source; while another thread waits for a frame of it, as soon as that has come."""
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
        """Once, where the source is closed and no frame of it is waited for."""
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
    """The name as text, with ? for bytes of a file's name that are none: results are UTF-8."""
    return name.encode(errors="replace").decode()
