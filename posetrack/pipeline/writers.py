"""When the poses of a run are written: frame by frame, or after the last one where later steps want all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from posetrack.io.journal import JournalFrame
from posetrack.io.prefetch import prefetch
from posetrack.io.sources import FrameSource
from posetrack.pipeline.outputs import RunOutputs
from posetrack.pipeline.settle import settle
from posetrack.pipeline.track_config import TrackConfig
from posetrack.structures import NO_TRACK, Frame, FramePoses, Skeleton
from posetrack.tracking.target import only_target


class _Counted:
    """How much was written.

    Attributes:
        frames: written.
        poses: written, over all frames.
    """

    def __init__(self, outputs: RunOutputs) -> None:
        self._outputs = outputs
        self._ids: set[int] = set()
        self.frames = self.poses = 0

    @property
    def tracks(self) -> int:
        """People told apart."""
        return len(self._ids)

    def _write(self, frame: JournalFrame, poses: FramePoses) -> None:
        self._outputs.add(poses, frame.frame_name, frame.timestamp_s)
        self.frames, self.poses = self.frames + 1, self.poses + len(poses)
        self._ids.update(i for i in poses.track_ids.tolist() if i != NO_TRACK)


class StreamingWriter(_Counted):
    """Writes and draws each frame at once; keeps nothing but the ids."""

    def add(self, frame: Frame, tracked: JournalFrame) -> None:
        """The next frame."""
        self._write(tracked, tracked.poses)
        self._outputs.draw(frame, tracked.poses)

    def finish(self, on_drawn: Callable[[], None], should_stop: Callable[[], bool]) -> None:
        """Nothing is left to do."""


class SettlingWriter(_Counted):
    """Keeps the poses, links and smooths them after the last frame, then writes and draws them.

    Args:
        outputs: where to.
        config: linking and smoothing.
        skeleton: of the poses.
        fps: frames a second, None = not known.
        again: opens the frames once more for the overlay; None = each is drawn as it comes, with the poses it has then.
    """

    def __init__(
        self, outputs: RunOutputs, config: TrackConfig, skeleton: Skeleton, fps: float | None,
        again: Callable[[], FrameSource] | None,
    ) -> None:  # fmt: skip
        super().__init__(outputs)
        self._config, self._skeleton, self._fps, self._again = config, skeleton, fps, again
        self._kept: list[JournalFrame] = []

    def add(self, frame: Frame, tracked: JournalFrame) -> None:
        """The next frame.

        Raises:
            InputError: it is the frame in which the target should be, and nobody is there.
        """
        target = self._config.target
        if target is not None and target.frame == frame.index:
            only_target([tracked.poses], target)  # said now rather than at the end
        self._kept.append(tracked)
        if self._again is None:
            self._outputs.draw(frame, tracked.poses)

    def finish(self, on_drawn: Callable[[], None], should_stop: Callable[[], bool]) -> None:
        """Link, smooth, write, draw.

        Args:
            on_drawn: called after each frame that is drawn.
            should_stop: asked after each frame; the overlay then ends there.
        """
        settled = settle(self._kept, self._config, self._skeleton, self._fps)
        for tracked, poses in zip(self._kept, settled, strict=True):
            self._write(tracked, poses)
        if self._again is None or not self._outputs.wants_overlay:
            return
        with self._again() as source, closing(prefetch(source, depth=4)) as frames:  # type: ignore[type-var]
            for poses, frame in zip(settled, frames, strict=False):  # more frames than poses where the run was stopped
                self._outputs.draw(frame, poses)
                on_drawn()
                if should_stop():
                    return
