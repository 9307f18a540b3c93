"""``tools/run_video.py``: inputs are never overwritten, errors leave no files, a closed terminal loses no results."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from posetrack.cli.run import main
from posetrack.cli.track import main as track_main
from posetrack.structures import POSETRACK18

TOOL = [sys.executable, str(Path(__file__).parents[2] / "tools" / "run_video.py")]
FAST = ["pose.flip_test=false", "detector.max_size=128", "device=cpu"]


def video(path: Path, count: int) -> Path:
    """Write a 64x64 video of noise at ten frames per second."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.height = stream.width = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(count):
            image = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def error_of(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run with these arguments, assert failure, and return the one error line that follows any progress output."""
    assert main([str(word) for word in words]) == 2
    *before, last = capsys.readouterr().err.splitlines(keepends=True)
    assert last.startswith("error: ") and "error" not in "".join(before)
    return last


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--no-overlay"]])
def test_a_video_in_its_own_output_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    """Refused also without an overlay, because the overlay of an earlier run would be removed."""
    path = video(tmp_path / "overlay.mp4", 1)
    before = path.read_bytes()
    (tmp_path / "link.mp4").symlink_to(path)
    for source in (path, tmp_path / "link.mp4", f"file://{path}"):
        said = error_of(capsys, source, "--output", tmp_path, *more)
        assert said == f"error: {path}: is an input, and would be overwritten; choose another --output\n"
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.mp4", "overlay.mp4"]


def test_annotations_in_their_own_output_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both as the sequence to track and as the source of the boxes."""
    poses = tmp_path / "out" / "poses.json"
    poses.parent.mkdir()
    image = {"id": 10000010000, "file_name": "images/000000.png", "is_labeled": True, "nframes": 1, "vid_id": "000001"}
    category = {"id": 1, "name": "person", "keypoints": list(POSETRACK18.joints)}
    poses.write_text(json.dumps({"images": [image], "annotations": [], "categories": [category]}))
    before = poses.read_bytes()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "000000.png").write_bytes(b"")
    expected = f"{poses}: is an input, and would be overwritten; choose another --output"
    clip = video(tmp_path / "clip.mp4", 1)
    assert expected in error_of(capsys, poses, "--output", poses.parent)
    for kind in ("file", "ground-truth"):
        words = [clip, "--output", poses.parent, f"detector.kind={kind}", f"detector.path={poses}"]
        assert expected in error_of(capsys, *words)
    assert poses.read_bytes() == before and [p.name for p in poses.parent.iterdir()] == ["poses.json"]


def test_a_run_is_repeated_with_its_own_settings(tmp_path: Path) -> None:
    clip, out = video(tmp_path / "clip.mp4", 2), tmp_path / "out"
    assert main([str(clip), "--output", str(out), *FAST]) == 0
    before = (out / "config.yaml").read_bytes()
    assert main([str(clip), "--output", str(out), "--config", str(out / "config.yaml")]) == 0
    assert (out / "config.yaml").read_bytes() == before


def test_a_refusal_leaves_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, out = video(tmp_path / "clip.mp4", 1), tmp_path / "a" / "b"
    error_of(capsys, clip, "--output", out, *FAST, "detector.weights=/nope.pth")
    error_of(capsys, clip, "--output", out, *FAST, "--frames", "5:9")
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_refusal_leaves_what_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The user's existing folders, empty or not, stay as they were."""
    clip = video(tmp_path / "clip.mp4", 1)
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    for name in ("empty", "full", "full/new"):
        error_of(capsys, clip, "--output", tmp_path / name, *FAST, "detector.weights=/nope.pth")
    assert (tmp_path / "empty").is_dir() and [p.name for p in (tmp_path / "full").iterdir()] == ["notes.txt"]
    error_of(capsys, clip, "--output", clip / "deeper", *FAST)
    assert clip.is_file()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_frames_behind_the_end_are_refused_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    """The frame count is known from the index of an MP4 and for a folder of images, but not for a Matroska file."""
    clip, out = video(tmp_path / "clip.mp4", 6), tmp_path / "out"
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "0.png").write_bytes(b"")
    unread = ["--output", out, "detector.weights=/nope.pth", *more]
    assert "clip: no frame between 6 and 9; it has 6" in error_of(capsys, clip, "--frames", "6:9", *unread)
    said = error_of(capsys, clip, "--frames", "2:", "--target", "1,2@6", *unread)
    assert said == "error: clip: frame 6 is requested, counted from 0; expected 2 to 5\n"
    assert "images: no frame between 3" in error_of(capsys, tmp_path / "images", "--frames", "3:", *unread)
    assert "expected 0 to 0" in error_of(capsys, tmp_path / "images", "--target", "1,2@1", *unread)
    # Here the range may be valid, so only the run itself could tell; the next thing loaded is missing.
    for spec, words in ((video(tmp_path / "a.mkv", 6), ["--frames", "6:9"]), (clip, ["--target", "1,2@5"])):
        assert "/nope.pth: no such weights file" in error_of(capsys, spec, *words, *unread)
    assert not out.exists()


def test_a_dry_run_downloads_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("POSETRACK_CACHE", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    clip, settings = video(tmp_path / "clip.mp4", 2), Path(__file__).parents[2] / "configs" / "posetrack18_hrnet_w48.yaml"
    words = [str(clip), "--config", str(settings), "--output", str(tmp_path / "out"), "device=cpu", "--dry-run"]
    assert main([*words, "skeleton=null"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("would")]
    pose, detector = "hrnet_w48_posetrack18_384x288-5fd6d3ff_20211130.pth", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth"
    assert said[0] == "would read   clip: 2 frames, 10 frames/s"
    assert said[1].startswith("would fetch  https://") and said[1].endswith(f"{pose} to {tmp_path}/cache/{pose}")
    assert said[2].endswith(f"{detector} to {tmp_path}/cache/hub/checkpoints/{detector}")
    assert said[3].startswith(f"would write  {tmp_path}/out, joints: posetrack18 (nose, ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4"]
    assert main([*words, "tracker.kind=simple_baseline", "flow.kind=raft", "detector.kind=bundled"]) == 0
    assert "raft_large_C_T_SKHT_V2-ff5fadd5.pth" in capsys.readouterr().out
    assert "/nope.pth" in error_of(capsys, *words, "detector.kind=bundled", "detector.weights=/nope.pth")


def test_an_empty_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty path does not mean the current folder, even if that holds images."""
    (tmp_path / "a.png").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert "INPUT is empty" in error_of(capsys, "", "--output", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def wait_for(done: Callable[[], bool], what: str) -> None:
    """Wait up to a minute."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.mark.parametrize("name", ["config.yaml", "overlay.mp4"])
def test_files_that_are_of_no_run_are_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    clip = video(tmp_path / "clip.mp4", 2)
    (tmp_path / name).write_text("batch_frames: 4")
    said = error_of(capsys, clip, "--output", tmp_path)
    assert said.startswith(f"error: {tmp_path / name}: exists without a run's poses.json, and would be replaced")
    assert (tmp_path / name).read_text() == "batch_frames: 4"
    if name == "config.yaml":
        words = [str(clip), "--output", str(tmp_path), "--config", str(tmp_path / name), *FAST]
        assert main(words) == 0 and main(words) == 0


def tracked_lines(folder: Path) -> int:
    """Number of frames in the journal being written."""
    with suppress(OSError):
        return sum(path.read_bytes().count(b"\n") for path in folder.glob(".journal*"))
    return 0


@pytest.fixture
def heard_when_it_hangs_up() -> Iterator[None]:
    """Let child processes receive SIGHUP even if the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("heard_when_it_hangs_up")
def test_a_closed_terminal_keeps_what_was_finished(tmp_path: Path) -> None:
    """The process has its own terminal: when that closes, the system sends SIGHUP and writing to it fails."""
    clip, out = video(tmp_path / "long.mp4", 3000), tmp_path / "out"
    process, terminal = pty.fork()
    if process == 0:
        os.execv(TOOL[0], [*TOOL, str(clip), "--output", str(out), *FAST])
    threading.Thread(target=_read_on, args=[terminal], daemon=True).start()
    wait_for(lambda: tracked_lines(out) > 20, "no frame was tracked")
    os.close(terminal)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGHUP)  # the shell's signal, in addition to the system's
    ended: list[int] = []
    wait_for(lambda: _ended(process, ended), "it did not stop")
    poses = json.loads((out / "poses.json").read_bytes())
    assert 0 < len(poses["images"]) < 3000 and poses["info"]["complete"] is False
    assert (out / "overlay.mp4").exists()
    # A late signal may kill the process after its work is done.
    assert ended[0] in (130, -signal.SIGHUP)


def _ended(process: int, statuses: list[int]) -> bool:
    found, status = os.waitpid(process, os.WNOHANG)
    if found:
        statuses.append(os.waitstatus_to_exitcode(status))
    return found != 0


def _read_on(terminal: int) -> None:
    with suppress(OSError):
        while os.read(terminal, 4096):
            pass


@pytest.mark.usefixtures("heard_when_it_hangs_up")
@pytest.mark.parametrize("ignored", [False, True])
def test_the_signal_of_a_closed_terminal(ignored: bool) -> None:
    """A second signal does not abort at once; under nohup it is ignored; the previous handler is restored."""
    code = (
        "import os, signal\n"
        "from posetrack.cli.stop import stop_on_interrupt\n"
        "before = signal.getsignal(signal.SIGHUP)\n"
        "with stop_on_interrupt() as should_stop:\n"
        "    for _ in range(2): os.kill(os.getpid(), signal.SIGHUP)\n"
        "    print(should_stop())\n"
        "print(signal.getsignal(signal.SIGHUP) is before)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        ["nohup", *command] if ignored else command, cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(not ignored), "True"]


def test_what_a_killed_run_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    clip, out = video(tmp_path / "long.mp4", 3000), tmp_path / "out"
    at_once = [*FAST, "linking.kind=none", "smoothing.kind=none"]  # so that the overlay is started as well
    with subprocess.Popen([*TOOL, str(clip), "--output", str(out), *at_once], stderr=subprocess.DEVNULL) as killed:
        wait_for(lambda: tracked_lines(out) > 20, "no frame was tracked")
        killed.kill()
    left = {path.name.split(".")[1] for path in out.iterdir()}
    assert left == {"journal", "overlay"}
    short = [str(clip), "--output", str(out), "--frames", ":2", *FAST]
    assert main([*short, "--no-overlay", "output.journal=false"]) == 0
    names = {path.name for path in out.iterdir()}
    (journal,) = names - {"poses.json", "config.yaml"}
    assert journal.startswith(".journal.")  # nothing has replaced it, and tools/track.py may still need it
    assert main(short) == 0
    assert {path.name for path in out.iterdir()} == {"poses.json", "config.yaml", "journal.jsonl", "overlay.mp4"}


def test_an_overlay_that_cannot_be_written_costs_the_overlay_alone(tmp_path: Path) -> None:
    """File sizes are limited to 60 kB, which the overlay exceeds after a second of noise."""
    clip, out = video(tmp_path / "clip.mp4", 60), tmp_path / "out"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [*TOOL, str(clip), "--output", str(out), *FAST], preexec_fn=limit, capture_output=True, text=True
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"error: {out}/overlay.mp4: cannot be written: ")
    assert sorted(path.name for path in out.iterdir()) == ["config.yaml", "journal.jsonl", "poses.json"]
    assert len(json.loads((out / "poses.json").read_bytes())["images"]) == 60


def test_interrupted_twice_it_still_keeps_what_the_networks_said(tmp_path: Path) -> None:
    clip, out = video(tmp_path / "long.mp4", 3000), tmp_path / "out"
    with subprocess.Popen([*TOOL, str(clip), "--output", str(out), *FAST], stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: tracked_lines(out) > 20, "no frame was tracked")
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 130 and "Traceback" not in said
    if not (out / "poses.json").exists():  # the second signal came during tracking, not during drawing
        (journal,) = out.iterdir()
        assert f"posetrack track {journal} --output DIR links it" in said
    assert track_main([str(out), "--output", str(tmp_path / "again")]) == 0
    assert len(json.loads((tmp_path / "again" / "poses.json").read_bytes())["images"]) > 20
