"""Entry points of smoothing: tracks or frames in, smoothed ones out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from posetrack.smoothing import auto, recursive, windows
from posetrack.smoothing.candidates import choose_candidates
from posetrack.smoothing.config import (
    AutoConfig,
    ButterworthConfig,
    FilterConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
)
from posetrack.smoothing.mirror import repair_swaps
from posetrack.smoothing.series import Filter, filter_tracks
from posetrack.structures import FloatArray, FramePoses, Skeleton, TrackedPose
from posetrack.structures.tracks import tracks_of, with_track_joints


def smooth(
    tracks: Sequence[TrackedPose],
    config: SmoothingConfig,
    skeleton: Skeleton,
    fps: float | None = None,
    timestamps_s: Sequence[float] | FloatArray | None = None,
    joint_threshold: float | None = None,
) -> list[TrackedPose]:
    """Smooth tracks; the input is not modified.

    Args:
        tracks: people over time, (T, K, 2) image pixels each, NaN = no joint.
        config: filter and its settings.
        skeleton: skeleton of the tracks.
        fps: frames per second; None = unknown, 25 is assumed.
        timestamps_s: the time of each frame of the sequence, by frame index; takes precedence over ``fps``.
        joint_threshold: the tracker's threshold, reapplied to joints with candidates, see ``choose_candidates``;
            None = not applied.

    Returns:
        The tracks in their order with smoothed ``joints_xy``; missing joints stay missing, except as decided by
        ``joint_threshold``. Scores and origin are unchanged, except for the scores of joints moved to another candidate
        (``config.candidates``) and of swapped left and right joints (``config.mirror``).

    Raises:
        ValueError: the number of joints differs from the skeleton's; fps or timestamps are invalid.
    """
    for track in tracks:
        if len(track) and track.joints_xy.shape[1] != skeleton.num_joints:
            raise ValueError(
                f"track {track.track_id} has {track.joints_xy.shape[1]} joints, expected the {skeleton.num_joints} "
                f"of {skeleton.name}"
            )
    if isinstance(config, NoSmoothingConfig):
        return list(tracks)
    tracks = choose_candidates(tracks, config.candidates, skeleton, fps, timestamps_s, joint_threshold)
    tracks = repair_swaps(tracks, config.mirror, skeleton, fps, timestamps_s)
    return filter_tracks(tracks, build_filter(config), config.max_gap_frames, fps, timestamps_s)


def smooth_frames(
    frames: Sequence[FramePoses],
    config: SmoothingConfig,
    skeleton: Skeleton,
    fps: float | None = None,
    timestamps_s: Sequence[float] | FloatArray | None = None,
    joint_threshold: float | None = None,
) -> list[FramePoses]:
    """As ``smooth``, for the frames of a sequence in temporal order. Boxes and poses without a track id stay."""
    if isinstance(config, NoSmoothingConfig):
        return list(frames)
    return with_track_joints(frames, smooth(tracks_of(frames), config, skeleton, fps, timestamps_s, joint_threshold))


def build_filter(config: FilterConfig) -> Filter:
    """The configured filter, as a function of runs of samples."""
    plain = _plain_filter(config)
    if isinstance(config, GaussianConfig | SavitzkyGolayConfig | ButterworthConfig) and config.robust:
        return lambda series: plain(auto.without_outliers(series))
    return plain


def _plain_filter(config: FilterConfig) -> Filter:
    match config:
        case AutoConfig():
            return partial(
                auto.smooth_auto, strength=config.strength, min_cutoff_hz=config.min_cutoff_hz,
                max_cutoff_hz=config.max_cutoff_hz,
            )  # fmt: skip
        case KalmanConfig():
            return partial(auto.smooth_kalman, cutoff_hz=config.cutoff_hz)
        case OneEuroConfig():
            return partial(
                recursive.one_euro, min_cutoff_hz=config.min_cutoff_hz, beta=config.beta,
                speed_cutoff_hz=config.speed_cutoff_hz, both_ways=config.both_ways,
            )  # fmt: skip
        case GaussianConfig():
            return partial(windows.gaussian, sigma_s=config.sigma_s)
        case SavitzkyGolayConfig():
            return partial(windows.savitzky_golay, window_s=config.window_s, degree=config.degree)
        case MedianConfig():
            return partial(windows.median, window_s=config.window_s)
        case ButterworthConfig():
            return partial(recursive.butterworth, cutoff_hz=config.cutoff_hz, order=config.order)
