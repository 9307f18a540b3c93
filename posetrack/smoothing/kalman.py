"""The Rauch-Tung-Striebel smoother over whole runs, and the likelihood of its settings.

Outliers: errors are assumed to follow a Student t distribution; a sample far from where the others predict it loses
weight (iteratively reweighted least squares). Sources: Lange, Little & Taylor 1989 for the weights; Aravkin, Burke,
Ljung, Lozano & Pillonetto 2017 for their use in Kalman smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.smoothing.kalman_steps import correct, first_state, look_back, predict
from posetrack.smoothing.series import Series
from posetrack.structures import FloatArray

STUDENT_FREEDOM = 6.0  # degrees of freedom; 4 (Lange et al. 1989) treats peaks of fast motions as outliers
_LEAST_WEIGHT = 1e-4  # minimum factor on an outlier's weight
_EXACTEST = 1e-5  # minimum measurement error, relative to the person's size
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Result of the smoother.

    Attributes:
        xy: (L, C, 2) pixels.
        leverage: (L, C) how much each estimate depends on its own measurement, 0 to 1.
    """

    xy: FloatArray
    leverage: FloatArray


def cutoff_to_q(cutoff: FloatArray | float) -> FloatArray:
    """The noise ratio ``q`` that halves the amplitude at a frequency, in cycles per step."""
    return np.asarray((2.0 * np.pi * np.asarray(cutoff)) ** 4)


def rts_smooth(series: Series, weights: FloatArray, q: FloatArray) -> Smoothed:
    """Smooth all runs.

    Args:
        series: C runs.
        weights: (L, C) inverse variances up to a factor; 0 = no sample.
        q: (C,) noise ratio of each run.
    """
    steps = _step_lengths(series)
    filtered = [first_state(series.xy[0], weights[0])]
    predicted = []
    for t in range(1, len(series.times)):
        predicted.append(predict(filtered[-1], steps[t - 1], q))
        filtered.append(correct(predicted[-1], series.xy[t], weights[t]))
    state = filtered[-1]
    xy, leverage = np.empty_like(series.xy), np.empty_like(weights)
    for t in range(len(series.times) - 1, -1, -1):
        if t < len(predicted):
            state = look_back(filtered[t], predicted[t], state, steps[t])
        xy[t], leverage[t] = state.xy, np.clip(state.pp * weights[t], 0.0, 1.0)
    return Smoothed(xy, leverage)


def innovations(series: Series, weights: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sums over the innovations (prediction errors) under each noise ratio, as needed for the likelihood.

    Args:
        series: C runs.
        weights: (L, C) inverse variances up to a factor.
        q: (G, C) noise ratios to try for each run.

    Returns:
        (G, C) sums of the squared prediction errors of both coordinates, each divided by its variance relative to a
        measurement of weight 1, pixels squared; (G, C) sums of the logarithms of these variances. The first two samples
        of a run, which only determine position and velocity, are left out.
    """
    count, runs = q.shape
    steps = np.tile(_step_lengths(series), (1, count))
    ratios = q.ravel()
    state = first_state(np.tile(series.xy[0], (count, 1)), np.tile(weights[0], count))
    squares, logs = np.zeros(count * runs), np.zeros(count * runs)
    for t in range(1, len(series.times)):
        state = predict(state, steps[t - 1], ratios)
        xy, weight = np.tile(series.xy[t], (count, 1)), np.tile(weights[t], count)
        if t > 1:
            error = xy - state.xy
            scale = 1.0 + weight * state.pp  # the innovation's variance, times the weight
            squares += weight * (error * error).sum(axis=1) / scale
            logs += np.log(scale)
        state = correct(state, xy, weight)
    return squares.reshape(count, runs), logs.reshape(count, runs)


def student_weights(series: Series, smoothed: Smoothed, variance: FloatArray) -> FloatArray:
    """The samples' weights after down-weighting outliers.

    Args:
        series: C runs with score weights.
        smoothed: the smoothed runs.
        variance: (C,) variance of a coordinate of a measurement of weight 1, pixels squared.

    Returns:
        (L, C), at most the score weights times (freedom + 2) / freedom.
    """
    rest = series.xy - smoothed.xy
    # A sample pulls its own estimate towards itself: estimated without it, the residual would be 1 / (1 - leverage)
    # times as large, and have 1 / (1 - leverage) times the variance.
    own = np.maximum(1.0 - smoothed.leverage, 1e-3)
    least = np.maximum((_EXACTEST * series.sizes) ** 2, _TINY)
    squared = (rest * rest).sum(axis=2) * series.weights / (own * np.maximum(variance, least))
    factor = (STUDENT_FREEDOM + 2.0) / (STUDENT_FREEDOM + squared)
    return np.asarray(series.weights * np.maximum(factor, _LEAST_WEIGHT))


def _step_lengths(series: Series) -> FloatArray:
    """(L - 1, C) time between samples, in steps."""
    return np.asarray(np.diff(series.times, axis=0) / series.steps)
