"""Track poses again without the networks, from the journal of a run or from any file of poses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import repeat
from pathlib import Path
from typing import Any

from posetrack.errors import ConfigError, InputError
from posetrack.io import convert_poses
from posetrack.io.conversion.inputs import input_files
from posetrack.io.conversion.reading import read_source
from posetrack.io.journal import JournalFrame, read_journal, read_journal_end
from posetrack.pipeline.run_folder import JOURNAL, LEFT_JOURNALS
from posetrack.pipeline.track_config import TrackConfig
from posetrack.pipeline.windows import settled
from posetrack.structures import FramePoses, SequenceInfo, SequencePoses, Skeleton, get_skeleton
from posetrack.tracking import FrameContext, build_tracker


@dataclass(frozen=True, eq=False)
class Untracked:
    """The poses of a sequence, to be tracked.

    Attributes:
        info: the sequence.
        skeleton: the joints.
        frames: in order, numbered from 0; may be iterated repeatedly. A journal is read anew each time, so that memory
            does not grow with its length.
        source: the file they come from.
        about: the ``info`` of that file, without what concerns the tracker.
        written_joints: the skeleton in which tracked poses are returned.
        problems: what the run could not read, or what its journal lacks.
        settings: the run's ``TrackConfig``, as far as its journal states it.
    """

    info: SequenceInfo
    skeleton: Skeleton
    frames: Iterable[JournalFrame]
    source: Path
    about: dict[str, Any]
    written_joints: Skeleton
    problems: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def read_untracked(path: Path, joints: Skeleton | None = None) -> list[Untracked]:
    """Read the sequences of a run folder (its journal), of a file of poses, or of a folder of such files.

    Args:
        path: run folder, journal (including one left by a killed run, ``.journal.….tmp.jsonl``), file or folder.
        joints: skeleton of COCO keypoint results, which do not name their joints.

    Raises:
        InputError, FormatError: it cannot be read, or is none of these.
    """
    journal = _journal_in(path) if path.is_dir() else path
    if journal.suffix == Path(JOURNAL).suffix and journal.is_file():
        return [_of_journal(journal)]
    files = input_files(path, None)
    return [one for file in files for one in _of_file(file, joints)]


def _journal_in(folder: Path) -> Path:
    """The journal of a run; for a killed run, the latest one left behind."""
    left = _left_journals(folder)
    return folder / JOURNAL if (folder / JOURNAL).exists() or not left else left[-1]


def _left_journals(folder: Path) -> list[Path]:
    """Journals left by killed runs, latest last."""
    return sorted(folder.glob(LEFT_JOURNALS), key=lambda path: path.stat().st_mtime)


@dataclass(frozen=True)
class _Journal:
    """The frames of a journal, read from the file on each iteration."""

    path: Path

    def __iter__(self) -> Iterator[JournalFrame]:
        return read_journal(self.path)[1]


def _of_journal(path: Path) -> Untracked:
    head, found = read_journal(path)
    names, times, first = [], [], None
    for frame in found:
        first = frame.poses if first is None else first
        names.append(frame.frame_name)
        times.append(frame.timestamp_s)
    if first is None:
        raise InputError(f"{path}: the journal holds no frame: run the video again")
    known = tuple(time for time in times if time is not None)
    info = SequenceInfo(
        head.name, tuple(names), first.image_hw, head.fps, timestamps_s=known if len(known) == len(times) else None
    )
    end = read_journal_end(path)
    about = {**_about(head.info), "problems": list(end.problems), "complete": end.complete}
    written = get_skeleton(head.info["skeleton"]) if "skeleton" in head.info else head.skeleton
    settings = {name.name: head.info[name.name] for name in fields(TrackConfig) if name.name in head.info}
    problems = (*end.problems, *_later(path))
    return Untracked(info, head.skeleton, _Journal(path), path, about, written, problems, settings)


def _later(journal: Path) -> list[str]:
    """A warning if a killed run left a journal next to this one that is newer."""
    left = _left_journals(journal.parent) if journal.name == JOURNAL else []
    if not left or left[-1].stat().st_mtime <= journal.stat().st_mtime:
        return []
    return [f"{left[-1]} is newer, from a run that was killed or is still going; to link that one, name it"]


def _of_file(path: Path, joints: Skeleton | None) -> Iterable[Untracked]:
    found = read_source(path, joints=joints)
    for sequence in found.sequences:
        info = sequence.info
        frames = tuple(map(JournalFrame, sequence.frames, info.frame_names, info.timestamps_s or repeat(None)))
        yield Untracked(info, sequence.skeleton, frames, path, _about(found.info), sequence.skeleton)


def _about(info: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in info.items() if key not in ("tracker", "linking", "smoothing", "target", "sequence", "fps")}


def retracked(untracked: Untracked, config: TrackConfig) -> Iterator[FramePoses]:
    """Track, link and smooth the poses of a sequence frame by frame; existing ids are ignored.

    Yields:
        The poses of each frame, in ``written_joints``.

    Raises:
        ConfigError: the tracker needs the images.
    """
    if config.tracker.needs_flow:
        raise ConfigError(
            "tracker: simple_baseline with this similarity or propagate_boxes needs the pictures, which are missing here: "
            "expected similarity box or pose and propagate_boxes false, or another tracker; or run the video"
        )
    tracker = build_tracker(config.tracker, untracked.skeleton)
    tracked = (
        replace(frame, poses=tracker.update(frame.poses, FrameContext(None, frame.camera, frame.is_cut)))
        for frame in untracked.frames
    )
    done = settled(tracked, config, untracked.skeleton, untracked.info.fps)
    for frame in done:
        yield convert_poses(frame.poses, untracked.skeleton, untracked.written_joints)


def retrack(untracked: Untracked, config: TrackConfig) -> SequencePoses:
    """The whole sequence from ``retracked`` at once."""
    return SequencePoses(untracked.info, untracked.written_joints, tuple(retracked(untracked, config)))
