"""The files of a run: poses, overlay, configuration, all there whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from posetrack.config import dump_config
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
        folder: made if it is not there; files of an earlier run are replaced at ``close``.
        name: of the sequence.
        model_skeleton: joints of the poses that come in.
        skeleton: joints of the poses that are written.
        config: what is written, and how.
        fps: of the overlay; None = the source has no clock.
        info: the ``info`` block of poses.json; may be added to until ``close``.

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
        writer = PoseTrack17StreamWriter if config.format == "posetrack17" else PoseTrack18StreamWriter
        self._poses = writer(folder / POSES, name, skeleton, info)
        head = JournalHead(name, model_skeleton, fps, info)
        self._journal = JournalWriter(folder / JOURNAL, head) if config.journal else None

    @property
    def info(self) -> dict[str, Any]:
        """The ``info`` block, to be added to."""
        return self._poses.info

    @property
    def wants_overlay(self) -> bool:
        """Whether ``draw`` does anything."""
        return self._config.overlay

    def note(self, seen: JournalFrame) -> None:
        """Write down what the networks said of a frame."""
        if self._journal is not None:
            self._journal.add(seen)

    def add(self, poses: FramePoses, frame_name: str, timestamp_s: float | None) -> None:
        """Write the tracked poses of the next frame."""
        self._poses.add(convert_poses(poses, self._model_skeleton, self._skeleton), frame_name, timestamp_s)

    def draw(self, frame: Frame, poses: FramePoses) -> None:
        """Draw the poses of the next frame, if there is to be an overlay."""
        if self._config.overlay:
            self._overlay.draw(frame, convert_poses(poses, self._model_skeleton, self._skeleton))

    def close(self, config: RunConfig) -> list[Path]:
        """Put all files in their places; returns them.

        All are written before the first takes its place. Those of an earlier run which this one does not write are
        removed: they would be taken for this one's.
        """
        self._overlay.finish()
        with atomic_write(self.folder / CONFIG) as file:
            file.write(dump_config(config).encode())
            self._poses.close()
        files = [self.folder / POSES, *self._overlay.close(), self.folder / CONFIG]
        if self._journal is not None:
            self._journal.close(JournalEnd(self.info.get("complete", True), tuple(self.info.get("problems", ()))))
            files.append(self.folder / JOURNAL)
        for name in (OVERLAY, JOURNAL):
            if self.folder / name not in files:
                (self.folder / name).unlink(missing_ok=True)
        for path, name in leftovers(self.folder):  # a journal that a killed run left is kept until there is another
            if name == OVERLAY or self.folder / name in files:
                path.unlink(missing_ok=True)
        return files

    def leave_journal(self) -> Path | None:
        """Keep the journal under its temporary name, which is returned, whatever becomes of the rest."""
        left, self._journal = self._journal, None
        return None if left is None else left.leave()

    def abort(self) -> None:
        """Throw away what was written; files of an earlier run stay."""
        self._poses.abort()
        if self._journal is not None:
            self._journal.abort()
        self._overlay.abort()
