"""The recursive One-Euro filter, and the Butterworth filter.

The One-Euro filter is that of Casiez, Roussel & Vogel 2012 with two changes: speeds are in person sizes per second, so
that one ``beta`` suits near and far people, and a sample with a low score moves the filter less.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_banded

from posetrack.smoothing.series import Series
from posetrack.smoothing.sizes import NO_SIZE
from posetrack.structures import FloatArray, IntArray


def one_euro(
    series: Series, min_cutoff_hz: float, beta: float, speed_cutoff_hz: float, both_ways: bool
) -> FloatArray:
    """The One-Euro filter over all runs, see ``OneEuroConfig``. (L, C, 2) pixels."""
    if not both_ways:
        return _one_euro_pass(series, series.sizes_so_far, min_cutoff_hz, beta, speed_cutoff_hz)
    forward = _one_euro_pass(series, series.sizes, min_cutoff_hz, beta, speed_cutoff_hz)
    back = _one_euro_pass(reversed_runs(series), series.sizes, min_cutoff_hz, beta, speed_cutoff_hz)
    return np.asarray(0.5 * (forward + _reverse(back, series)))


def one_euro_step(
    xy: FloatArray, weights: FloatArray, last: FloatArray, speed: FloatArray, dt: FloatArray, size: FloatArray,
    min_cutoff_hz: float, beta: float, speed_cutoff_hz: float,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """One sample of the One-Euro filter.

    Args:
        xy: (C, 2) the new samples.
        weights: (C,) from their scores, 0 to 1.
        last: (C, 2) the last output.
        speed: (C, 2) the filtered velocity, pixels per second.
        dt: (C,) seconds since the last sample.
        size: (C,) size of each person, pixels.

    Returns:
        The new output and velocity, each (C, 2).
    """
    share = weighted_share(speed_cutoff_hz, dt, weights)[:, None]
    speed = speed + share * ((xy - last) / dt[:, None] - speed)
    cutoff = min_cutoff_hz + beta * np.linalg.norm(speed, axis=1) / size
    return last + weighted_share(cutoff, dt, weights)[:, None] * (xy - last), speed


def weighted_share(cutoff_hz: FloatArray | float, dt: FloatArray, weights: FloatArray) -> FloatArray:
    """(C,) how far an exponential filter moves towards a new sample; with weight 1, as in Casiez et al. 2012."""
    past = 2.0 * np.pi * np.asarray(cutoff_hz) * dt
    return np.asarray(past * weights / (past * weights + 1.0))


def butterworth(series: Series, cutoff_hz: float, order: int) -> FloatArray:
    """The forward-backward Butterworth filter, as its equivalent penalised least squares problem.

    With evenly spaced samples of equal weight the response is that of the sine form of the filter, gain
    1 / (1 + (sin(w / 2) / sin(w_cutoff / 2)) ** (2 order)). Written as least squares, missing samples simply have no
    weight, and no padding distorts the ends, where a polynomial of degree ``order`` - 1 is kept exactly.

    Sources: Gomez 2001 ("The use of Butterworth filters for trend and cycle estimation"); Eilers 2003.

    Args:
        series: C runs; samples are placed on a grid of the run's usual time step.
        cutoff_hz: where the gain is 1 / 2; at or above half the frame rate nothing is changed.
        order: order of the differences.
    """
    result = series.xy.copy()
    for run in range(len(series)):
        count, step = int(series.lengths[run]), float(series.steps[run])
        if count <= order or cutoff_hz * step >= 0.5:
            continue
        penalty = 1.0 / (2.0 * np.sin(np.pi * cutoff_hz * step)) ** (2 * order)
        places = np.rint((series.times[:count, run] - series.times[0, run]) / step).astype(np.int64)
        places = np.maximum.accumulate(places - np.arange(count)) + np.arange(count)  # all distinct
        result[:count, run] = _penalised(series.xy[:count, run], series.weights[:count, run], places, penalty, order)
    return result


def _penalised(xy: FloatArray, weights: FloatArray, places: IntArray, penalty: float, order: int) -> FloatArray:
    """min sum of weight (xy - z)^2 + penalty sum of (order-th difference of z)^2, evaluated at the samples.

    Solved with the differences r = penalty D z as additional unknowns, interleaved with z: weight z + D' r = weight xy
    and D z - r / penalty = 0. The normal equations, without r, lose all precision at low cutoffs and high frame rates.
    """
    length = int(places[-1]) + 1
    origin = xy.mean(axis=0)
    relative = weights / weights.mean()
    z = np.arange(length)
    z_at = z + np.clip(z - order // 2, 0, length - order)  # r[j] follows z[j + order // 2]
    r_at = 2 * np.arange(length - order) + order // 2 + 1
    reach = 2 * order + 1
    bands = np.zeros((2 * reach + 1, 2 * length - order))  # bands[reach + row - column, column]
    sides = np.zeros((2 * length - order, 2))
    bands[reach, z_at[places]] = relative
    sides[z_at[places]] = relative[:, None] * (xy - origin)
    bands[reach, r_at] = -1.0 / penalty
    difference = np.array([1.0])
    for _ in range(order):
        difference = np.convolve(difference, [1.0, -1.0])
    for k, share in enumerate(difference.tolist()):
        column = z_at[k : k + length - order]
        bands[reach + r_at - column, column] = share
        bands[reach + column - r_at, r_at] = share
    return np.asarray(origin + solve_banded((reach, reach), bands, sides)[z_at[places]])


def reversed_runs(series: Series) -> Series:
    """The same runs, reversed in time."""
    times = np.where(series.inside, -_reverse(series.times, series), np.arange(len(series.times))[:, None] + 1.0)
    last = times[np.maximum(series.lengths - 1, 0), np.arange(len(series))]
    beyond = last + np.cumsum(~series.inside, axis=0)
    return Series(np.where(series.inside, times, beyond), _reverse(series.xy, series),
                  _reverse(series.weights, series), series.lengths, series.steps, series.sizes,
                  _reverse(series.sizes_so_far, series), series.tracks, series.joints)  # fmt: skip


def _reverse(values: FloatArray, series: Series) -> FloatArray:
    """The samples of each run in reverse; values past its end stay in place."""
    place = np.arange(len(series.times))[:, None]
    source = np.where(series.inside, series.lengths - 1 - place, place)
    return np.asarray(values[source, np.arange(len(series))])


def _one_euro_pass(
    series: Series, sizes: FloatArray, min_cutoff_hz: float, beta: float, speed_cutoff_hz: float
) -> FloatArray:
    """A forward pass over all runs, with one size per run (C,) or per sample (L, C)."""
    result = series.xy.copy()
    speed = np.zeros_like(result[0])
    size = np.broadcast_to(np.where(sizes > 0, sizes, NO_SIZE), series.weights.shape)
    for t in range(1, len(result)):
        result[t], speed = one_euro_step(
            series.xy[t], series.weights[t], result[t - 1], speed, series.times[t] - series.times[t - 1], size[t],
            min_cutoff_hz, beta, speed_cutoff_hz,
        )  # fmt: skip
    return result
