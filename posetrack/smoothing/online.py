"""Live smoothing, frame by frame, using at most a fixed number of future frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posetrack.smoothing.config import FixedLagConfig, OneEuroConfig, OnlineConfig
from posetrack.smoothing.fixed_lag import FixedLag
from posetrack.smoothing.live_one_euro import LiveOneEuro
from posetrack.smoothing.series import frame_times
from posetrack.structures import NO_TRACK, FloatArray, FramePoses, Skeleton


class OnlineSmoother:
    """Takes tracked frames one at a time and returns each smoothed, once ``lag_frames`` later ones are known.

    Memory grows with the number of people in view, not with the length of the video. Left-right swaps are not repaired,
    and candidates other than the first are ignored. With ``OneEuroConfig``, joints equal those of ``smooth_frames``
    with ``both_ways``, ``mirror.enabled`` and ``candidates.enabled`` false, bit for bit if no pause is longer than a
    second; with ``FixedLagConfig`` and a lag as long as the video, those of the Kalman smoother without outlier
    handling.

    Args:
        config: filter and its settings.
        skeleton: skeleton of the poses.
        fps: frames per second; None = unknown, 25 is assumed. Timestamps given with the frames take precedence.

    Raises:
        ValueError: the filter needs future frames; fps is invalid.
    """

    def __init__(self, config: OnlineConfig, skeleton: Skeleton, fps: float | None = None) -> None:
        if isinstance(config, OneEuroConfig) and config.both_ways:
            raise ValueError("both_ways is true, but live smoothing cannot look ahead: set it to false")
        self._skeleton = skeleton
        self._fps = fps
        self._step = float(frame_times(np.ones(1, dtype=np.int64), fps)[0])
        self._filter = (
            FixedLag(config, skeleton.num_joints, self._step)
            if isinstance(config, FixedLagConfig)
            else LiveOneEuro(config, skeleton.num_joints)
        )
        self._waiting: list[FramePoses] = []
        self._last: tuple[int, float] | None = None
        self._clock_shift = 0.0  # seconds added to a clock that went backwards
        self.lag_frames = config.lag_frames if isinstance(config, FixedLagConfig) else 0

    @property
    def num_remembered(self) -> int:
        """Number of people the filter remembers."""
        return len(self._filter.slots)

    def update(self, poses: FramePoses, timestamp_s: float | None = None) -> list[FramePoses]:
        """Take the next frame.

        Args:
            poses: poses with track ids; poses without one stay as they are. Skipped frames count as gaps.
            timestamp_s: time of the frame; None = from its index and the frame rate. Give it always or never. A
                timestamp not after the last frame's (concatenated videos, a reconnected stream) is taken as one frame
                period after it, and later ones are shifted accordingly.

        Returns:
            The frame that became ready, if any: that of ``lag_frames`` calls ago, with smoothed ``joints_xy``.

        Raises:
            ValueError: the frame index does not increase, the timestamp is not finite, or the number of joints differs
                from the skeleton's.
        """
        time = self._checked_time(poses, timestamp_s)
        rows = np.flatnonzero(poses.track_ids != NO_TRACK)
        tracked = poses.select(rows)
        self._waiting.append(poses)
        self._filter.take(poses.frame_index, time, tracked.track_ids, tracked.joints_xy, tracked.joint_scores)
        return [self._ready()] if len(self._waiting) > self.lag_frames else []

    def flush(self) -> list[FramePoses]:
        """Return the frames still waiting, in order, and reset the filter; call when no more frames follow."""
        ready = [self._ready() for _ in range(len(self._waiting))]
        self._filter.forget()
        return ready

    def _ready(self) -> FramePoses:
        poses = self._waiting.pop(0)
        rows = np.flatnonzero(poses.track_ids != NO_TRACK)
        xy: FloatArray = poses.joints_xy.copy()
        xy[rows] = self._filter.give()
        return replace(poses, joints_xy=xy)

    def _checked_time(self, poses: FramePoses, timestamp_s: float | None) -> float:
        index = poses.frame_index
        if len(poses) and poses.num_joints != self._skeleton.num_joints:
            raise ValueError(
                f"frame {index} has poses of {poses.num_joints} joints, expected the {self._skeleton.num_joints} of "
                f"{self._skeleton.name}"
            )
        time = float(frame_times(np.array([index]), self._fps)[0]) if timestamp_s is None else float(timestamp_s)
        if self._last is not None and index <= self._last[0]:
            raise ValueError(f"frame {index} follows frame {self._last[0]}: expected frame indices that increase")
        if not np.isfinite(time):
            raise ValueError(f"frame {index}: the timestamp is {time} s, expected a number")
        time += self._clock_shift
        if self._last is not None and time <= self._last[1]:
            self._clock_shift += self._last[1] + self._step - time
            time = self._last[1] + self._step
        self._last = (index, time)
        return time
