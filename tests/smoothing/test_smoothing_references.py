"""The filters against scipy and plain linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import interpolate, ndimage, signal

from posetrack.smoothing import (
    ButterworthConfig,
    GaussianConfig,
    MedianConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
    smooth,
)
from posetrack.smoothing.kalman import cutoff_to_q, innovations, rts_smooth
from posetrack.smoothing.kalman_steps import UNKNOWN_VELOCITY
from posetrack.smoothing.series import Series
from posetrack.structures import POSETRACK18, FloatArray
from tests.smoothing.people import standing, track, trembling

FPS = 25.0


def one(xy: FloatArray, config: SmoothingConfig) -> FloatArray:
    return smooth([track(xy)], config, POSETRACK18, FPS)[0].joints_xy


def series(times: FloatArray, xy: FloatArray, weights: FloatArray) -> Series:
    """One run of (L,) times, (L, 2) samples and (L,) weights."""
    count = len(times)
    return Series(times[:, None], xy[:, None], weights[:, None], np.array([count]), np.ones(1), np.full(1, 200.0),
                  np.full((count, 1), 200.0), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))  # fmt: skip


def test_gaussian_equals_scipys_away_from_the_ends() -> None:
    xy = trembling(60)
    expected = ndimage.gaussian_filter1d(xy, 1.5, axis=0)
    assert np.allclose(one(xy, GaussianConfig(sigma_s=0.06, robust=False))[6:-6], expected[6:-6], atol=1e-6)


@pytest.mark.parametrize(("window_s", "length", "degree"), [(0.36, 9, 2), (0.36, 9, 3), (0.6, 15, 4)])
def test_savitzky_golay_equals_scipys_up_to_the_ends(window_s: float, length: int, degree: int) -> None:
    xy, half = trembling(60), length // 2
    expected = signal.savgol_filter(xy, length, degree, axis=0)
    result = one(xy, SavitzkyGolayConfig(window_s=window_s, degree=degree, robust=False))
    assert np.allclose(result[half:-half], expected[half:-half], atol=1e-4)


def test_median_equals_scipys_away_from_the_ends() -> None:
    xy = trembling(60)
    expected = ndimage.median_filter(xy, (5, 1, 1))
    assert np.allclose(one(xy, MedianConfig(window_s=0.2))[2:-2], expected[2:-2])


def test_butterworth_has_the_gain_of_the_sine_form() -> None:
    order, cutoff = 3, 3.0
    impulse = standing(401)
    impulse[200] += 100.0
    response = one(impulse, ButterworthConfig(cutoff_hz=cutoff, order=order, robust=False))[:, 0, 0] - standing(1)[0, 0, 0]
    gain = np.abs(np.fft.rfft(response)) / 100.0
    w = 2 * np.pi * np.fft.rfftfreq(401)
    expected = 1 / (1 + (np.sin(w / 2) / np.sin(np.pi * cutoff / FPS)) ** (2 * order))
    assert np.allclose(gain, expected, atol=1e-3)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_butterworth_is_near_scipys_forward_and_back_at_low_cutoffs(order: int) -> None:
    """Scipy uses the tangent form, which is nearly the same if the cutoff is far below half the frame rate."""
    xy = trembling(300)
    sos = signal.butter(order, 1.0, fs=FPS, output="sos")
    expected = signal.sosfiltfilt(sos, xy, axis=0, padlen=100)
    result = one(xy, ButterworthConfig(cutoff_hz=1.0, order=order, robust=False))
    assert np.abs(result - expected)[60:-60].std() < 0.05 * (expected - standing(300))[60:-60].std()


def test_one_euro_equals_the_papers_algorithm() -> None:
    """Casiez et al. 2012, algorithm 1, but x and y share one cutoff instead of having one each."""
    xy = trembling(40) + np.arange(40)[:, None, None] * 2.0
    config = OneEuroConfig(both_ways=False, min_cutoff_hz=1.3, beta=5.0, speed_cutoff_hz=0.9)
    corners = np.ptp(xy, axis=1)
    size, te = 0.0, 1 / FPS
    x_hat, dx_hat = xy[0].copy(), np.zeros_like(xy[0])
    result = one(xy, config)

    def alpha(cutoff: FloatArray | float) -> FloatArray:
        return np.asarray(1.0 / (1.0 + 1.0 / (2 * np.pi * np.asarray(cutoff)) / te))

    for t in range(40):
        diagonal = float(np.hypot(*corners[t]))
        size = diagonal if t == 0 else size + 0.05 * (diagonal - size)
        if t > 0:
            dx_hat = alpha(config.speed_cutoff_hz) * (xy[t] - x_hat) / te + (1 - alpha(config.speed_cutoff_hz)) * dx_hat
            a = alpha(config.min_cutoff_hz + config.beta * np.linalg.norm(dx_hat, axis=1) / size)[:, None]
            x_hat = a * xy[t] + (1 - a) * x_hat
        assert np.allclose(result[t], x_hat)


def uneven(count: int, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Times, samples and weights of a walk with uneven steps."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.5, 3.0, count))
    return times, np.cumsum(rng.normal(0, 2, (count, 2)), axis=0), rng.uniform(0.05, 1.0, count)


@pytest.mark.parametrize("q", [0.001, 0.05, 3.0])
def test_rts_equals_the_smoothing_spline_of_scipy(q: float) -> None:
    times, xy, weights = uneven(40, 3)
    result = rts_smooth(series(times, xy, weights), weights[:, None], np.array([q])).xy[:, 0]
    for axis in range(2):
        spline = interpolate.make_smoothing_spline(times, xy[:, axis], weights, lam=1 / q)
        assert np.allclose(result[:, axis], spline(times), atol=1e-3)


@pytest.mark.parametrize("q", [0.002, 0.3])
def test_rts_equals_dense_least_squares_states_and_leverage_too(q: float) -> None:
    times, xy, weights = uneven(25, 4)
    smoothed = rts_smooth(series(times, xy, weights), weights[:, None], np.array([q]))
    rows, sides = [], []
    for t in range(25):
        row = np.zeros(50)
        row[2 * t] = np.sqrt(weights[t])
        rows.append(row)
        sides.append(np.sqrt(weights[t]) * xy[t])
    row = np.zeros(50)
    row[1] = UNKNOWN_VELOCITY**-0.5
    rows.append(row)
    sides.append(np.zeros(2))
    for t, dt in enumerate(np.diff(times)):
        root = np.linalg.inv(np.linalg.cholesky(q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])))
        block = np.zeros((2, 50))
        block[:, 2 * t : 2 * t + 4] = root @ np.array([[-1.0, -dt, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]])
        rows.extend(block)
        sides.extend(np.zeros((2, 2)))
    a = np.array(rows)
    inverse = np.linalg.inv(a.T @ a)
    assert np.allclose(smoothed.xy[:, 0], (inverse @ a.T @ np.array(sides))[::2], atol=1e-5)
    assert np.allclose(smoothed.leverage[:, 0], np.diag(inverse)[::2] * weights, atol=1e-6)


def test_innovations_are_those_of_the_dense_normal_distribution() -> None:
    q, (times, xy, weights) = 0.07, uneven(12, 5)
    squares, logs = innovations(series(times, xy, weights), weights[:, None], np.array([[q]]))
    since, moved = times[1:] - times[0], xy[1:] - xy[0]
    early, late = np.minimum.outer(since, since), np.maximum.outer(since, since)
    covariance = UNKNOWN_VELOCITY * np.outer(since, since) + q * early**2 * (3 * late - early) / 6
    covariance += 1 / weights[0] + np.diag(1 / weights[1:])
    slope = covariance[1:, 0] / covariance[0, 0]  # condition on the second sample too
    conditional = covariance[1:, 1:] - np.outer(slope, covariance[0, 1:])
    error = moved[1:] - slope[:, None] * moved[0]
    assert np.isclose(squares[0, 0], np.einsum("ic,ij,jc->", error, np.linalg.inv(conditional), error), rtol=1e-3)
    expected = np.linalg.slogdet(conditional)[1] + np.log(weights[2:]).sum()
    assert np.isclose(logs[0, 0], expected, rtol=1e-3)


def test_cutoff_is_where_the_smoother_halves_a_wave() -> None:
    q = cutoff_to_q(0.1)
    times = np.arange(400.0)
    wave = np.sin(2 * np.pi * 0.1 * times)
    xy = np.stack([wave, wave], axis=1)
    smoothed = rts_smooth(series(times, xy, np.ones(400)), np.ones((400, 1)), q.reshape(1)).xy[:, 0]
    assert np.allclose(smoothed[100:300], 0.5 * xy[100:300], atol=0.02)
