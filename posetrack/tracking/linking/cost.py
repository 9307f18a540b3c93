"""Cost of joining an earlier to a later run of poses as one person: motion, pose, size, appearance, gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.tracking.linking.config import GlobalLinkingConfig
from posetrack.tracking.linking.likeness import Usual, likeness
from posetrack.tracking.linking.tracklets import Tracklets


@dataclass(frozen=True, eq=False)
class Side:
    """What is known about N people on one side of a gap.

    Attributes:
        pose: (N,) the pose next to the gap, as an index into the tracklets' columns.
        centre: (N, 2) centre of that pose.
        velocity: (N, 2) pixels per frame.
        log_size: (N,) log of the median size.
        looks: (N, D) mean appearance, unit vectors or 0.
    """

    pose: IntArray
    centre: FloatArray
    velocity: FloatArray
    log_size: FloatArray
    looks: FloatArray


def sides(poses: Tracklets, first: IntArray, last: IntArray, beside: IntArray) -> Side:
    """Summarise N runs of poses ``first``..``last`` (N,); ``beside`` (N,) is the pose of each next to the gap."""
    n, depth = len(first), poses.looks.shape[1]
    velocity, log_size, looks = np.zeros((n, 2)), np.zeros(n), np.zeros((n, depth))
    for i, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        run = slice(a, b + 1)
        velocity[i] = _velocity(poses.frame[run], poses.centre[run])
        log_size[i] = np.log(np.median(poses.size[run]))
        if depth:
            looks[i] = poses.looks[run].mean(axis=0)
    looks /= np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-12)
    return Side(beside, poses.centre[beside], velocity, log_size, looks)


def costs(
    poses: Tracklets, before: Side, after: Side, pairs: IntArray, config: GlobalLinkingConfig, sigmas: FloatArray,
    usual: Usual | None,
) -> FloatArray:  # fmt: skip
    """(P,) costs of joining ``before[pairs[:, 0]]`` to ``after[pairs[:, 1]]``; inf where undefined."""
    i, j = pairs.T
    end, start = before.pose[i], after.pose[j]
    gap = (poses.frame[start] - poses.frame[end]).astype(np.float64)
    steps = gap if config.fading == 1 else (1 - config.fading**gap) / (1 - config.fading)
    size = np.exp((before.log_size[i] + after.log_size[j]) / 2)
    way = after.centre[j] - before.centre[i]
    forward = np.linalg.norm(way - before.velocity[i] * steps[:, None], axis=1)
    backward = np.linalg.norm(way - after.velocity[j] * steps[:, None], axis=1)
    cost = (forward + backward) / 2 / size / (config.drift * np.sqrt(np.maximum(gap, 1)))
    cost += config.pose_weight * (1 - _oks(poses, end, start, way, size, sigmas))
    cost += config.size_weight * np.abs(before.log_size[i] - after.log_size[j])
    cost += config.gap_weight * gap / max(config.max_gap_frames, 1)
    if usual is not None:
        cosine = (before.looks[i] * after.looks[j]).sum(axis=1)
        told = (before.looks[i] != 0).any(axis=1) & (after.looks[j] != 0).any(axis=1)
        cost += config.appearance_weight * np.where(told, 1 - likeness(cosine, usual), 0.5)
    return np.where(np.isfinite(cost), cost, np.inf)


def _oks(
    poses: Tracklets, end: IntArray, start: IntArray, way: FloatArray, size: FloatArray, sigmas: FloatArray
) -> FloatArray:
    """(P,) OKS of the two poses with their centres aligned; 0.5 where they share no joint."""
    squared = ((poses.xy[end] + way[:, None] - poses.xy[start]) ** 2).sum(axis=-1)
    shared = ~np.isnan(squared)
    alike = np.exp(-np.where(shared, squared, 0) / (8 * sigmas**2 * size[:, None] ** 2)) * shared
    count = shared.sum(axis=1)
    return np.where(count > 0, alike.sum(axis=1) / np.maximum(count, 1), 0.5)


def _velocity(frame: IntArray, centre: FloatArray) -> FloatArray:
    """Least-squares slope of the centres over time, (2,); 0 for fewer than three."""
    seen = ~np.isnan(centre[:, 0])
    if seen.sum() < 3:
        return np.zeros(2)
    time = frame[seen] - frame[seen].mean()
    return np.asarray(time @ (centre[seen] - centre[seen].mean(axis=0)) / (time @ time))
