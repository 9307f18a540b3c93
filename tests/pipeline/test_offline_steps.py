"""Runs with offline linking and smoothing: the same poses in the file, the overlay and the replay."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from posetrack.cli.common import EXIT_INTERRUPTED, run_command
from posetrack.cli.run import main as run_main
from posetrack.cli.run import parse_frames, parse_target, track_and_report
from posetrack.cli.track import main as track_main
from posetrack.config import load_config
from posetrack.errors import ConfigError, PoseTrackError
from posetrack.io import read_poses
from posetrack.io.frame_source import FrameRange, FrameSource, Images
from posetrack.io.journal import JournalFrame
from posetrack.io.sources import open_source
from posetrack.pipeline.build import build_stages
from posetrack.pipeline.config import RunConfig
from posetrack.pipeline.run import run
from posetrack.pipeline.run_folder import CONFIG, JOURNAL, OVERLAY, POSES
from posetrack.pipeline.track_config import OTHER_SECTIONS, TrackConfig
from posetrack.smoothing import GaussianConfig, smooth_frames
from posetrack.structures import COCO, Origin
from tests.tracking.walkers import people
from tests.demo_clip import CLIP
from tests.pipeline.whole import settle

OFFLINE = ["linking.kind=global", "smoothing.kind=gaussian", "camera.method=lucas-kanade"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run on the clip's middle with linking, smoothing and overlay; one person is sometimes not detected."""
    out = tmp_path_factory.mktemp("run")
    assert run_main([CLIP, "--output", str(out), "--frames", "8:28", "detector.score_threshold=0.5", *OFFLINE]) == 0
    return out


def test_linked_and_smoothed_poses_are_written_and_drawn(folder: Path) -> None:
    written = read_poses(folder / "poses.json")
    assert len(written.frames) == 20
    origins = np.concatenate([frame.origin for frame in written.frames])
    assert (origins == Origin.INTERPOLATED).any() and (origins == Origin.OBSERVED).any()
    with open_source(str(folder / "overlay.mp4")) as overlay, open_source(CLIP, frames=(8, 28)) as clip:
        shown, given = list(overlay), list(clip)
    assert len(shown) == 20
    here = [np.abs(a.image.astype(int) - b.image).mean() for a, b in zip(shown, given, strict=True)]
    aside = [np.abs(a.image.astype(int) - b.image).mean() for a, b in zip(shown[5:], given[:-5], strict=True)]
    assert max(here) < min(aside)  # each overlay image shows its own frame


def test_the_journal_replays_to_the_same_poses(folder: Path, tmp_path: Path) -> None:
    assert track_main([str(folder), "--output", str(tmp_path)]) == 0
    again, written = read_poses(tmp_path / "poses.json"), read_poses(folder / "poses.json")
    for a, b in zip(again.frames, written.frames, strict=True):
        np.testing.assert_array_equal(a.track_ids, b.track_ids)
        np.testing.assert_array_equal(a.joints_xy, b.joints_xy)
        np.testing.assert_array_equal(a.origin, b.origin)


def test_frames_that_come_once_are_drawn_as_they_come(tmp_path: Path) -> None:
    config = load_config(RunConfig, None, OFFLINE)
    with open_source(CLIP, frames=(20, 30)) as source:
        source.again = None
        drawn: list[None] = []
        summary = run(source, build_stages(config), config, tmp_path, on_drawn=lambda: drawn.append(None))
    assert summary.frames == 10 and not drawn
    with open_source(str(tmp_path / "overlay.mp4")) as overlay:
        assert len(list(overlay)) == 10


def test_the_stages_serve_a_second_video(tmp_path: Path) -> None:
    config = load_config(RunConfig, None, ["output.overlay=false", "output.journal=false"])
    stages = build_stages(config)
    for name in ("first", "second"):
        with open_source(CLIP, frames=(20, 26)) as source:
            run(source, stages, config, tmp_path / name)
        before, stages = stages, stages.renewed(config)
        assert stages.estimator is before.estimator and stages.detector is before.detector
    assert (tmp_path / "first" / "poses.json").read_bytes() == (tmp_path / "second" / "poses.json").read_bytes()


def test_what_a_stopped_run_has_done_is_linked_written_and_drawn(tmp_path: Path) -> None:
    config = load_config(RunConfig, None, OFFLINE)
    seen: list[int] = []
    with open_source(CLIP, frames=(20, 40)) as source:
        summary = run(source, build_stages(config), config, tmp_path, seen.append, lambda: len(seen) == 9)
    assert summary.stopped and summary.frames == 9
    with open_source(str(tmp_path / "overlay.mp4")) as overlay:
        assert len(list(overlay)) == 9


def test_a_fault_leaves_what_the_networks_said(tmp_path: Path) -> None:
    """Here an exception in the caller's callback."""
    config = load_config(RunConfig, None, [*OFFLINE, "output.overlay=false"])
    people: list[int] = []

    def fail(number: int) -> None:
        people.append(number)
        if len(people) == 5:
            raise ZeroDivisionError

    with open_source(CLIP, frames=(20, 40)) as source, pytest.raises(ZeroDivisionError):
        with pytest.warns(UserWarning, match=r"kept: posetrack track .*jsonl --output DIR links it"):
            run(source, build_stages(config), config, tmp_path / "fault", fail)
    assert track_main([str(tmp_path / "fault"), "--output", str(tmp_path)]) == 0
    assert len(read_poses(tmp_path / "poses.json").frames) == 5


def test_an_error_of_the_callers_own_stays_what_it_is(tmp_path: Path) -> None:
    class Mine(PoseTrackError):
        def __init__(self, code: int, text: str) -> None:
            super().__init__(text)
            self.code = code

    def fail(_: int) -> None:
        raise Mine(7, "enough")

    config = load_config(RunConfig, None, [*OFFLINE, "output.overlay=false"])
    with open_source(CLIP, frames=(20, 22)) as source, pytest.raises(Mine) as raised:
        with pytest.warns(UserWarning, match=r"kept: posetrack track .*jsonl --output DIR links it"):
            run(source, build_stages(config), config, tmp_path / "fault", fail)
    assert raised.value.code == 7


@pytest.mark.parametrize(
    "setting", ["linking.max_cost=.inf", "linking.jump=.inf", "tracker.widening=.inf", "target={x: .nan, y: 2, frame: 0}"]
)
def test_settings_are_finite(setting: str) -> None:
    with pytest.raises(ConfigError, match=r"is (inf|nan), expected (0 or more|a number above 0|a finite number)"):
        load_config(RunConfig, None, [setting])


@pytest.mark.parametrize(
    "settings",
    [[], ["target.x=1", "target.y=2", "target.frame=0"], ["linking.kind=none", "smoothing.kind=none", "cuts=null"]],
    ids=["linked", "target", "at once"],
)
def test_a_run_stopped_before_its_first_frame_leaves_what_was_there(
    tmp_path: Path, settings: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while a camera delivers no frames: the results of an earlier run are not replaced by empty ones."""
    monkeypatch.setattr("posetrack.io.prefetch._JOIN_S", 0.1)
    earlier = {name: f"{name} of an earlier run" for name in (POSES, OVERLAY, CONFIG, JOURNAL)}
    for name, text in earlier.items():
        (tmp_path / name).write_text(text)
    comes = threading.Event()

    def images(_: FrameRange) -> Images:
        os.kill(os.getpid(), signal.SIGINT)
        comes.wait(60)
        yield 0, np.zeros((64, 64, 3), np.uint8), None

    with FrameSource("camera", images, str) as source:
        config = load_config(RunConfig, None, settings)
        assert run_command(lambda: track_and_report(source, config, tmp_path)) == EXIT_INTERRUPTED
    comes.set()
    said = capsys.readouterr()
    assert said.out == "" and said.err.endswith("\ninterrupted\n") and "error" not in said.err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == earlier


def test_one_person_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main([CLIP, "-o", str(tmp_path), "--frames", "0:6", "--no-overlay", "--target", "330,170@3"]) == 0
    frames = read_poses(tmp_path / "poses.json").frames
    assert {tuple(frame.track_ids.tolist()) for frame in frames} == {tuple(frames[3].track_ids.tolist())}
    assert [len(frame) for frame in frames] == [1] * 6
    capsys.readouterr()
    assert run_main([CLIP, "-o", str(tmp_path / "no"), "--no-overlay", "--target", "10,10@3"]) == 2
    said = capsys.readouterr().err
    assert "nobody at 10,10 in frame 3" in said
    (left,) = (tmp_path / "no").iterdir()
    assert f"posetrack track {left} --output DIR target.x=10 target.y=10 target.frame=3 links it" in said
    assert track_main([str(left), "-o", str(tmp_path / "yes"), "target.x=330", "target.y=170", "target.frame=3"]) == 0
    assert {len(frame) for frame in read_poses(tmp_path / "yes" / "poses.json").frames} == {1}


def test_the_frame_of_a_target_is_the_videos_own() -> None:
    assert parse_target("640,360.5@12", (10, 24)) == ["target.x=640", "target.y=360.5", "target.frame=2"]
    assert parse_target("640,360@12") == ["target.x=640", "target.y=360", "target.frame=12"]
    for frames in ((13, None), (0, 12)):
        with pytest.raises(ConfigError, match="frame 12 is not in --frames"):
            parse_target("640,360@12", frames)
    with pytest.raises(ConfigError, match="expected X,Y@FRAME"):
        parse_target("10;10")


@pytest.mark.parametrize("number", ["9" * 5000, "\u0663"], ids=["long", "arabic"])
def test_numbers_that_are_not_read(number: str) -> None:
    """Python's int() refuses strings of several thousand digits."""
    for text in (f"0:{number}", f"{number}:"):
        with pytest.raises(ConfigError, match="expected A:B with whole numbers"):
            parse_frames(text)
    for text in (f"1,2@{number}", f"{number},2@0", f"1,{number}.5@0"):
        with pytest.raises(ConfigError, match="expected X,Y@FRAME"):
            parse_target(text)


def test_smoothing_takes_the_times_of_the_frames() -> None:
    walk = [people(t, [(100 + 3 * t + (-1) ** t, 200, 100)]).with_tracks([0]) for t in range(12)]
    times = [0.04 * t + 0.02 * (t > 5) for t in range(12)]
    config = TrackConfig(smoothing=GaussianConfig())
    frames = [JournalFrame(poses, f"{t}", time) for t, (poses, time) in enumerate(zip(walk, times, strict=True))]
    expected = smooth_frames(walk, config.smoothing, COCO, None, times)
    for a, b in zip(settle(frames, config, COCO, 10.0), expected, strict=True):
        np.testing.assert_array_equal(a.joints_xy, b.joints_xy)
    broken = [JournalFrame(f.poses, f.frame_name, 0.0) for f in frames]
    expected = smooth_frames(walk, config.smoothing, COCO, 10.0)
    for a, b in zip(settle(broken, config, COCO, 10.0), expected, strict=True):
        np.testing.assert_array_equal(a.joints_xy, b.joints_xy)


def test_what_tracking_passes_over_is_the_rest_of_a_runs_settings() -> None:
    every, tracking = ({one.name for one in fields(config)} for config in (RunConfig, TrackConfig))
    assert set(OTHER_SECTIONS) == every - tracking and tracking < every


@pytest.mark.parametrize("fps", [0.0, -1.0, float("inf"), float("nan")])
def test_a_frame_rate_that_cannot_be(fps: float) -> None:
    with pytest.raises(ValueError, match="image_fps is"):
        RunConfig(image_fps=fps)
