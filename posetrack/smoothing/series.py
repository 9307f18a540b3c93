"""Tracks as runs of samples: one column is one joint of one person between two long gaps.

All filters work on these columns. A joint missing for more than ``max_gap_frames`` frames, or for as long by the clock
and more than ``LONGEST_PAUSE_S``, ends its run, so nothing is smeared over long gaps; a shorter gap is a longer time
step between two samples of a run, with no sample in it. Runs of similar length share one array, so that filters process
all joints of all people at once, and padding at most doubles the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from posetrack.smoothing.sizes import person_size, running_sizes
from posetrack.structures import BoolArray, FloatArray, IntArray, TrackedPose

# Low-scoring joints count less: the error of a measurement is assumed inversely proportional to its score, so weights
# (inverse variances) are squared scores. Scores below the floor are treated as equal to it.
SCORE_FLOOR = 0.1

SAMPLES_AT_ONCE = 100_000  # samples filtered at once; 500 bytes each
RUNS_AT_ONCE = 128
LONGEST_PAUSE_S = 1.0  # for clocks that jump: a shorter pause never ends a run, however many frames would fit into it
ASSUMED_FPS = 25.0  # used if the frame rate is unknown: a second in the settings is then 25 frames


@dataclass(frozen=True, eq=False)
class Series:
    """C runs of at most L samples.

    Attributes:
        times: (L, C) seconds, increasing, also past a run's end.
        xy: (L, C, 2) pixels; 0 past a run's end.
        weights: (L, C) from the joint scores, 0 to 1; 0 only past a run's end.
        lengths: (C,) number of samples of each run.
        steps: (C,) median time between two samples in seconds; for a single sample, the time of one frame.
        sizes: (C,) size of the person in pixels; 0 = unknown.
        sizes_so_far: (L, C) the same, estimated from each sample's past only.
        tracks: (C,) position of the track in the list.
        joints: (C,) index of the joint.
    """

    times: FloatArray
    xy: FloatArray
    weights: FloatArray
    lengths: IntArray
    steps: FloatArray
    sizes: FloatArray
    sizes_so_far: FloatArray
    tracks: IntArray
    joints: IntArray

    def __len__(self) -> int:
        """The number of runs."""
        return len(self.lengths)

    @property
    def inside(self) -> BoolArray:
        """(L, C) whether an element holds a sample."""
        return np.arange(len(self.times))[:, None] < self.lengths


Filter = Callable[[Series], FloatArray]


def filter_tracks(
    tracks: Sequence[TrackedPose],
    smoother: Filter,
    max_gap_frames: int,
    fps: float | None = None,
    timestamps_s: Sequence[float] | FloatArray | None = None,
) -> list[TrackedPose]:
    """Smooth every joint of every track.

    Args:
        tracks: people of one skeleton; not modified.
        smoother: returns the (L, C, 2) smoothed samples of a Series; values past the end of a run are ignored.
        max_gap_frames: a joint starts a new run after missing more frames than this in a row, or after a pause longer
            than both that many usual frame intervals and ``LONGEST_PAUSE_S``.
        fps: frames per second; None = ``ASSUMED_FPS``.
        timestamps_s: the time of each frame, by frame index; takes precedence over ``fps``.

    Returns:
        The tracks in their order; missing joints stay missing.

    Raises:
        ValueError: see ``frame_times``; tracks of different skeletons.
    """
    occupied = [track for track in tracks if len(track)]
    if not occupied:
        return list(tracks)
    if len({track.joints_xy.shape[1] for track in occupied}) > 1:
        raise ValueError("the tracks have different numbers of joints, expected one skeleton")
    frames = np.concatenate([track.frame_indices for track in occupied])
    times = frame_times(frames, fps, timestamps_s)
    owner = np.repeat(np.arange(len(occupied)), [len(track) for track in occupied])
    xy = np.concatenate([track.joints_xy for track in occupied])
    scores = np.concatenate([track.joint_scores for track in occupied])
    sizes = np.array([person_size(track.joints_xy) for track in occupied])
    so_far = np.concatenate([running_sizes(t.joints_xy, t.frame_indices, max_gap_frames) for t in occupied])
    smoothed = xy.copy()
    joint, row = np.nonzero(np.isfinite(xy).all(axis=2).T)
    one_frame = _one_frame(fps, timestamps_s)
    pause = max((max_gap_frames + 1.5) * one_frame, LONGEST_PAUSE_S)
    starts = _run_starts(joint, owner[row], frames[row], max_gap_frames, times[row], pause)
    for members in chain.from_iterable(bucket.parts() for bucket in _buckets(starts, len(row))):
        series = _series(members, joint, row, owner, times, xy, scores, sizes, so_far)
        series = replace(series, steps=_steps(series, one_frame))
        place = members.rows(row)
        smoothed[place, np.broadcast_to(series.joints, members.inside.shape)[members.inside]] = smoother(series)[
            members.inside
        ]
    parts = iter(np.split(smoothed, np.cumsum([len(track) for track in occupied])[:-1]))
    return [replace(track, joints_xy=next(parts)) if len(track) else track for track in tracks]


def frame_times(
    frames: IntArray, fps: float | None = None, timestamps_s: Sequence[float] | FloatArray | None = None
) -> FloatArray:
    """The time of each frame in seconds.

    Args:
        frames: (N,) frame indices.
        fps: frames per second; None = ``ASSUMED_FPS``.
        timestamps_s: the time of each frame of the sequence, by frame index.

    Raises:
        ValueError: fps is not a positive number; timestamps do not increase, are not finite, or do not cover the
            frames.
    """
    if timestamps_s is None:
        rate = ASSUMED_FPS if fps is None else float(fps)
        if not (np.isfinite(rate) and rate > 0):
            raise ValueError(f"fps is {fps}, expected a number above 0, or None where it is not known")
        return np.asarray(frames / rate, dtype=np.float64)
    clock = np.asarray(timestamps_s, dtype=np.float64)
    if len(frames) and (frames.min() < 0 or frames.max() >= len(clock)):
        raise ValueError(f"{len(clock)} timestamps, but the tracks go from frame {frames.min()} to {frames.max()}")
    wrong = np.flatnonzero(~(np.diff(clock) > 0))
    if len(wrong):
        at = int(wrong[0])
        raise ValueError(
            f"timestamps_s[{at + 1}] is {clock[at + 1]} after {clock[at]}, expected timestamps that increase; leave "
            "them out and give fps if the file's clock is broken"
        )
    return np.asarray(clock[frames])


def score_weights(scores: FloatArray) -> FloatArray:
    """Inverse variances, up to a factor, of joints with these scores; a missing score (NaN) counts as 1."""
    return np.asarray(np.clip(np.where(np.isnan(scores), 1.0, scores), SCORE_FLOOR, 1.0) ** 2)


@dataclass(frozen=True, eq=False)
class _Members:
    """Runs of similar length: where each starts among the samples, and which elements of (L, C) hold a sample."""

    starts: IntArray
    inside: BoolArray
    sample: IntArray  # (L, C) index of the sample; past the end, that of the last

    def parts(self) -> Iterator[_Members]:
        """Split into parts of about ``SAMPLES_AT_ONCE`` to limit memory, each with runs of all joints and people.

        Filters loop over time steps: with fewer than ``RUNS_AT_ONCE`` runs the loop would cost more than the samples.
        """
        count = max(min(self.sample.size // SAMPLES_AT_ONCE, self.sample.shape[1] // RUNS_AT_ONCE), 1)
        for first in range(count):
            yield _Members(self.starts[first::count], self.inside[:, first::count], self.sample[:, first::count])

    def rows(self, row: IntArray) -> IntArray:
        return np.asarray(row[self.sample[self.inside]])


def _run_starts(
    joint: IntArray, owner: IntArray, frames: IntArray, max_gap_frames: int, times: FloatArray, pause_s: float
) -> IntArray:
    """Where runs start among samples sorted by joint, track and frame."""
    anew = (np.diff(joint) != 0) | (np.diff(owner) != 0) | (np.diff(frames) - 1 > max_gap_frames)
    anew |= np.diff(times) > pause_s
    return np.flatnonzero(np.r_[len(joint) > 0, anew])


def _buckets(starts: IntArray, total: int) -> list[_Members]:
    """Group runs whose lengths lie between the same two powers of two."""
    lengths = np.diff(np.r_[starts, total])
    bucket = np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int64)
    result = []
    for number in np.unique(bucket).tolist():
        chosen = np.flatnonzero(bucket == number)
        place = np.arange(int(lengths[chosen].max()))[:, None]
        sample = starts[chosen] + np.minimum(place, lengths[chosen] - 1)
        result.append(_Members(starts[chosen], place < lengths[chosen], sample))
    return result


def _series(
    members: _Members, joint: IntArray, row: IntArray, owner: IntArray, times: FloatArray, xy: FloatArray,
    scores: FloatArray, sizes: FloatArray, so_far: FloatArray,
) -> Series:  # fmt: skip
    rows = row[members.sample]
    joints, inside = joint[members.starts], members.inside
    beyond = (~inside).cumsum(axis=0)  # past the end, times increase by a second per element
    return Series(
        times=times[rows] + beyond,
        xy=np.where(inside[..., None], xy[rows, joints], 0.0),
        weights=np.where(inside, score_weights(scores[rows, joints]), 0.0),
        lengths=inside.sum(axis=0),
        steps=np.zeros(len(joints)),
        sizes=sizes[owner[rows[0]]],
        sizes_so_far=so_far[rows],
        tracks=owner[rows[0]],
        joints=joints,
    )


def _one_frame(fps: float | None, timestamps_s: Sequence[float] | FloatArray | None) -> float:
    if timestamps_s is not None and len(timestamps_s) > 1:
        return float(np.median(np.diff(np.asarray(timestamps_s, dtype=np.float64))))
    return 1.0 / (fps or ASSUMED_FPS)


def _steps(series: Series, one_frame: float) -> FloatArray:
    if len(series.times) < 2:
        return np.full(len(series), one_frame)
    gaps = np.where(series.inside[1:], np.diff(series.times, axis=0), np.nan)
    steps = np.full(len(series), one_frame)
    several = series.lengths > 1
    steps[several] = np.nanmedian(gaps[:, several], axis=0)
    return steps
