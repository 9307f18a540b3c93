"""Measure the effect of smoothing: AP, MOTA, jitter, lag, time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from smoothing_data import Pair

from posetrack.evaluation import count_sequence, merge_counts
from posetrack.evaluation.jitter import count_jitter, merge_jitter
from posetrack.structures import FloatArray, FramePoses, IntArray
from posetrack.structures.tracks import tracks_of

Method = Callable[[Sequence[FramePoses], float], list[FramePoses]]
LONGEST_LAG = 12  # frames


@dataclass(frozen=True)
class Effect:
    """Results of one method on several sequences.

    Attributes:
        ap: PoseTrack's mAP.
        mota: PoseTrack's MOTA.
        jitter: mean acceleration error, head sizes per frame squared.
        lag: delay of the joints in frames, by cross-correlation of velocities; NaN unless the ids are the true ones.
        ms: milliseconds per frame.
    """

    ap: float
    mota: float
    jitter: float
    lag: float
    ms: float


def measure(pairs: Iterable[Pair], method: Method) -> Effect:
    """Measure a method over all sequences together."""
    counts, jitter, seconds, frames = [], [], 0.0, 0
    products, true_ids = np.zeros((3, 2 * LONGEST_LAG + 1)), True
    for pair in pairs:
        start = time.perf_counter()
        smoothed = method(pair.noisy.frames, pair.noisy.info.fps or 25.0)
        seconds += time.perf_counter() - start
        frames += len(smoothed)
        steady = replace(pair.noisy, frames=tuple(smoothed))
        counts.append(count_sequence(pair.truth, steady))
        jitter.append(count_jitter(pair.truth, steady))
        true_ids &= pair.true_ids
        if pair.true_ids:
            products += lag_products(pair.truth.frames, smoothed)
    result = merge_counts(counts).result()
    return Effect(
        result.map_total, result.mota_total, float(merge_jitter(jitter).result().acceleration_error_heads[-1]),
        lag_of(products) if true_ids else float("nan"), 1000 * seconds / frames,
    )  # fmt: skip


def lag_products(truth: Sequence[FramePoses], smoothed: Sequence[FramePoses]) -> FloatArray:
    """(3, S) sums over joints: true velocity times smoothed velocity at each shift of S, and the squares of both."""
    known = {track.track_id: _velocities(track.frame_indices, track.joints_xy, len(truth)) for track in tracks_of(truth)}
    sums = np.zeros((3, 2 * LONGEST_LAG + 1))
    for track in tracks_of(smoothed):
        if track.track_id not in known:
            continue
        a, b = known[track.track_id], _velocities(track.frame_indices, track.joints_xy, len(truth))
        for place, shift in enumerate(range(-LONGEST_LAG, LONGEST_LAG + 1)):
            x, y = (a[: len(a) - shift], b[shift:]) if shift >= 0 else (a[-shift:], b[:shift])
            both = ~np.isnan(x + y).any(axis=2)
            x, y = x[both], y[both]
            sums[:, place] += (x * y).sum(), (x * x).sum(), (y * y).sum()
    return sums


def lag_of(products: FloatArray) -> float:
    """Return the shift with the highest correlation, interpolated by a parabola through its neighbours."""
    correlation = products[0] / np.sqrt(np.maximum(products[1] * products[2], 1e-12))
    top = int(np.clip(correlation.argmax(), 1, len(correlation) - 2))
    left, middle, right = correlation[top - 1 : top + 2]
    return float(top - LONGEST_LAG + 0.5 * (left - right) / (left - 2 * middle + right))


def _velocities(frame_indices: IntArray, xy: FloatArray, count: int) -> FloatArray:
    """(T - 1, K, 2) pixels per frame; NaN where a joint is missing in either frame."""
    places = np.full((count, *xy.shape[1:]), np.nan)
    places[frame_indices] = xy
    return np.diff(places, axis=0)
