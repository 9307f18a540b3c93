"""How strongly each joint is to be smoothed, found from its own trembling.

The smoother's noise ratio (power of the acceleration over variance of the measurements) is the one under which what
each new sample brings is likeliest: maximum likelihood by prediction error decomposition. A short run says little of
itself, so that it borrows: runs of the same joint, of all people, count as ``SHARED_SAMPLES`` samples of its own
(empirical Bayes). Sources: Schweppe 1965 and Harvey 1989, section 3.4, for the likelihood; Kalman smoothing of Wiener
velocity with a ratio so chosen is the smoothing spline of Wecker & Ansley 1983.
"""

from __future__ import annotations

import numpy as np

from posetrack.smoothing.kalman import Smoothed, cutoff_to_q, log_likelihood, rts_smooth, student_weights
from posetrack.smoothing.series import Series
from posetrack.structures import FloatArray

SHARED_SAMPLES = 30.0  # what the other runs of a joint weigh, in samples of one's own
_GRID = 16  # cutoff frequencies tried, a geometric series
_ROUNDS = 3  # of taking weight from outliers; the fourth changes joints by less than 0.1 pixel


def smooth_auto(series: Series, strength: float, min_cutoff_hz: float, max_cutoff_hz: float) -> FloatArray:
    """Smooth each run as its data ask for; see ``AutoConfig`` for the settings. (L, C, 2) pixels."""
    cutoffs = np.geomspace(min_cutoff_hz * strength, max_cutoff_hz * strength, _GRID)
    weights = series.weights
    smoothed = Smoothed(series.xy, np.zeros_like(weights))
    for _ in range(_ROUNDS):
        chosen = _likeliest(series, weights, cutoffs) / strength
        smoothed, weights = _robust_round(series, weights, chosen)
    return smoothed.xy


def smooth_kalman(series: Series, cutoff_hz: float) -> FloatArray:
    """Smooth all runs at one cutoff frequency, outliers losing weight. (L, C, 2) pixels."""
    weights = series.weights
    smoothed = Smoothed(series.xy, np.zeros_like(weights))
    for _ in range(_ROUNDS):
        smoothed, weights = _robust_round(series, weights, np.full(len(series), cutoff_hz))
    return smoothed.xy


def choose_cutoffs(series: Series, strength: float, min_cutoff_hz: float, max_cutoff_hz: float) -> FloatArray:
    """(C,) the cutoff frequencies in hertz that ``smooth_auto`` starts from."""
    cutoffs = np.geomspace(min_cutoff_hz * strength, max_cutoff_hz * strength, _GRID)
    return _likeliest(series, series.weights, cutoffs) / strength


def _likeliest(series: Series, weights: FloatArray, cutoffs_hz: FloatArray) -> FloatArray:
    """(C,) the likeliest of the cutoff frequencies for each run."""
    total = np.zeros((len(cutoffs_hz), len(series)))
    for step in np.unique(series.steps).tolist():  # the ratio counts in steps: one grid for each frame rate
        runs = np.flatnonzero(series.steps == step)
        total[:, runs] = log_likelihood(series.select(runs), weights[:, runs][: int(series.lengths[runs].max())],
                                        cutoff_to_q(cutoffs_hz * step))[0]  # fmt: skip
    total -= total.max(axis=0)
    free = np.maximum(series.lengths - 2, 0).astype(np.float64)
    shared = np.zeros_like(total)
    for joint in np.unique(series.joints).tolist():
        same = series.joints == joint
        shared[:, same] = (total[:, same].sum(axis=1) / max(free[same].sum(), 1.0))[:, None]
    return np.asarray(cutoffs_hz[(total + SHARED_SAMPLES * shared).argmax(axis=0)])


def _robust_round(series: Series, weights: FloatArray, cutoffs_hz: FloatArray) -> tuple[Smoothed, FloatArray]:
    """The runs smoothed with these weights, and the weights that follow from it."""
    q = cutoff_to_q(cutoffs_hz * series.steps)
    smoothed = rts_smooth(series, weights, q)
    return smoothed, student_weights(series, smoothed, _rest_variance(series, weights, smoothed))


def _rest_variance(series: Series, weights: FloatArray, smoothed: Smoothed) -> FloatArray:
    """(C,) variance of a coordinate of a measurement of weight 1, from what smoothing took away."""
    rest = ((series.xy - smoothed.xy) ** 2).sum(axis=2) * weights
    free = 2.0 * (np.where(series.inside, 1.0 - smoothed.leverage, 0.0)).sum(axis=0)
    return np.asarray(rest.sum(axis=0) / np.maximum(free, 1e-9))
