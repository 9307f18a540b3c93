"""Smoothness of tracked poses, without ground truth: mean acceleration and jerk of each track's joints.

Acceleration is x[t+1] - 2 x[t] + x[t-1]; jerk is the difference of two successive accelerations. The magnitudes of
both are measured in person sizes, over consecutive frames that all contain the track and the joint. A person's size is
the median over the track of the diagonal of the box around its joints, so that being only partly visible for a frame
does not count as jitter. People who really move accelerate too: compare results on the same video.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from posetrack.errors import FormatError
from posetrack.evaluation.jitter import consecutive_rows
from posetrack.evaluation.plain import plain
from posetrack.geometry.boxes import joints_box
from posetrack.structures import NO_TRACK, FloatArray, IntArray, PoseColumns, SequencePoses


@dataclass(frozen=True, eq=False)
class TrackSmoothness:
    """Sums for every track of a sequence, including tracks with nothing to measure.

    Attributes:
        sequence: name.
        fps: frames per second, None = unknown.
        track_ids: (N,) int64, increasing.
        frames: (N,) int64 number of frames that contain the track.
        sizes: (N,) float64 pixels, NaN if no frame has two joints apart from each other; such a track has no samples.
        acceleration_samples: (N,) int64 number of samples (joint and frame).
        acceleration_sums: (N,) float64 in person sizes per frame squared.
        jerk_samples: (N,) int64 number of samples.
        jerk_sums: (N,) float64 in person sizes per frame cubed.
    """

    sequence: str
    fps: float | None
    track_ids: IntArray
    frames: IntArray
    sizes: FloatArray
    acceleration_samples: IntArray
    acceleration_sums: FloatArray
    jerk_samples: IntArray
    jerk_sums: FloatArray

    @property
    def acceleration(self) -> FloatArray:
        """(N,) mean of each track in person sizes per frame squared, NaN = no three consecutive frames."""
        return _ratio(self.acceleration_sums, self.acceleration_samples)

    @property
    def jerk(self) -> FloatArray:
        """(N,) mean of each track in person sizes per frame cubed, NaN = no four consecutive frames."""
        return _ratio(self.jerk_sums, self.jerk_samples)

    @property
    def mean_acceleration(self) -> float:
        """Mean over all joints and frames of all tracks, in person sizes per frame squared."""
        return _mean(self.acceleration_sums, self.acceleration_samples)

    @property
    def mean_jerk(self) -> float:
        """Mean over all joints and frames of all tracks, in person sizes per frame cubed."""
        return _mean(self.jerk_sums, self.jerk_samples)

    def to_json(self) -> dict[str, Any]:
        """Return overall and per-track means, None for NaN; values per second are None if the frame rate is unknown."""
        rate = math.nan if self.fps is None else self.fps
        columns = (self.track_ids, self.frames, self.sizes, self.acceleration, self.jerk)
        return {
            "sequence": self.sequence,
            "fps": self.fps,
            "acceleration_per_frame2": plain(self.mean_acceleration),
            "jerk_per_frame3": plain(self.mean_jerk),
            "acceleration_per_s2": plain(self.mean_acceleration * rate**2),
            "jerk_per_s3": plain(self.mean_jerk * rate**3),
            "tracks": [
                {"track_id": track, "frames": frames, "size_px": plain(size), "acceleration_per_frame2": plain(a),
                 "jerk_per_frame3": plain(j)}
                for track, frames, size, a, j in zip(*(c.tolist() for c in columns), strict=True)
            ],
        }  # fmt: skip


def track_smoothness(poses: SequencePoses) -> TrackSmoothness:
    """Measure acceleration and jerk of every track of a sequence, of any skeleton.

    Args:
        poses: tracked poses; persons without joints or without an id are left out.

    Raises:
        FormatError: there are persons with joints, and none of them has a track id.
    """
    persons = poses.columns
    with_joints = persons.joint_valid.any(axis=1)
    rows = np.flatnonzero(with_joints & (persons.track_ids != NO_TRACK))
    if with_joints.any() and not len(rows):
        raise FormatError(
            f"{poses.info.name}: none of the {int(with_joints.sum())} persons has a track id, but smoothness is "
            "measured on tracks: track the poses first"
        )
    track_ids, track = np.unique(persons.track_ids[rows], return_inverse=True)
    sizes = _median_sizes(persons, rows, track, len(track_ids))
    xy = persons.joints_xy[rows] / sizes[track, None, None]
    a, b, c, d = consecutive_rows(track[:, None], persons.frame[rows], length=4)
    jerk = np.linalg.norm(xy[d] - 3.0 * xy[c] + 3.0 * xy[b] - xy[a], axis=2)
    jerk_of = track[a]
    a, b, c = consecutive_rows(track[:, None], persons.frame[rows])
    acceleration = np.linalg.norm(xy[c] - 2.0 * xy[b] + xy[a], axis=2)
    fps = poses.info.fps
    return TrackSmoothness(
        poses.info.name,
        fps if fps is not None and math.isfinite(fps) and fps > 0 else None,
        track_ids,
        np.bincount(track, minlength=len(track_ids)),
        sizes,
        *_sums(acceleration, track[a], len(track_ids)),
        *_sums(jerk, jerk_of, len(track_ids)),
    )


def merge_smoothness(parts: Sequence[TrackSmoothness]) -> TrackSmoothness:
    """Combine the tracks of several sequences; ids may then repeat, and the frame rate is unknown.

    Raises:
        ValueError: no sequences.
    """
    if not parts:
        raise ValueError("no sequence to merge")
    columns = [field.name for field in fields(TrackSmoothness) if field.name not in ("sequence", "fps")]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return TrackSmoothness("all sequences", None, **joined)


def _median_sizes(persons: PoseColumns, rows: IntArray, track: IntArray, num_tracks: int) -> FloatArray:
    """(num_tracks,) median diagonal of the boxes around the joints, ignoring boxes without extent."""
    boxes = joints_box(persons.joints_xy[rows], persons.joint_valid[rows])
    diagonal = np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    given = diagonal > 0
    diagonal, track = diagonal[given], track[given]
    diagonal = diagonal[np.lexsort((diagonal, track))]
    count = np.bincount(track, minlength=num_tracks)
    first = np.cumsum(count) - count
    sizes = np.full(num_tracks, np.nan)
    some = count > 0
    low, high = (first + (count - 1) // 2)[some], (first + count // 2)[some]
    sizes[some] = (diagonal[low] + diagonal[high]) / 2.0
    return sizes


def _sums(values: FloatArray, track: IntArray, num_tracks: int) -> tuple[IntArray, FloatArray]:
    """Return the number of samples and their sum per track; NaN is no sample."""
    known = ~np.isnan(values)
    samples = np.bincount(track, weights=known.sum(axis=1), minlength=num_tracks).astype(np.int64)
    sums = np.bincount(track, weights=np.where(known, values, 0.0).sum(axis=1), minlength=num_tracks)
    return samples, sums.astype(np.float64)


def _ratio(sums: FloatArray, samples: IntArray) -> FloatArray:
    return np.asarray(sums / np.where(samples > 0, samples, np.nan))


def _mean(sums: FloatArray, samples: IntArray) -> float:
    return float(sums.sum() / samples.sum()) if samples.sum() else math.nan
