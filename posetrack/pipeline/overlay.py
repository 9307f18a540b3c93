"""Write a video with poses drawn on it, frame by frame."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from posetrack.io.video_writer import VideoWriter
from posetrack.structures import Frame, FramePoses, Skeleton
from posetrack.visualization import Trails, draw_overlay

FPS_OF_IMAGES = 25.0  # if the source has no clock
TRAIL_FRAMES = 25  # default


class OverlayWriter:
    """Draws and encodes; the complete file appears at ``close``, if a frame was drawn.

    Args:
        path: an MP4 file.
        skeleton: skeleton of the poses.
        fps: frame rate of the source; None = it has no clock.
        trail_frames: length of the trail behind each person.
    """

    def __init__(self, path: Path, skeleton: Skeleton, fps: float | None, trail_frames: int) -> None:
        self.path = path
        self._skeleton = skeleton
        self._fps = fps or FPS_OF_IMAGES
        self._trails = Trails(trail_frames)
        self._video: VideoWriter | None = None

    def draw(self, frame: Frame, poses: FramePoses) -> None:
        """Add the next frame.

        Raises:
            OutputError: the file cannot be written.
        """
        if self._video is None:
            self._video = VideoWriter(self.path, self._fps, frame.image_hw)
        self._video.write(draw_overlay(frame.image, poses, self._skeleton, self._trails), frame.timestamp_s)

    def finish(self) -> None:
        """Finish encoding; the file is complete, but not yet in place."""
        if self._video is not None:
            self._video.finish()

    def close(self) -> list[Path]:
        """Move the file into place; return it, or an empty list if no frame was drawn."""
        if self._video is None:
            return []
        self._video.close()
        return [self.path]

    def abort(self) -> None:
        """Discard what was drawn; an existing file at ``path`` stays."""
        if self._video is not None:
            self._video.abort()

    def __enter__(self) -> OverlayWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()
