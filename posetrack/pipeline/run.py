"""Run one sequence from frames to files, streaming."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torchvision

from posetrack._version import __version__
from posetrack.detection import FileDetectorConfig
from posetrack.errors import PoseTrackError
from posetrack.flow import mark_cuts
from posetrack.io import derived_joints
from posetrack.io.journal import JournalFrame, rounded
from posetrack.io.prefetch import prefetch
from posetrack.io.frame_source import FrameSource
from posetrack.pipeline.build import Stages
from posetrack.pipeline.chunks import chunk_frames
from posetrack.pipeline.config import RunConfig
from posetrack.pipeline.outputs import RunOutputs
from posetrack.pipeline.settle import needs_all
from posetrack.pipeline.writers import SettlingWriter, StreamingWriter
from posetrack.structures import Frame, FrameBoxes, FramePoses
from posetrack.tracking import FrameContext, ProposingTracker

FEW_TRACKED = 0.05  # fraction of poses tracked below which the user is told
SCHEMA_VERSION = 1  # version of the info block of poses.json


@dataclass(frozen=True)
class RunSummary:
    """Summary of a run.

    Attributes:
        frames: frames written.
        poses: poses written, over all frames.
        tracks: number of different track ids.
        seconds: from the start of the run to the last file written.
        stopped: the run was asked to stop before the end.
        problems: what could not be read.
        files: the files written.
        notes: hints about unexpected results and settings to change.
        overlay_fault: why a requested overlay is missing, or where it ends before the video does; None = no fault.
    """

    frames: int
    poses: int
    tracks: int
    seconds: float
    stopped: bool
    problems: tuple[str, ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    overlay_fault: str | None = None


def track_frames(
    source: Iterable[Frame], stages: Stages, batch_frames: int, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Frame, JournalFrame, FramePoses]]:
    """Detect, estimate and track; decoding runs ahead in a thread: one batch is ready while the next is being filled.

    Args:
        source: the frames, with cuts marked.
        stages: the processing stages.
        batch_frames: frames per batch of the networks.
        should_stop: checked while waiting for frames.

    Yields:
        The frame, the networks' output for it, and its tracked poses.
    """
    with closing(prefetch(chunk_frames(source, batch_frames), 1, should_stop)) as chunks:  # type: ignore[type-var]
        for chunk in chunks:
            boxes = stages.detector.detect(chunk)
            for frame, seen, context in _estimate(chunk, boxes, stages):
                yield frame, seen, stages.tracker.update(seen.poses, context)


def _estimate(
    chunk: list[Frame], boxes: list[FrameBoxes], stages: Stages
) -> Iterator[tuple[Frame, JournalFrame, FrameContext]]:
    """Estimate the poses of each frame; people of all frames share batches unless the tracker adds its own boxes."""
    tracker = stages.tracker
    if not (isinstance(tracker, ProposingTracker) and tracker.proposes):
        estimated = stages.estimator.estimate(chunk, boxes)
        for frame, detected, poses in zip(chunk, boxes, estimated, strict=True):
            context = stages.pictures.context(frame, detected.xyxy)
            yield frame, _record(frame, poses, context), context
        return
    for frame, detected in zip(chunk, boxes, strict=True):
        context = stages.pictures.context(frame, detected.xyxy)
        (poses,) = stages.estimator.estimate([frame], [tracker.propose(detected, context)])
        yield frame, _record(frame, poses, context), context


def _record(frame: Frame, poses: FramePoses, context: FrameContext) -> JournalFrame:
    return JournalFrame(rounded(poses), frame.name, frame.timestamp_s, context.camera, is_cut=context.is_cut)


def run(
    source: FrameSource,
    stages: Stages,
    config: RunConfig,
    folder: Path,
    on_frame: Callable[[int], None] = lambda people: None,
    should_stop: Callable[[], bool] = lambda: False,
    on_drawn: Callable[[], None] = lambda: None,
) -> RunSummary:
    """Track one sequence and write its run folder.

    Memory does not grow with the length of the video: with offline linking or smoothing the poses are written window by
    window (``WindowedSettling``), some hundred frames late, and the overlay is drawn in a second pass over the frames.
    If the frames can be read only once (a webcam), it shows the poses before linking and smoothing. Only with
    ``target`` are all poses kept until the last frame (up to 80 kB per frame of seven people).

    Args:
        source: the frames.
        stages: built from ``config``.
        config: written beside the results.
        folder: the run folder.
        on_frame: called after each frame with the number of people in it.
        should_stop: checked after each frame and while waiting for one; if true, the frames finished so far are
            written, kept and drawn.
        on_drawn: called after each frame of the second pass.

    Raises:
        InputError, OutputError: nothing can be read, something cannot be written, or the target is not where it should
            be. A journal that holds a frame is kept under a temporary name, given in the error message; files of an
            earlier run stay. If only the overlay fails (``RunSummary.overlay_fault``), the rest is still written.
        KeyboardInterrupt: interrupted, with the same effect; also when asked to stop before the first frame.
    """
    start = time.monotonic()
    folder = Path(folder)
    info = _info(source, stages, config)
    outputs = RunOutputs(
        folder, source.name, stages.estimator.skeleton, stages.skeleton, config.output, source.fps, info
    )
    with _aborting(outputs, config):
        with closing(_writer(outputs, stages, config, source)) as writer:
            counts = _track(source, stages, config, outputs, writer, on_frame, should_stop)
            outputs.info["problems"], outputs.info["complete"] = list(source.problems), not counts.stopped
            writer.settle()
            writer.draw(on_drawn, (lambda: False) if counts.stopped else should_stop)
        files = outputs.close(config)
    stopped = counts.stopped or (outputs.overlay_fault is not None and should_stop())
    return RunSummary(
        writer.frames, writer.poses, writer.tracks, time.monotonic() - start, stopped, tuple(source.problems),
        tuple(files), _notes(config, source, outputs, writer.frames, counts), outputs.overlay_fault,
    )  # fmt: skip


@dataclass
class _Counts:
    """Counts of frames, poses estimated and poses tracked, and whether the run was asked to stop."""

    frames: int = 0
    estimated: int = 0
    tracked: int = 0
    stopped: bool = False


def _track(
    source: FrameSource, stages: Stages, config: RunConfig, outputs: RunOutputs, writer: StreamingWriter | SettlingWriter,
    on_frame: Callable[[int], None], should_stop: Callable[[], bool],
) -> _Counts:  # fmt: skip
    """Process all frames: run the networks and the tracker, and pass the results to the writer.

    Raises:
        KeyboardInterrupt: asked to stop before the first frame.
    """
    counts = _Counts()
    frames = source if config.cuts is None else mark_cuts(source, config.cuts)
    with closing(track_frames(frames, stages, config.batch_frames, should_stop)) as tracked:  # type: ignore[type-var]
        for frame, seen, people in tracked:
            outputs.note(seen)
            counts.frames += 1
            counts.estimated += len(seen.poses)
            counts.tracked += len(people)
            writer.add(frame, replace(seen, poses=people))
            on_frame(len(people))
            if should_stop():
                break
    counts.stopped = should_stop()
    if counts.stopped and not counts.frames:  # do not replace an earlier run's files with nothing
        raise KeyboardInterrupt
    return counts


@contextmanager
def _aborting(outputs: RunOutputs, config: RunConfig) -> Iterator[None]:
    """On an error in the block, discard the output except the journal, which the error or a warning names."""
    try:
        yield
    except (PoseTrackError, KeyboardInterrupt) as error:
        journal = outputs.abort(str(error) or "interrupted")
        if journal is None:
            raise
        kept = _kept(journal, config)
        if type(error).__module__ not in (PoseTrackError.__module__, "builtins"):  # not ours: unknown constructor
            warnings.warn(kept, stacklevel=1)
            raise
        raise type(error)(f"{error}\n{kept}" if str(error) else kept) from error
    except BaseException:
        journal = outputs.abort("a bug in the program")
        if journal is not None:
            warnings.warn(_kept(journal, config), stacklevel=1)
        raise


def _kept(journal: Path, config: RunConfig) -> str:
    """Message naming the journal that keeps the networks' output."""
    target = config.target
    settings = "" if target is None else f" target.x={target.x:g} target.y={target.y:g} target.frame={target.frame}"
    return f"the networks' output is kept: posetrack track {journal} --output DIR{settings} links it"


def _notes(
    config: RunConfig, source: FrameSource, outputs: RunOutputs, frames: int, counts: _Counts
) -> tuple[str, ...]:
    """Hints for the user about unexpected results."""
    notes = []
    if outputs.wants_overlay and source.again is None and needs_all(config.tracking):
        notes.append("the overlay shows the poses before they were linked and smoothed, since the frames can be read only once")
    if frames and not counts.estimated and isinstance(config.detector, FileDetectorConfig):
        notes.append(
            f"{config.detector.path} has no boxes for these {frames} frames; image ids and frame numbers count from 0 in the whole "
            "video (MOT files: from 1), scores must exceed detector.score_threshold"
        )
    # Scores of different networks are not comparable, so a threshold may exclude nearly everybody.
    if counts.estimated >= frames and counts.tracked < FEW_TRACKED * counts.estimated:
        notes.append(_few_tracked(config, counts))
    return tuple(notes)


def _few_tracked(config: RunConfig, counts: _Counts) -> str:
    return (
        f"the tracker left out {counts.estimated - counts.tracked} of {counts.estimated} poses, mostly because they score below "
        f"tracker.pose_threshold={config.tracking.tracker.pose_threshold:g}; a lower one keeps more"
    )


def _writer(
    outputs: RunOutputs, stages: Stages, config: RunConfig, source: FrameSource
) -> StreamingWriter | SettlingWriter:
    if not needs_all(config.tracking):
        return StreamingWriter(outputs)
    return SettlingWriter(outputs, config.tracking, stages.estimator.skeleton, source.fps, source.again)


def _info(source: FrameSource, stages: Stages, config: RunConfig) -> dict[str, Any]:
    """The ``info`` block of poses.json: how the poses were made."""
    detector = {key: value for key, value in asdict(config.detector).items() if key in ("kind", "model", "path")}
    return {
        "schema_version": SCHEMA_VERSION,
        "posetrack_version": __version__,
        "torch_version": torch.__version__,
        "torchvision_version": torchvision.__version__,
        "skeleton": stages.skeleton.name,
        "derived_joints": list(derived_joints(stages.estimator.skeleton, stages.skeleton)),
        "fps": source.fps,
        "detector": detector,
        "pose": {"model": config.pose.model, "weights": config.pose.weights},
        **asdict(config.tracking),
    }
