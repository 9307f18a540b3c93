"""Score a folder of files: each sequence is read, counted and released, serially or in several processes."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from posetrack.errors import InputError
from posetrack.evaluation.diagnosis import SequenceDiagnosis, diagnose
from posetrack.evaluation.frame_pairing import pair_names
from posetrack.evaluation.protocols import PROTOCOLS
from posetrack.evaluation.sweep import SweepCounts, count_sweep
from posetrack.io import read_poses
from posetrack.structures import POSETRACK17, SequencePoses, joint_map


@dataclass(frozen=True)
class Task:
    """One sequence to score: its two files, the ``PROTOCOLS`` to count, and whether to diagnose or sweep it.

    Without ground truth (None), only protocols that need none can be counted.
    """

    name: str
    gt: Path | None
    pred: Path
    protocols: tuple[str, ...]
    diagnose: bool = False
    sweep: bool = False


@dataclass(frozen=True)
class Score:
    """Counts of a sequence for each protocol, diagnosis and sweep if requested, and a digest of its annotations."""

    name: str
    counts: dict[str, Any]
    diagnosis: SequenceDiagnosis | None
    truth_digest: bytes
    sweep: SweepCounts | None = None
    notes: tuple[str, ...] = ()  # remarks for the user on how it was scored


def score_sequence(task: Task) -> Score:
    """Read and count one sequence.

    Raises:
        PoseTrackError: a file cannot be read or scored.
    """
    pred = read_poses(task.pred)
    if task.gt is None:  # these protocols ignore the ground truth
        return Score(task.name, {name: PROTOCOLS[name].count(pred, pred) for name in task.protocols}, None, b"")
    gt = read_poses(task.gt)
    counts = {name: PROTOCOLS[name].count(gt, pred) for name in task.protocols}
    diagnosis = diagnose(gt, pred, task.name) if task.diagnose else None
    sweep = count_sweep(gt, pred) if task.sweep else None
    notes: tuple[str, ...] = ()
    if pair_names(pred.info.frame_names, gt.info.frame_names).by_place:
        names = f"{pred.info.frame_names[0]}, ... and {gt.info.frame_names[0]}, ..."
        notes = (f"{task.name}: no frame has the same name on both sides ({names}): they are paired by position",)
    return Score(task.name, counts, diagnosis, _digest(gt), sweep, notes)


def _digest(gt: SequencePoses) -> bytes:
    """Digest frames and people independently of file format and order; b"" without people or without joints."""
    if not gt.columns.joint_valid.any():
        return b""
    columns, slots = gt.columns, joint_map(gt.skeleton, POSETRACK17)
    xy = np.where((columns.joint_valid[:, slots] & (slots >= 0))[..., None], columns.joints_xy[:, slots], np.nan)
    names = [PurePath(name).stem for name in gt.info.frame_names]
    frame = np.argsort(np.argsort(names, kind="stable"))[columns.frame]  # by name
    order = np.lexsort((*xy.reshape(len(xy), -1).T[::-1], columns.track_ids, frame))
    content = hashlib.blake2b("\n".join(sorted(names)).encode(), digest_size=16)
    for column in (frame, xy, columns.track_ids):
        content.update(np.ascontiguousarray(column[order]).data)
    return content.digest()


def refuse_repeated(scores: Iterable[Score]) -> None:
    """Raise InputError if two files hold the same ground truth, whose people would count twice."""
    names: dict[bytes, str] = {}
    for score in scores:
        if score.truth_digest and score.truth_digest in names:
            raise InputError(
                f"{names[score.truth_digest]} and {score.name} hold the same ground truth, whose people would count "
                "twice: remove one of the files"
            )
        names[score.truth_digest] = score.name


@contextmanager
def scores_of(tasks: Sequence[Task], jobs: int) -> Iterator[Iterable[Score]]:
    """Yield the scores in task order as they become available, computed by ``jobs`` processes."""
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        yield map(score_sequence, tasks)
        return
    # Spawned: the threads of the progress bar and of numpy do not survive a fork.
    executor = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))
    try:
        yield executor.map(score_sequence, tasks)
    finally:
        executor.shutdown(cancel_futures=True)
