"""Decode video with PyAV: true time stamps, upright frames, and as much of a damaged file as can be read."""

from __future__ import annotations

from collections.abc import Iterator

import av
import av.container
import numpy as np

from posetrack.errors import InputError
from posetrack.structures import ImageArray

OPEN_TIMEOUT_S = 10.0  # of a stream that does not answer
MOST_BAD_PACKETS = 500  # in a row: what follows is no video any more


class VideoReader:
    """The frames of a video file or stream.

    Args:
        location: path or URL.

    Attributes:
        fps: mean frame rate the container states, or None.
        num_frames: frames the container states, or None.
        problems: what was lost, filled while the frames are read.

    Raises:
        InputError: not a video, or one without a picture.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        self.problems: list[str] = []
        is_stream = "://" in location
        try:
            self._container = av.open(location, timeout=OPEN_TIMEOUT_S if is_stream else None)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            what = "the stream cannot be opened" if is_stream else "not a video that can be read"
            raise InputError(f"{location}: {what}: {_words(error)}{_hint(error)}") from error
        if not self._container.streams.video:
            self._container.close()
            raise InputError(f"{location}: no picture in this file, only {_other_streams(self._container)}")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps = float(rate) if rate else None
        self.num_frames = self._stream.frames or self._estimate()

    def _estimate(self) -> int | None:
        """Frames by duration and rate, where the container has no count."""
        duration, base = self._stream.duration, self._stream.time_base
        seconds = float(duration * base) if duration and base else (self._container.duration or 0) / av.time_base
        return round(seconds * self.fps) if self.fps and seconds > 0 else None

    def __iter__(self) -> Iterator[tuple[ImageArray, float | None]]:
        """(H, W, 3) uint8 RGB and its presentation time in seconds, in presentation order."""
        count = 0
        for frame in self._decode():
            if frame.is_corrupt:
                self.problems.append(f"{self.location}: frame {count} is damaged; it was used as it could be decoded")
            yield _upright(frame), frame.time
            count += 1
        stated = self._stream.frames
        if count == 0:
            raise InputError(f"{self.location}: no frame can be read{self._reason()}")
        if count < stated:
            self.problems.append(
                f"{self.location}: {stated} frames are announced, {count} could be read; the file is cut off or damaged"
            )

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Frames of all packets that decode; the others are noted."""
        bad_in_row = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as error:
                self.problems.append(f"{self.location}: reading stopped early: {_words(error)}")
                return
            try:
                frames = packet.decode()
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError) as error:
                at = f" near {float(packet.pts * packet.time_base):.2f} s" if packet.pts is not None else ""
                self.problems.append(f"{self.location}: a frame{at} cannot be decoded: {_words(error)}")
                bad_in_row += 1
                if bad_in_row > MOST_BAD_PACKETS:
                    return
                continue
            bad_in_row = 0
            yield from frames

    def _reason(self) -> str:
        return f" ({self.problems[0].split(': ', 1)[1]})" if self.problems else ""

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()


def _upright(frame: av.VideoFrame) -> ImageArray:
    """RGB with the rotation that the file asks the player for."""
    image = frame.to_ndarray(format="rgb24")
    quarter_turns = round((frame.rotation or 0) / 90) % 4  # counter-clockwise, as np.rot90 counts
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else np.asarray(image)


def _words(error: Exception) -> str:
    if isinstance(error, av.error.EOFError):
        return "it holds no frame"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _hint(error: Exception) -> str:
    return " (a video cut off before its index was written cannot be read)" if "nvalid data" in str(error) else ""


def _other_streams(container: av.container.InputContainer) -> str:
    return ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
