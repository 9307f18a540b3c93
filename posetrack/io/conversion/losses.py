"""Losses of a conversion: the input poses compared field by field with those read back from the new file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from posetrack.io.posetrack_names import frame_number, made_frame_fields, posetrack_image_id
from posetrack.structures import NO_TRACK, BoolArray, FloatArray, PoseColumns, SequenceInfo, SequencePoses, joint_map

# Adding and subtracting a number in float64 moves a video coordinate by less than this, and no file has so many digits.
ROUNDING = 1e-9


class Kind(Enum):
    """What happened to a value."""

    LOST = "lost"
    CHANGED = "changed"
    ADDED = "added"


@dataclass(frozen=True)
class Loss:
    """A field whose values in the output differ from those in the input.

    Attributes:
        kind: lost, changed, or added (only in the output: derived by a rule).
        what: the field, such as ``head boxes``.
        count: number of values.
        poses: number of poses affected; 0 if not counted.
        largest: largest difference of a changed value, in the field's unit; 0 = not numeric.
    """

    kind: Kind
    what: str
    count: int
    poses: int = 0
    largest: float = 0.0

    def __str__(self) -> str:
        text = f"{self.what}: {self.count:,}"
        text += f" (of {self.poses:,} poses)" if self.poses else ""
        return text + (f" (by at most {self.largest:.3g})" if self.largest else "")


@dataclass(frozen=True)
class LossReport:
    """All losses, one entry per kind and field, in the order they were found."""

    losses: tuple[Loss, ...] = ()

    @classmethod
    def of(cls, losses: Iterable[Loss]) -> LossReport:
        """Sum the losses of the same kind and field; those with a count of 0 are left out."""
        total: dict[tuple[Kind, str], Loss] = {}
        for loss in losses:
            if loss.count == 0:
                continue
            known = total.get((loss.kind, loss.what), replace(loss, count=0, poses=0))
            total[loss.kind, loss.what] = replace(
                known,
                count=known.count + loss.count,
                poses=known.poses + loss.poses,
                largest=max(known.largest, loss.largest),
            )
        return cls(tuple(total.values()))

    def of_kind(self, kind: Kind) -> tuple[Loss, ...]:
        """The losses of one kind."""
        return tuple(loss for loss in self.losses if loss.kind is kind)

    @property
    def lossless(self) -> bool:
        """Whether nothing was lost or changed; additions do not count."""
        return not self.of_kind(Kind.LOST) and not self.of_kind(Kind.CHANGED)


def compare(source: SequencePoses, result: SequencePoses) -> LossReport:
    """What ``source`` has and ``result`` lacks; joints are matched by name.

    What a reader or writer regenerates by PoseTrack's rules (``vid_id``, ``imgnum``, image ids, ... with their usual
    values) does not count as lost, nor does a score of 0 for a missing joint, which is padding.

    Args:
        source: the poses that were converted.
        result: the same frames and persons in the same order.

    Raises:
        ValueError: their numbers of frames or persons differ.
    """
    if len(source.frames) != len(result.frames) or len(source.columns) != len(result.columns):
        raise ValueError(f"{source.info.name}: frames or persons are missing; they cannot be compared")
    return LossReport.of(
        [
            *_compare_joints(source, result),
            *_compare_persons(source.columns, result.columns),
            *_compare_frames(source, result),
            *_compare_info(source.info, result.info),
        ]
    )


def _compare_joints(source: SequencePoses, result: SequencePoses) -> Iterator[Loss]:
    """Compare joints: their coordinates, visibility and scores."""
    a, b = source.columns, result.columns
    slots = joint_map(result.skeleton, source.skeleton)
    there = slots >= 0
    valid = b.joint_valid[:, slots] & there
    for slot in np.flatnonzero(~there).tolist():
        count = int(a.joint_valid[:, slot].sum())
        yield Loss(Kind.LOST, f"joints {source.skeleton.joints[slot]}, not among the output's", count, count)
    gone = a.joint_valid & ~valid & there
    yield Loss(Kind.LOST, "joints", int(gone.sum()), int(gone.any(axis=1).sum()))
    yield Loss(Kind.ADDED, "joints", int((valid & ~a.joint_valid).sum()))
    both = a.joint_valid & valid
    moved = np.abs(a.joints_xy - b.joints_xy[:, slots]).max(axis=2, initial=0.0)
    yield _changed("joint coordinates", both, moved)
    hidden = both & (a.joint_visible != b.joint_visible[:, slots])
    yield Loss(Kind.CHANGED, "visibility flags of joints", int(hidden.sum()), int(hidden.any(axis=1).sum()))
    yield from _compare_values("joint scores", a.joint_scores, b.joint_scores[:, slots], both)
    nulls = both & a.null_scores & ~b.null_scores[:, slots]
    yield Loss(Kind.LOST, "nulls in place of joint scores", int(nulls.sum()), int(nulls.any(axis=1).sum()))
    padded = np.where(there & np.isfinite(b.joint_scores[:, slots]), b.joint_scores[:, slots], 0.0)
    absent = ~a.joint_valid & np.isfinite(a.joint_scores) & (a.joint_scores != 0) & (padded == 0)
    yield Loss(Kind.LOST, "scores of absent joints", int(absent.sum()), int(absent.any(axis=1).sum()))
    for slot in np.flatnonzero(joint_map(source.skeleton, result.skeleton) < 0).tolist():
        count = int(b.joint_valid[:, slot].sum())
        yield Loss(Kind.ADDED, f"joints {result.skeleton.joints[slot]}, derived from others", count, count)


def _compare_persons(a: PoseColumns, b: PoseColumns) -> Iterator[Loss]:
    """Compare the fields of whole persons."""
    yield from _compare_values("person scores", a.scores[:, None], b.scores[:, None])
    tracks = [np.where(side.track_ids == NO_TRACK, np.nan, side.track_ids)[:, None] for side in (a, b)]
    yield from _compare_values("track ids", tracks[0], tracks[1])
    for what, mine, theirs in (
        ("person boxes", a.boxes_xyxy, b.boxes_xyxy),
        ("head boxes", a.head_boxes_xyxy, b.head_boxes_xyxy),
    ):
        has = [np.asarray(~np.isnan(boxes).any(axis=1, keepdims=True)) for boxes in (mine, theirs)]
        moved = np.abs(mine - theirs).max(axis=1, keepdims=True, initial=0.0)
        yield Loss(Kind.LOST, what, int((has[0] & ~has[1]).sum()))
        yield replace(_changed(what, has[0] & has[1], moved), poses=0)
        yield Loss(Kind.ADDED, what, int((~has[0] & has[1]).sum()))
    yield Loss(Kind.LOST, "origins of poses (propagated, interpolated)", int((a.origin != b.origin).sum()))
    unlisted = a.joints_listed != b.joints_listed
    yield Loss(Kind.LOST, "persons without a list of joints, now with an empty one", int(unlisted.sum()))


def _compare_values(what: str, a: FloatArray, b: FloatArray, among: BoolArray | None = None) -> Iterator[Loss]:
    """Compare numbers, (P, M), NaN = none; only where ``among``, (P, M), is true, if it is given."""
    among = np.ones(a.shape, dtype=np.bool_) if among is None else among
    has_a, has_b = np.asarray(~np.isnan(a) & among), np.asarray(~np.isnan(b) & among)
    yield Loss(Kind.LOST, what, int((has_a & ~has_b).sum()))
    yield replace(_changed(what, has_a & has_b, np.abs(a - b)), poses=0)
    yield Loss(Kind.ADDED, what, int((has_b & ~has_a).sum()))


def _changed(what: str, both: BoolArray, difference: FloatArray) -> Loss:
    """Values present on both sides that differ by more than rounding."""
    moved = both & (difference > ROUNDING)
    largest = float(difference[moved].max()) if moved.any() else 0.0
    return Loss(Kind.CHANGED, what, int(moved.sum()), int(moved.any(axis=1).sum()), largest)


def _compare_frames(source: SequencePoses, result: SequencePoses) -> Iterator[Loss]:
    """Compare the fields of frames."""
    a, b = source.info, result.info
    count = len(a.frame_names)
    yield Loss(Kind.LOST, "frame names", sum(x != y for x, y in zip(a.frame_names, b.frame_names, strict=True)))
    yield Loss(Kind.LOST, "is_labeled of frames", sum(x != y for x, y in zip(a.labelled, b.labelled, strict=True)))
    yield Loss(Kind.LOST, "ignore regions", sum(_regions_lost(source, result, index) for index in range(count)))
    if a.image_hw is not None:
        known = b.image_hw is not None
        sizes = zip(source.frames, result.frames, strict=True)
        yield Loss(Kind.LOST, "image sizes", sum(not known or x.image_hw != y.image_hw for x, y in sizes))
    if a.timestamps_s is not None:
        times = b.timestamps_s or (np.nan,) * count
        yield Loss(Kind.LOST, "timestamps", sum(x != y for x, y in zip(a.timestamps_s, times, strict=True)))
    if a.image_ids is not None:
        ids = [_image_id(b, index) for index in range(count)]
        yield Loss(Kind.LOST, "image ids", sum(x != y for x, y in zip(a.image_ids, ids, strict=True)))
    for index, fields in enumerate(a.frame_fields or ()):
        made = made_frame_fields(b.name, b.frame_names[index], index, count)
        found: dict[str, Any] = made | dict(b.frame_fields[index] if b.frame_fields is not None else {})
        for key, value in fields.items():
            yield Loss(Kind.LOST, f"{key} of frames", int(key not in found or found[key] != value))


def _regions_lost(source: SequencePoses, result: SequencePoses, index: int) -> int:
    """Number of a frame's ignore regions that are missing from the result."""
    again = [polygon.tolist() for polygon in result.ignore_regions[index]]
    return sum(polygon.tolist() not in again for polygon in source.ignore_regions[index])


def _image_id(info: SequenceInfo, index: int) -> int:
    """The image id of a frame: given, or generated as the writers do."""
    if info.image_ids is not None:
        return info.image_ids[index]
    number = frame_number(info.frame_names[index])
    made = None if number is None else posetrack_image_id(info.name, number)
    return index if made is None else made


def _compare_info(a: SequenceInfo, b: SequenceInfo) -> Iterator[Loss]:
    """Compare the fields of the sequence."""
    yield Loss(Kind.LOST, "names of sequences", int(a.name != b.name))
    yield Loss(Kind.LOST, "frame rates", int(a.fps is not None and a.fps != b.fps))
