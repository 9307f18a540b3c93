"""Linking and smoothing in overlapping windows, so that memory does not grow with the length of the video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from math import ceil

from posetrack.io.journal import JournalFrame
from posetrack.pipeline.settle import relink, steady
from posetrack.pipeline.track_config import TrackConfig
from posetrack.smoothing import (
    AutoConfig,
    ButterworthConfig,
    GaussianConfig,
    KalmanConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SmoothingConfig,
)
from posetrack.smoothing.candidates import SCORE_SIGMAS
from posetrack.smoothing.series import ASSUMED_FPS
from posetrack.structures import NO_TRACK, FramePoses, Skeleton
from posetrack.tracking.linking import NoLinkingConfig

WINDOW_FRAMES = 400  # frames output at a time
LEAST_MARGIN = 25  # frames; correcting swapped limbs and duplicate people always needs some context
MOST_REACH = 250  # frames; slow smoothing filters at hundreds of frames per second would need thousands


class WindowedSettling:
    """Takes the tracked frames of a sequence one by one and returns them linked and smoothed, each once, in order.

    A window is settled together with a margin of frames before it, already output, and after it, output with the next
    window. The margin is as long as the reach of linking and smoothing. Sequences of up to ``window_frames`` plus a
    margin are settled as a whole; so is a sequence of any length if only the target is wanted, because who the target
    was in earlier frames is known only at the end.

    People keep their ids across windows through the poses before the window, see ``carried_ids``. Others get new ids,
    above all ids output so far.

    Args:
        config: linking, target, smoothing.
        skeleton: skeleton of the poses.
        fps: frames per second; None = unknown.
        window_frames: minimum length of a window; it is at least three margins.
    """

    def __init__(
        self, config: TrackConfig, skeleton: Skeleton, fps: float | None, window_frames: int = WINDOW_FRAMES
    ) -> None:
        self._config, self._skeleton, self._fps = config, skeleton, fps
        self._margin = margin_frames(config, fps)
        self._window = max(window_frames, 3 * self._margin)
        self._held: list[JournalFrame] = []
        self._known: list[dict[bytes, int]] = []  # ids of the poses in the first of these, which were already output
        self._next_id = 0

    def add(self, frame: JournalFrame) -> list[JournalFrame]:
        """Take the next frame; return the frames settled by it, usually none."""
        full = len(self._held) - len(self._known) == self._window + self._margin
        settled = self._settled(len(self._held) - self._margin) if full and self._config.target is None else []
        self._held.append(frame)
        return settled

    def finish(self) -> list[JournalFrame]:
        """Settle and return the remaining frames.

        Raises:
            InputError: nobody is where the target should be.
        """
        return self._settled(len(self._held))

    def _settled(self, end: int) -> list[JournalFrame]:
        """Settle the held frames not yet output, up to ``end`` (exclusive); keep what the next window needs."""
        first = len(self._known)
        frames = self._held if first == 0 else _from_zero(self._held)
        linked = self._named(relink(frames, self._config, self._skeleton))
        poses = steady(frames, linked, self._config, self._skeleton, self._fps)
        result = [
            replace(held, poses=new.at_frame(held.poses.frame_index))
            for held, new in zip(self._held[first:end], poses[first:end], strict=True)
        ]
        self._next_id = max([self._next_id, *(1 + int(f.track_ids.max()) for f in linked[first:end] if len(f))])
        start = max(end - self._margin, 0)
        self._held = self._held[start:]
        self._known = [_ids_by_pose(f) for f in linked[start:end]]
        return result

    def _named(self, linked: list[FramePoses]) -> list[FramePoses]:
        if not self._known or isinstance(self._config.linking, NoLinkingConfig):
            return linked  # the first window; the tracker's ids hold for the whole sequence
        names = {NO_TRACK: NO_TRACK, **carried_ids(linked, self._known)}
        fresh = count(self._next_id)
        for track in (track for frame in linked for track in frame.track_ids.tolist()):
            if track not in names:
                names[track] = next(fresh)
        return [frame.with_tracks([names[track] for track in frame.track_ids.tolist()]) for frame in linked]


def settled(
    frames: Iterable[JournalFrame], config: TrackConfig, skeleton: Skeleton, fps: float | None
) -> Iterator[JournalFrame]:
    """Yield the frames of a sequence settled by ``WindowedSettling``."""
    windows = WindowedSettling(config, skeleton, fps)
    for frame in frames:
        yield from windows.add(frame)
    yield from windows.finish()


def carried_ids(linked: Sequence[FramePoses], known: Sequence[Mapping[bytes, int]]) -> dict[int, int]:
    """Map the tracks of a window to ids already output.

    A track takes the id of its latest pose, unless another track holds a later pose with this id; then that of its next
    latest pose. Linking may have joined and cut tracks differently than in the previous window. Taking the id of most
    of a track's poses was tried: on simulated crowds of 40 to 60 s in windows of 210 frames it made 0.5 more ID
    switches per crowd at the same IDF1 (87.3 and 87.4 easy, 69.3 and 69.0 hard; 87.3 and 69.6 without windows).

    Args:
        linked: frames of the window, with the window's own ids.
        known: ids already given to the poses of the first of these frames.

    Returns:
        Output ids by track of the window; tracks without one are left out.
    """
    names: dict[int, int] = {}
    taken: set[int] = set()
    for frame, given in reversed(list(zip(linked, known, strict=False))):
        for pose, track in _ids_by_pose(frame).items():
            name = given.get(pose)
            if name is not None and track not in names and name not in taken:
                names[track] = name
                taken.add(name)
    return names


def margin_frames(config: TrackConfig, fps: float | None) -> int:
    """How many frames before and after a window influence it."""
    reach = min(ceil(reach_s(config.smoothing) * (fps or ASSUMED_FPS)), MOST_REACH)
    linking = config.linking
    sight = 0
    if not isinstance(linking, NoLinkingConfig):
        tracker = config.tracker
        own_gap = tracker.frames_back
        sight = max(linking.max_gap_frames, own_gap) + max(linking.window, linking.min_poses)
    return max(reach, sight, LEAST_MARGIN)


def reach_s(config: SmoothingConfig) -> float:
    """The time distance in seconds beyond which a pose shifts another by less than about 1 % of its own error.

    The Kalman smoother's impulse response decays by exp(-2 pi / sqrt(2)) = 0.012 within one period of its cutoff
    frequency, like the smoothing spline it is equivalent to (1 / (1 + (f / cutoff)^4)); that of a Butterworth filter of
    order n decays as much in n / 2 periods.
    """
    match config:
        case NoSmoothingConfig():
            return 0.0
        case AutoConfig() | OneEuroConfig():
            reach = 1.0 / config.min_cutoff_hz
        case KalmanConfig():
            reach = 1.0 / config.cutoff_hz
        case ButterworthConfig():
            reach = max(config.order / 2, 1.0) / config.cutoff_hz
        case GaussianConfig():
            reach = 4.0 * config.sigma_s
        case _:  # Savitzky-Golay, median
            reach = config.window_s
    # Which joints are kept depends on neighbouring scores, decided before the filter, so the reaches add up.
    return reach + (SCORE_SIGMAS * config.candidates.score_sigma_s if config.candidates.enabled else 0.0)


def _ids_by_pose(frame: FramePoses) -> dict[bytes, int]:
    """Track ids keyed by the parts of a pose that linking does not change."""
    ids = frame.track_ids.tolist()
    parts = zip(frame.joints_xy, frame.boxes_xyxy, ids, strict=True)
    return {xy.tobytes() + box.tobytes(): track for xy, box, track in parts if track != NO_TRACK}


def _from_zero(frames: Sequence[JournalFrame]) -> list[JournalFrame]:
    """The same frames with indices from 0 on: smoothing allocates a clock as long as the largest index."""
    first = frames[0].poses.frame_index
    return [replace(frame, poses=frame.poses.at_frame(frame.poses.frame_index - first)) for frame in frames]
