"""The journal: appended frames are read back bitwise in float32, and a kill loses at most one frame."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posetrack.errors import FormatError, InputError, OutputError
from posetrack.io.journal import (
    JournalEnd,
    JournalFrame,
    JournalHead,
    JournalWriter,
    from_record,
    read_journal,
    read_journal_end,
    rounded,
    to_record,
)
from posetrack.structures import COCO, FramePoses, Origin

HEAD = JournalHead("walk", COCO, 25.0, {"detector": "bundled"})
K = COCO.num_joints


def frame(index: int, people: int, depth: int = 0, **more: Any) -> JournalFrame:
    rng = np.random.default_rng(index)
    valid = rng.random((people, K)) < 0.8
    poses = FramePoses(
        index, (480, 640), rng.uniform(0, 500, (people, 4)), rng.random(people),
        rng.uniform(0, 500, (people, K, 2)), rng.random((people, K)), valid,
        appearance=rng.integers(-127, 128, (people, depth)),
        candidates=rng.uniform(0, 500, (people, K, depth // 2, 3)).astype(np.float32),
    )  # fmt: skip
    return JournalFrame(rounded(poses), f"{index:06d}.jpg", index / 25, **more)


def assert_same(a: JournalFrame, b: JournalFrame) -> None:
    for name in ("boxes_xyxy", "scores", "joints_xy", "joint_scores", "joint_valid", "track_ids", "appearance",
                 "candidates"):  # fmt: skip
        np.testing.assert_array_equal(getattr(a.poses, name), getattr(b.poses, name), err_msg=name)
    assert (a.poses.frame_index, a.poses.image_hw) == (b.poses.frame_index, b.poses.image_hw)
    assert (a.frame_name, a.timestamp_s, a.is_cut) == (b.frame_name, b.timestamp_s, b.is_cut)
    assert (a.camera is None) == (b.camera is None)
    if a.camera is not None and b.camera is not None:
        np.testing.assert_array_equal(a.camera.astype(np.float32), b.camera)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = [
        frame(0, 2), frame(1, 0), frame(3, 3, camera=np.array([[1, 0, 2.5], [0, 1, -1]]), is_cut=True),
        frame(4, 2, depth=8), frame(5, 0),
    ]  # fmt: skip
    path = tmp_path / "journal.jsonl"
    with JournalWriter(path, HEAD) as writer:
        for one in written:
            writer.add(one)
    head, frames = read_journal(path)
    assert (head.name, head.skeleton, head.fps, head.info) == (HEAD.name, COCO, 25.0, HEAD.info)
    read = list(frames)
    assert len(read) == len(written)
    for a, b in zip(written, read, strict=True):
        assert_same(a, b)
    assert [one.poses.num_joints for one in read] == [K] * 5


def test_a_record_of_tracked_poses_has_their_ids_and_origins() -> None:
    tracked = frame(3, 2)
    poses = replace(tracked.poses, track_ids=np.array([7, -1]), origin=np.array([Origin.INTERPOLATED, Origin.OBSERVED]))
    record = to_record(replace(tracked, poses=poses))
    assert b"\n" not in record
    read = from_record(record, K)
    assert_same(replace(tracked, poses=poses), read)
    assert read.poses.origin.tolist() == [Origin.INTERPOLATED, Origin.OBSERVED]
    assert b"ids" not in to_record(tracked)


def test_a_score_that_is_not_there_stays_so(tmp_path: Path) -> None:
    one = frame(0, 1)
    poses = FramePoses(0, (9, 9), np.full((1, 4), np.nan), np.array([np.nan]), one.poses.joints_xy,
                       np.full((1, K), np.nan), one.poses.joint_valid)  # fmt: skip
    path = tmp_path / "journal.jsonl"
    with JournalWriter(path, HEAD) as writer:
        writer.add(JournalFrame(poses, "a", None))
    (read,) = read_journal(path)[1]
    assert_same(JournalFrame(poses, "a", None), read)


def test_a_line_that_was_cut_off_is_left_out_and_a_broken_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with JournalWriter(path, HEAD) as writer:
        for index in range(3):
            writer.add(frame(index, 1))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert [one.poses.frame_index for one in read_journal(path)[1]] == [0, 1]
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"frame": 1}\n', *lines[3:]]))
    with pytest.raises(FormatError, match=r"journal\.jsonl: line 3 is broken"):
        list(read_journal(path)[1])


@pytest.mark.parametrize("content", [b"", b"[]\n", b'{"images": []}\n', b"\x00\xff\n"])
def test_other_files_are_no_journals(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "poses.json"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not the journal"):
        read_journal(path)


def test_an_absent_file_and_a_newer_version_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.jsonl: cannot be read"):
        read_journal(tmp_path / "absent.jsonl")
    (tmp_path / "new.jsonl").write_bytes(b'{"journal": 99}\n')
    with pytest.raises(FormatError, match="journal of version 99, expected 1"):
        read_journal(tmp_path / "new.jsonl")


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("before")
    with pytest.raises(RuntimeError), JournalWriter(path, HEAD) as writer:
        writer.add(frame(0, 1))
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OutputError, match="the folder does not exist"):
        JournalWriter(tmp_path / "absent" / "journal.jsonl", HEAD)


def test_a_killed_process_leaves_all_frames_it_appended(tmp_path: Path) -> None:
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[2])\n"
        "import test_journal as t\n"
        "writer = t.JournalWriter(sys.argv[1], t.HEAD)\n"
        "for index in range(5): writer.add(t.frame(index, 2))\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    path = tmp_path / "journal.jsonl"
    command = [sys.executable, "-c", code, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGKILL)
    time.sleep(0.01)
    (left,) = tmp_path.iterdir()
    assert [one.poses.frame_index for one in read_journal(left)[1]] == [0, 1, 2, 3, 4]
    end = read_journal_end(left)
    assert not end.complete and "the run was killed" in end.problems[0]


def test_the_end_says_what_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path, HEAD)
    writer.add(frame(0, 1))
    writer.close(JournalEnd(False, ("a frame near 1.00 s cannot be decoded",)))
    assert read_journal_end(path) == JournalEnd(False, ("a frame near 1.00 s cannot be decoded",))
    assert len(list(read_journal(path)[1])) == 1


def test_a_head_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        JournalWriter(tmp_path / "journal.jsonl", JournalHead("\udcff", COCO, 25.0, {}))
    assert list(tmp_path.iterdir()) == []
