"""The door to smoothing: tracks or frames in, steadier ones out."""

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
    """Steadier tracks; the tracks given stay as they are.

    Args:
        tracks: people over time, (T, K, 2) image pixels each, NaN = no joint.
        config: which filter, how strong.
        skeleton: of the tracks.
        fps: frames per second; None = not known, 25 are assumed.
        timestamps_s: the time of each frame of the sequence, by frame index; goes before ``fps``.
        joint_threshold: that of the tracker, which is applied anew to joints that have candidates, see
            ``choose_candidates``; None = it is not.

    Returns:
        The tracks in their order with other ``joints_xy``; joints missing before are missing still, but for
        ``joint_threshold``. Scores and origin are the same, but for the scores of joints that have another of their
        candidates (``config.candidates``), and of left and right ones that were exchanged (``config.mirror``).

    Raises:
        ValueError: joints of another skeleton; an fps or timestamps that cannot be.
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
    """As ``smooth``, for the frames of a sequence in order of time. Poses without a track id and boxes stay."""
    if isinstance(config, NoSmoothingConfig):
        return list(frames)
    return with_track_joints(frames, smooth(tracks_of(frames), config, skeleton, fps, timestamps_s, joint_threshold))


def build_filter(config: FilterConfig) -> Filter:
    """What a configuration asks for, as a function of runs of samples."""
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
