"""Decode video with PyAV: true timestamps, upright frames, and as much of a damaged file as can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import av.container
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Colorspace

from posetrack.errors import InputError
from posetrack.structures import FloatArray, ImageArray

STREAM_TIMEOUT_S = 10.0  # for a stream that does not respond, or stops responding
MOST_BAD_PACKETS = 500  # in a row: what follows is no longer video
_WITHOUT_PRESENTATION_TIMES = ("avi", "asf")  # containers whose times are scrambled if frames are decoded out of order
_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
MOST_PROBLEMS = 50  # reported individually; the rest is only counted
_SQUARE = 0.01  # pixels whose aspect ratio differs from 1 by less count as square
_WIDEST = 5.0  # a header that states wider pixels is damaged
_MISSING_END_FRAMES = 3.0  # a video without a frame count that ends more frame periods early was cut off
_WITH_INDEX = "mov,mp4,m4a,3gp,3g2,mj2"  # FFmpeg's name for the MP4 family
_TEXT_AS_PICTURES = "tty"  # FFmpeg renders text files as terminal screens
_CUT_OFF_HINT = " (a video cut off before its index was written cannot be read)"
_DISPLAY_MATRIX = "DISPLAYMATRIX"
# With slice threading, these FFmpeg decoders neither conceal damage nor mark the frame as corrupt (``enable_er`` in
# h264dec.c); only the log shows it. The log is shared by all threads of a process: captures by two readers mix.
_SILENT_WITH_SLICE_THREADS = ("h264",)


class VideoReader:
    """The frames of a video file or stream; read once.

    Args:
        location: path or URL.

    Attributes:
        shown: the location for display, without the credentials in a URL.
        fps: mean frame rate according to the container, or None.
        num_frames: number of frames according to the container, or estimated from its duration and frame rate; None =
            unknown.
        most_frames: maximum number of frames; None = not certain.
        problems: what was lost, filled while the frames are read.

    Raises:
        InputError: not a video, or one without a picture.
    """

    def __init__(self, location: str) -> None:
        self.shown = without_secrets(location)
        self.problems: list[str] = []
        self._matrices: dict[int, npt.NDArray[np.int32] | None] = {}
        self._untold = self._packets = self._discarded = 0
        is_stream = "://" in location
        try:
            # FFmpeg takes text before a colon as a protocol unless the path starts with a slash.
            where = location if is_stream else str(Path(location).absolute())
            self._container = av.open(where, timeout=STREAM_TIMEOUT_S if is_stream else None)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            what = "the stream cannot be opened" if is_stream else "not a video that can be read"
            raise InputError(f"{self.shown}: {what}: {_words(error)}{_hint(error)}") from error
        self._stream = self._picture_stream()
        # Frame threading loses good frames around damaged ones; slice threading does not.
        by_slices = self._stream.codec_context.name not in _SILENT_WITH_SLICE_THREADS
        self._stream.thread_type = "SLICE" if by_slices else "NONE"
        self._pixel_width = _pixel_width(self._stream)
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps = float(rate) if rate else None
        self.num_frames = self._stream.frames or self._estimate()
        self.most_frames = None if is_stream else self._index_length()

    def _picture_stream(self) -> av.VideoStream:
        """The file's main video stream; the cover picture of an audio file does not count."""
        stream = self._container.streams.best("video")
        if self._container.format.name == _TEXT_AS_PICTURES:
            self._container.close()
            raise InputError(f"{self.shown}: not a video that can be read: it is text")
        if not self._container.streams:
            self._container.close()
            raise InputError(f"{self.shown}: not a video that can be read: it holds nothing{_CUT_OFF_HINT}")
        if stream is None or av.stream.Disposition.attached_pic in stream.disposition:
            others = ", ".join(sorted({s.type for s in self._container.streams if s is not stream})) or "a picture"
            self._container.close()
            raise InputError(f"{self.shown}: no video in this file, only {others}")
        assert isinstance(stream, av.VideoStream)
        return stream

    def _estimate(self) -> int | None:
        """Number of frames from duration and frame rate, for containers without a count."""
        duration, base = self._stream.duration, self._stream.time_base
        seconds = float(duration * base) if duration and base else (self._container.duration or 0) / av.time_base
        return round(seconds * self.fps) if self.fps and seconds > 0 else None

    def _index_length(self) -> int | None:
        """Number of frames in a file's MP4 index if that lists all; None otherwise.

        Fragmented files have several indices (of a stream, maybe only the first is known), and the count in other
        containers may be wrong.
        """
        whole = self._stream.frames >= (self._estimate() or 1)
        return self._stream.frames if whole and self._container.format.name == _WITH_INDEX else None

    def read(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, ImageArray, float | None]]:
        """Frames ``first`` to ``last`` - 1 of those that can be decoded, in presentation order.

        Yields:
            index, (H, W, 3) uint8 RGB upright with square pixels, and presentation time in seconds. A frame without a
            timestamp is placed one frame period after the previous one; None if there is no frame rate either.

        Raises:
            InputError: no frame of the whole file can be decoded.
        """
        time_s = stamp_s = None
        count = 0
        if last is not None and last <= first:
            return
        for frame in self._decode():
            own_s = self._stamp(frame)
            time_s = own_s if own_s is not None else self._next_time(time_s)
            if own_s is not None and stamp_s is not None and own_s < stamp_s:
                self._note(f"timestamps go back at frame {count}, from {stamp_s:.2f} s to {own_s:.2f} s")
            stamp_s = own_s if own_s is not None else stamp_s
            if frame.is_corrupt:
                self._note(f"frame {count} is damaged; it was used as far as it could be decoded")
            if count >= first:
                yield count, self._upright(frame), time_s
            count += 1
            if count == last:
                self._tell_untold()
                return
        if count == 0:
            raise InputError(f"{self.shown}: no frame can be read{self._reason()}")
        self._compare_with_announced(count, time_s)
        self._tell_untold()

    def _stamp(self, frame: av.VideoFrame) -> float | None:
        """The frame's own timestamp in seconds, or None."""
        if self._container.format.name not in _WITHOUT_PRESENTATION_TIMES:
            return frame.time
        return None if frame.dts is None or frame.time_base is None else float(frame.dts * frame.time_base)

    def _upright(self, frame: av.VideoFrame) -> ImageArray:
        """The frame as RGB with square pixels, rotated and mirrored as the file's display matrix requires."""
        rgb = frame.reformat(format="rgb24", src_colorspace=_colours(frame))
        image: ImageArray = np.asarray(rgb.to_ndarray(), dtype=np.uint8)
        if self._pixel_width != 1.0:
            size = max(1, round(image.shape[1] * self._pixel_width)), image.shape[0]
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        turn = frame.rotation
        if turn not in self._matrices:
            # PyAV never frees a frame whose side data was accessed, so do it once per rotation, which is once for most
            # files. The rotation alone is not enough: it reports a mirror image as a half turn.
            found: Any = frame.side_data.get(_DISPLAY_MATRIX)
            self._matrices[turn] = None if found is None else np.frombuffer(found, dtype=np.int32)[[0, 1, 3, 4]]
        matrix = self._matrices[turn]
        return image if matrix is None else orient(image, matrix.astype(np.float64))

    def _next_time(self, before_s: float | None) -> float | None:
        if self.fps is None:
            return None
        return 0.0 if before_s is None else before_s + 1.0 / self.fps

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Frames of all packets that can be decoded; the others are reported in ``problems``."""
        bad_in_row = 0
        packets = self._container.demux(self._stream)
        while bad_in_row <= MOST_BAD_PACKETS:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except IndexError:  # PyAV 18.1 at the end of a file in which a stream appeared later
                yield from self._flush()
                return
            except (av.error.FFmpegError, OSError) as error:
                self._note(f"reading stopped early: {_words(error)}")
                yield from self._flush()
                return
            if packet.size:
                self._packets += 1
                self._discarded += packet.is_discard
            try:
                frames = packet.decode()
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError) as error:
                at = f" near {float(packet.pts * packet.time_base):.2f} s" if packet.pts is not None else ""
                self._note(f"a frame{at} cannot be decoded and is skipped: {_words(error)}")
                bad_in_row += 1
                continue
            bad_in_row = 0
            yield from frames
        self._note(f"reading stopped after {MOST_BAD_PACKETS} frames in a row that cannot be decoded")

    def _flush(self) -> Iterator[av.VideoFrame]:
        """Frames that the decoder still holds back, as B-frames make it do; none if it was flushed already."""
        with suppress(av.error.FFmpegError):
            yield from self._stream.codec_context.decode(None)

    def _compare_with_announced(self, count: int, end_s: float | None) -> None:
        """Report frames that the container announces and the file does not contain."""
        promised = self._stream.frames - self._discarded  # edit lists can leave frames that are not shown
        if self._stream.frames:
            if count < promised:
                cut = self._packets < self._stream.frames
                why = "the file is cut off or damaged" if cut else "the others are damaged or empty"
                self._note(f"{promised} frames announced, {count} could be read; {why}")
            return
        # Matroska has a duration but no frame count; with audio, which may last longer, the duration says nothing.
        if "matroska" in self._container.format.name and len(self._container.streams) == 1 and end_s is not None:
            duration_s = (self._container.duration or 0) / av.time_base
            if duration_s - end_s > _MISSING_END_FRAMES / (self.fps or 1.0):
                self._note(
                    f"{duration_s:.2f} s announced, the last frame is at {end_s:.2f} s; the file may be cut off"
                )

    def _note(self, problem: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{self.shown}: {problem}")
        else:
            self._untold += 1

    def _tell_untold(self) -> None:
        if self._untold:
            self.problems.append(f"{self.shown}: and {self._untold} more problems of this kind")
            self._untold = 0

    def _reason(self) -> str:
        return f" ({self.problems[0].removeprefix(self.shown + ': ')})" if self.problems else ""

    def close(self) -> None:
        """Close the file or stream."""
        self._container.close()


def _pixel_width(stream: av.VideoStream) -> float:
    """Pixel aspect ratio (width / height), not 1 for anamorphic video (DV, HDV); 1 if nearly square or implausible."""
    stated = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    ratio = float(stated) if stated else 1.0
    return ratio if 1 / _WIDEST < ratio < _WIDEST and abs(ratio - 1.0) >= _SQUARE else 1.0


def without_secrets(location: str) -> str:
    """A URL without user, password and query, which may contain a token; a path unchanged."""
    if "://" not in location:
        return location
    return re.sub(r"://[^/?#]*@", "://", location).split("?", 1)[0]


def orient(image: ImageArray, matrix: FloatArray) -> ImageArray:
    """Apply a display matrix, to the nearest quarter turn.

    Args:
        image: (H, W, 3) uint8.
        matrix: (4,) a, b, c, d: the pixel (x, y) is shown at (a x + c y, b x + d y), up to scale and shift.

    Source: ISO 14496-12 8.3.2, the matrix of ``tkhd``.
    """
    a, b, c, d = matrix
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, from_x, from_y = image.transpose(1, 0, 2), c, b
    else:
        from_x, from_y = a, d
    return np.ascontiguousarray(image[:: -1 if from_y < 0 else 1, :: -1 if from_x < 0 else 1])


def _colours(frame: av.VideoFrame) -> Colorspace | None:
    """The YUV colour space if the file does not state one: guessed from the size, as players do; None = as stated."""
    large = frame.width >= 1280 or frame.height > 576
    return Colorspace.ITU709 if frame.colorspace == _UNSPECIFIED and large else None


def _words(error: Exception) -> str:
    if isinstance(error, av.error.EOFError):
        return "it holds no frame"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _hint(error: Exception) -> str:
    return _CUT_OFF_HINT if "nvalid data" in str(error) else ""
