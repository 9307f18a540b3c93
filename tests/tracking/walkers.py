"""Stick figures with scripted motion for the tracking tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posetrack.structures import COCO, FloatArray, FramePoses

IMAGE_HW = (240, 640)
K = COCO.num_joints
# A standing person of height 1 with feet at (0, 0): COCO joints from nose to ankles.
SHAPE = np.array(
    [(0, -0.93), (0.02, -0.95), (-0.02, -0.95), (0.04, -0.94), (-0.04, -0.94), (0.11, -0.8), (-0.11, -0.8),
     (0.15, -0.63), (-0.15, -0.63), (0.16, -0.47), (-0.16, -0.47), (0.08, -0.5), (-0.08, -0.5), (0.09, -0.27),
     (-0.09, -0.27), (0.09, 0.0), (-0.09, 0.0)]
)  # fmt: skip


def people(
    frame_index: int, feet_and_heights: Sequence[tuple[float, float, float]], scores: Sequence[float] | None = None
) -> FramePoses:
    """A frame with one figure per (x, y, height) in pixels; all joints score 0.9."""
    n = len(feet_and_heights)
    table = np.array(feet_and_heights, dtype=np.float64).reshape(n, 3)
    xy = table[:, None, :2] + SHAPE[None] * table[:, 2, None, None]
    return poses_of(frame_index, xy, np.full(n, 0.9) if scores is None else np.asarray(scores))


def poses_of(frame_index: int, joints_xy: FloatArray, scores: FloatArray) -> FramePoses:
    """A frame with these (N, 17, 2) joints, and boxes around them with a margin of 10 pixels."""
    n = len(joints_xy)
    low = joints_xy.min(axis=1, initial=1e6) - 10
    high = joints_xy.max(axis=1, initial=-1e6) + 10
    return FramePoses(
        frame_index, IMAGE_HW, np.concatenate([low, high], axis=1), scores, joints_xy, np.full((n, K), 0.9),
        np.ones((n, K), dtype=bool),
    )  # fmt: skip


def random_frames(seed: int, count: int) -> list[FramePoses]:
    """Frames of people who jitter around five places, come and go and lose joints; some frames are skipped."""
    rng = np.random.default_rng(seed)
    places = np.stack([rng.uniform(50, 590, 5), rng.uniform(120, 230, 5), rng.uniform(60, 120, 5)], axis=1)
    frames, index = [], 0
    for _ in range(count):
        index += int(rng.choice((1, 1, 1, 2, 9)))
        here = rng.permutation(5)[: rng.integers(0, 6)]
        moved = places[here] + rng.normal(0, 8, (len(here), 3))
        full = people(index, [(x, y, h) for x, y, h in moved], rng.uniform(0, 1, len(here)))
        xy = full.joints_xy + rng.normal(0, 2, full.joints_xy.shape)
        frames.append(
            FramePoses(
                index,
                IMAGE_HW,
                full.boxes_xyxy,
                full.scores,
                xy,
                rng.uniform(0, 1, full.joint_scores.shape),
                rng.random(full.joint_valid.shape) < 0.8,
            )  # fmt: skip
        )
    return frames
