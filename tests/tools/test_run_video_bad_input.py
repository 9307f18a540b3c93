"""Bad input through the command line: one clear error, exit status 2, nothing half-written."""

from __future__ import annotations

import io
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import torch
from conftest import FAST, noise, write_video

from posetrack.models import create
from posetrack.structures import POSETRACK18
from tests.io.video_builders import without_frames

ROOT = Path(__file__).parents[2]
TOOL = [sys.executable, str(ROOT / "tools" / "run_video.py")]


def refused(outcome: tuple[int, str, Any], *parts: str) -> None:
    """Assert that the run ended with one error containing ``parts`` and wrote no poses."""
    status, stderr, poses = outcome
    assert status == 2
    assert poses is None
    assert stderr.count("error: ") == 1
    assert "Traceback" not in stderr
    for part in parts:
        assert part in stderr


def test_no_such_file(run: Any, tmp_path: Path) -> None:
    refused(run(tmp_path / "none.mp4"), "none.mp4", "no such file")


def test_a_folder_without_images(run: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("hello")
    refused(run(tmp_path / "empty"), "empty", "image")


def test_a_text_file_named_mp4(run: Any, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("this is no video\n" * 100)
    refused(run(tmp_path / "text.mp4"), "text.mp4", "video")


def test_an_empty_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "zero.mp4").write_bytes(b"")
    refused(run(tmp_path / "zero.mp4"), "zero.mp4")


def test_a_video_without_frames(run: Any, tmp_path: Path) -> None:
    refused(run(without_frames(tmp_path / "none.mkv")), "none.mkv", "no frame")


def test_a_video_cut_off_before_its_index_cannot_be_read(run: Any, tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mp4", noise(30)).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    refused(run(cut), "cut.mp4")


def test_a_video_cut_off_after_its_index_is_processed_as_far_as_it_goes(run: Any, tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mp4", noise(30), movflags="faststart").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    status, stderr, poses = run(cut)
    assert status == 0
    assert 5 <= len(poses["images"]) < 30
    assert poses["info"]["problems"]
    assert "cut.mp4" in stderr


def test_a_frame_that_fails_to_decode_in_mid_video(run: Any, tmp_path: Path) -> None:
    path = write_video(tmp_path / "hurt.avi", noise(30), codec="mjpeg")
    data = bytearray(path.read_bytes())
    third = len(data) // 2
    data[third : third + 3000] = b"\x00" * 3000
    path.write_bytes(bytes(data))
    status, stderr, poses = run(path)
    assert status == 0
    assert 20 <= len(poses["images"]) <= 30
    assert "hurt.avi" in stderr
    assert poses["info"]["problems"]


@pytest.mark.parametrize("hw", [(1, 1), (2, 3), (6000, 8000)], ids=["1x1", "2x3", "8000x6000"])
def test_tiny_and_huge_images(run: Any, tmp_path: Path, hw: tuple[int, int]) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.full((*hw, 3), 127, dtype=np.uint8))
    status, _, poses = run(folder)
    assert status == 0
    assert len(poses["images"]) == 1


def test_grey_alpha_16_bit_and_rotated_images(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    color = noise(1)[0]
    cv2.imwrite(str(folder / "a.png"), color[..., 0])
    cv2.imwrite(str(folder / "b.png"), np.dstack([color, color[..., :1]]))
    cv2.imwrite(str(folder / "c.png"), color.astype(np.uint16) * 257)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(np.rot90(color)))[1].tobytes()
    marker = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (folder / "d.jpg").write_bytes(jpeg[:2] + marker + jpeg[2:])
    status, stderr, poses = run(folder)
    assert status == 0, stderr
    assert [image["file_name"].rsplit("/", 1)[-1] for image in poses["images"]] == ["a.png", "b.png", "c.png", "d.jpg"]


def _sequence(tmp_path: Path, file_name: str) -> Path:
    folder = tmp_path / "annotations" / "val"
    folder.mkdir(parents=True)
    image = {"id": 10000010000, "file_name": file_name, "is_labeled": True, "nframes": 1, "vid_id": "000001"}
    category = {"id": 1, "name": "person", "keypoints": list(POSETRACK18.joints)}
    path = folder / "000001_mpii_test.json"
    path.write_text(json.dumps({"images": [image], "annotations": [], "categories": [category]}))
    return path


@pytest.mark.parametrize(
    "file_name", ["images/val/000001_mpii_test/000000.jpg", "../secret/000000.jpg", "/etc/000000.jpg"]
)
def test_a_posetrack_sequence_whose_image_is_missing_or_outside(run: Any, tmp_path: Path, file_name: str) -> None:
    (tmp_path / "images" / "val").mkdir(parents=True)
    refused(run(_sequence(tmp_path, file_name), f"data_root={tmp_path}"), "000001_mpii_test.json", file_name)


def test_all_faults_of_a_configuration_at_once(run: Any, clip: Path, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("tracker: {max_gap_frame: 3}\ndetector: {kind: magic}\nbatch_frames: many\n")
    refused(
        run(clip, "--config", str(config), "pose.decoder=dark"),
        "4 faults",
        "tracker.max_gap_frame: unknown key; did you mean max_gap_frames?",
        "magic",
        "batch_frames: expected int, found 'many' (str)",
        "pose.decoder: unknown key",
    )


def test_a_checkpoint_of_another_network(run: Any, clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save(create("simple-baseline-50", num_joints=17).state_dict(), path)
    refused(run(clip, "pose.model=hrnet-w32", f"pose.weights={path}", "skeleton=coco"), "other.pth")


def test_a_truncated_checkpoint(run: Any, clip: Path, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(create("hrnet-w18", num_joints=17).state_dict(), buffer)
    path = tmp_path / "cut.pth"
    path.write_bytes(buffer.getvalue()[:100000])
    refused(run(clip, "pose.model=hrnet-w18", f"pose.weights={path}"), "cut.pth")


class _Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.target),)


def test_a_pickle_with_code_in_it_is_not_run(run: Any, clip: Path, tmp_path: Path) -> None:
    path, trace = tmp_path / "bomb.pth", tmp_path / "exploded"
    path.write_bytes(pickle.dumps({"state_dict": _Bomb(trace)}, protocol=2))
    refused(run(clip, "pose.model=hrnet-w18", f"pose.weights={path}"), "bomb.pth")
    assert not trace.exists()


def test_output_that_cannot_be_written(run: Any, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    status, stderr, _ = run(clip, "--output", str(tmp_path / "out" / "deeper"))
    assert status == 2
    assert stderr.count("error: ") == 1 and "out" in stderr
    assert (tmp_path / "out").read_text() == "a file where the folder should be"


def test_a_write_error_halfway_leaves_what_was_there(clip: Path, tmp_path: Path) -> None:
    """A file size limit of 2 kB causes a real write error in the middle of the run."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "poses.json").write_text("from an earlier run")
    done = subprocess.run(
        [*TOOL, str(clip), "--output", str(folder), *FAST],
        capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)),
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "poses.json").read_text() == "from an earlier run"
    (left,) = (path for path in folder.iterdir() if path.name != "poses.json")
    assert left.name.startswith(".journal.") and f"posetrack track {left}" in done.stderr


def test_ctrl_c_keeps_what_was_finished(tmp_path: Path) -> None:
    video = write_video(tmp_path / "long.mp4", noise(3000))
    folder = tmp_path / "out"
    process = subprocess.Popen([*TOOL, str(video), "--output", str(folder), *FAST],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    deadline = time.monotonic() + 120
    while not (folder.is_dir() and list(folder.iterdir())) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    poses = json.loads((folder / "poses.json").read_bytes())
    assert 0 < len(poses["images"]) < 3000
    with av.open(str(folder / "overlay.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(poses["images"])
