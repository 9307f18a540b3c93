"""Jitter relative to the ground truth: the mean error of the joints' acceleration.

The acceleration of a joint at frame t is x[t+1] - 2 x[t] + x[t-1], in pixels per frame squared. It is measured
wherever one ground-truth track, annotated in three consecutive frames, is paired in all three with the same predicted
track; unlabelled frames, missing joints and ID switches interrupt it. The sums of several sequences can be added.

Source: Kanazawa et al. 2019 ("Learning 3D Human Dynamics from Video"), acceleration error, here in image space.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.pck import assigned_persons
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.plain import plain_list
from posetrack.structures import NO_TRACK, POSETRACK17, BoolArray, FloatArray, IntArray, SequencePoses


@dataclass(frozen=True, eq=False)
class JitterCounts:
    """Sums per joint over the measured frames, each (15,), PoseTrack17 order.

    Attributes:
        samples: int64 number of accelerations compared.
        error: float64 sum of their errors in pixels per frame squared.
        sized_samples: int64 number of samples from persons with a head size above 0.
        sized_error: float64 sum of their errors in head sizes (of the middle frame) per frame squared.
        timed_samples: int64 number of samples from sequences with a known frame rate.
        timed_error: float64 sum of their errors in pixels per second squared.
    """

    samples: IntArray
    error: FloatArray
    sized_samples: IntArray
    sized_error: FloatArray
    timed_samples: IntArray
    timed_error: FloatArray

    def __add__(self, other: JitterCounts) -> JitterCounts:
        return JitterCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def result(self) -> JitterResult:
        """Compute the means of these sums."""
        return JitterResult(
            samples=self.samples,
            acceleration_error=_means(self.error, self.samples),
            acceleration_error_heads=_means(self.sized_error, self.sized_samples),
            acceleration_error_per_s2=_means(self.timed_error, self.timed_samples),
        )


@dataclass(frozen=True, eq=False)
class JitterResult:
    """Mean acceleration errors: 15 joints in PoseTrack17 order, then all of them; NaN = nothing to measure.

    Attributes:
        samples: (15,) int64 number of accelerations compared.
        acceleration_error: (16,) float64 pixels per frame squared.
        acceleration_error_heads: (16,) float64 head sizes per frame squared.
        acceleration_error_per_s2: (16,) float64 pixels per second squared, over sequences with a known frame rate.
    """

    samples: IntArray
    acceleration_error: FloatArray
    acceleration_error_heads: FloatArray
    acceleration_error_per_s2: FloatArray

    def to_json(self) -> dict[str, Any]:
        """Return ``{"joints", "samples", "px_per_frame2", "heads_per_frame2", "px_per_s2"}``, None for NaN.

        The last value of the latter three lists is over all joints.
        """
        return {
            "joints": list(POSETRACK17.joints),
            "samples": self.samples.tolist(),
            "px_per_frame2": plain_list(self.acceleration_error),
            "heads_per_frame2": plain_list(self.acceleration_error_heads),
            "px_per_s2": plain_list(self.acceleration_error_per_s2),
        }


def count_jitter(gt: SequencePoses, pred: SequencePoses) -> JitterCounts:
    """Measure one sequence; persons are paired as for the official AP.

    Args:
        gt: ground truth with head boxes and track ids; the frame rate is its ``info.fps``, or else that of ``pred``.
        pred: tracked predictions for the same frames.

    Raises:
        FormatError: different numbers of frames; an annotated person without a head box; a paired person without a
            track id; the same id twice in a frame; a skeleton that lacks one of the 15 joints.
    """
    truth, prediction, kept, pairs = assigned_persons(gt, pred)
    truth, prediction = truth.select(pairs[:, 0]), prediction.select(pairs[:, 1])  # row i is the same person in both
    for persons, side in ((truth, "ground truth"), (prediction, "predictions")):
        _check_ids(persons, side, gt, kept)
    positions = kept[truth.frames]
    before, middle, after = consecutive_rows(np.stack([truth.track_ids, prediction.track_ids], axis=1), positions)
    offset = prediction.joints_xy - truth.joints_xy
    error = np.linalg.norm(offset[after] - 2.0 * offset[middle] + offset[before], axis=2)  # NaN: a joint is missing
    known = ~np.isnan(error)
    heads = truth.head_sizes[middle, None]
    sized = known & (heads > 0)
    fps = _frame_rate(gt, pred)
    timed = known if fps is not None else np.zeros_like(known)
    return JitterCounts(
        samples=known.sum(axis=0),
        error=np.where(known, error, 0.0).sum(axis=0),
        sized_samples=sized.sum(axis=0),
        sized_error=np.divide(error, heads, out=np.zeros_like(error), where=sized).sum(axis=0),
        timed_samples=timed.sum(axis=0),
        timed_error=np.where(timed, error * (fps or 0.0) ** 2, 0.0).sum(axis=0),
    )


def merge_jitter(parts: Iterable[JitterCounts]) -> JitterCounts:
    """Add up the sums of several sequences; zeros if there are none."""
    none, zero = np.zeros(NUM_JOINTS, dtype=np.int64), np.zeros(NUM_JOINTS)
    return sum(parts, JitterCounts(none, zero, none, zero, none, zero))


def consecutive_rows(tracks: IntArray, frames: IntArray, length: int = 3) -> tuple[IntArray, ...]:
    """Find rows of the same track in consecutive frames.

    Args:
        tracks: (N, T) ids; two rows are the same track if all T agree.
        frames: (N,) positions; no track appears twice in a frame.
        length: number of consecutive frames, 2 or more.

    Returns:
        For each of the ``length`` frames in order, the rows (M,) int64.
    """
    order = np.lexsort((frames, *tracks.T))
    same = (np.diff(tracks[order], axis=0) == 0).all(axis=1) & (np.diff(frames[order]) == 1)
    count = max(len(order) - length + 1, 0)
    run = np.ones(count, dtype=np.bool_)
    for step in range(length - 1):
        run &= same[step : step + count]
    start = np.flatnonzero(run)
    return tuple(order[start + step] for step in range(length))


def _frame_rate(gt: SequencePoses, pred: SequencePoses) -> float | None:
    for fps in (gt.info.fps, pred.info.fps):
        if fps is not None and math.isfinite(fps) and fps > 0:
            return fps
    return None


def _check_ids(persons: PersonColumns, side: str, gt: SequencePoses, kept: IntArray) -> None:
    lacking: BoolArray = persons.track_ids == NO_TRACK
    fault = f"a person of the {side} has no track id (0 or greater), but jitter is measured on tracks: track the poses first"
    if not lacking.any():
        _, first = np.unique(np.stack([persons.frames, persons.track_ids]), axis=1, return_index=True)
        lacking = np.ones(len(persons), dtype=np.bool_)
        lacking[first] = False
        fault = f"two persons of the {side} share a track id in this frame: give each its own"
    if lacking.any():
        frame = kept[persons.frames[lacking.argmax()]]
        raise FormatError(f"{gt.info.name}: frame {frame} ({gt.info.frame_names[frame]}): {fault}")


def _means(sums: FloatArray, samples: IntArray) -> FloatArray:
    counts = np.append(samples, samples.sum())
    return np.asarray(np.append(sums, sums.sum()) / np.where(counts > 0, counts, np.nan))
