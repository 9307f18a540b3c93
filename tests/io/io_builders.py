"""Sequences for the file tests: fixed ones, and Hypothesis strategies."""

from __future__ import annotations

import gzip
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from posetrack.structures import (
    COCO,
    MPII,
    NO_TRACK,
    POSETRACK17,
    POSETRACK18,
    FramePoses,
    SequenceInfo,
    SequencePoses,
    Skeleton,
)

DATA = Path(__file__).parents[1] / "data"
SHARED = Path(__file__).parents[2].parent / "shared"
NAME = "012345_mpii_test"

_coordinate = st.one_of(
    st.floats(-1e4, 1e4, allow_nan=False).filter(lambda v: v != 0 or str(v) == "0.0"),
    st.integers(-50, 4000).map(float),
    st.floats(0, 2000).map(lambda v: round(v, 2)),
)
_score = st.floats(-1.0, 2.0)


def packed_files() -> dict[str, Any]:
    """The parity files by name (committed with the evaluation tests)."""
    with gzip.open(DATA / "evaluation" / "golden.json.gz") as stream:
        files: dict[str, Any] = json.load(stream)["files"]
    return files


def recorded_conversions() -> dict[str, Any]:
    """poseval's conversions of some of them (``tests/data/io/record_poseval.py``)."""
    with gzip.open(DATA / "io" / "poseval_convert.json.gz") as stream:
        recorded: dict[str, Any] = json.load(stream)
    return recorded


def assert_same_poses(a: FramePoses, b: FramePoses, leave_out: tuple[str, ...] = ()) -> None:
    """Assert that every field is bitwise equal, with NaN in the same places."""
    for field in fields(FramePoses):
        if field.name not in leave_out:
            np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name), field.name)


@st.composite
def frame_poses(draw: st.DrawFn, index: int, size_hw: tuple[int, int], joints: int) -> FramePoses:
    """A frame of 0 to 3 people in which everything that may be missing sometimes is."""
    n = draw(st.integers(0, 3))

    def numbers(*shape: int, of: st.SearchStrategy[float] = _coordinate) -> np.ndarray:
        count = int(np.prod(shape))
        return np.array(draw(st.lists(of, min_size=count, max_size=count)), dtype=np.float64).reshape(shape)

    def flags(*shape: int) -> np.ndarray:
        return numbers(*shape, of=st.sampled_from([0.0, 1.0, 1.0])).astype(bool)

    xy, valid = numbers(n, joints, 2), flags(n, joints)
    at_origin = (xy == 0).all(axis=2)
    boxes, heads = np.sort(numbers(n, 2, 2), axis=1).reshape(n, 4), np.sort(numbers(n, 2, 2), axis=1).reshape(n, 4)
    # In a PoseTrack18 file a person without a box gets the one around their joints.
    boxes[~flags(n) & ~valid.any(axis=1)] = np.nan
    heads[~flags(n)] = np.nan
    scores, joint_scores = numbers(n, of=_score), numbers(n, joints, of=_score)
    scores[~flags(n)] = np.nan
    joint_scores[~valid & ~flags(n, joints)] = np.nan
    joint_scores[~flags(n) | ~valid.any(axis=1)] = np.nan
    tracks = np.array(draw(st.lists(st.integers(0, 9999), min_size=n, max_size=n, unique=True)), dtype=np.int64)
    tracks[~flags(n)] = NO_TRACK
    origin = numbers(n, of=st.sampled_from([0.0, 1.0, 2.0])).astype(np.uint8)
    visible = flags(n, joints) | at_origin  # neither format can express a hidden joint exactly at (0, 0)
    return FramePoses(index, size_hw, boxes, scores, xy, joint_scores, valid, visible, tracks, origin, heads)


@st.composite
def sequences(
    draw: st.DrawFn, skeletons: tuple[Skeleton, ...] = (POSETRACK18, POSETRACK17, COCO, MPII)
) -> SequencePoses:
    """A sequence of 0 to 3 frames."""
    skeleton = draw(st.sampled_from(skeletons))
    count = draw(st.integers(0, 3))
    size = draw(st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
    name = draw(st.sampled_from([NAME, "000001_bonn", "my holiday", "Straße"]))
    polygon = st.lists(st.tuples(_coordinate, _coordinate), min_size=1, max_size=4).map(np.array)
    info = SequenceInfo(
        name=name,
        frame_names=tuple(f"images/{name}/{i:06d}.jpg" for i in range(count)),
        image_hw=size,
        fps=draw(st.none() | st.floats(1, 100)),
        labelled=tuple(draw(st.lists(st.booleans(), min_size=count, max_size=count))),
        timestamps_s=tuple(i / 7 for i in range(count)) if count and draw(st.booleans()) else None,
    )
    frames = tuple(draw(frame_poses(i, size, skeleton.num_joints)) for i in range(count))
    regions = tuple(tuple(draw(st.lists(polygon, max_size=2))) for _ in range(count))
    return SequencePoses(info, skeleton, frames, regions)


def people(
    frame: int, count: int, skeleton: Skeleton = POSETRACK18, size_hw: tuple[int, int] = (720, 1280)
) -> FramePoses:
    """``count`` complete people with boxes, scores and tracks, determined by the arguments."""
    rng = np.random.default_rng([frame, count])
    k = skeleton.num_joints
    xy = rng.uniform(10, 700, (count, k, 2)).round(2)
    valid = np.ones((count, k), dtype=bool)
    if skeleton is POSETRACK18:
        valid[:, 3:5] = False  # PoseTrack18 has slots for the ears and leaves them empty
    boxes = np.concatenate([xy.min(axis=1) - 5, xy.max(axis=1) + 5], axis=1)
    heads = np.concatenate([xy[:, 0] - 15, xy[:, 0] + 15], axis=1)
    return FramePoses(frame, size_hw, boxes, rng.uniform(0.5, 1, count), xy, rng.uniform(0.1, 1, (count, k)), valid,
                      track_ids=np.arange(count), head_boxes_xyxy=heads)  # fmt: skip


def sequence_of(counts: list[int], name: str = NAME, skeleton: Skeleton = POSETRACK18) -> SequencePoses:
    """A sequence with the given number of people in each frame."""
    frames = tuple(people(i, count, skeleton) for i, count in enumerate(counts))
    names = tuple(f"images/val/{name}/{i:06d}.jpg" for i in range(len(counts)))
    return SequencePoses(SequenceInfo(name, names, (720, 1280)), skeleton, frames)
