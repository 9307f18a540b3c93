"""The steps of a Kalman filter and of the Rauch-Tung-Striebel smoother for points that move at nearly constant velocity.

The state of each of C points is its position and velocity in both coordinates; both coordinates have the same
covariance. Acceleration is white noise of power ``q`` (Wiener process velocity model). Time is in steps and variances
are relative to a measurement of weight 1, so that ``q`` has no unit; a measurement has the variance 1 / weight.

With all weights 1 the smoother halves the amplitude at the frequency (q ** 0.25) / (2 pi) cycles per step, and leaves
much slower motions unchanged: it is the cubic smoothing spline (Wecker & Ansley 1983).

Sources: Kalman 1960; Rauch, Tung & Striebel 1965; Bar-Shalom, Li & Kirubarajan 2001, section 6.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray

# The variance of an unknown velocity, relative to a measurement's. Larger values cost numerical precision; this one
# attenuates a motion of constant velocity by one ten-millionth.
UNKNOWN_VELOCITY = 1e7


@dataclass(frozen=True, eq=False)
class State:
    """Positions and velocities with their covariances.

    Attributes:
        xy: (C, 2).
        velocity: (C, 2) per step.
        pp: (C,) variance of a position coordinate.
        pv: (C,) covariance of position and velocity.
        vv: (C,) variance of a velocity coordinate.
    """

    xy: FloatArray
    velocity: FloatArray
    pp: FloatArray
    pv: FloatArray
    vv: FloatArray


def first_state(xy: FloatArray, weights: FloatArray) -> State:
    """The state after one measurement: known position, unknown velocity."""
    pp = 1.0 / weights
    return State(xy, np.zeros_like(xy), pp, np.zeros_like(pp), np.full_like(pp, UNKNOWN_VELOCITY))


def predict(state: State, dt: FloatArray, q: FloatArray) -> State:
    """The state ``dt`` (C,) steps later, without a measurement."""
    drift = dt * state.vv
    return State(
        state.xy + dt[:, None] * state.velocity,
        state.velocity,
        state.pp + dt * (2.0 * state.pv + drift) + q * (dt * dt * dt / 3.0),
        state.pv + drift + q * (dt * dt / 2.0),
        state.vv + q * dt,
    )


def correct(state: State, xy: FloatArray, weights: FloatArray) -> State:
    """The state after a measurement (C, 2) with weights (C,); a weight of 0 means no measurement."""
    scale = weights / (1.0 + weights * state.pp)
    gain, gain_v = state.pp * scale, state.pv * scale
    error = xy - state.xy
    return State(
        state.xy + gain[:, None] * error,
        state.velocity + gain_v[:, None] * error,
        state.pp * (1.0 - gain),
        state.pv * (1.0 - gain),
        state.vv - gain_v * state.pv,
    )


def look_back(filtered: State, predicted: State, smoothed: State, dt: FloatArray) -> State:
    """One step of the smoother back in time.

    Args:
        filtered: the state at t given the measurements up to t.
        predicted: the state at t + dt given the same measurements.
        smoothed: the state at t + dt given all measurements.
        dt: (C,) steps between the two.
    """
    determinant = predicted.pp * predicted.vv - predicted.pv * predicted.pv
    # Covariance of the states at t and t + dt, times the inverse of the predicted covariance.
    cross_pp, cross_pv = filtered.pp + dt * filtered.pv, filtered.pv
    cross_vp, cross_vv = filtered.pv + dt * filtered.vv, filtered.vv
    a = (cross_pp * predicted.vv - cross_pv * predicted.pv) / determinant
    b = (cross_pv * predicted.pp - cross_pp * predicted.pv) / determinant
    c = (cross_vp * predicted.vv - cross_vv * predicted.pv) / determinant
    d = (cross_vv * predicted.pp - cross_vp * predicted.pv) / determinant
    change, change_v = smoothed.xy - predicted.xy, smoothed.velocity - predicted.velocity
    pp, pv, vv = (
        getattr(smoothed, name) - getattr(predicted, name) for name in ("pp", "pv", "vv")
    )
    return State(
        filtered.xy + a[:, None] * change + b[:, None] * change_v,
        filtered.velocity + c[:, None] * change + d[:, None] * change_v,
        filtered.pp + a * a * pp + 2.0 * a * b * pv + b * b * vv,
        filtered.pv + a * c * pp + (a * d + b * c) * pv + b * d * vv,
        filtered.vv + c * c * pp + 2.0 * c * d * pv + d * d * vv,
    )
