"""Write H.264 video that plays in a browser."""

from __future__ import annotations

import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from posetrack.errors import OutputError
from posetrack.io.atomic import file_named, output_error, put_in_place, temporary_beside
from posetrack.structures import ImageArray

CLOCK_HZ = 90_000  # ticks of a time stamp; what MPEG uses, fine enough for any frame rate
LONGEST_SIDE = 3840  # H.264 in browsers ends at level 5.2 or so
SHORTEST_SIDE = 16
_BT709 = 1  # colour space, primaries and transfer have the same number; ITU-T H.273
SLOWEST_FPS, FASTEST_FPS = 0.01, 1000.0  # what containers state can be anything; players take these


class VideoWriter:
    """An MP4 file (H.264, yuv420p, index first) that appears whole at ``close``.

    Frames of another shape than the first are fitted into it with black bars; frames with a side
    above 3840 pixels are made smaller; sides are made even.

    Args:
        path: the file; until ``close``, and after ``abort``, what was there stays.
        fps: frames per second where no time stamps are given; brought within 0.01 to 1000.
        image_hw: height and width of the frames.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], fps: float, image_hw: tuple[int, int]) -> None:
        self.path = Path(path)
        # A link stays a link; and FFmpeg takes what stands before a colon for a protocol unless a slash leads.
        self._target = file_named(self.path)
        self._temporary = temporary_beside(self._target)
        self._fps = min(max(fps, SLOWEST_FPS), FASTEST_FPS)
        self._canvas_hw = _canvas(image_hw)
        self._last_pts = -1
        self._finished = False
        self._start_s: float | None = None  # the time stamp that counts as 0
        self._container = av.open(str(self._temporary), "w", format="mp4", options={"movflags": "faststart"})
        try:
            self._stream = self._add_stream()
            self._container.start_encoding()  # so that a folder that cannot be written to is noticed now
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise _as_output_error(self.path, error) from error

    def _add_stream(self) -> av.VideoStream:
        # The rate is a hint: the time stamps are what counts.
        rate = Fraction(min(max(self._fps, 1.0), 240.0)).limit_denominator(1001)
        stream = self._container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast"})
        stream.height, stream.width = self._canvas_hw
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = Fraction(1, CLOCK_HZ)
        # Players guess the colours of a video that does not say, and not all alike.
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = ColorRange.MPEG
        return stream

    def write(self, image: ImageArray, timestamp_s: float | None = None) -> None:
        """Append a frame.

        Args:
            image: (H, W, 3) uint8 RGB.
            timestamp_s: when it is shown, relative to the first frame's; None = one 1/fps after the last. One that
                does not come after the last frame's (videos joined without a new clock) counts as 1/fps after it, and
                later ones from there.
        """
        rgb = av.VideoFrame.from_ndarray(_fit(image, self._canvas_hw), format="rgb24")
        frame = rgb.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
        frame.pts = self._pts(timestamp_s)
        frame.time_base = Fraction(1, CLOCK_HZ)
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise _as_output_error(self.path, error) from error

    def _pts(self, timestamp_s: float | None) -> int:
        pts = self._last_pts + round(CLOCK_HZ / self._fps) if self._last_pts >= 0 else 0
        if timestamp_s is not None:
            stated = None if self._start_s is None else round((timestamp_s - self._start_s) * CLOCK_HZ)
            if stated is not None and stated > self._last_pts:
                pts = stated
            else:
                self._start_s = timestamp_s - pts / CLOCK_HZ
        self._last_pts = pts
        return pts

    def finish(self) -> None:
        """Encode what is left; raises OutputError also when no frame was written. The file is whole, not in its place."""
        if self._last_pts < 0:
            self.abort()
            raise OutputError(f"{self.path}: cannot be written: a video needs at least one frame")
        try:
            self._container.mux(self._stream.encode())
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise _as_output_error(self.path, error) from error
        self._finished = True

    def close(self) -> None:
        """Finish the file, if that was not done, and put it in its place."""
        if not self._finished:
            self.finish()
        try:
            put_in_place(self._temporary, self._target)
        except OSError as error:
            self.abort()
            raise _as_output_error(self.path, error) from error

    def abort(self) -> None:
        """Throw away what was written."""
        with suppress(av.error.FFmpegError, OSError, ValueError):
            self._container.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def _canvas(image_hw: tuple[int, int]) -> tuple[int, int]:
    """The even size that frames of ``image_hw`` are written at."""
    scale = min(1.0, LONGEST_SIDE / max(image_hw))
    height, width = (max(SHORTEST_SIDE, round(side * scale)) for side in image_hw)
    return height + height % 2, width + width % 2


def _fit(image: ImageArray, canvas_hw: tuple[int, int]) -> ImageArray:
    """The image within the canvas, made smaller if it must be, never larger; the rest is black."""
    if image.shape[:2] == canvas_hw:
        return image
    height, width = image.shape[:2]
    scale = min(1.0, canvas_hw[0] / height, canvas_hw[1] / width)
    if scale < 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    canvas = np.zeros((*canvas_hw, 3), dtype=np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def _as_output_error(path: Path, error: Exception) -> OutputError:
    if isinstance(error, OSError) and error.errno is not None:
        return output_error(path, OSError(error.errno, error.strerror or str(error)))
    return OutputError(f"{path}: cannot be written: {error}")
