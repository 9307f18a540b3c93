"""Post-processing of a tracked sequence, or a window of it: offline linking, then smoothing."""

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
    """Whether any post-processing of the tracked frames is configured."""
    return config.target is not None or not (
        isinstance(config.linking, NoLinkingConfig) and isinstance(config.smoothing, NoSmoothingConfig)
    )


def relink(frames: Sequence[JournalFrame], config: TrackConfig, skeleton: Skeleton) -> list[FramePoses]:
    """First step: link the poses and keep only those of the target, if there is one.

    Args:
        frames: in temporal order, with the tracker's poses.
        config: ``linking`` and ``target`` are used.
        skeleton: skeleton of the poses.

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
    """Second step: smooth the linked poses.

    Args:
        frames: the frames that were linked; their timestamps take precedence over ``fps`` if they increase.
        linked: their poses.
        config: ``smoothing`` and ``tracker.joint_threshold`` are used.
        skeleton: skeleton of the poses.
        fps: frames per second; None = unknown.
    """
    return smooth_frames(linked, config.smoothing, skeleton, fps, _clock(frames), config.tracker.joint_threshold)


def linking_of(config: TrackConfig) -> LinkingConfig:
    """The configured linking; with a target, longer gaps are allowed and no tracks are dropped."""
    if config.target is None:
        return config.linking
    linking = GlobalLinkingConfig() if isinstance(config.linking, NoLinkingConfig) else config.linking
    return replace(linking, drop=False, max_gap_frames=max(linking.max_gap_frames, config.target.max_gap_frames))


def _clock(frames: Sequence[JournalFrame]) -> FloatArray | None:
    """(last index + 1,) seconds by frame index; None if a frame has no timestamp or timestamps do not increase."""
    times = [frame.timestamp_s for frame in frames if frame.timestamp_s is not None]
    if len(times) < len(frames) or not frames or not (np.diff(times) > 0).all():
        return None
    index = np.array([frame.poses.frame_index for frame in frames])
    every = np.arange(index[-1] + 1)
    clock = np.interp(every, index, times)
    return np.asarray(clock) if (np.diff(clock) > 0).all() else None
