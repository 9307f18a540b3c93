"""Estimate from each joint's own jitter how strongly to smooth it.

The smoother's noise ratio (power of the acceleration over variance of the measurements) is chosen by maximum likelihood
through prediction error decomposition. A short run carries little information, so it borrows from others (empirical
Bayes): the measurement error of a joint, in person sizes, is assumed similar for all people, since it comes from the
network; how a joint moves is specific to the person. Sources: Schweppe 1965 and Harvey 1989, section 3.4, for the
likelihood; Kalman smoothing of Wiener velocity with a ratio so chosen is the smoothing spline of Wecker & Ansley 1983.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posetrack.smoothing.kalman import Smoothed, cutoff_to_q, innovations, rts_smooth, student_weights
from posetrack.smoothing.series import Series
from posetrack.smoothing.sizes import NO_SIZE
from posetrack.structures import FloatArray, IntArray

# Weight of a joint's other runs, in samples of its own, for the measurement error and for the noise ratio. Of 0, 10,
# 50, 100, 200 and 0, 3, 5, 30, these kept AP best for mixed runners and walkers, at high and low frame rates.
SHARED_NOISE_SAMPLES = 100.0
SHARED_RATIO_SAMPLES = 5.0
# Motions that change from frame to frame, such as limbs at low frame rates, look like measurement errors. The error of
# a joint of score 1 is therefore limited to these fractions of the person's size ...
_NOISE_SHARES = np.geomspace(5e-4, 0.015, 14)
# ... and to this multiple of the error of the steadiest joints, which are heads and shoulders. Without either limit, 14
# AP were lost in sport at 6 frames per second, and 1 for runners at 25.
_STEADIEST_PERCENT = 10.0
_TIMES_STEADIEST = 2.0
_GRID = 16  # number of cutoff frequencies tried, a geometric series
_OUTLIERS_CUTOFF_HZ = 6.0  # of the Kalman smoother that detects them, the default of ``KalmanConfig``
_ROUNDS = 3  # of reweighting outliers; a fourth changes joints by less than 0.1 pixel


def smooth_auto(series: Series, strength: float, min_cutoff_hz: float, max_cutoff_hz: float) -> FloatArray:
    """Smooth each run with a strength estimated from its data; settings as in ``AutoConfig``. (L, C, 2) pixels."""
    cutoffs = np.geomspace(min_cutoff_hz * strength, max_cutoff_hz * strength, _GRID)
    weights = series.weights
    smoothed = Smoothed(series.xy, np.zeros_like(weights))
    for _ in range(_ROUNDS):
        chosen, noise = _likeliest(series, weights, cutoffs)
        smoothed = rts_smooth(series, weights, cutoff_to_q(chosen / strength * series.steps))
        weights = student_weights(series, smoothed, _rest_variance(series, weights, smoothed, noise))
    return smoothed.xy


def smooth_kalman(series: Series, cutoff_hz: float) -> FloatArray:
    """Smooth all runs at one cutoff frequency, down-weighting outliers. (L, C, 2) pixels."""
    return _robustly(series, cutoff_hz)[0].xy


def without_outliers(series: Series) -> Series:
    """Down-weight outliers, for filters that would otherwise smear them over their neighbours."""
    return replace(series, weights=_robustly(series, _OUTLIERS_CUTOFF_HZ)[1])


def _robustly(series: Series, cutoff_hz: float) -> tuple[Smoothed, FloatArray]:
    """The smoothed runs, and the resulting weights."""
    weights = series.weights
    smoothed = Smoothed(series.xy, np.zeros_like(weights))
    for _ in range(_ROUNDS):
        smoothed = rts_smooth(series, weights, cutoff_to_q(cutoff_hz * series.steps))
        weights = student_weights(series, smoothed, _rest_variance(series, weights, smoothed))
    return smoothed, weights


def _likeliest(series: Series, weights: FloatArray, cutoffs_hz: FloatArray) -> tuple[FloatArray, FloatArray]:
    """For each run the most likely of the cutoffs (C,), and the variance of its joint's measurements (C,)."""
    squares, logs = innovations(series, weights, cutoff_to_q(cutoffs_hz[:, None] * series.steps))
    free = np.maximum(series.lengths - 2, 0).astype(np.float64)
    area = np.where(series.sizes > 0, series.sizes, NO_SIZE) ** 2
    tables = np.stack([_log_likelihood(squares, logs, free, share**2 * area) for share in _NOISE_SHARES])
    shares = _noise_shares(tables, series.joints)
    table = tables[shares, :, np.arange(len(series))].T
    table = table - table.max(axis=0)
    total = table.copy()
    for joint in np.unique(series.joints).tolist():
        same = series.joints == joint
        common = table[:, same].sum(axis=1) / max(free[same].sum(), 1.0)
        total[:, same] += SHARED_RATIO_SAMPLES * common[:, None]
    return np.asarray(cutoffs_hz[total.argmax(axis=0)]), _NOISE_SHARES[shares] ** 2 * area


def _noise_shares(tables: FloatArray, joints: IntArray) -> IntArray:
    """(C,) index into ``_NOISE_SHARES`` for each run's joint: the most likely for all its runs together, within limits.

    Args:
        tables: (S, G, C) log likelihoods of each share and ratio.
        joints: (C,).
    """
    best = tables.max(axis=1)  # (S, C)
    known, place = np.unique(joints, return_inverse=True)
    likeliest = np.array([best[:, joints == joint].sum(axis=1).argmax() for joint in known])
    most = _TIMES_STEADIEST * np.percentile(_NOISE_SHARES[likeliest], _STEADIEST_PERCENT)
    return np.asarray(np.minimum(likeliest, np.flatnonzero(_NOISE_SHARES <= most)[-1])[place])


def _log_likelihood(squares: FloatArray, logs: FloatArray, free: FloatArray, noise: FloatArray) -> FloatArray:
    """(G, C) log likelihood of each ratio, up to a constant; ``noise`` is a prior worth ``SHARED_NOISE_SAMPLES``.

    Args:
        squares: (G, C) see ``innovations``.
        logs: (G, C) likewise.
        free: (C,) number of samples that count.
        noise: (C,) prior variance, from other runs, pixels squared.
    """
    count = free + SHARED_NOISE_SAMPLES
    variance = (0.5 * squares + SHARED_NOISE_SAMPLES * noise) / count
    return np.asarray(SHARED_NOISE_SAMPLES * np.log(noise) - count * np.log(variance) - logs)


def _rest_variance(
    series: Series, weights: FloatArray, smoothed: Smoothed, noise: FloatArray | None = None
) -> FloatArray:
    """(C,) variance of a coordinate of a measurement of weight 1, from the residuals.

    ``noise`` (C,), the prior variance from other runs, counts as ``SHARED_NOISE_SAMPLES``.
    """
    rest = (((series.xy - smoothed.xy) ** 2).sum(axis=2) * weights).sum(axis=0)
    free = 2.0 * (np.where(series.inside, 1.0 - smoothed.leverage, 0.0)).sum(axis=0)
    if noise is not None:
        rest = rest + 2.0 * SHARED_NOISE_SAMPLES * noise
        free = free + 2.0 * SHARED_NOISE_SAMPLES
    return np.asarray(rest / np.maximum(free, 1e-9))
