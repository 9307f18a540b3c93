"""Choose among the candidate positions of each joint those that form the most likely path over time.

An ambiguous heatmap has one peak on each ankle, or on the wrist and on a bag, and which is highest changes from frame
to frame. The peaks are the states of a chain over time (Viterbi 1967): high peaks are likely, and so are positions near
the last one. The left and right joints of a pair are chosen together, because they are rarely at the same position.

Whether a joint is present at all is then decided from its scores over several frames, not frame by frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from posetrack.smoothing.config import CandidatesConfig
from posetrack.smoothing.series import ASSUMED_FPS, frame_times
from posetrack.smoothing.sizes import person_size
from posetrack.structures import BoolArray, FloatArray, IntArray, Origin, Skeleton, TrackedPose

_LEAST_SCORE = 1e-3  # lower limit before the logarithm
_NOWHERE = 100.0  # cost of a missing candidate
_AT_ONCE = 2000  # poses of one person per block, 7 kB each; blocks are solved independently
SCORE_SIGMAS = 3.0  # reach of the Gaussian on either side; weights beyond are 1 % at most


def choose_candidates(
    tracks: Sequence[TrackedPose],
    config: CandidatesConfig,
    skeleton: Skeleton,
    fps: float | None = None,
    timestamps_s: Sequence[float] | FloatArray | None = None,
    joint_threshold: float | None = None,
) -> list[TrackedPose]:
    """Move each joint to the most likely of its candidates, and give it that candidate's score.

    Interpolated poses have no candidates; their joints are shifted like those of the neighbouring poses.

    Args:
        tracks: people over time, (T, K, C, 3) candidates each; not modified.
        config: see ``CandidatesConfig``.
        skeleton: skeleton of the tracks.
        fps: frames per second; None = 25.
        timestamps_s: the time of each frame, by frame index; takes precedence over ``fps``.
        joint_threshold: a joint is present where its score, averaged over time (``config.score_sigma_s``), reaches
            this, whether or not the tracker dropped it; None = exactly the missing joints stay missing.
    """
    if not config.enabled:
        return list(tracks)
    return [
        _chosen(track, config, skeleton, frame_times(track.frame_indices, fps, timestamps_s), joint_threshold)
        if track.candidates.shape[2] > 1
        else track
        for track in tracks
    ]


def _chosen(
    track: TrackedPose, config: CandidatesConfig, skeleton: Skeleton, times: FloatArray, joint_threshold: float | None
) -> TrackedPose:
    rows = np.flatnonzero(track.origin != Origin.INTERPOLATED)
    size = person_size(track.joints_xy)
    if len(rows) < 2 or size == 0:
        return track
    times = times[rows]
    candidates = track.candidates[rows].astype(np.float64)
    parts = [slice(first, first + _AT_ONCE) for first in range(0, len(rows), _AT_ONCE)]
    best = np.concatenate([_likeliest(candidates[p], times[p], size, config, skeleton) for p in parts])
    chosen = np.take_along_axis(candidates, best[..., None, None], axis=2)[:, :, 0]
    track = _with_joints(track, rows, chosen, best > 0)
    if joint_threshold is None:
        return track
    return _there(track, rows, chosen, times, joint_threshold, config.score_sigma_s)


def _likeliest(
    candidates: FloatArray, times: FloatArray, size: float, config: CandidatesConfig, skeleton: Skeleton
) -> IntArray:
    """(T, K) index of the most likely of the (T, K, C, 3) candidates."""
    xy, scores = candidates[..., :2], candidates[..., 2]
    unlikely = np.where(scores > 0, -np.log(np.maximum(scores, _LEAST_SCORE)), _NOWHERE)
    moves = _move_costs(xy, times, size, config)
    best = np.zeros(scores.shape[:2], dtype=np.int64)
    pairs = np.array(skeleton.flip_pairs, dtype=np.int64).reshape(-1, 2)
    left, right = pairs.T
    apart = np.linalg.norm(xy[:, left, :, None] - xy[:, right, None], axis=-1) / size
    near = config.near_cost * np.exp(-0.5 * (apart / config.near) ** 2)
    together = unlikely[:, left, :, None] + unlikely[:, right, None] + np.nan_to_num(near)
    best[:, left], best[:, right] = _best_pairs(together, moves[:, left], moves[:, right])
    single = np.setdiff1d(np.arange(skeleton.num_joints), pairs)
    best[:, single] = _viterbi(unlikely[:, single], lambda t: moves[t, single])
    return best


def _move_costs(xy: FloatArray, times: FloatArray, size: float, config: CandidatesConfig) -> FloatArray:
    """(T - 1, K, C, C) cost of a joint's move to each candidate of the next frame (first) from each of this one (last).

    Half the squared move in units of the spread, relative to the person's motion (the median over the joints).
    """
    steps_xy = xy[1:, :, 0] - xy[:-1, :, 0]
    known = ~np.isnan(steps_xy).all(axis=1, keepdims=True)
    way = np.nanmedian(np.where(known, steps_xy, 0.0), axis=1)
    moves = np.linalg.norm(xy[1:, :, :, None] - xy[:-1, :, None] - way[:, None, None, None], axis=-1)
    steps = np.diff(times)
    spread = config.spread * size * np.sqrt(steps * ASSUMED_FPS)
    far = np.minimum(np.nan_to_num(moves, nan=np.inf) / spread[:, None, None, None], config.most)
    return np.asarray(np.where((steps > config.longest_step_s)[:, None, None, None], 0.0, 0.5 * far**2))


def _best_pairs(unlikely: FloatArray, left: FloatArray, right: FloatArray) -> tuple[IntArray, IntArray]:
    """(T, P) candidates of the left and of the right joints of pairs.

    Args:
        unlikely: (T, P, C, C) cost of each combination, the left joint's candidate first.
        left: (T - 1, P, C, C) from ``_move_costs``, for the left joints.
        right: the same for the right joints.
    """
    count, p, c = unlikely.shape[:3]

    def move(t: int) -> FloatArray:
        both = left[t, :, :, None, :, None] + right[t, :, None, :, None, :]
        return np.asarray(both.reshape(p, c * c, c * c))

    states = _viterbi(unlikely.reshape(count, p, c * c), move)
    return states // c, states % c


def _viterbi(unlikely: FloatArray, move: Callable[[int], FloatArray]) -> IntArray:
    """(T, K) the states of minimum total cost.

    Args:
        unlikely: (T, K, S) cost of each state.
        move: returns the (K, S, S) cost of moving to each state of frame t + 1 (first) from each of frame t (last).
    """
    least = unlikely[0]
    came: list[IntArray] = []
    for t, here in enumerate(unlikely[1:]):
        ways = move(t) + least[:, None]
        came.append(ways.argmin(axis=2))
        least = here + ways.min(axis=2)
    state = least.argmin(axis=1)
    states = [state]
    for before in reversed(came):
        state = np.take_along_axis(before, state[:, None], axis=1)[:, 0]
        states.append(state)
    return np.array(states[::-1])


def _with_joints(track: TrackedPose, rows: IntArray, candidates: FloatArray, changed: BoolArray) -> TrackedPose:
    """Put ``changed`` (T', K) joints at their candidates (T', K, 3); shift interpolated neighbours with them."""
    xy, scores = track.joints_xy.copy(), track.joint_scores.copy()
    changed = changed & ~np.isnan(xy[rows, :, 0])
    shift = np.where(changed[..., None], candidates[..., :2] - xy[rows], 0.0)
    between = np.flatnonzero(track.origin == Origin.INTERPOLATED)
    frames = track.frame_indices
    for joint in np.flatnonzero(changed.any(axis=0)).tolist():
        for axis in range(2):
            xy[between, joint, axis] += np.interp(frames[between], frames[rows], shift[:, joint, axis])
    xy[rows] = np.where(changed[..., None], candidates[..., :2], xy[rows])
    scores[rows] = np.where(changed, candidates[..., 2], scores[rows])
    return replace(track, joints_xy=xy, joint_scores=scores)


def _there(
    track: TrackedPose, rows: IntArray, candidates: FloatArray, times: FloatArray, threshold: float, sigma_s: float
) -> TrackedPose:
    """Keep joints whose scores over time reach the threshold; in interpolated poses, those both neighbours have."""
    xy, scores = track.joints_xy.copy(), track.joint_scores.copy()
    found = np.nan_to_num(candidates[..., 2])
    there = _over_time(found, times, sigma_s) >= threshold
    new = np.isnan(xy[rows, :, 0])
    places = np.where(new[..., None], candidates[..., :2], xy[rows])
    xy[rows] = np.where(there[..., None], places, np.nan)
    scores[rows] = np.where(new, found, scores[rows])
    between = np.flatnonzero(track.origin == Origin.INTERPOLATED)
    if len(between):
        behind = np.searchsorted(rows, between).clip(1, len(rows) - 1)
        before, after = rows[behind - 1], rows[behind]
        frames = track.frame_indices
        share = ((frames[between] - frames[before]) / (frames[after] - frames[before]))[:, None, None]
        middle = (1 - share) * xy[before] + share * xy[after]  # NaN where either is missing
        lost = np.isnan(xy[between]) | np.isnan(middle)
        xy[between] = np.where(lost, middle, xy[between])
        weaker = np.minimum(scores[before], scores[after])
        scores[between] = np.where(lost[..., 0], weaker, scores[between])
    return replace(track, joints_xy=xy, joint_scores=scores)


def _over_time(values: FloatArray, times: FloatArray, sigma_s: float) -> FloatArray:
    """(T, K) Gaussian-weighted means over time."""
    total, weights = values.copy(), np.ones(len(times))
    for step in range(1, len(times)):
        weight = np.exp(-0.5 * ((times[step:] - times[:-step]) / sigma_s) ** 2)
        if weight.max() < np.exp(-0.5 * SCORE_SIGMAS**2):
            break
        total[step:] += weight[:, None] * values[:-step]
        total[:-step] += weight[:, None] * values[step:]
        weights[step:] += weight
        weights[:-step] += weight
    return np.asarray(total / weights[:, None])
