"""Write sequences to a file of any format, leaving out what the format cannot hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from posetrack.errors import InputError, OutputError
from posetrack.io.coco import write_coco_results
from posetrack.io.coco_sequences import image_ids_of, write_coco_sequences
from posetrack.io.conversion import formats
from posetrack.io.conversion.losses import Kind, Loss
from posetrack.io.csv_table import write_csv
from posetrack.io.mot import boxes_of_poses, write_mot
from posetrack.io.posetrack17 import write_posetrack17
from posetrack.io.posetrack18 import write_posetrack18
from posetrack.io.skeletons import convert_sequence, derived_joints
from posetrack.structures import POSETRACK17, POSETRACK18, BoolArray, FramePoses, SequenceInfo, SequencePoses, Skeleton


def joints_of_output(form: str, source: Skeleton, wanted: Skeleton | None) -> Skeleton:
    """The joints to write.

    The PoseTrack formats get those the official evaluator expects; the others keep the input's.

    Args:
        form: the output's format.
        source: the input's joints.
        wanted: the joints requested; None = the default.

    Raises:
        InputError: the format cannot hold the joints requested.
    """
    if form == formats.POSETRACK17:
        if wanted not in (None, POSETRACK17):
            raise InputError(f"posetrack17 has 15 fixed joints, expected --skeleton {POSETRACK17.name} or none")
        return POSETRACK17
    if form == formats.MOT and wanted is not None:
        raise InputError("mot holds boxes and no joints: leave out --skeleton")
    return wanted or (POSETRACK18 if form == formats.POSETRACK18 else source)


def fit(sequence: SequencePoses, form: str, joints: Skeleton) -> tuple[SequencePoses, SequencePoses, list[Loss]]:
    """Leave out the persons and frames that the format cannot represent.

    Args:
        sequence: the input.
        form: the output's format.
        joints: the output's joints.

    Returns:
        what remains of the input, the same with the output's joints, and what was left out.
    """
    losses: list[Loss] = []
    if form == formats.MOT:
        boxes = [boxes_of_poses(frame).xyxy for frame in sequence.frames]
        sequence, loss = _of_persons(sequence, [np.asarray(~np.isnan(own).any(axis=1)) for own in boxes])
        losses.append(loss)
        filled = [index for index, frame in enumerate(sequence.frames) if len(frame)]
        kept = list(range(max(filled, default=-1) + 1))
        losses.append(Loss(Kind.LOST, "frames without people, at the end", len(sequence.frames) - len(kept)))
        sequence = pick_frames(sequence, kept)
    elif form == formats.COCO_RESULTS:
        kept = [index for index, frame in enumerate(sequence.frames) if len(frame)]
        losses.append(Loss(Kind.LOST, "frames without people", len(sequence.frames) - len(kept)))
        ids = image_ids_of(sequence)
        info = replace(sequence.info, image_ids=tuple(ids))
        sequence = pick_frames(replace(sequence, info=info), kept)
    return sequence, convert_sequence(sequence, joints), losses


def _of_persons(sequence: SequencePoses, keep: Sequence[BoolArray]) -> tuple[SequencePoses, Loss]:
    """Leave out persons that have neither a box nor joints to derive one from."""
    gone = sum(int((~own).sum()) for own in keep)
    if not gone:
        return sequence, Loss(Kind.LOST, "persons", 0)
    frames = tuple(frame.select(own) for frame, own in zip(sequence.frames, keep, strict=True))
    return replace(sequence, frames=frames), Loss(Kind.LOST, "persons with neither a box nor joints", gone)


def pick_frames(sequence: SequencePoses, indices: Sequence[int]) -> SequencePoses:
    """The frames at these indices, in that order."""
    if list(indices) == list(range(len(sequence.frames))):
        return sequence
    info = sequence.info
    picked = SequenceInfo(
        name=info.name,
        frame_names=tuple(info.frame_names[i] for i in indices),
        image_hw=info.image_hw,
        fps=info.fps,
        labelled=tuple(info.labelled[i] for i in indices),
        timestamps_s=None if info.timestamps_s is None else tuple(info.timestamps_s[i] for i in indices),
        image_ids=None if info.image_ids is None else tuple(info.image_ids[i] for i in indices),
        frame_fields=None if info.frame_fields is None else tuple(info.frame_fields[i] for i in indices),
    )
    frames: tuple[FramePoses, ...] = tuple(sequence.frames[i].at_frame(k) for k, i in enumerate(indices))
    return SequencePoses(picked, sequence.skeleton, frames, tuple(sequence.ignore_regions[i] for i in indices))


def info_to_write(info: Mapping[str, Any], source: Skeleton, joints: Skeleton) -> dict[str, Any]:
    """The top-level ``info``: the input's, plus the names of derived joints."""
    derived = list(derived_joints(source, joints))
    return dict(info) | ({"derived_joints": derived} if derived else {})


def write(path: Path, form: str, sequences: Sequence[SequencePoses], info: Mapping[str, Any]) -> None:
    """Write a file; only COCO can hold several sequences. Raises OutputError."""
    if form == formats.COCO:
        write_coco_sequences(path, sequences, info)
        return
    (sequence,) = sequences
    if form == formats.POSETRACK17:
        write_posetrack17(path, sequence, info)
    elif form == formats.POSETRACK18:
        write_posetrack18(path, sequence, info)
    elif form == formats.COCO_RESULTS:
        ids = image_ids_of(sequence)
        write_coco_results(path, dict(zip(ids, sequence.frames, strict=True)))
    elif form == formats.MOT:
        write_mot(path, [boxes_of_poses(frame) for frame in sequence.frames])
    else:
        if not sequence.frames:
            raise OutputError(f"{path.name}: {sequence.info.name} has no frames, which a table cannot represent")
        write_csv(path, sequence)
