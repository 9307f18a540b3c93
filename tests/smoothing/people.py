"""People for the smoothing tests."""

from __future__ import annotations

import numpy as np

from posetrack.structures import POSETRACK18, FloatArray, FramePoses, TrackedPose

K = POSETRACK18.num_joints


def track(
    xy: FloatArray, frames: FloatArray | None = None, scores: FloatArray | None = None, track_id: int = 3
) -> TrackedPose:
    """A track of (T, K, 2) joints."""
    frames = np.arange(len(xy)) if frames is None else frames
    scores = np.ones(xy.shape[:2]) if scores is None else scores
    return TrackedPose(track_id, frames, xy, scores, np.zeros(len(xy), dtype=np.uint8))


def standing(count: int = 100) -> FloatArray:
    """(T, K, 2) a person of about 200 pixels standing still."""
    pose = np.random.default_rng(0).uniform(0, 200, (K, 2))
    return np.repeat(pose[None], count, axis=0)


def trembling(count: int, seed: int = 1, pixels: float = 3.0, holes: float = 0.0) -> FloatArray:
    """(T, K, 2) the same person with noise of standard deviation ``pixels``; a share ``holes`` of joints is missing."""
    rng = np.random.default_rng(seed)
    xy = standing(count) + rng.normal(0, pixels, (count, K, 2))
    xy[rng.random((count, K)) < holes] = np.nan
    return xy


def frame(index: int, people: dict[int, FloatArray], scores: FloatArray | float = 1.0) -> FramePoses:
    """A frame of people by id, (K, 2) joints each."""
    n = len(people)
    xy = np.array(list(people.values())).reshape(n, K, 2)
    return FramePoses(index, (480, 640), np.zeros((n, 4)), np.ones(n), xy, np.broadcast_to(scores, (n, K)),
                      np.isfinite(xy).all(axis=2), track_ids=np.array(list(people), dtype=np.int64))  # fmt: skip


def coming_and_going(count: int, seed: int, step: int = 1) -> list[FramePoses]:
    """People who come and go at random, with missing joints; if ``step`` > 1, frames are skipped."""
    rng = np.random.default_rng(seed)
    frames, index = [], 0
    there = np.zeros(6, dtype=bool)
    for _ in range(count):
        index += int(rng.integers(1, step + 1))
        there = np.where(rng.random(6) < 0.15, ~there, there)
        people = {}
        for person in np.flatnonzero(there).tolist():
            xy = standing(1)[0] + 40 * person + index * (person - 2.0) + rng.normal(0, 3, (K, 2))
            xy[rng.random(K) < 0.2] = np.nan
            people[person * 7 if index < 50 else person * 7 + 1] = xy
        frames.append(frame(index, people, rng.random((len(people), K))))
    return frames
