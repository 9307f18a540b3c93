"""What is done once a sequence, or a window of it, is tracked: offline linking, then smoothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from posetrack.io.journal import JournalFrame
from posetrack.pipeline.track_config import TrackConfig
from posetrack.smoothing import NoSmoothingConfig, smooth_frames
from posetrack.structures import FloatArray, FramePoses, Skeleton
from posetrack.tracking.linking import GlobalLinkingConfig, LinkingConfig, NoLinkingConfig, link
from posetrack.tracking.target import only_target


def needs_all(config: TrackConfig) -> bool:
    """Whether anything is to be done after the last frame."""
    return config.target is not None or not (
        isinstance(config.linking, NoLinkingConfig) and isinstance(config.smoothing, NoSmoothingConfig)
    )


def relink(frames: Sequence[JournalFrame], config: TrackConfig, skeleton: Skeleton) -> list[FramePoses]:
    """First: the poses with the ids of linking, and only those that are wanted.

    Args:
        frames: in order of time, their poses as the tracker left them.
        config: its ``linking`` and ``target``.
        skeleton: of the poses.

    Raises:
        InputError: nobody is where the target should be.
    """
    linked = link(
        [frame.poses for frame in frames], linking_of(config), skeleton,
        camera=[frame.camera for frame in frames], cuts=[frame.is_cut for frame in frames],
    )  # fmt: skip
    return linked if config.target is None else only_target(linked, config.target)


def steady(
    frames: Sequence[JournalFrame], linked: Sequence[FramePoses], config: TrackConfig, skeleton: Skeleton, fps: float | None
) -> list[FramePoses]:
    """Second: the linked poses of the frames, smoothed.

    Args:
        frames: as they were linked; their times go before ``fps`` where they are in order.
        linked: their poses.
        config: its ``smoothing``.
        skeleton: of the poses.
        fps: frames a second; None = not known.
    """
    return smooth_frames(linked, config.smoothing, skeleton, fps, _clock(frames), config.tracker.joint_threshold)


def linking_of(config: TrackConfig) -> LinkingConfig:
    """The linking of the configuration; who is followed may be missing for longer, and nobody is dropped before."""
    if config.target is None:
        return config.linking
    linking = GlobalLinkingConfig() if isinstance(config.linking, NoLinkingConfig) else config.linking
    return replace(linking, drop=False, max_gap_frames=max(linking.max_gap_frames, config.target.max_gap_frames))


def _clock(frames: Sequence[JournalFrame]) -> FloatArray | None:
    """(last index + 1,) seconds by frame index; None where a frame has no time, or time does not go on."""
    times = [frame.timestamp_s for frame in frames if frame.timestamp_s is not None]
    if len(times) < len(frames) or not frames or not (np.diff(times) > 0).all():
        return None
    index = np.array([frame.poses.frame_index for frame in frames])
    every = np.arange(index[-1] + 1)
    clock = np.interp(every, index, times)
    return np.asarray(clock) if (np.diff(clock) > 0).all() else None
