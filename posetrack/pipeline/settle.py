"""What is done once a whole sequence is tracked: offline linking, then smoothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posetrack.pipeline.track_config import TrackConfig
from posetrack.smoothing import NoSmoothingConfig, smooth_frames
from posetrack.structures import FloatArray, FramePoses, Skeleton
from posetrack.tracking.linking import NoLinkingConfig, link


@dataclass(frozen=True, eq=False)
class Tracked:
    """One frame as the tracker left it, and what the later steps want to know of it.

    Attributes:
        poses: with ids.
        frame_name: its ``file_name``.
        timestamp_s: its presentation time, or None.
        camera: (2, 3) affine map of the background from the frame before, or None.
        is_cut: a new shot begins.
    """

    poses: FramePoses
    frame_name: str
    timestamp_s: float | None = None
    camera: FloatArray | None = None
    is_cut: bool = False


def needs_all(config: TrackConfig) -> bool:
    """Whether anything is to be done after the last frame."""
    return not (isinstance(config.linking, NoLinkingConfig) and isinstance(config.smoothing, NoSmoothingConfig))


def settle(frames: Sequence[Tracked], config: TrackConfig, skeleton: Skeleton, fps: float | None) -> list[FramePoses]:
    """Link the tracks of a sequence and smooth their joints.

    Args:
        frames: in order of time.
        config: its ``linking`` and ``smoothing``.
        skeleton: of the poses.
        fps: frames a second; None = not known. The frames' own times go before it where they are in order.

    Returns:
        The poses of each frame.
    """
    linked = link(
        [frame.poses for frame in frames], config.linking, skeleton,
        appearance=[frame.poses.looks for frame in frames], camera=[frame.camera for frame in frames],
        cuts=[frame.is_cut for frame in frames],
    )  # fmt: skip
    return smooth_frames(linked, config.smoothing, skeleton, fps, _clock(frames))


def _clock(frames: Sequence[Tracked]) -> FloatArray | None:
    """(last index + 1,) seconds by frame index; None where a frame has no time, or time does not go on."""
    times = [frame.timestamp_s for frame in frames if frame.timestamp_s is not None]
    if len(times) < len(frames) or not frames or not (np.diff(times) > 0).all():
        return None
    index = np.array([frame.poses.frame_index for frame in frames])
    every = np.arange(index[-1] + 1)
    clock = np.interp(every, index, times)
    return np.asarray(clock) if (np.diff(clock) > 0).all() else None
