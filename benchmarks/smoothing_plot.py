"""The plot in docs/smoothing.md: the ankle of a walking person, before and after smoothing."""

from __future__ import annotations

from dataclasses import replace

from conditions import Condition
from smoothing_data import people

from posetrack.smoothing import AutoConfig, smooth
from posetrack.structures import POSETRACK18, TrackedPose
from posetrack.structures.tracks import tracks_of
from posetrack.visualization.plots import save_png
from posetrack.visualization.plots.smoothing import draw_joint

PERSON, SECONDS = 2, (0.0, 5.0)


def draw_example(path: str) -> None:
    """Draw the left ankle of a person in the walking scene, at medium noise, smoothed with ``auto``."""
    pair = people("walk", Condition("medium"), 2001, "true")
    fps = pair.noisy.info.fps or 25.0
    truth, before = tracks_of(pair.truth.frames)[PERSON], tracks_of(pair.noisy.frames)[PERSON]
    after = smooth([before], AutoConfig(), POSETRACK18, fps)[0]
    tracks = [_part(track, fps) for track in (before, after, truth)]
    save_png(draw_joint(tracks[0], tracks[1], POSETRACK18, "left_ankle", tracks[2], fps), path)
    print(f"wrote {path}")


def _part(track: TrackedPose, fps: float) -> TrackedPose:
    seconds = track.frame_indices / fps
    kept = (seconds >= SECONDS[0]) & (seconds <= SECONDS[1])
    return replace(
        track, frame_indices=track.frame_indices[kept], joints_xy=track.joints_xy[kept],
        joint_scores=track.joint_scores[kept], origin=track.origin[kept], candidates=track.candidates[kept],
    )  # fmt: skip
