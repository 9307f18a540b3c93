"""Windowed linking and smoothing: equal to the whole sequence's if it is short, and close to it if it is long."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from posetrack.errors import InputError
from posetrack.evaluation.tracking_measures import count_tracking, merge_tracking
from posetrack.io.journal import JournalFrame
from posetrack.pipeline.track_config import TrackConfig
from posetrack.pipeline.windows import LEAST_MARGIN, MOST_REACH, WindowedSettling, carried_ids, margin_frames
from posetrack.smoothing import (
    AutoConfig,
    ButterworthConfig,
    CandidatesConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
)
from posetrack.structures import COCO, POSETRACK18, FramePoses, SequencePoses, Skeleton
from posetrack.synthetic.simulation import detect, simulate, truth_of
from posetrack.tracking import FrameContext, Tracker, TrackerConfig
from posetrack.tracking.linking import GlobalLinkingConfig, NoLinkingConfig
from posetrack.tracking.target import TargetConfig
from tests.pipeline.whole import settle
from tests.tracking.walkers import people

# A margin of 26 frames and windows of 78, with seams at 78, 156, ...
SHORT = TrackConfig(
    TrackerConfig(max_gap_frames=20), GlobalLinkingConfig(max_gap_frames=20, window=6), GaussianConfig()
)
MARGIN, WINDOW = 26, 78


def windowed(
    frames: Sequence[JournalFrame], config: TrackConfig = SHORT, skeleton: Skeleton = COCO, window: int = WINDOW
) -> list[FramePoses]:
    """Windowed output; checks that each frame comes out once, in order, with its metadata."""
    windows = WindowedSettling(config, skeleton, 25.0, window)
    given = [out for frame in frames for out in windows.add(frame)]
    given += windows.finish()
    assert len(given) == len(frames)
    for before, after in zip(frames, given, strict=True):
        assert after.poses.frame_index == before.poses.frame_index
        assert (after.frame_name, after.timestamp_s, after.is_cut) == (before.frame_name, before.timestamp_s, before.is_cut)
    return [frame.poses for frame in given]


def journal(poses: Sequence[FramePoses], cut: int = -1) -> list[JournalFrame]:
    return [JournalFrame(p, f"{t:06d}.jpg", t / 25, is_cut=t == cut) for t, p in enumerate(poses)]


def assert_same(a: Sequence[FramePoses], b: Sequence[FramePoses]) -> None:
    for one, other in zip(a, b, strict=True):
        for name in ("frame_index", "track_ids", "joints_xy", "joint_scores", "scores", "boxes_xyxy", "origin"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def walk(length: int, away: range = range(0), again: int = 0) -> list[FramePoses]:
    """A person walks to and fro with jitter, is unseen during ``away``, and then has the tracker's id ``again``."""
    rng = np.random.default_rng(0)
    frames = []
    for t in range(length):
        x = 320 + 200 * np.sin(t / 40) + rng.normal(0, 1)
        poses = people(t, [] if t in away else [(x, 200, 100)])
        frames.append(poses.with_tracks([again if t >= away.stop else 0] * len(poses)))
    return frames


@pytest.mark.parametrize("length", [1, 40, WINDOW, WINDOW + MARGIN])
def test_what_fits_in_a_window_is_settled_as_a_whole(length: int) -> None:
    frames = journal(walk(length, away=range(20, 24), again=3))
    assert_same(windowed(frames), settle(frames, SHORT, COCO, 25.0))


def test_one_frame_more_and_there_are_two_windows() -> None:
    frames = journal(walk(WINDOW + MARGIN + 1))
    windows = WindowedSettling(SHORT, COCO, 25.0, WINDOW)
    assert [len(windows.add(frame)) for frame in frames] == [0] * (WINDOW + MARGIN) + [WINDOW]
    assert len(windows.finish()) == MARGIN + 1


def test_nothing_comes_of_nothing() -> None:
    assert windowed([]) == []


def test_frames_without_people() -> None:
    nobody = [FramePoses.empty(t, (240, 640), 17) for t in range(300)]
    assert [len(poses) for poses in windowed(journal(nobody))] == [0] * 300
    then_someone = nobody[:200] + walk(300)[200:]
    assert [poses.track_ids.tolist() for poses in windowed(journal(then_someone))] == [[]] * 200 + [[0]] * 100


@pytest.mark.parametrize("first", [WINDOW - 19, WINDOW - 10, WINDOW - 1, WINDOW])
def test_a_gap_over_a_seam_is_joined_as_in_the_whole(first: int) -> None:
    """The gap is the longest that linking allows; thanks to the margin, one window sees both of its ends."""
    frames = journal(walk(200, away=range(first, first + 20), again=1))
    whole = settle(frames, SHORT, COCO, 25.0)
    assert {i for poses in whole for i in poses.track_ids.tolist()} == {0}
    assert [p.track_ids.tolist() for p in windowed(frames)] == [p.track_ids.tolist() for p in whole]


@pytest.mark.parametrize("first", [WINDOW - 3, WINDOW - 1, WINDOW])
def test_a_gap_over_a_seam_is_filled_as_in_the_whole(first: int) -> None:
    config = replace(SHORT, smoothing=NoSmoothingConfig())
    frames = journal(walk(200, away=range(first, first + 3)))
    assert_same(windowed(frames, config), settle(frames, config, COCO, 25.0))


@pytest.mark.parametrize("cut", [WINDOW - 1, WINDOW, WINDOW + 1])
def test_nobody_goes_over_a_cut_at_a_seam(cut: int) -> None:
    poses = walk(200)
    poses = poses[:cut] + [p.with_tracks([1]) for p in poses[cut:]]
    got = windowed(journal(poses, cut=cut))
    assert [p.track_ids.tolist() for p in got] == [[0]] * cut + [[1]] * (200 - cut)


def test_ids_are_never_given_again() -> None:
    """One person after another walks by, each with a new tracker id."""
    poses = []
    for t in range(500):
        who, since = divmod(t, 50)
        poses.append(people(t, [(100 + 8 * since, 200, 100)] if since < 25 else []))
        poses[-1] = poses[-1].with_tracks([who] * len(poses[-1]))
    got = windowed(journal(poses))
    by_person = [{i for p in got[50 * who : 50 * who + 50] for i in p.track_ids.tolist()} for who in range(10)]
    assert [len(ids) for ids in by_person] == [1] * 10 and len(set.union(*by_person)) == 10


def test_without_linking_the_trackers_ids_stay() -> None:
    config = replace(SHORT, linking=NoLinkingConfig())
    frames = [poses.with_tracks([t // 90 * 7]) for t, poses in enumerate(walk(300))]
    got = windowed(journal(frames), config)
    assert [p.track_ids.tolist() for p in got] == [[t // 90 * 7] for t in range(300)]


def test_only_the_target_is_known_at_the_end_alone() -> None:
    pair = [people(t, [(100 + t, 200, 100), (550 - t, 200, 80)]).with_tracks([0, 1]) for t in range(200)]
    config = replace(SHORT, target=TargetConfig(x=400, y=162, frame=150))
    frames = journal(pair)
    windows = WindowedSettling(config, COCO, 25.0, WINDOW)
    assert not any(windows.add(frame) for frame in frames)
    assert_same([out.poses for out in windows.finish()], settle(frames, config, COCO, 25.0))
    with pytest.raises(InputError, match="nobody"):
        windowed(frames, replace(config, target=TargetConfig(x=10, y=10, frame=150)))


def keyed(frames: Sequence[FramePoses]) -> list[dict[bytes, int]]:
    return [
        {xy.tobytes() + box.tobytes(): i for xy, box, i in zip(f.joints_xy, f.boxes_xyxy, f.track_ids.tolist(), strict=True)}
        for f in frames
    ]


def pairs(ids: Sequence[Sequence[int]]) -> list[FramePoses]:
    """Two standing people with these ids."""
    return [people(t, [(100, 200, 100), (400, 200, 100)]).with_tracks(names) for t, names in enumerate(ids)]


@pytest.mark.parametrize(
    ("given", "linked", "names"),
    [
        ([(0, 1)] * 4, [(7, 5)] * 4, {7: 0, 5: 1}),  # the same people
        ([(0, 1)] * 4, [(7, 5)] * 2 + [(5, 7)] * 2, {7: 1, 5: 0}),  # a swap is found late: the latest poses count
        ([(0, 1), (0, 1), (2, 1), (2, 1)], [(7, 5)] * 4, {7: 2, 5: 1}),  # two ids turn out to be one person
        ([(0, 1)] * 4, [(7, 5)] * 2 + [(8, 5)] * 2, {8: 0, 5: 1}),  # one id turns out to be two people
        ([(0, 1)] * 2 + [(2, 1)] * 2, [(7, 5)] * 2 + [(8, 5)] * 2, {8: 2, 7: 0, 5: 1}),
        ([], [(7, 5)] * 4, {}),
    ],
)
def test_who_goes_on_with_which_id(
    given: list[tuple[int, int]], linked: list[tuple[int, int]], names: dict[int, int]
) -> None:
    assert carried_ids(pairs(linked), keyed(pairs(given))) == names


ALONE = CandidatesConfig(enabled=False)


@pytest.mark.parametrize(
    ("smoothing", "margin"),
    [
        (NoSmoothingConfig(), LEAST_MARGIN), (AutoConfig(candidates=ALONE), 50),
        (AutoConfig(min_cutoff_hz=0.01), MOST_REACH), (KalmanConfig(cutoff_hz=0.5, candidates=ALONE), 50),
        (ButterworthConfig(cutoff_hz=0.5, order=4, candidates=ALONE), 100),
        (OneEuroConfig(min_cutoff_hz=0.5, candidates=ALONE), 50), (GaussianConfig(sigma_s=0.5, candidates=ALONE), 50),
        (SavitzkyGolayConfig(window_s=4, candidates=ALONE), 100), (MedianConfig(window_s=2, candidates=ALONE), 50),
        (KalmanConfig(cutoff_hz=0.5, candidates=CandidatesConfig(score_sigma_s=1.0)), 125),
    ],
)  # fmt: skip
def test_the_margin_is_as_long_as_smoothing_and_linking_look(smoothing: SmoothingConfig, margin: int) -> None:
    config = TrackConfig(linking=NoLinkingConfig(), smoothing=smoothing)
    assert margin_frames(config, None) == margin_frames(config, 25.0) == margin
    long = replace(config, linking=GlobalLinkingConfig(max_gap_frames=400, window=10))
    assert margin_frames(long, 25.0) == 410
    patient = replace(long, tracker=TrackerConfig(max_gap_frames=450))
    assert margin_frames(patient, 25.0) == 460
    assert margin_frames(TrackConfig(), 25.0) == 125  # the overlap of windows stated in the README


@pytest.mark.parametrize("first", [100, 200, 250, 300, 420])
def test_a_gap_that_only_the_tracker_spans_keeps_the_id_over_a_seam(first: int) -> None:
    """The tracker spans 300 frames; linking, which spans 100, must not split its tracks."""
    config = replace(SHORT, tracker=TrackerConfig(max_gap_frames=300), linking=GlobalLinkingConfig())
    frames = journal([people(t, [] if first <= t < first + 200 else [(200, 200, 100)]) for t in range(1000)])
    tracker = Tracker(config.tracker, COCO)
    tracked = [replace(frame, poses=tracker.update(frame.poses)) for frame in frames]
    assert {i for poses in windowed(tracked, config, window=400) for i in poses.track_ids.tolist()} == {0}


@pytest.mark.parametrize(
    "smoothing",
    [AutoConfig(), KalmanConfig(cutoff_hz=2.0), OneEuroConfig(), GaussianConfig(sigma_s=0.2), ButterworthConfig(cutoff_hz=1.0)],
)
def test_joints_at_seams_are_those_of_the_whole(smoothing: SmoothingConfig) -> None:
    """Joints at seams are close to those of the whole.

    Measured for a person of 100 pixels: off by at most 0.03 pixels (auto, whose strength each window estimates itself)
    and 0.02 (outliers are also determined per window); smoothing moves joints by 0.6 pixels on average.
    """
    config = TrackConfig(smoothing=smoothing)
    frames = journal(walk(700))
    got, whole = windowed(frames, config, window=210), settle(frames, config, COCO, 25.0)
    off = np.array([np.abs(a.joints_xy - b.joints_xy).max() for a, b in zip(got, whole, strict=True)])
    assert off.max() < 0.05


@pytest.fixture(scope="module", params=["crossings", "reentry"])
def crowd(request: pytest.FixtureRequest) -> tuple[SequencePoses, list[JournalFrame]]:
    """A crowd over 30 s (45 s for re-entry) at 25 frames per second, medium noise, tracked by the default tracker."""
    simulation = simulate(request.param, 3, seconds=30.0)
    tracker = Tracker(TrackerConfig(pose_threshold=0.45, new_track_threshold=0.5), POSETRACK18)
    frames = [
        JournalFrame(tracker.update(found.poses, FrameContext(camera=found.camera)), f"{t}", t / 25, found.camera)
        for t, found in enumerate(detect(simulation, "medium"))
    ]
    return truth_of(simulation, "visible"), frames


def test_a_crowd_keeps_its_ids_over_seams(crowd: tuple[SequencePoses, list[JournalFrame]]) -> None:
    """Windowed linking is about as good as linking the whole.

    Measured with windows of 210 frames and on the whole: IDF1 62.3 and 62.2, person-level ID switches 1.6 and 1.5
    (crossings); 74.7 and 74.6, 2.1 and 2.1 (re-entry).
    """
    truth, frames = crowd
    config = TrackConfig()
    got, whole = windowed(frames, config, POSETRACK18, 210), settle(frames, config, POSETRACK18, 25.0)
    idf1, switches = zip(*(identity(truth, poses) for poses in (got, whole)), strict=True)
    assert idf1[0] > idf1[1] - 1.0 and switches[0] < switches[1] + 1.0
    assert abs(sum(map(len, got)) - sum(map(len, whole))) <= 0.01 * sum(map(len, whole))
    assert_same(windowed(frames, config, POSETRACK18, 210), got)


def identity(truth: SequencePoses, poses: Sequence[FramePoses]) -> tuple[float, float]:
    """IDF1 in percent, and ID switches averaged over the joints."""
    found = merge_tracking([count_tracking(truth, replace(truth, frames=tuple(poses), ignore_regions=()))]).result()
    return float(found.identity.idf1[-1]), float(found.identity.switches[-1]) / 15


def test_memory_does_not_grow_with_the_length() -> None:
    """A new person walks by every 26 frames, so that all windows hold the same amount of data."""

    def peak(length: int) -> int:
        windows = WindowedSettling(SHORT, COCO, 25.0, WINDOW)
        tracemalloc.start()
        for t in range(length):
            who, since = divmod(t, MARGIN)
            poses = people(t, [(100 + 3 * since, 200, 100)]).with_tracks([who])
            windows.add(JournalFrame(poses, f"{t:06d}.jpg", t / 25))
        windows.finish()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    short, long = peak(240), peak(720)
    assert long < 1.02 * short
