"""Which predicted frame belongs to which frame of the ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import IntArray, SequencePoses


def pair_frames(gt: SequencePoses, pred: SequencePoses) -> SequencePoses:
    """The predictions with their frames in the order of the ground truth's.

    Frames are paired by name; where the two sides name their folders or file types differently, by file name stem.
    Only where no name is the same are they paired by place. (The official program always pairs by place, and scores
    frames in another order, or of another name, against the wrong truth.)

    Raises:
        FormatError: unequal numbers of frames; some names are the same and some are not.
    """
    if len(gt.frames) != len(pred.frames):
        raise FormatError(
            f"{gt.info.name}: {len(pred.frames)} frames of predictions, expected {len(gt.frames)} as in the "
            "ground truth (a frame without people is an empty frame, not a missing one)"
        )
    names, wanted = pred.info.frame_names, gt.info.frame_names
    if names == wanted:
        return pred
    stems, wanted_stems = _stems(names), _stems(wanted)
    for own, theirs in ((names, wanted), (stems, wanted_stems)):
        order = frame_order(own, theirs)
        if order is not None:
            return _reordered(pred, order)
    if not set(stems).isdisjoint(wanted_stems):
        raise _unlike(gt, stems, wanted_stems)
    return pred


def by_place(gt: SequencePoses, pred: SequencePoses) -> bool:
    """Whether no frame has a name that both sides know, so that only the order of the frames pairs them."""
    names, theirs = _stems(pred.info.frame_names), _stems(gt.info.frame_names)
    return bool(names and theirs) and set(names).isdisjoint(theirs)


def frame_order(names: Sequence[str | None], truth_names: Sequence[str | None]) -> IntArray | None:
    """Where in ``names`` each of ``truth_names`` stands; None unless both are the same names, each once."""
    position = {name: i for i, name in enumerate(names)}
    if None in position or len(position) != len(names) or len(names) != len(truth_names):
        return None
    if set(truth_names) != set(position):
        return None
    return np.array([position[name] for name in truth_names], dtype=np.int64)


def _stems(names: Sequence[str]) -> list[str]:
    return [PurePosixPath(name.replace("\\", "/")).stem for name in names]


def _reordered(pred: SequencePoses, order: IntArray) -> SequencePoses:
    if (order == np.arange(len(order))).all():
        return pred
    info, moved = pred.info, order.tolist()
    columns = replace(pred.columns, frame=np.argsort(order)[pred.columns.frame])
    frames = columns.frames([pred.frames[i].image_hw for i in moved])
    info = replace(
        info,
        frame_names=tuple(info.frame_names[i] for i in moved),
        labelled=tuple(info.labelled[i] for i in moved),
        timestamps_s=None if info.timestamps_s is None else tuple(info.timestamps_s[i] for i in moved),
        image_ids=None if info.image_ids is None else tuple(info.image_ids[i] for i in moved),
        frame_fields=None if info.frame_fields is None else tuple(info.frame_fields[i] for i in moved),
    )
    return SequencePoses(info, pred.skeleton, frames, tuple(pred.ignore_regions[i] for i in moved))


def _unlike(gt: SequencePoses, names: Sequence[str], wanted: Sequence[str]) -> FormatError:
    """The error for frames of which some have the same name on both sides."""
    known, here = set(wanted), set(names)
    missing = [i for i, name in enumerate(wanted) if name not in here]
    extra = next((repr(name) for name in names if name not in known), "one name twice")
    if not missing:
        return FormatError(
            f"{gt.info.name}: frame names are there twice, and frames are paired by name: mend the names"
        )
    return FormatError(
        f"{gt.info.name}: {len(missing)} of {len(wanted)} frames of the ground truth have no predictions, the first is "
        f"frame {missing[0]} ({gt.info.frame_names[missing[0]]}); found {extra}: name the frames as in the ground truth"
    )
