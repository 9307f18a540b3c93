"""Linking and smoothing of a whole sequence at once, the reference for windows."""

from __future__ import annotations

from collections.abc import Sequence

from posetrack.io.journal import JournalFrame
from posetrack.pipeline.settle import relink, steady
from posetrack.pipeline.track_config import TrackConfig
from posetrack.structures import FramePoses, Skeleton


def settle(frames: Sequence[JournalFrame], config: TrackConfig, skeleton: Skeleton, fps: float | None) -> list[FramePoses]:
    """Link and smooth; return the poses of each frame."""
    return steady(frames, relink(frames, config, skeleton), config, skeleton, fps)
