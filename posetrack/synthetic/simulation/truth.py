"""Ground truth of a simulated sequence under one of two annotation conventions."""

from __future__ import annotations

from typing import Literal

import numpy as np

from posetrack.structures import POSETRACK18, BoolArray, FloatArray, FramePoses, SequenceInfo, SequencePoses
from posetrack.synthetic.images import MIN_JOINTS
from posetrack.synthetic.simulation.crowd import Simulation

Annotate = Literal["all", "visible"]
# PoseTrack's annotators left out barely visible people; no threshold is published.
LEAST_VISIBLE = 0.25  # share of the joints inside the image
LEAST_VISIBLE_JOINTS = 4
SMALL_PX = 70.0  # standing height below which people are not annotated but covered by an ignore region
_EARS = [POSETRACK18.index("left_ear"), POSETRACK18.index("right_ear")]


def truth_of(simulation: Simulation, annotate: Annotate = "all", every: int = 1) -> SequencePoses:
    """Build the ground truth.

    Args:
        simulation: the sequence.
        annotate: ``all`` = as for drawn scenes: everybody with at least ``MIN_JOINTS`` joints inside the image, one of
            them visible; all joints inside the image are valid, hidden ones too (see ``joint_visible``). ``visible`` =
            similar to PoseTrack: visible joints only; people with fewer than 4 visible joints, or under a quarter of
            those in the image, are not annotated at all; small people are covered by ignore regions instead.
        every: take every n-th frame.

    Returns:
        PoseTrack18 without ears, which PoseTrack never annotates. Ids are the indices of the people, the same under both
        conventions. Boxes enclose the whole body, clipped to the image.

    Raises:
        ValueError: ``annotate`` is neither.
    """
    if annotate not in ("all", "visible"):
        raise ValueError(f"annotate is {annotate!r}, expected all or visible")
    taken = range(0, simulation.num_frames, every)
    rules = _visible_rule(simulation) if annotate == "visible" else _all_rule(simulation)
    people, joints, ignored = rules
    frames = tuple(_frame(simulation, t, n, people[t], joints[t]) for n, t in enumerate(taken))
    regions = tuple(tuple(_corners(box) for box in simulation.boxes_xyxy[t][ignored[t]]) for t in taken)
    info = SequenceInfo(
        simulation.name, tuple(f"images/sim/{simulation.name}/{n:06d}.jpg" for n in range(len(frames))),
        simulation.image_hw, simulation.fps / every,
    )  # fmt: skip
    return SequencePoses(info, POSETRACK18, frames, regions)


def _all_rule(s: Simulation) -> tuple[BoolArray, BoolArray, BoolArray]:
    """People (T, P), their joints (T, P, 17), and people in ignore regions (T, P)."""
    people = (s.in_image.sum(axis=-1) >= MIN_JOINTS) & s.visible.any(axis=-1)
    return people, s.in_image, np.zeros_like(people)


def _visible_rule(s: Simulation) -> tuple[BoolArray, BoolArray, BoolArray]:
    seen, inside = s.visible.sum(axis=-1), s.in_image.sum(axis=-1)
    people = (seen >= LEAST_VISIBLE_JOINTS) & (seen >= LEAST_VISIBLE * inside)
    small = s.height_px < SMALL_PX
    return people & ~small, s.visible, people & small


def _frame(s: Simulation, t: int, number: int, people: BoolArray, joints: BoolArray) -> FramePoses:
    rows = np.flatnonzero(people)
    valid = joints[rows].copy()
    valid[:, _EARS] = False
    height, width = s.image_hw
    return FramePoses(
        frame_index=number,
        image_hw=s.image_hw,
        boxes_xyxy=np.clip(s.boxes_xyxy[t, rows], 0.0, np.array([width, height] * 2) - 1.0),
        scores=np.full(len(rows), np.nan),
        joints_xy=s.joints_xy[t, rows],
        joint_scores=np.full(valid.shape, np.nan),
        joint_valid=valid,
        joint_visible=valid & s.visible[t, rows],
        track_ids=rows,
        head_boxes_xyxy=s.head_boxes_xyxy[t, rows],
    )


def _corners(box: FloatArray) -> FloatArray:
    x1, y1, x2, y2 = box
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])
