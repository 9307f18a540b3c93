"""Candidate positions of each joint: all peaks of its heatmap, of which decoding takes only the highest.

Where a network is unsure between two positions (left or right ankle, a wrist or a bag), the heatmap has a peak at each.
``posetrack.smoothing.candidates`` chooses among them using the frames before and after.
"""

from __future__ import annotations

import cv2
import numpy as np

from posetrack.pose.decode import HeatmapJoints, Heatmaps, at_quarter
from posetrack.structures import FloatArray, IntArray

REACH_PX = 2  # a peak is the maximum within this many heatmap pixels on either side
LEAST_SCORE = 0.01  # lower peaks are noise


def find_candidates(heatmaps: Heatmaps, joints: HeatmapJoints, count: int) -> FloatArray:
    """The joints as decoded, then the other peaks of each heatmap in order of decreasing height.

    Args:
        heatmaps: (N, K, H, W).
        joints: the result of ``decode``.
        count: C, candidates per joint, the decoded one included.

    Returns:
        (N, K, C, 3) float64: x and y in heatmap pixels, shifted a quarter pixel towards the higher neighbour, and the
        heatmap value; NaN where there are fewer peaks.
    """
    n, k, height, width = heatmaps.shape
    found = np.full((n * k, count, 3), np.nan)
    if n * k == 0:
        return found.reshape(n, k, count, 3)
    found[:, 0] = np.concatenate([joints.xy, joints.scores[..., None]], axis=2).reshape(-1, 3)
    flat = heatmaps.reshape(n * k, height * width)
    owner, pixel = other_peaks(flat, height, width, joints.xy.round().reshape(-1, 2))
    scores = flat[owner, pixel].astype(np.float64)
    order = np.lexsort((-scores, owner))
    owner, pixel, scores = owner[order], pixel[order], scores[order]
    rank = 1 + np.arange(len(owner)) - np.searchsorted(owner, owner)
    kept = rank < count
    owner, pixel, rank = owner[kept], pixel[kept], rank[kept]
    maps = flat.reshape(1, n * k, height, width)
    found[owner, rank, :2] = at_quarter(maps, np.zeros_like(owner), owner, pixel % width, pixel // width)
    found[owner, rank, 2] = scores[kept]
    return found.reshape(n, k, count, 3)


def other_peaks(flat: Heatmaps, height: int, width: int, decoded: FloatArray) -> tuple[IntArray, IntArray]:
    """Map and pixel index of every peak of (M, H * W) maps that is not part of the decoded one, (M, 2).

    bfloat16 maps have flat peaks; the first pixel of one counts as the peak.
    """
    count = len(flat)
    # One tall image, as for blurring; rows of -inf separate the maps.
    tall = np.full((count, height + REACH_PX, width), -np.inf, dtype=np.float32)
    tall[:, :height] = flat.reshape(count, height, width)
    rows = tall.reshape(-1, width)
    size = 2 * REACH_PX + 1
    around = np.ones((size, size), np.uint8)
    before = (np.arange(size**2) < size**2 // 2).astype(np.uint8).reshape(size, size)
    highest = ((rows >= cv2.dilate(rows, around)) & (rows >= LEAST_SCORE)).astype(np.uint8)
    peaks = highest > cv2.dilate(highest, before)
    owner, pixel = np.divmod(np.flatnonzero(peaks.reshape(tall.shape)[:, :height]), height * width)
    apart = np.abs(np.stack([pixel % width, pixel // width], axis=1) - decoded[owner]).max(axis=1) > REACH_PX
    return owner[apart], pixel[apart]
