"""Link poses again without the networks: from the journal of a run, or from any file of poses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from posetrack.errors import ConfigError, InputError
from posetrack.io.conversion.inputs import input_files
from posetrack.io.conversion.reading import read_source
from posetrack.io.journal import JournalFrame, read_journal, read_journal_end
from posetrack.pipeline.run_folder import JOURNAL
from posetrack.pipeline.track_config import TrackConfig
from posetrack.pipeline.windows import settled
from posetrack.structures import SequenceInfo, SequencePoses, Skeleton
from posetrack.tracking import FrameContext, SimpleBaselineTrackerConfig, build_tracker


@dataclass(frozen=True, eq=False)
class Untracked:
    """The poses of a sequence, to be linked.

    Attributes:
        info: the sequence.
        skeleton: the joints.
        frames: in order; their ``frame_index`` may leave numbers out, which then are gaps.
        source: the file they come from.
        about: the ``info`` of that file, less what concerns the tracker.
        problems: what the run could not read, or what is missing of its journal.
    """

    info: SequenceInfo
    skeleton: Skeleton
    frames: tuple[JournalFrame, ...]
    source: Path
    about: dict[str, Any]
    problems: tuple[str, ...] = ()


def read_untracked(path: Path, joints: Skeleton | None = None) -> list[Untracked]:
    """The sequences of a run folder (its journal), of a file of poses, or of a folder of such files.

    Args:
        path: run folder, journal (also one that a killed run left, ``.journal.….tmp.jsonl``), file or folder.
        joints: of COCO keypoint results, which do not name them.

    Raises:
        InputError, FormatError: it cannot be read, or is none of these.
    """
    journal = _journal_in(path) if path.is_dir() else path
    if journal.suffix == Path(JOURNAL).suffix and journal.is_file():
        return [_of_journal(journal)]
    files = input_files(path, None)
    return [one for file in files for one in _of_file(file, joints)]


def _journal_in(folder: Path) -> Path:
    """The journal of a run; of one that was killed, the latest that was left."""
    name = Path(JOURNAL)
    left = sorted(folder.glob(f".{name.stem}.*{name.suffix}"), key=lambda path: path.stat().st_mtime)
    return folder / name if (folder / name).exists() or not left else left[-1]


def _of_journal(path: Path) -> Untracked:
    head, found = read_journal(path)
    frames = tuple(found)
    if not frames:
        raise InputError(f"{path}: the journal holds no frame: run the video again")
    times = tuple(f.timestamp_s for f in frames if f.timestamp_s is not None)
    info = SequenceInfo(
        head.name, tuple(f.frame_name for f in frames), frames[0].poses.image_hw, head.fps,
        timestamps_s=times if len(times) == len(frames) else None,
    )  # fmt: skip
    end = read_journal_end(path)
    about = {**_about(head.info), "problems": list(end.problems), "complete": end.complete}
    return Untracked(info, head.skeleton, frames, path, about, end.problems)


def _of_file(path: Path, joints: Skeleton | None) -> Iterable[Untracked]:
    found = read_source(path, joints=joints)
    for sequence in found.sequences:
        names = sequence.info.frame_names
        frames = tuple(JournalFrame(poses, name) for poses, name in zip(sequence.frames, names, strict=True))
        yield Untracked(sequence.info, sequence.skeleton, frames, path, _about(found.info))


def _about(info: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in info.items() if key not in ("tracker", "linking", "smoothing", "target", "sequence", "fps")}


def retrack(untracked: Untracked, config: TrackConfig) -> SequencePoses:
    """Link the poses of a sequence, mend the tracks and steady them; ids that they have are not looked at.

    Raises:
        ConfigError: the tracker needs the pictures.
    """
    if isinstance(config.tracker, SimpleBaselineTrackerConfig) and config.tracker.needs_flow:
        raise ConfigError(
            "tracker: simple_baseline with this similarity or propagate_boxes needs the pictures, and here are none: "
            "expected similarity box or pose and propagate_boxes false, or another tracker; or run the video"
        )
    tracker = build_tracker(config.tracker, untracked.skeleton)
    tracked = (
        replace(frame, poses=tracker.update(frame.poses, FrameContext(None, frame.camera, frame.is_cut)))
        for frame in untracked.frames
    )
    done = settled(tracked, config, untracked.skeleton, untracked.info.fps)
    frames = tuple(frame.poses.at_frame(position) for position, frame in enumerate(done))
    return SequencePoses(untracked.info, untracked.skeleton, frames)
