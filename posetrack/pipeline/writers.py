"""When the poses of a run are written: frame by frame, or window by window where they are linked and smoothed first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from posetrack.errors import InputError
from posetrack.io.journal import JournalFrame, from_record, to_record
from posetrack.io.prefetch import prefetch
from posetrack.io.frame_source import FrameSource
from posetrack.io.spool import Spool
from posetrack.pipeline.outputs import RunOutputs
from posetrack.pipeline.run_folder import OVERLAY
from posetrack.pipeline.track_config import TrackConfig
from posetrack.pipeline.windows import WindowedSettling
from posetrack.structures import NO_TRACK, Frame, FramePoses, Skeleton
from posetrack.tracking.linking import GlobalLinkingConfig
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

    def _write(self, frame: JournalFrame) -> None:
        self._outputs.add(frame.poses, frame.frame_name, frame.timestamp_s)
        self.frames, self.poses = self.frames + 1, self.poses + len(frame.poses)
        self._ids.update(i for i in frame.poses.track_ids.tolist() if i != NO_TRACK)


class StreamingWriter(_Counted):
    """Writes and draws each frame at once; keeps nothing but the ids."""

    def add(self, frame: Frame, tracked: JournalFrame) -> None:
        """The next frame."""
        self._write(tracked)
        self._outputs.draw(frame, tracked.poses)

    def finish(self, on_drawn: Callable[[], None], should_stop: Callable[[], bool]) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is held."""


class SettlingWriter(_Counted):
    """Links and smooths the poses window by window and writes them; draws them in a second pass over the frames.

    Until then the settled poses are in a nameless file beside the results, of which nothing is left, even after a kill.

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
        self._target, self._num_joints, self._again = config.target, skeleton.num_joints, again
        linking = config.linking
        self._filled = linking.max_fill_frames if isinstance(linking, GlobalLinkingConfig) and linking.fill else 0
        self._nobody: InputError | None = None
        self._windows = WindowedSettling(config, skeleton, fps)
        self._to_draw = None if again is None or not outputs.wants_overlay else Spool(outputs.folder / OVERLAY)

    def add(self, frame: Frame, tracked: JournalFrame) -> None:
        """The next frame.

        Raises:
            InputError: nobody is where the target should be.
        """
        self._look_for_target(tracked.poses)
        if self._again is None:
            self._outputs.draw(frame, tracked.poses)
        self._write_all(self._windows.add(tracked))

    def finish(self, on_drawn: Callable[[], None], should_stop: Callable[[], bool]) -> None:
        """Settle and write what is left, draw all.

        Args:
            on_drawn: called after each frame that is drawn.
            should_stop: asked after each frame; the overlay then ends there.
        """
        self._write_all(self._windows.finish())
        if self._again is None or self._to_draw is None:
            return
        with self._again() as source, closing(prefetch(source, depth=4)) as frames:  # type: ignore[type-var]
            for record, frame in zip(self._to_draw, frames, strict=False):  # more frames than poses of a stopped run
                self._outputs.draw(frame, from_record(record, self._num_joints).poses)
                on_drawn()
                if should_stop():
                    return

    def _look_for_target(self, poses: FramePoses) -> None:
        """Said now rather than at the end, where nobody is at the point so near its frame that linking may fill the gap."""
        target = self._target
        if target is None or abs(poses.frame_index - target.frame) > self._filled:
            return
        try:
            only_target([poses.at_frame(target.frame)], target)
            self._target = self._nobody = None
        except InputError as error:
            if poses.frame_index == target.frame:
                self._nobody = error
            if self._nobody is not None and poses.frame_index == target.frame + self._filled:
                raise self._nobody from error

    def close(self) -> None:
        """Give the disk space back."""
        if self._to_draw is not None:
            self._to_draw.close()

    def _write_all(self, settled: list[JournalFrame]) -> None:
        for frame in settled:
            self._write(frame)
            if self._to_draw is not None:
                self._to_draw.add(to_record(replace(frame, poses=_to_draw(frame.poses))))


def _to_draw(poses: FramePoses) -> FramePoses:
    """Without appearance and candidates, which are larger than all the rest and are not drawn."""
    return replace(poses, appearance=poses.appearance[:, :0], candidates=poses.candidates[:, :, :0])
