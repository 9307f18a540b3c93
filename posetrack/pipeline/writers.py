"""Writers of a run's poses: frame by frame, or window by window if they are linked and smoothed first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from posetrack.errors import InputError, OutputError
from posetrack.io.journal import JournalFrame, from_record, to_record
from posetrack.io.prefetch import prefetch
from posetrack.io.frame_source import FrameSource
from posetrack.io.spool import Spool
from posetrack.pipeline.outputs import RunOutputs
from posetrack.pipeline.run_folder import OVERLAY
from posetrack.pipeline.settle import linking_of
from posetrack.pipeline.track_config import TrackConfig
from posetrack.pipeline.windows import WindowedSettling
from posetrack.structures import NO_TRACK, Frame, FramePoses, Skeleton
from posetrack.tracking.linking import GlobalLinkingConfig
from posetrack.tracking.target import anybody_near, only_target


class _Counted:
    """Counts what was written.

    Attributes:
        frames: frames written.
        poses: poses written, over all frames.
    """

    def __init__(self, outputs: RunOutputs) -> None:
        self._outputs = outputs
        self._ids: set[int] = set()
        self.frames = self.poses = 0

    @property
    def tracks(self) -> int:
        """Number of different track ids."""
        return len(self._ids)

    def _write(self, frame: JournalFrame) -> None:
        self._outputs.add(frame.poses, frame.frame_name, frame.timestamp_s)
        self.frames, self.poses = self.frames + 1, self.poses + len(frame.poses)
        self._ids.update(i for i in frame.poses.track_ids.tolist() if i != NO_TRACK)


class StreamingWriter(_Counted):
    """Writes and draws each frame immediately; keeps only the ids."""

    def add(self, frame: Frame, tracked: JournalFrame) -> None:
        """Write and draw the next frame."""
        self._write(tracked)
        self._outputs.draw(frame, tracked.poses)

    def settle(self) -> None:
        """Do nothing; everything is already written."""

    def draw(self, on_drawn: Callable[[], None], should_stop: Callable[[], bool]) -> None:
        """Do nothing; everything is already drawn."""

    def close(self) -> None:
        """Do nothing; no resources are held."""


class SettlingWriter(_Counted):
    """Links and smooths the poses window by window and writes them; draws them in a second pass over the frames.

    Until then the settled poses are kept in an unnamed file beside the results, of which nothing remains, even after a
    kill.

    Args:
        outputs: where results are written.
        config: linking and smoothing.
        skeleton: skeleton of the poses.
        fps: frames per second; None = unknown.
        again: reopens the frames for the overlay; None = each frame is drawn as it arrives, with the poses it has then.
    """

    def __init__(
        self, outputs: RunOutputs, config: TrackConfig, skeleton: Skeleton, fps: float | None,
        again: Callable[[], FrameSource] | None,
    ) -> None:  # fmt: skip
        super().__init__(outputs)
        self._target, self._num_joints, self._again = config.target, skeleton.num_joints, again
        linking = linking_of(config)
        self._filled = linking.max_fill_frames if isinstance(linking, GlobalLinkingConfig) and linking.fill else 0
        self._at_target: FramePoses | None = None
        self._windows = WindowedSettling(config, skeleton, fps)
        self._to_draw = None if again is None or not outputs.wants_overlay else Spool(outputs.folder / OVERLAY)

    def add(self, frame: Frame, tracked: JournalFrame) -> None:
        """Take the next frame, and write any frames it settles.

        Raises:
            InputError: nobody is where the target should be.
        """
        self._look_for_target(tracked.poses)
        if self._again is None:
            self._outputs.draw(frame, tracked.poses)
        self._write_all(self._windows.add(tracked))

    def settle(self) -> None:
        """Settle and write the remaining frames.

        Raises:
            InputError: nobody is where the target should be.
        """
        self._write_all(self._windows.finish())

    def draw(self, on_drawn: Callable[[], None], should_stop: Callable[[], bool]) -> None:
        """Draw all frames. An error or interrupt affects only the overlay (``RunOutputs.overlay_fault``).

        Args:
            on_drawn: called after each drawn frame.
            should_stop: checked after each frame; if true, the overlay ends there.
        """
        if self._again is None or self._to_draw is None or not self._outputs.wants_overlay:
            return
        try:
            drawn = self._draw_again(self._again, self._to_draw, on_drawn, should_stop)
        except InputError as error:
            self._outputs.give_up_overlay(f"{OVERLAY}: the pictures cannot be read again: {error}")
        except OutputError as error:  # buffered data could not be written to disk
            self._outputs.give_up_overlay(str(error))
        except KeyboardInterrupt:
            self._outputs.give_up_overlay(f"{OVERLAY}: was not finished, and is left out")
        else:
            if drawn < self.frames and self._outputs.wants_overlay:
                self._outputs.overlay_fault = f"{OVERLAY}: ends after {drawn} of {self.frames} frames"

    def _draw_again(
        self, again: Callable[[], FrameSource], to_draw: Spool, on_drawn: Callable[[], None], should_stop: Callable[[], bool]
    ) -> int:
        """Draw the settled poses onto the reopened frames; return how many were drawn."""
        drawn = 0
        with again() as source, closing(prefetch(source, depth=4)) as frames:  # type: ignore[type-var]
            for record, frame in zip(to_draw, frames, strict=False):  # a stopped run has more frames than poses
                tracked = from_record(record, self._num_joints)
                if frame.name != tracked.frame_name:
                    raise InputError(f"found {frame.name}, expected {tracked.frame_name}")
                self._outputs.draw(frame, tracked.poses)
                drawn += 1
                on_drawn()
                if should_stop() or not self._outputs.wants_overlay:
                    break
        return drawn

    def _look_for_target(self, poses: FramePoses) -> None:
        """Raise early if nobody is near the target in any frame from which linking could fill the target's frame."""
        target = self._target
        if target is None or abs(poses.frame_index - target.frame) > self._filled:
            return
        if anybody_near(poses, target):
            self._target = None
        elif poses.frame_index == target.frame:
            self._at_target = poses
        if self._target is not None and self._at_target is not None and poses.frame_index == target.frame + self._filled:
            only_target([self._at_target], target)  # raises

    def close(self) -> None:
        """Release the temporary disk space."""
        if self._to_draw is not None:
            self._to_draw.close()

    def _write_all(self, settled: list[JournalFrame]) -> None:
        for frame in settled:
            self._write(frame)
            if self._to_draw is not None and self._outputs.wants_overlay:
                self._keep(self._to_draw, frame)

    def _keep(self, to_draw: Spool, frame: JournalFrame) -> None:
        try:
            to_draw.add(to_record(replace(frame, poses=_to_draw(frame.poses))))
        except OutputError as error:
            self._outputs.give_up_overlay(str(error))


def _to_draw(poses: FramePoses) -> FramePoses:
    """Drop appearance and candidates, which are larger than everything else and are not drawn."""
    return replace(poses, appearance=poses.appearance[:, :0], candidates=poses.candidates[:, :, :0])
