"""Repair left-right swaps: limbs that a network swaps for some frames are swapped back.

Each pair of limbs (knees and ankles, elbows and wrists, hips, shoulders) is a chain of two states over time, as given
or swapped. The most likely sequence is found by dynamic programming (Viterbi 1967): joints should stay near where they
were, state changes are rare, and so are swapped frames, so that the labelling used most of the time stays. A pair that
crosses, as the ankles of walkers do, is close together at that point and carries no information: no change pays off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posetrack.smoothing.config import MirrorConfig
from posetrack.smoothing.series import frame_times, score_weights
from posetrack.smoothing.sizes import person_size
from posetrack.structures import BoolArray, FloatArray, IntArray, Skeleton, TrackedPose

_USUAL_PERCENT = 75.0  # percentile of the moves; the best AP of 60, 75, 90; without it runners lose 1 to 6 AP
_LIMBS = (("knee", "ankle"), ("elbow", "wrist"), ("hip",), ("shoulder",))


def repair_swaps(
    tracks: Sequence[TrackedPose],
    config: MirrorConfig,
    skeleton: Skeleton,
    fps: float | None = None,
    timestamps_s: Sequence[float] | FloatArray | None = None,
) -> list[TrackedPose]:
    """Swap limbs back, joints and scores; pairs with one joint missing stay as they are.

    Args:
        tracks: people over time, (T, K, 2) image pixels each, NaN = no joint; not modified.
        config: see ``MirrorConfig``.
        skeleton: skeleton of the tracks.
        fps: frames per second; None = 25.
        timestamps_s: the time of each frame, by frame index; takes precedence over ``fps``.
    """
    limbs = limb_pairs(skeleton)
    if not config.enabled or not limbs:
        return list(tracks)
    return [_repaired(track, config, limbs, frame_times(track.frame_indices, fps, timestamps_s)) for track in tracks]


def limb_pairs(skeleton: Skeleton) -> list[IntArray]:
    """The limbs that are swapped as a unit: for each, a (P, 2) array of (left, right) joints."""
    pairs = {skeleton.joints[left].split("_", 1)[1]: (left, right) for left, right in skeleton.flip_pairs}
    found = [[pairs[name] for name in limb if name in pairs] for limb in _LIMBS]
    return [np.array(limb, dtype=np.int64) for limb in found if limb]


def _repaired(track: TrackedPose, config: MirrorConfig, limbs: list[IntArray], times: FloatArray) -> TrackedPose:
    size = person_size(track.joints_xy) if len(track) > 1 else 0.0
    if size == 0:
        return track
    xy, scores = track.joints_xy.copy(), track.joint_scores.copy()
    known = ~np.isnan(xy[..., 0])
    changed = False
    for limb in limbs:
        exchanged = exchanged_frames(xy[:, limb], scores[:, limb], times, size, config)
        changed |= bool(exchanged.any())
        for left, right in limb.tolist():
            at = np.flatnonzero(exchanged & known[:, left] & known[:, right])[:, None]
            xy[at, [left, right]] = xy[at, [right, left]]
            scores[at, [left, right]] = scores[at, [right, left]]
    return replace(track, joints_xy=xy, joint_scores=scores) if changed else track


def exchanged_frames(
    xy: FloatArray, scores: FloatArray, times: FloatArray, size: float, config: MirrorConfig
) -> BoolArray:
    """In which frames a limb's left and right are likely swapped.

    Args:
        xy: (T, P, 2, 2) the P pairs of the limb, left and right; NaN = missing.
        scores: (T, P, 2); NaN counts as 1.
        times: (T,) seconds.
        size: size of the person, pixels.
        config: see ``MirrorConfig``.

    Returns:
        (T,) bool.
    """
    known = np.asarray(~np.isnan(xy).any(axis=(2, 3)))
    rows = np.flatnonzero(known.any(axis=1))
    exchanged = np.zeros(len(xy), dtype=bool)
    if len(rows) < 3:
        return exchanged
    xy, known = xy[rows], known[rows]
    weights = np.where(known, score_weights(scores[rows]).min(axis=2), 0.0)
    link = np.minimum(weights[1:], weights[:-1])
    link[np.diff(times[rows]) > config.longest_step_s] = 0.0
    spread = _spread(xy, times[rows], size * config.spread)
    kept, crossed = (
        _move_cost(xy[1:], before, spread, config.most) for before in (xy[:-1], xy[:-1, :, ::-1])
    )
    gain = np.where(link > 0, link * (kept - crossed), 0.0).sum(axis=1)  # gain of a state change over none
    exchanged[rows] = _viterbi(gain - config.change_cost, config.frame_cost * weights.mean(axis=1))
    return exchanged


def _move_cost(xy: FloatArray, before: FloatArray, spread: FloatArray, most: float) -> FloatArray:
    """(T - 1, P) half the squared moves of both joints of each pair, in units of the spread, capped per joint."""
    moves = ((xy - before) ** 2).sum(axis=3) / (spread * spread)[:, None, None]
    return np.asarray(0.5 * np.minimum(moves, most * most).sum(axis=2))


def _spread(xy: FloatArray, times: FloatArray, least: float) -> FloatArray:
    """(T - 1,) standard deviation of a joint's move to the next frame, pixels; larger for people who move fast."""
    frames = np.sqrt(np.maximum(np.diff(times) * 25.0, 1e-6))
    moves = [((xy[1:] - before) ** 2).sum(axis=3).mean(axis=2) for before in (xy[:-1], xy[:-1, :, ::-1])]
    shorter = np.sqrt(np.fmin(*moves) / 2.0) / frames[:, None]
    seen = shorter[~np.isnan(shorter)]
    usual = float(np.percentile(seen, _USUAL_PERCENT)) if len(seen) else 0.0
    return np.asarray(max(least, usual) * frames)


def _viterbi(gain: FloatArray, cost: FloatArray) -> BoolArray:
    """(T,) whether each frame is in the second state, maximising total gain minus cost.

    Args:
        gain: (T - 1,) gain of a state change from each frame to the next.
        cost: (T,) cost of each frame in the second state.
    """
    first, second = 0.0, -float(cost[0])
    came: list[tuple[bool, bool]] = []  # whether the best path to either state is a change
    for change, price in zip(gain.tolist(), cost[1:].tolist(), strict=True):
        came.append((second + change > first, first + change > second))
        first, second = max(first, second + change), max(second, first + change) - price
    state = second > first
    states = [state]
    for to_first, to_second in reversed(came):
        state = state != (to_second if state else to_first)
        states.append(state)
    return np.array(states[::-1])
