"""Types passed between the stages: boxes and poses of one frame, and one person over time.

All arrays are numpy, checked at construction and read-only. Units are pixels of the original
image, x right, y down, the centre of the top-left pixel is (0, 0); boxes are x1, y1, x2, y2 with
width = x2 - x1. A missing joint has ``joint_valid`` false and NaN coordinates, never (0, 0).
Coordinates are float64: files hold decimal numbers, and what is read must be written back exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from posetrack.structures.skeleton import BoolArray, FloatArray, IntArray

NO_TRACK = -1
_DERIVED: Any = None  # a field whose default depends on the others, set in __post_init__


class Origin(IntEnum):
    """Where a pose comes from: a detection, the previous frame (its box propagated by flow), or neighbouring frames."""

    OBSERVED = 0
    PROPAGATED = 1
    INTERPOLATED = 2


def _frozen(value: Any, dtype: npt.DTypeLike, shape: tuple[int | None, ...], what: str) -> npt.NDArray[Any]:
    """A read-only copy of ``value`` with the requested dtype and shape (None = any length)."""
    given = np.asarray(value)
    array = given.astype(dtype)
    if array.dtype.kind in "iu" and given.dtype.kind not in "iub" and not (array == given).all():
        raise ValueError(f"{what} holds {given[array != given].flat[0]}, expected whole numbers of {array.dtype}")
    found = array.shape
    # A file has thousands of frames with a dozen arrays each: the common case must be cheap.
    if len(found) != len(shape) or found != tuple([n if s is None else s for s, n in zip(shape, found, strict=True)]):
        wanted = ", ".join("any" if s is None else str(s) for s in shape)
        raise ValueError(f"{what} has shape {array.shape}, expected ({wanted})")
    array.setflags(write=False)
    return array


def _check_boxes(boxes_xyxy: FloatArray, what: str) -> None:
    """Check that each box is all finite or all NaN."""
    if not np.isfinite(boxes_xyxy).all() and not (np.isfinite(boxes_xyxy).all(axis=1) | np.isnan(boxes_xyxy).all(axis=1)).all():
        raise ValueError(f"{what} is infinite or partly NaN, expected finite numbers or NaN for the whole box")


def _fields_of(value: Any) -> tuple[type, tuple[Any, ...]]:
    """``__reduce__`` for pickle and copy, which would otherwise produce writable arrays."""
    return type(value), tuple(getattr(value, one.name) for one in fields(value))


def _set(target: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(target, name, value)


def _check_hw(image_hw: tuple[int, int]) -> tuple[int, int]:
    height, width = (int(v) for v in image_hw)
    if height <= 0 or width <= 0:
        raise ValueError(f"image_hw is {image_hw}, expected two positive numbers (height, width)")
    return height, width


def _origins(given: Any, count: int) -> npt.NDArray[np.uint8]:
    """(count,) ``Origin`` values; None = all observed."""
    origin = _frozen(np.zeros(count, np.uint8) if given is None else given, np.uint8, (count,), "origin")
    if origin.size and origin.max() > max(Origin):
        raise ValueError(f"origin holds {origin.max()}, expected 0 to {int(max(Origin))}, as Origin says")
    return origin


@dataclass(frozen=True, eq=False)
class FrameBoxes:
    """The person boxes of one frame.

    Attributes:
        frame_index: 0-based index of the frame in its sequence.
        image_hw: height and width of the image in pixels.
        xyxy: (N, 4) float64 boxes.
        scores: (N,) float64.
        origin: (N,) uint8 of ``Origin``, passed on to the poses estimated in the boxes. Default: observed.
    """

    frame_index: int
    image_hw: tuple[int, int]
    xyxy: FloatArray
    scores: FloatArray
    origin: npt.NDArray[np.uint8] = _DERIVED

    def __post_init__(self) -> None:
        xyxy = _frozen(self.xyxy, np.float64, (None, 4), "xyxy")
        scores = _frozen(self.scores, np.float64, (len(xyxy),), "scores")
        origin = _origins(self.origin, len(xyxy))
        _set(self, image_hw=_check_hw(self.image_hw), xyxy=xyxy, scores=scores, origin=origin)

    __reduce__ = _fields_of

    def __len__(self) -> int:
        return len(self.xyxy)

    @classmethod
    def empty(cls, frame_index: int, image_hw: tuple[int, int]) -> FrameBoxes:
        """A frame without boxes."""
        return cls(frame_index, image_hw, np.zeros((0, 4)), np.zeros(0))

    def select(self, index: npt.ArrayLike) -> FrameBoxes:
        """The boxes at ``index`` (integers or a boolean mask), in that order."""
        picked = _as_index(index)
        return replace(self, xyxy=self.xyxy[picked], scores=self.scores[picked], origin=self.origin[picked])


@dataclass(frozen=True, eq=False)
class FramePoses:
    """The poses of one frame: predictions (tracked or not) or ground truth.

    Attributes:
        frame_index: 0-based index of the frame in its sequence.
        image_hw: height and width of the image in pixels.
        boxes_xyxy: (N, 4) float64 person boxes; NaN = not given by the source.
        scores: (N,) float64 score of the whole pose; NaN = not given by the source.
        joints_xy: (N, K, 2) float64; NaN where ``joint_valid`` is false.
        joint_scores: (N, K) float64; NaN = not given by the source.
        joint_valid: (N, K) bool, the joint is present (annotated or predicted).
        joint_visible: (N, K) bool, the joint is present and not occluded. Default: ``joint_valid``.
        track_ids: (N,) int64, ``NO_TRACK`` for none, otherwise unique in the frame. Default: none.
        origin: (N,) uint8 of ``Origin``. Default: observed.
        head_boxes_xyxy: (N, 4) float64 head boxes of ground truth; NaN = none. Default: none.
        joints_listed: (N,) bool, the source has a joint list for the person, even an empty one; false =
            no list at all (PoseTrack17's ``"annopoints": []``), which the official evaluator treats
            differently. Default: true.
        appearance: (N, D) int8 vectors whose directions distinguish people, 0 = unknown. Default: D = 0.
        candidates: (N, K, C, 3) float32 x, y and score of C candidate positions of each joint, the joint itself first,
            then by descending score; NaN = no further candidate. Default: C = 0.
    """

    frame_index: int
    image_hw: tuple[int, int]
    boxes_xyxy: FloatArray
    scores: FloatArray
    joints_xy: FloatArray
    joint_scores: FloatArray
    joint_valid: BoolArray
    joint_visible: BoolArray = _DERIVED
    track_ids: IntArray = _DERIVED
    origin: npt.NDArray[np.uint8] = _DERIVED
    head_boxes_xyxy: FloatArray = _DERIVED
    joints_listed: BoolArray = _DERIVED
    appearance: npt.NDArray[np.int8] = _DERIVED
    candidates: npt.NDArray[np.float32] = _DERIVED

    def __post_init__(self) -> None:
        boxes = _frozen(self.boxes_xyxy, np.float64, (None, 4), "boxes_xyxy")
        n = len(boxes)
        xy = _frozen(self.joints_xy, np.float64, (n, None, 2), "joints_xy")
        k = xy.shape[1]
        valid = _frozen(self.joint_valid, np.bool_, (n, k), "joint_valid")
        if not np.isfinite(xy[valid]).all():
            raise ValueError("joints_xy is NaN or infinite where joint_valid is true")
        xy = _frozen(np.where(valid[..., None], xy, np.nan), np.float64, (n, k, 2), "joints_xy")
        visible = valid if self.joint_visible is None else valid & _frozen(self.joint_visible, np.bool_, (n, k), "joint_visible")
        ids = np.full(n, NO_TRACK) if self.track_ids is None else self.track_ids
        ids = _frozen(ids, np.int64, (n,), "track_ids")
        given = [track for track in ids.tolist() if track != NO_TRACK]
        if given and min(given) < 0:
            raise ValueError(f"track_ids of frame {self.frame_index} hold {min(given)}, expected {NO_TRACK} for none, or 0 and more")
        if len(set(given)) != len(given):
            raise ValueError(f"track_ids of frame {self.frame_index} are not unique: {given}")
        origin = _origins(self.origin, n)
        heads = np.full((n, 4), np.nan) if self.head_boxes_xyxy is None else self.head_boxes_xyxy
        listed = np.ones(n) if self.joints_listed is None else self.joints_listed
        looks = np.zeros((n, 0)) if self.appearance is None else self.appearance
        candidates = np.zeros((n, k, 0, 3)) if self.candidates is None else self.candidates
        scores = _frozen(self.scores, np.float64, (n,), "scores")
        if np.isinf(scores).any():
            raise ValueError("scores are infinite, expected finite numbers or NaN for none")
        _check_boxes(boxes, "boxes_xyxy")
        _set(
            self,
            image_hw=_check_hw(self.image_hw),
            boxes_xyxy=boxes,
            scores=scores,
            joints_xy=xy,
            joint_scores=_frozen(self.joint_scores, np.float64, (n, k), "joint_scores"),
            joint_valid=valid,
            joint_visible=_frozen(visible, np.bool_, (n, k), "joint_visible"),
            track_ids=ids,
            origin=origin,
            head_boxes_xyxy=_frozen(heads, np.float64, (n, 4), "head_boxes_xyxy"),
            joints_listed=_frozen(listed, np.bool_, (n,), "joints_listed"),
            appearance=_frozen(looks, np.int8, (n, None), "appearance"),
            candidates=_frozen(candidates, np.float32, (n, k, None, 3), "candidates"),
        )

    __reduce__ = _fields_of

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    @property
    def num_joints(self) -> int:
        """Number of joints K of the skeleton, present or not."""
        return int(self.joints_xy.shape[1])

    @property
    def looks(self) -> FloatArray:
        """(N, D) float64 appearance as unit vectors; 0 where unknown."""
        vectors = self.appearance.astype(np.float64)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1.0))

    @classmethod
    def empty(cls, frame_index: int, image_hw: tuple[int, int], num_joints: int) -> FramePoses:
        """A frame without poses."""
        k = num_joints
        return cls(frame_index, image_hw, np.zeros((0, 4)), np.zeros(0), np.zeros((0, k, 2)), np.zeros((0, k)),
                   np.zeros((0, k), dtype=bool))  # fmt: skip

    def select(self, index: npt.ArrayLike, **changes: Any) -> FramePoses:
        """The poses at ``index`` (integers or a mask), in that order; ``changes``: fields of the result to replace."""
        picked = _as_index(index)
        chosen: dict[str, Any] = {name: getattr(self, name)[picked] for name in _PER_PERSON if name not in changes}
        return replace(self, **chosen, **changes)

    def at_frame(self, frame_index: int) -> FramePoses:
        """The same poses with another frame index."""
        return replace(self, frame_index=frame_index)

    def with_tracks(self, track_ids: npt.ArrayLike) -> FramePoses:
        """The same poses with these track ids."""
        return replace(self, track_ids=np.asarray(track_ids, dtype=np.int64))


_PER_PERSON = tuple(f.name for f in fields(FramePoses) if f.name not in ("frame_index", "image_hw"))


def _as_index(index: npt.ArrayLike) -> npt.NDArray[Any]:
    picked = np.asarray(index)
    return picked.astype(np.int64) if picked.size == 0 and picked.dtype != np.bool_ else picked


def concatenate(parts: Sequence[FramePoses]) -> FramePoses:
    """Concatenate several sets of poses, in that order; all must be of the same frame and skeleton."""
    first = parts[0]
    for part in parts[1:]:
        if part.frame_index != first.frame_index or part.num_joints != first.num_joints:
            raise ValueError("only poses of the same frame and skeleton can be combined")
    depth = max(part.appearance.shape[1] for part in parts)
    parts = [p if p.appearance.shape[1] == depth else _without_looks(p, depth) for p in parts]
    alike = [name for name in _PER_PERSON if name != "candidates"]
    joined: dict[str, Any] = {name: np.concatenate([getattr(p, name) for p in parts]) for name in alike}
    return replace(first, candidates=all_candidates(parts), **joined)


def _without_looks(poses: FramePoses, depth: int) -> FramePoses:
    return replace(poses, appearance=np.zeros((len(poses), depth), dtype=np.int8))


def all_candidates(parts: Sequence[FramePoses]) -> npt.NDArray[np.float32]:
    """(N, K, C, 3) candidates of all poses, concatenated; padded with NaN where a set has fewer."""
    count = max(part.candidates.shape[2] for part in parts)
    return np.concatenate([_padded(part.candidates, count) for part in parts])


def _padded(candidates: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    n, k, have, _ = candidates.shape
    if have == count:  # nearly always
        return candidates
    return np.concatenate([candidates, np.full((n, k, count - have, 3), np.nan, dtype=np.float32)], axis=2)


@dataclass(frozen=True, eq=False)
class TrackedPose:
    """One person over time.

    Attributes:
        track_id: 0 or greater.
        frame_indices: (T,) int64, strictly increasing.
        joints_xy: (T, K, 2) float64; NaN = no joint.
        joint_scores: (T, K) float64.
        origin: (T,) uint8 of ``Origin``.
        candidates: (T, K, C, 3) float32, see ``FramePoses``. Default: C = 0.
    """

    track_id: int
    frame_indices: IntArray
    joints_xy: FloatArray
    joint_scores: FloatArray
    origin: npt.NDArray[np.uint8]
    candidates: npt.NDArray[np.float32] = _DERIVED

    def __post_init__(self) -> None:
        frames = _frozen(self.frame_indices, np.int64, (None,), "frame_indices")
        if (np.diff(frames) <= 0).any():
            raise ValueError(f"track {self.track_id}: frame_indices do not increase")
        t = len(frames)
        xy = _frozen(self.joints_xy, np.float64, (t, None, 2), "joints_xy")
        k = xy.shape[1]
        candidates = np.zeros((t, k, 0, 3)) if self.candidates is None else self.candidates
        _set(
            self,
            frame_indices=frames,
            joints_xy=xy,
            joint_scores=_frozen(self.joint_scores, np.float64, (t, k), "joint_scores"),
            origin=_frozen(self.origin, np.uint8, (t,), "origin"),
            candidates=_frozen(candidates, np.float32, (t, k, None, 3), "candidates"),
        )

    __reduce__ = _fields_of

    def __len__(self) -> int:
        return len(self.frame_indices)
