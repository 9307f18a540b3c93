"""Separate left and right joints found at the same position when another position is nearly as likely.

A network that finds each joint independently often puts both ankles on one leg. ``posetrack.smoothing.candidates``
repairs that over time; this needs only one image. Measured effect: ``docs/bundled_models.md``.
"""

from __future__ import annotations

import numpy as np

from posetrack.pose.candidates import other_peaks
from posetrack.pose.decode import HeatmapJoints, Heatmaps, at_quarter
from posetrack.structures import IntArray, Skeleton

PARTS = ("elbow", "wrist", "knee", "ankle")  # shoulders and hips do coincide when seen from the side
NEAR_PX = 2.5  # heatmap pixels; closer joints are at the same position
LEAST_SHARE = 0.6  # minimum height of the other peak, as a fraction of the shared one


def pairs_to_part(skeleton: Skeleton) -> IntArray:
    """(P, 2) left and right joint of the pairs that ``part_pairs`` handles."""
    pairs = [pair for pair in skeleton.flip_pairs if skeleton.joints[pair[0]].endswith(PARTS)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def part_pairs(heatmaps: Heatmaps, joints: HeatmapJoints, pairs: IntArray) -> HeatmapJoints:
    """Where both joints of a pair coincide, move one to the next highest peak of the two heatmaps.

    Only if that peak is at least ``LEAST_SHARE`` as high; the joint whose move gives the larger sum of both heatmaps
    is moved.

    Args:
        heatmaps: (N, K, H, W).
        joints: the result of ``decode``.
        pairs: (P, 2) from ``pairs_to_part``.

    Returns:
        The joints; a moved one is shifted a quarter pixel towards the higher neighbour and scores the peak's height.
    """
    left, right = pairs.T
    person, pair = np.nonzero(np.linalg.norm(joints.xy[:, left] - joints.xy[:, right], axis=2) < NEAR_PX)
    if len(person) == 0:
        return joints
    height, width = heatmaps.shape[2:]
    both = np.stack([heatmaps[person, left[pair]], heatmaps[person, right[pair]]])
    either = both.max(axis=0)
    flat = either.reshape(len(person), -1)
    top = flat.argmax(axis=1)
    owner, pixel = other_peaks(flat, height, width, np.stack([top % width, top // width], axis=1).astype(np.float64))
    heights = flat[owner, pixel]
    order = np.lexsort((-heights, owner))
    order = order[(heights >= LEAST_SHARE * flat[owner, top[owner]])[order]]
    owner, best = np.unique(owner[order], return_index=True)
    pixel = pixel[order][best]
    there, here = (both.reshape(2, len(person), -1)[:, owner, at] for at in (pixel, top[owner]))
    side = np.where(there[0] + here[1] > there[1] + here[0], 0, 1)
    moved = person[owner], pairs[pair[owner], side]
    xy, scores = joints.xy.copy(), joints.scores.copy()
    xy[moved] = at_quarter(either[None], np.zeros_like(owner), owner, pixel % width, pixel // width)
    scores[moved] = flat[owner, pixel]
    return HeatmapJoints(xy, scores)
