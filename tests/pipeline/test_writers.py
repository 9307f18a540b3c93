"""A run of several windows: output, overlay and replay, with no temporary files left behind."""

from __future__ import annotations

import errno
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posetrack.errors import InputError, OutputError
from posetrack.io import read_poses
from posetrack.io.journal import JournalFrame, rounded
from posetrack.io.frame_source import FrameSource
from posetrack.pipeline.config import OutputConfig, RunConfig
from posetrack.pipeline.outputs import RunOutputs
from posetrack.pipeline.retrack import read_untracked, retrack
from posetrack.pipeline.windows import WINDOW_FRAMES
from posetrack.pipeline.writers import SettlingWriter
from posetrack.smoothing import GaussianConfig
from posetrack.structures import COCO, Frame
from posetrack.tracking import Tracker
from posetrack.tracking.linking import GlobalLinkingConfig, NoLinkingConfig
from posetrack.tracking.target import TargetConfig
from tests.tracking.walkers import people

LENGTH = 2 * WINDOW_FRAMES + 100
CONFIG = RunConfig(linking=GlobalLinkingConfig(max_gap_frames=15), smoothing=GaussianConfig(), skeleton="coco")
IMAGE = np.zeros((48, 64, 3), dtype=np.uint8)


def source(length: int = LENGTH) -> FrameSource:
    return FrameSource(
        "walk", lambda _: ((t, IMAGE, t / 25) for t in range(length)), lambda t: f"{t:06d}.jpg", fps=25.0, total=length,
        again=lambda: source(length),
    )  # fmt: skip


def outputs(folder: Path, *, overlay: bool) -> RunOutputs:
    return RunOutputs(folder, "walk", COCO, COCO, OutputConfig(overlay=overlay), 25.0, {})


def feed(writer: SettlingWriter, files: RunOutputs, count: int) -> None:
    """Feed made-up detections, tracked by the real tracker: a person walks to and fro, hidden for 9 frames in 100."""
    tracker = Tracker(CONFIG.tracker, COCO)
    for frame in source(count):
        t = frame.index
        found = people(t, [] if t % 100 > 90 else [(32 + 16 * np.sin(t / 30), 44, 36)])
        seen = JournalFrame(rounded(found), frame.name, frame.timestamp_s)
        files.note(seen)
        writer.add(frame, replace(seen, poses=tracker.update(seen.poses)))


def write(
    folder: Path, *, overlay: bool, length: int = LENGTH, should_stop: Callable[[], bool] = lambda: False
) -> int:
    """Write a run; return how many frames were drawn."""
    files = outputs(folder, overlay=overlay)
    writer = SettlingWriter(files, CONFIG.tracking, COCO, 25.0, lambda: source())
    feed(writer, files, length)
    drawn: list[None] = []
    writer.settle()
    writer.draw(lambda: drawn.append(None), should_stop)
    writer.close()
    files.close(CONFIG)
    assert (writer.frames, writer.tracks) == (length, 1)
    return len(drawn)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert write(folder, overlay=False) == 0
    return folder


def test_every_frame_is_written_once_and_a_person_keeps_the_id(written: Path) -> None:
    poses = read_poses(written / "poses.json")
    assert list(poses.info.frame_names) == [f"{t:06d}.jpg" for t in range(LENGTH)]
    assert {i for frame in poses.frames for i in frame.track_ids.tolist()} == {0}


def test_the_replay_gives_the_same(written: Path) -> None:
    (untracked,) = read_untracked(written)
    again, before = retrack(untracked, CONFIG.tracking), read_poses(written / "poses.json")
    for a, b in zip(again.frames, before.frames, strict=True):
        np.testing.assert_array_equal(a.track_ids, b.track_ids)
        np.testing.assert_array_equal(a.joints_xy, b.joints_xy)


def test_the_overlay_is_drawn_of_what_was_kept_on_disk_and_nothing_is_left(tmp_path: Path) -> None:
    assert write(tmp_path, overlay=True) == LENGTH
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "journal.jsonl", "overlay.mp4", "poses.json"]


def test_a_stop_while_drawing_ends_the_overlay_there(tmp_path: Path) -> None:
    asked: list[None] = []

    def third() -> bool:
        asked.append(None)
        return len(asked) == 3

    assert write(tmp_path, overlay=True, length=30, should_stop=third) == 3


def test_of_what_is_aborted_the_journal_is_left(tmp_path: Path) -> None:
    files = outputs(tmp_path, overlay=True)
    writer = SettlingWriter(files, CONFIG.tracking, COCO, 25.0, lambda: source())
    feed(writer, files, WINDOW_FRAMES + 100)
    writer.close()
    left = files.abort("the lights went out")
    assert list(tmp_path.iterdir()) == [left]
    (untracked,) = read_untracked(tmp_path)
    assert len(list(untracked.frames)) == len(untracked.info.frame_names) == WINDOW_FRAMES + 100
    assert untracked.problems == (f"the run ended after {WINDOW_FRAMES + 100} frames: the lights went out",)
    assert untracked.about["complete"] is False


def test_nothing_is_left_of_a_run_without_a_frame(tmp_path: Path) -> None:
    assert outputs(tmp_path, overlay=True).abort() is None
    assert list(tmp_path.iterdir()) == []


def draw(folder: Path, again: Callable[[], FrameSource], should_stop: Callable[[], bool] = lambda: False) -> str | None:
    """Draw the overlay of 30 frames; return why it is missing or incomplete."""
    files = outputs(folder, overlay=True)
    writer = SettlingWriter(files, CONFIG.tracking, COCO, 25.0, again)
    feed(writer, files, 30)
    writer.settle()
    writer.draw(lambda: None, should_stop)
    writer.close()
    files.close(CONFIG)
    assert len(read_poses(folder / "poses.json").frames) == 30
    return files.overlay_fault


def gone() -> FrameSource:
    raise InputError("walk.mp4: no such file or folder")


def another() -> FrameSource:
    return FrameSource("walk", lambda _: ((t, IMAGE, t / 25) for t in range(30)), lambda t: f"{t + 1:06d}.jpg")


def interrupted() -> bool:
    raise KeyboardInterrupt


def test_what_goes_wrong_with_the_overlay_does_not_touch_the_poses(tmp_path: Path) -> None:
    fault = draw(tmp_path / "gone", gone)
    assert fault == "overlay.mp4: the pictures cannot be read again: walk.mp4: no such file or folder"
    fault = draw(tmp_path / "another", another)
    assert fault == "overlay.mp4: the pictures cannot be read again: found 000001.jpg, expected 000000.jpg"
    assert draw(tmp_path / "stopped", source, interrupted) == "overlay.mp4: was not finished, and is left out"
    for name in ("gone", "another", "stopped"):
        files = sorted(path.name for path in (tmp_path / name).iterdir())
        assert files == ["config.yaml", "journal.jsonl", "poses.json"]
    assert draw(tmp_path / "short", lambda: source(20)) == "overlay.mp4: ends after 20 of 30 frames"
    assert (tmp_path / "short" / "overlay.mp4").is_file()


def test_a_disk_that_is_full_when_the_overlay_is_begun_does_not_touch_the_poses(tmp_path: Path) -> None:
    files = outputs(tmp_path, overlay=True)
    writer = SettlingWriter(files, CONFIG.tracking, COCO, 25.0, source)
    feed(writer, files, 30)
    writer.settle()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))  # the data still to be flushed does not fit
    try:
        writer.draw(lambda: None, lambda: False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    writer.close()
    files.close(CONFIG)
    assert files.overlay_fault is not None and "overlay.mp4: cannot be written" in files.overlay_fault
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "journal.jsonl", "poses.json"]


def test_poses_are_written_before_the_last_frame(tmp_path: Path) -> None:
    files = outputs(tmp_path, overlay=False)
    writer = SettlingWriter(files, CONFIG.tracking, COCO, 25.0, None)
    feed(writer, files, WINDOW_FRAMES + 100)
    assert writer.frames == WINDOW_FRAMES
    writer.settle()
    assert writer.frames == WINDOW_FRAMES + 100
    files.abort()


def test_files_of_an_earlier_run_that_this_one_does_not_write_go(tmp_path: Path) -> None:
    write(tmp_path, overlay=True, length=30)
    write(tmp_path, overlay=False, length=20)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "journal.jsonl", "poses.json"]


def test_nothing_is_replaced_when_one_file_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, overlay=True, length=30)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    files = outputs(tmp_path, overlay=True)
    writer = SettlingWriter(files, CONFIG.tracking, COCO, 25.0, lambda: source())
    feed(writer, files, 20)
    writer.settle()
    writer.draw(lambda: None, lambda: False)
    writer.close()
    with monkeypatch.context() as patch, pytest.raises(OutputError, match="disk is full"):
        patch.setattr("os.fsync", full)  # the disk is full when poses.json is written
        files.close(CONFIG)
    left = files.abort()
    assert left is not None and left.name.startswith(".journal.")
    left.unlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


TARGETED = replace(CONFIG, target=TargetConfig(x=32, y=44, frame=20))


def targeted(folder: Path, config: RunConfig, count: int, missing: int) -> SettlingWriter:
    """Feed a run of one person, missing in one frame, to a writer."""
    files, tracker = outputs(folder, overlay=False), Tracker(config.tracker, COCO)
    writer = SettlingWriter(files, config.tracking, COCO, 25.0, None)
    for frame in source(count):
        found = people(frame.index, [] if frame.index == missing else [(32, 44, 36)])
        seen = JournalFrame(rounded(found), frame.name, frame.timestamp_s)
        writer.add(frame, replace(seen, poses=tracker.update(seen.poses)))
    return writer


def test_a_target_that_linking_fills_in_is_found(tmp_path: Path) -> None:
    writer = targeted(tmp_path, TARGETED, 40, missing=20)
    writer.settle()
    assert (writer.frames, writer.poses, writer.tracks) == (40, 40, 1)


def test_a_target_who_walks_over_the_gap_is_waited_for(tmp_path: Path) -> None:
    """The target is seen only before and after it passes the point."""
    files, tracker = outputs(tmp_path, overlay=False), Tracker(CONFIG.tracker, COCO)
    config = replace(CONFIG, target=TargetConfig(x=300, y=150, frame=20), linking=NoLinkingConfig())
    writer = SettlingWriter(files, config.tracking, COCO, 25.0, None)
    for t in range(40):
        found = people(t, [] if 19 <= t <= 21 else [(300 + 15 * (t - 20), 200, 100)])
        writer.add(Frame(t, IMAGE, t / 25, f"{t}"), JournalFrame(tracker.update(rounded(found)), f"{t}", t / 25))
    writer.settle()
    assert (writer.frames, writer.poses, writer.tracks) == (40, 40, 1)


def test_a_target_where_nobody_is_near_is_said_soon(tmp_path: Path) -> None:
    elsewhere = replace(CONFIG, target=TargetConfig(x=200, y=1, frame=20))
    with pytest.raises(InputError, match="nobody at 200,1 in frame 20"):
        targeted(tmp_path, elsewhere, 25, missing=-1)
