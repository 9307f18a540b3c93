"""Window filters: local polynomials and medians.

A local polynomial fitted by weighted least squares needs neither even spacing nor special treatment of the ends: there
the window is truncated, and a line or parabola still fits, where a plain weighted mean would be pulled inwards. With
evenly spaced samples of equal weight it equals, away from the ends, the Gaussian filter (degrees 0 and 1 are the same
there) and the Savitzky-Golay filter. Sources: Savitzky & Golay 1964; Fan & Gijbels 1996, section 3, for the ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from posetrack.smoothing.series import Series
from posetrack.structures import BoolArray, FloatArray

Kernel = Callable[[FloatArray], FloatArray]
_GAUSSIAN_REACH = 4.0  # standard deviations; weights beyond are less than 0.0004
_CHUNK = 4_000_000  # numbers per array of windows
_STEADY = 1e-9  # ridge term, relative to the weights, that keeps fits through too few samples well defined


def gaussian(series: Series, sigma_s: float) -> FloatArray:
    """Local lines fitted with Gaussian weights. (L, C, 2) pixels."""
    return local_polynomial(
        series, lambda dt: np.exp(-0.5 * (dt / sigma_s) ** 2), _GAUSSIAN_REACH * sigma_s, sigma_s, degree=1
    )


def savitzky_golay(series: Series, window_s: float, degree: int) -> FloatArray:
    """Polynomials fitted in a window, samples weighted only by their scores. (L, C, 2) pixels."""
    return local_polynomial(series, np.ones_like, 0.5 * window_s, 0.5 * window_s, degree)


def local_polynomial(series: Series, kernel: Kernel, reach_s: float, scale_s: float, degree: int) -> FloatArray:
    """The value at each sample of a polynomial fitted to the samples around it.

    Args:
        series: C runs.
        kernel: weights of samples by their distance in seconds.
        reach_s: samples further away than this are ignored.
        scale_s: unit of time of the polynomial.
        degree: degree of the polynomial; lowered to the number of samples in the window minus one where these are too
            few.
    """
    result = series.xy.copy()
    for rows, dt, xy, weights in _windows(series, reach_s):
        weights = weights * kernel(dt)
        held = (weights > 0).sum(axis=1)
        powers = (dt / scale_s)[..., None] ** np.arange(degree + 1)
        usable = np.arange(degree + 1) < held[..., None]  # (B, C, D)
        powers = powers * usable[:, None]
        weighted = powers * weights[..., None]
        moments = np.einsum("bwcd,bwce->bcde", weighted, powers)
        trace = np.maximum(weights.sum(axis=1), 1e-300)[..., None]
        diagonal = np.arange(degree + 1)
        moments[..., diagonal, diagonal] += np.where(usable, _STEADY * (diagonal > 0) * trace, trace)
        moments[..., 0, 0] += np.where(held == 0, 1.0, 0.0)
        centre = series.xy[rows]
        sides = np.einsum("bwcd,bwcx->bcdx", weighted, xy - centre[:, None])  # relative to the sample, for precision
        result[rows] = centre + np.linalg.solve(moments, sides)[..., 0, :]
    return result


def median(series: Series, window_s: float) -> FloatArray:
    """The weighted median of each coordinate in a window that is truncated symmetrically near an end.

    Source: Tukey 1977 for running medians; weights as in Brownrigg 1984.
    """
    result = series.xy.copy()
    start = series.times[0]
    end = series.times[np.maximum(series.lengths - 1, 0), np.arange(len(series))]
    for rows, dt, xy, weights in _windows(series, 0.5 * window_s):
        times = series.times[rows]
        to_end = np.maximum(np.minimum(times - start, end - times), 0.0)
        weights = np.where(np.abs(dt) <= to_end[:, None] + 1e-9, weights, 0.0)
        order = np.argsort(xy, axis=1, kind="stable")
        sums = np.cumsum(np.take_along_axis(np.broadcast_to(weights[..., None], xy.shape), order, axis=1), axis=1)
        half = 0.5 * sums[:, -1:]
        ranked = np.take_along_axis(xy, order, axis=1)
        # Mean of the lower and upper median, which differ where the weights split evenly.
        lower = np.take_along_axis(ranked, (sums >= half * (1 - 1e-9)).argmax(axis=1)[:, None], axis=1)[:, 0]
        upper = np.take_along_axis(ranked, (sums > half * (1 + 1e-9)).argmax(axis=1)[:, None], axis=1)[:, 0]
        result[rows] = 0.5 * (lower + upper)
    return result


def _windows(series: Series, reach_s: float) -> Iterator[tuple[slice, FloatArray, FloatArray, FloatArray]]:
    """Blocks of B rows: their slice, distances in seconds (B, W, C), samples (B, W, C, 2), weights (B, W, C)."""
    length, runs = series.weights.shape
    reach = _reach_in_samples(series, reach_s)
    offsets = np.arange(-reach, reach + 1)
    block = max(1, _CHUNK // max(1, len(offsets) * runs * 2))
    for first in range(0, length, block):
        rows = slice(first, min(first + block, length))
        place = np.arange(rows.start, rows.stop)[:, None] + offsets
        there: BoolArray = (place >= 0) & (place < length)
        place = np.clip(place, 0, length - 1)
        dt = series.times[place] - series.times[rows][:, None]
        near = there[..., None] & (np.abs(dt) <= reach_s + 1e-9)
        yield rows, dt, series.xy[place], np.where(near, series.weights[place], 0.0)


def _reach_in_samples(series: Series, reach_s: float) -> int:
    """The most samples that a window holds on one side."""
    most = 0
    for run, length in enumerate(series.lengths.tolist()):
        times = series.times[:length, run]
        last = np.searchsorted(times, times + reach_s + 1e-9, side="right") - 1
        most = max(most, int((last - np.arange(length)).max(initial=0)))
    return most
