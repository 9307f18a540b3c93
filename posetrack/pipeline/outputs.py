"""The output files of a run: poses, overlay, configuration; each appears complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from posetrack.config import dump_config
from posetrack.errors import OutputError
from posetrack.io import PoseTrack17StreamWriter, PoseTrack18StreamWriter, convert_poses
from posetrack.io.atomic import atomic_write, leftovers
from posetrack.io.journal import JournalEnd, JournalFrame, JournalHead, JournalWriter
from posetrack.pipeline.config import OutputConfig, RunConfig
from posetrack.pipeline.overlay import OverlayWriter
from posetrack.pipeline.run_folder import CONFIG, JOURNAL, OVERLAY, POSES, make_folder
from posetrack.structures import Frame, FramePoses, Skeleton


class RunOutputs:
    """Writes the results frame by frame; memory does not grow with the length of the video.

    Args:
        folder: created if missing; files of an earlier run are replaced at ``close``.
        name: name of the sequence.
        model_skeleton: joints of the incoming poses.
        skeleton: joints of the written poses.
        config: what is written, and how.
        fps: frame rate of the overlay; None = the source has no clock.
        info: the ``info`` block of poses.json; may be added to until ``close``.

    Attributes:
        wants_overlay: whether ``draw`` does anything.
        overlay_fault: why a requested overlay is missing or incomplete.

    Raises:
        OutputError: something cannot be written.
    """

    def __init__(
        self, folder: Path, name: str, model_skeleton: Skeleton, skeleton: Skeleton, config: OutputConfig,
        fps: float | None, info: dict[str, Any],
    ) -> None:  # fmt: skip
        make_folder(folder)
        self.folder = folder
        self._model_skeleton = model_skeleton
        self._skeleton = skeleton
        self._config = config
        self._overlay = OverlayWriter(folder / OVERLAY, skeleton, fps, config.trail_frames)
        self.wants_overlay = config.overlay
        self.overlay_fault: str | None = None
        writer = PoseTrack17StreamWriter if config.format == "posetrack17" else PoseTrack18StreamWriter
        self._poses = writer(folder / POSES, name, skeleton, info)
        head = JournalHead(name, model_skeleton, fps, info)
        self._journal = JournalWriter(folder / JOURNAL, head) if config.journal else None

    @property
    def info(self) -> dict[str, Any]:
        """The ``info`` block; may be added to."""
        return self._poses.info

    def note(self, seen: JournalFrame) -> None:
        """Record the networks' output for a frame in the journal."""
        if self._journal is not None:
            self._journal.add(seen)

    def add(self, poses: FramePoses, frame_name: str, timestamp_s: float | None) -> None:
        """Write the tracked poses of the next frame."""
        self._poses.add(convert_poses(poses, self._model_skeleton, self._skeleton), frame_name, timestamp_s)

    def draw(self, frame: Frame, poses: FramePoses) -> None:
        """Draw the poses of the next frame if an overlay is wanted; on failure the overlay is given up."""
        if not self.wants_overlay:
            return
        try:
            self._overlay.draw(frame, convert_poses(poses, self._model_skeleton, self._skeleton))
        except OutputError as error:
            self.give_up_overlay(str(error))

    def give_up_overlay(self, fault: str) -> None:
        """Discard what was drawn; the other results do not depend on it."""
        self._overlay.abort()
        self.wants_overlay, self.overlay_fault = False, fault

    def close(self, config: RunConfig) -> list[Path]:
        """Move all files into place and return them.

        All are written before the first is moved into place. Files of an earlier run that this one does not write are
        removed, as they would be mistaken for this run's.
        """
        if self.wants_overlay:
            try:
                self._overlay.finish()
            except OutputError as error:
                self.give_up_overlay(str(error))
        if self._journal is not None:
            self._journal.finish(JournalEnd(self.info.get("complete", True), tuple(self.info.get("problems", ()))))
        with atomic_write(self.folder / CONFIG) as file:
            file.write(dump_config(config).encode())
            self._poses.close()
        files = [self.folder / POSES, *(self._overlay.close() if self.wants_overlay else []), self.folder / CONFIG]
        if self._journal is not None:
            self._journal.close()
            files.append(self.folder / JOURNAL)
        for name in (OVERLAY, JOURNAL):
            if self.folder / name not in files:
                (self.folder / name).unlink(missing_ok=True)
        for path, name in leftovers(self.folder):  # a killed run's journal is kept until a new one replaces it
            if name == OVERLAY or self.folder / name in files:
                path.unlink(missing_ok=True)
        return files

    def abort(self, why: str = "") -> Path | None:
        """Discard what was written, except a journal that holds a frame; files of an earlier run stay.

        Args:
            why: reason recorded at the end of the journal.

        Returns:
            The journal under its temporary name, from which ``posetrack track`` can make the poses; None if it was
            discarded.
        """
        self._poses.abort()
        self._overlay.abort()
        if self._journal is None:
            return None
        if self._journal.frames == 0:
            self._journal.abort()
            return None
        problems = tuple(self.info.get("problems", (f"the run ended after {self._journal.frames} frames: {why}",)))
        return self._journal.leave(JournalEnd(self.info.get("complete", False), problems))
