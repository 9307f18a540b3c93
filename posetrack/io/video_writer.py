"""Write H.264 video that plays in browsers."""

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

CLOCK_HZ = 90_000  # timestamp ticks per second; as in MPEG, fine enough for any frame rate
LONGEST_SIDE = 3840  # browsers support H.264 up to about level 5.2
SHORTEST_SIDE = 16
_BT709 = 1  # same code for matrix, primaries and transfer; ITU-T H.273
SLOWEST_FPS, FASTEST_FPS = 0.01, 1000.0  # containers may state anything; players accept these


class VideoWriter:
    """An MP4 file (H.264, yuv420p, index first) that appears complete at ``close``.

    The video has the size ``image_hw``, scaled down if a side exceeds 3840 pixels, with even sides of at least 16
    pixels. Frames of another size are put in the top-left corner, scaled down if necessary; the rest is black.

    Args:
        path: the file; until ``close``, and after ``abort``, an existing file is unchanged.
        fps: frame rate for frames without timestamps; clamped to 0.01 to 1000.
        image_hw: height and width of the frames.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], fps: float, image_hw: tuple[int, int]) -> None:
        self.path = Path(path)
        # Links are kept. The path is absolute, as FFmpeg takes text before a colon as a protocol otherwise.
        self._target = file_named(self.path)
        self._temporary = temporary_beside(self._target)
        self._fps = min(max(fps, SLOWEST_FPS), FASTEST_FPS)
        self._canvas_hw = _canvas(image_hw)
        self._last_pts = -1
        self._finished = False
        self._start_s: float | None = None  # the timestamp that counts as 0
        self._container = av.open(str(self._temporary), "w", format="mp4", options={"movflags": "faststart"})
        try:
            self._stream = self._add_stream()
            self._container.start_encoding()  # so that an unwritable folder is noticed now
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise _as_output_error(self.path, error) from error

    def _add_stream(self) -> av.VideoStream:
        # The rate is a hint: the timestamps determine the timing.
        rate = Fraction(min(max(self._fps, 1.0), 240.0)).limit_denominator(1001)
        stream = self._container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast"})
        stream.height, stream.width = self._canvas_hw
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = Fraction(1, CLOCK_HZ)
        # Players guess an unspecified colour space, and not all in the same way.
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = ColorRange.MPEG
        return stream

    def write(self, image: ImageArray, timestamp_s: float | None = None) -> None:
        """Append a frame.

        Args:
            image: (H, W, 3) uint8 RGB.
            timestamp_s: presentation time; the first frame's counts as 0. None = 1/fps after the previous frame. One
                that is not later than the previous frame's (as in videos joined without a new clock) counts as 1/fps
                after it, and later ones are relative to that.
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
        """Encode what is left; raises OutputError, also if no frame was written. The file is not yet in place."""
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
        """Finish the file, unless already done, and put it in place."""
        if not self._finished:
            self.finish()
        try:
            put_in_place(self._temporary, self._target)
        except OSError as error:
            self.abort()
            raise _as_output_error(self.path, error) from error

    def abort(self) -> None:
        """Discard what was written."""
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
    """The even size at which frames of ``image_hw`` are written."""
    scale = min(1.0, LONGEST_SIDE / max(image_hw))
    height, width = (max(SHORTEST_SIDE, round(side * scale)) for side in image_hw)
    return height + height % 2, width + width % 2


def _fit(image: ImageArray, canvas_hw: tuple[int, int]) -> ImageArray:
    """Place the image on the canvas, scaled down if necessary, never up; the rest is black."""
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
