"""Writing frame by frame: same file as in one go, bounded memory, complete or not at all."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from io_builders import NAME, people, sequence_of

from posetrack.errors import OutputError
from posetrack.io import (
    PoseTrack17StreamWriter,
    PoseTrack18StreamWriter,
    read_info,
    read_poses,
    write_posetrack17,
    write_posetrack18,
)
from posetrack.structures import COCO, POSETRACK18

BOTH = [PoseTrack17StreamWriter, PoseTrack18StreamWriter]


def _name(index: int) -> str:
    return f"images/val/{NAME}/{index:06d}.jpg"


@pytest.mark.parametrize(("stream", "batch"), list(zip(BOTH, [write_posetrack17, write_posetrack18], strict=True)))
def test_the_same_bytes_as_in_one_go(stream: Any, batch: Any, tmp_path: Path) -> None:
    sequence = sequence_of([2, 0, 3])
    batch(tmp_path / "batch.json", sequence)
    with stream(tmp_path / "stream.json", NAME, POSETRACK18) as writer:
        for index, poses in enumerate(sequence.frames):
            writer.add(poses, _name(index))
        assert not (tmp_path / "stream.json").exists()
    assert (tmp_path / "stream.json").read_bytes() == (tmp_path / "batch.json").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["batch.json", "stream.json"]


@pytest.mark.parametrize("stream", BOTH)
def test_no_frames_at_all(stream: Any, tmp_path: Path) -> None:
    stream(tmp_path / "a.json", "street", POSETRACK18).close()
    sequence = read_poses(tmp_path / "a.json")
    assert len(sequence.frames) == 0 and sequence.info.name == "street"


def test_info_can_be_changed_until_the_end(tmp_path: Path) -> None:
    with PoseTrack18StreamWriter(tmp_path / "a.json", NAME, POSETRACK18, {"fps": 25}) as writer:
        writer.add(people(0, 1), _name(0), 0.04)
        writer.info["frames"] = 1
    assert read_info(tmp_path / "a.json") == {"sequence": NAME, "fps": 25, "frames": 1}
    assert read_poses(tmp_path / "a.json").info.timestamps_s == (0.04,)


@pytest.mark.parametrize("stream", BOTH)
def test_abort_keeps_what_was_there(stream: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(KeyboardInterrupt), stream(tmp_path / "a.json", NAME, POSETRACK18) as writer:
        writer.add(people(0, 1), _name(0))
        raise KeyboardInterrupt
    assert (tmp_path / "a.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.add(people(1, 1), _name(1))
    writer.close()
    assert (tmp_path / "a.json").read_text() == "old"


@pytest.mark.parametrize("stream", BOTH)
def test_a_killed_process_leaves_nothing_behind(stream: Any, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"from io_builders import people; from posetrack.io import {stream.__name__} as Writer\n"
        "from posetrack.structures import POSETRACK18\n"
        "writer = Writer(sys.argv[1], 'a', POSETRACK18)\n"
        "for i in range(200): writer.add(people(i, 5), f'{i}.jpg')\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "a.json")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    child.kill()
    child.communicate()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("stream", BOTH)
def test_memory_does_not_grow_with_the_video(stream: Any, tmp_path: Path) -> None:
    poses = people(0, 4)

    def peak(count: int) -> int:
        tracemalloc.start()
        with stream(tmp_path / "a.json", "street", POSETRACK18) as writer:
            for index in range(count):
                writer.add(poses, f"street/{index:06d}.jpg", index / 25)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(10)
    assert peak(1200) < 1.05 * peak(120) + 10_000


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from io_builders import people; from posetrack.io import PoseTrack18StreamWriter as Writer\n"
        "from posetrack.errors import OutputError; from posetrack.structures import POSETRACK18\n"
        "try:\n"
        "    with Writer(sys.argv[1], 'a', POSETRACK18) as writer:\n"
        "        for i in range(400): writer.add(people(i, 5), f'{i}.jpg')\n"
        "except OutputError as error: print(error)\n"
    )

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    (tmp_path / "a.json").write_text("old")
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path / "a.json")],
        preexec_fn=limit, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert "a.json: cannot be written: the file is larger than this disk" in done.stdout, done.stderr
    assert (tmp_path / "a.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("stream", BOTH)
def test_what_cannot_be_written_is_said_before_the_first_frame(stream: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the folder does not exist"):
        stream(tmp_path / "no" / "a.json", NAME, POSETRACK18)
    with pytest.raises(OutputError, match="a folder of this name exists"):
        stream(tmp_path, NAME, POSETRACK18)


def test_wrong_poses(tmp_path: Path) -> None:
    poses = people(0, 1)
    with PoseTrack18StreamWriter(tmp_path / "a.json", NAME, COCO) as writer:
        writer.add(poses, _name(0))
        with pytest.raises(ValueError, match="the poses have 15 joints, expected 17 of coco"):
            writer.add(type(poses).empty(0, (10, 10), 15), _name(0))


def test_a_frame_costs_little(tmp_path: Path) -> None:
    poses, count = people(0, 6), 300
    began = time.process_time()
    with PoseTrack18StreamWriter(tmp_path / "a.json", "street", POSETRACK18) as writer:
        for index in range(count):
            writer.add(poses, f"{index}.jpg")
    assert (time.process_time() - began) / count < 0.005  # measured: 0.0003 s of CPU time
    assert len(json.loads((tmp_path / "a.json").read_text())["annotations"]) == 6 * count
