"""What smoothing did: AP, MOTA, jitter, lag, time."""

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
    """The figures of one method on some sequences.

    Attributes:
        ap: mAP of PoseTrack.
        mota: of PoseTrack.
        jitter: mean acceleration error, head sizes a frame squared.
        lag: frames by which joints come late, by cross-correlation of velocities; NaN where ids are not the true ones.
        ms: milliseconds a frame.
    """

    ap: float
    mota: float
    jitter: float
    lag: float
    ms: float


def measure(pairs: Iterable[Pair], method: Method) -> Effect:
    """The figures of all sequences together."""
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
    """(3, S) sums over joints of true times smoothed velocity S frames later, and of either squared."""
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
    """The shift of the greatest correlation, between frames by the parabola through its neighbours."""
    correlation = products[0] / np.sqrt(np.maximum(products[1] * products[2], 1e-12))
    top = int(np.clip(correlation.argmax(), 1, len(correlation) - 2))
    left, middle, right = correlation[top - 1 : top + 2]
    return float(top - LONGEST_LAG + 0.5 * (left - right) / (left - 2 * middle + right))


def _velocities(frame_indices: IntArray, xy: FloatArray, count: int) -> FloatArray:
    """(T - 1, K, 2) pixels a frame; NaN where a joint is missing in either frame."""
    places = np.full((count, *xy.shape[1:]), np.nan)
    places[frame_indices] = xy
    return np.diff(places, axis=0)
