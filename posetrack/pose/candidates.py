"""The places where a heatmap says a joint may be: its peaks, of which decoding takes the highest.

Where a network is unsure between two places (the one ankle and the other, a wrist and a bag), the heatmap has a peak at
each. ``posetrack.smoothing.candidates`` chooses among them by what comes before and after.
"""

from __future__ import annotations

import cv2
import numpy as np

from posetrack.pose.decode import HeatmapJoints, Heatmaps, at_quarter
from posetrack.structures import FloatArray, IntArray

REACH_PX = 2  # heatmap pixels on either side among which a peak is the highest
LEAST_SCORE = 0.01  # lower peaks are noise


def find_candidates(heatmaps: Heatmaps, joints: HeatmapJoints, count: int) -> FloatArray:
    """The joints as decoded, then the other peaks of each heatmap by falling height.

    Args:
        heatmaps: (N, K, H, W).
        joints: what ``decode`` made of them.
        count: C, of each joint, itself included.

    Returns:
        (N, K, C, 3) float64 x and y in heatmap pixels, a quarter pixel towards the higher neighbour, and the value there;
        NaN = no more.
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
    """Map and pixel of every peak of (M, H * W) maps that is no part of the (M, 2) decoded one.

    bfloat16 has flat ones, of which the first pixel is the peak.
    """
    count = len(flat)
    # One tall image, as for blurring: rows that are lower than all keep the maps apart.
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
