"""Pairing of predicted sequences and frames with those of the ground truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import PurePosixPath

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import IntArray, SequencePoses


@dataclass(frozen=True, eq=False)
class NamePairing:
    """Pairing of predicted frames with ground-truth frames by name.

    Attributes:
        order: (T,) int64 for each ground-truth frame, the index of the predicted frame; -1 = none has its name.
        whole: the pairing is one-to-one, so the frames can be scored.
        by_place: no name is the same on both sides, so frames can only be paired by their order.
        extra: indices of predicted frames whose name is not in the ground truth.
    """

    order: IntArray
    whole: bool
    by_place: bool = False
    extra: tuple[int, ...] = ()


def pair_names(names: Sequence[str | None], truth_names: Sequence[str | None]) -> NamePairing:
    """Pair frames by name; where folders or file extensions differ between the two sides, by file name stem.

    They are paired by position only if no stem is the same. (The official program always pairs by position, and
    scores frames that are in another order, or have other names, against the wrong ground truth.)

    Args:
        names: names of the predicted frames; None = not in the file.
        truth_names: names of the ground-truth frames.
    """
    in_order = np.arange(len(truth_names))
    if list(names) == list(truth_names):
        return NamePairing(in_order, whole=True)
    stems, truth_stems = _stems(names), _stems(truth_names)
    for own, theirs in ((names, truth_names), (stems, truth_stems)):
        position = {name: place for place, name in enumerate(own) if name is not None}
        order = np.array([-1 if name is None else position.get(name, -1) for name in theirs], dtype=np.int64)
        if len(own) == len(theirs) and np.array_equal(np.sort(order), in_order):
            return NamePairing(order, whole=True)
    if (order < 0).all():
        whole = len(names) == len(truth_names)
        return NamePairing(in_order if whole else order, whole, by_place=bool(names and truth_names))
    known = set(truth_stems)
    extra = tuple(place for place, stem in enumerate(stems) if stem is not None and stem not in known)
    return NamePairing(order, whole=False, extra=extra)


def pair_sequences(
    gt: Iterable[SequencePoses], pred: Iterable[SequencePoses]
) -> Iterator[tuple[SequencePoses, SequencePoses]]:
    """Yield ground truth and predictions of each sequence; both in the same order, either may be a generator.

    Raises:
        FormatError: different numbers of sequences; among several, a pair with different names (the names of a
            single pair may differ).
    """
    misnamed = ""
    for number, (truth, prediction) in enumerate(zip_longest(gt, pred), start=1):
        if truth is None or prediction is None:
            lacking, other = ("predictions", truth) if prediction is None else ("ground truth", prediction)
            raise FormatError(f"no {lacking} for sequence {number} ({other.info.name}): give both sides the same set")
        if truth.info.name != prediction.info.name:
            misnamed = misnamed or f"predictions of {prediction.info.name} are paired with ground truth of {truth.info.name}"
        if misnamed and number > 1:
            raise FormatError(f"{misnamed}: put both sides in the same order")
        yield truth, prediction


def pair_frames(gt: SequencePoses, pred: SequencePoses) -> SequencePoses:
    """Reorder the frames of the predictions like those of the ground truth, paired by ``pair_names``.

    Raises:
        FormatError: different numbers of frames; only some of the names are the same.
    """
    if len(gt.frames) != len(pred.frames):
        raise FormatError(
            f"{gt.info.name}: {len(pred.frames)} frames of predictions, expected {len(gt.frames)} as in the "
            "ground truth (a frame without people is an empty frame, not a missing one)"
        )
    pairing = pair_names(pred.info.frame_names, gt.info.frame_names)
    if not pairing.whole:
        raise _unlike(gt, pred, pairing)
    return _reordered(pred, pairing.order)


def _stems(names: Sequence[str | None]) -> list[str | None]:
    return [None if name is None else PurePosixPath(name.replace("\\", "/")).stem for name in names]


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


def _unlike(gt: SequencePoses, pred: SequencePoses, pairing: NamePairing) -> FormatError:
    """Build the error for frames of which only some have the same name on both sides."""
    missing = np.flatnonzero(pairing.order < 0).tolist()
    if not missing:
        return FormatError(
            f"{gt.info.name}: frame names appear twice, and frames are paired by name: fix the names"
        )
    extra = repr(pred.info.frame_names[pairing.extra[0]]) if pairing.extra else "a repeated name"
    return FormatError(
        f"{gt.info.name}: {len(missing)} of {len(gt.frames)} frames of the ground truth have no predictions, the first "
        f"is frame {missing[0]} ({gt.info.frame_names[missing[0]]}); found {extra}: name the frames as in the ground truth"
    )
