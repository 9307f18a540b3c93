"""``tools/track.py``: journals, files and folders are tracked again; bad input gives one clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from posetrack.cli.track import main
from posetrack.io import read_poses, write_posetrack18
from posetrack.io.conversion import convert
from posetrack.io.journal import JournalFrame, JournalHead, JournalWriter, rounded
from posetrack.pipeline.track_config import TrackConfig
from posetrack.structures import COCO, POSETRACK18, FramePoses, SequenceInfo, SequencePoses, Skeleton
from posetrack.tracking import TrackerConfig

SIZE = (360, 640)
K = POSETRACK18.num_joints


def crossing(count: int = 20, ids: bool = False) -> tuple[FramePoses, ...]:
    """Two people of different height who walk towards and past each other."""
    shape = np.random.default_rng(0).uniform(0, 1, (K, 2)) * [0.4, 1.0]
    frames = []
    for i in range(count):
        heights = np.array([160.0, 90.0])
        corner = np.array([[100.0 + 15 * i, 150], [400 - 15 * i, 220]])
        xy = corner[:, None] + shape * heights[:, None, None]
        boxes = np.concatenate([xy.min(axis=1) - 5, xy.max(axis=1) + 5], axis=1)
        heads = np.concatenate([xy[:, 2], xy[:, 2] + 0.12 * heights[:, None]], axis=1)
        frames.append(FramePoses(i, SIZE, boxes, np.array([0.9, 0.8]), xy, np.full((2, K), 0.9), np.ones((2, K), bool),
                                 track_ids=np.array([7, 3]) if ids else None, head_boxes_xyxy=heads))  # fmt: skip
    return tuple(frames)


def sequence(name: str, ids: bool = False) -> SequencePoses:
    frames = crossing(ids=ids)
    names = tuple(f"images/val/{name}/{i:06d}.jpg" for i in range(len(frames)))
    return SequencePoses(SequenceInfo(name, names, SIZE), POSETRACK18, frames)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files of untracked poses."""
    there = tmp_path / "untracked"
    there.mkdir()
    for name in ("000001_mpii_test", "000002_mpii_test"):
        write_posetrack18(there / f"{name}.json", sequence(name))
    return there


def ids_of(path: Path) -> list[list[int]]:
    return [frame.track_ids.tolist() for frame in read_poses(path).frames]


def error_of(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 2
    text = capsys.readouterr().err
    assert text.lstrip().startswith("error: ") and "Traceback" not in text
    return text


def test_a_folder_gives_a_folder_of_the_same_names(folder: Path, tmp_path: Path) -> None:
    assert main([str(folder), "--output", str(tmp_path / "out"), "smoothing.kind=none"]) == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in folder.iterdir())
    for path in (tmp_path / "out").iterdir():
        assert ids_of(path) == [[0, 1]] * 20
        np.testing.assert_array_equal(read_poses(path).columns.joints_xy, read_poses(folder / path.name).columns.joints_xy)


@pytest.mark.parametrize("change", [{}, {"track_id": -1}, {"track_id": None}, {"track_id": 5}])
def test_ids_that_are_there_or_not_do_not_matter(folder: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    path = folder / "000001_mpii_test.json"
    data = json.loads(path.read_bytes())
    for number, person in enumerate(data["annotations"]):
        person.pop("track_id", None)
        if change:
            value = change["track_id"]
            person |= {"track_id": value if value != 5 else 5 + number}
        if change == {"track_id": None}:
            del person["track_id"]
    path.write_text(json.dumps(data))
    assert main([str(path), "--output", str(tmp_path / "out.json")]) == 0
    assert ids_of(tmp_path / "out.json") == [[0, 1]] * 20


def test_a_journal_is_replayed_with_the_runs_own_settings(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with JournalWriter(run / "journal.jsonl", JournalHead("walk", POSETRACK18, 25.0, {})) as writer:
        for frame in crossing():
            writer.add(JournalFrame(rounded(frame), f"{frame.frame_index:06d}.jpg", frame.frame_index / 25))
    assert main([str(run), "--output", str(tmp_path / "out")]) == 0
    again = tmp_path / "out" / "poses.json"
    assert ids_of(again) == [[0, 1]] * 20
    assert read_poses(again).info.timestamps_s == pytest.approx([i / 25 for i in range(20)])
    (run / "config.yaml").write_text("tracker: {pose_threshold: 0.85, new_track_threshold: 0.85}\nskeleton: null\n")
    assert main([str(run), "--output", str(tmp_path / "strict")]) == 0
    assert ids_of(tmp_path / "strict" / "poses.json") == [[0]] * 20


def journal(path: Path, skeleton: Skeleton, info: dict[str, Any], times: list[float]) -> Path:
    """Write a journal of ``crossing`` with jittered joints, labelled as joints of ``skeleton``."""
    path.parent.mkdir(exist_ok=True)
    rng = np.random.default_rng(1)
    with JournalWriter(path, JournalHead("walk", skeleton, 25.0, info)) as writer:
        for frame, time in zip(crossing(), times, strict=True):
            trembling = replace(frame, joints_xy=frame.joints_xy + rng.normal(0, 2, frame.joints_xy.shape))
            writer.add(JournalFrame(rounded(trembling), f"walk/{frame.frame_index:06d}.jpg", time))
    return path


def test_the_joints_that_the_run_wrote_are_written_again(tmp_path: Path) -> None:
    info = {"skeleton": "posetrack18", "derived_joints": ["head_bottom", "head_top"]}
    run = journal(tmp_path / "run" / "journal.jsonl", COCO, info, [i / 25 for i in range(20)]).parent
    assert main([str(run), "--output", str(tmp_path / "out")]) == 0
    again = read_poses(tmp_path / "out" / "poses.json")
    assert again.skeleton == POSETRACK18 and len(again.frames[0]) == 2
    neck = again.frames[0].joints_xy[:, POSETRACK18.index("head_bottom")]
    shoulders = [POSETRACK18.index(f"{side}_shoulder") for side in ("left", "right")]
    np.testing.assert_allclose(neck, again.frames[0].joints_xy[:, shoulders].mean(axis=1))


def test_without_a_file_of_settings_those_of_the_journal_hold(tmp_path: Path) -> None:
    """As after a killed run, since config.yaml is written last."""
    strict = TrackConfig(TrackerConfig(pose_threshold=0.85, new_track_threshold=0.85))
    info = json.loads(orjson.dumps(asdict(strict)))
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, info, [i / 25 for i in range(20)])
    assert main([str(run), "--output", str(tmp_path / "a.json")]) == 0
    assert ids_of(tmp_path / "a.json") == [[0]] * 20
    assert main([str(run), "--output", str(tmp_path / "b.json"), "tracker.pose_threshold=0.3"]) == 0
    assert ids_of(tmp_path / "b.json") == [[0]] * 20
    assert main([str(run), "--output", str(tmp_path / "c.json"), "tracker.kind=simple_baseline",
                 "tracker.similarity=pose", "tracker.propagate_boxes=false", "tracker.pose_threshold=0.3"]) == 0  # fmt: skip
    assert ids_of(tmp_path / "c.json") == [[0, 1]] * 20


def test_a_file_is_smoothed_by_its_clock_as_a_journal_is(tmp_path: Path) -> None:
    times = np.cumsum([0.04 if i % 5 else 0.2 for i in range(20)]).tolist()
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, {}, times).parent
    plain = ["linking.kind=none", "smoothing.kind=none"]
    assert main([str(run), "--output", str(tmp_path / "plain.json"), *plain]) == 0
    for source, name in ((run, "a"), (tmp_path / "plain.json", "b")):
        assert main([str(source), "--output", str(tmp_path / f"{name}.json"), "smoothing.kind=gaussian"]) == 0
    a, b = (read_poses(tmp_path / f"{name}.json").columns.joints_xy for name in "ab")
    np.testing.assert_allclose(a, b, atol=1e-3)
    assert np.abs(a - read_poses(tmp_path / "plain.json").columns.joints_xy).max() > 0.5


def test_a_journal_that_was_left_later_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, {}, [i / 25 for i in range(20)]).parent
    left = run / ".journal.4194999-abcdef01.tmp.jsonl"
    left.write_bytes((run / "journal.jsonl").read_bytes())
    os.utime(left, (2e9, 2e9))
    assert main([str(run), "--output", str(tmp_path / "out")]) == 0
    assert f"warning: {left} is newer" in capsys.readouterr().err


def test_what_a_killed_run_left_is_tracked_with_its_own_settings(tmp_path: Path) -> None:
    settings = {"tracker": {"kind": "default", "max_gap_frames": 33}, "linking": {"kind": "none"}, "smoothing": {"kind": "none"}}
    whole = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, settings, [i / 25 for i in range(20)])
    whole.rename(whole.with_name(".journal.4194999-abcdef01.tmp.jsonl"))
    (whole.parent / "config.yaml").write_text("tracker: {kind: default, max_gap_frames: 7}\n")  # of an earlier run
    assert main([str(whole.parent), "--output", str(tmp_path / "out.json")]) == 0
    info = json.loads((tmp_path / "out.json").read_text())["info"]
    assert (info["tracker"]["max_gap_frames"], info["linking"]["kind"]) == (33, "none")


def test_the_order_of_coco_results_does_not_matter(tmp_path: Path) -> None:
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, {}, [i / 25 for i in range(20)]).parent
    assert main([str(run), "--output", str(tmp_path / "poses.json")]) == 0
    convert(tmp_path / "poses.json", tmp_path / "a.json", "coco-results")
    persons = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "b.json").write_text(json.dumps(persons[::-1]))
    found = []
    for name in ("a", "b"):
        words = [str(tmp_path / f"{name}.json"), "--output", str(tmp_path / f"{name}_out.json")]
        assert main([*words, "--input-skeleton", "posetrack18"]) == 0
        found.append(ids_of(tmp_path / f"{name}_out.json"))
    assert sorted(map(len, found[0])) == sorted(map(len, found[1])) and len(found[0]) == 20
    images = [json.loads((tmp_path / f"{name}_out.json").read_text())["images"] for name in "ab"]
    assert [i["file_name"][-10:] for i in images[0]] == [i["file_name"][-10:] for i in images[1]]


def test_the_poses_of_the_run_itself_are_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, {}, [i / 25 for i in range(20)]).parent
    assert main([str(run), "--output", str(run)]) == 0  # restores a run's lost poses
    before = (run / "poses.json").read_bytes()
    assert "is the run's own output" in error_of(capsys, run, "--output", run)
    assert (run / "poses.json").read_bytes() == before


def test_a_sweep_tries_all_and_writes_the_best(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gt = tmp_path / "gt"
    gt.mkdir()
    for path in folder.iterdir():
        write_posetrack18(gt / path.name, sequence(path.stem, ids=True))
    words = ["--gt", gt, "--sweep", "tracker.pose_threshold=0.1,0.85", "--sweep", "tracker.new_track_threshold=0.9,0.3"]
    bad = error_of(capsys, folder, "--output", tmp_path / "none", *words)
    assert "new_track_threshold is 0.3, expected at least pose_threshold (0.85)" in bad
    assert not (tmp_path / "none").exists()
    words[-1] = "tracker.new_track_threshold=0.88,0.85"
    assert main([str(word) for word in (folder, "--output", tmp_path / "best", *words)]) == 0
    printed = capsys.readouterr().out
    assert "best 4 of 4 combinations" in printed and "Chosen on the data" in printed
    # The person scoring 0.8 starts no track in any of the four; the other is tracked throughout.
    assert [len(ids) for path in (tmp_path / "best").iterdir() for ids in ids_of(path)] == [1] * 40
    assert main([str(w) for w in (folder, "-o", tmp_path / "all", "--gt", gt, "--sweep", "tracker.pose_threshold=0.1")]) == 0
    assert "100.00" in capsys.readouterr().out


def test_a_sweep_over_a_run_goes_by_the_name_of_its_sequence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file name cannot be used, as all journals have the same."""
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, {}, [i / 25 for i in range(20)]).parent
    gt = tmp_path / "gt"
    gt.mkdir()
    words = [run, "--output", tmp_path / "out", "--gt", gt, "--sweep", "tracker.max_gap_frames=5"]
    write_posetrack18(gt / "journal.json", sequence("other", ids=True))
    assert f"no ground truth for {run}/journal.jsonl, expected walk.json in this folder" in error_of(capsys, *words)
    write_posetrack18(gt / "walk.json", sequence("walk", ids=True))
    assert main([str(word) for word in words]) == 0


def test_a_target_in_no_frame_is_refused_before_the_linking(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = journal(tmp_path / "run" / "journal.jsonl", POSETRACK18, {}, [i / 25 for i in range(20)]).parent
    for source in (run, folder):
        said = error_of(capsys, source, "-o", tmp_path / "out", "target.x=1", "target.y=2", "target.frame=20")
        assert "target: there is no frame 20, expected one of its 20 frames, counted from 0" in said
    assert not (tmp_path / "out").exists()


def test_coco_results_need_the_name_of_their_joints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [
        {"image_id": frame.frame_index, "category_id": 1, "score": 0.9,
         "keypoints": np.concatenate([xy, np.full((K, 1), 0.9)], axis=1).ravel().tolist()}
        for frame in crossing(5) for xy in frame.joints_xy
    ]  # fmt: skip
    path = tmp_path / "results.json"
    path.write_bytes(orjson.dumps(people))
    assert "--input-skeleton" in error_of(capsys, path, "--output", tmp_path / "out.json")
    assert main([str(path), "--output", str(tmp_path / "out.json"), "--input-skeleton", "posetrack18"]) == 0
    assert ids_of(tmp_path / "out.json") == [[0, 1]] * 5


def test_bad_input_gives_one_error_and_leaves_what_was_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = folder / "000001_mpii_test.json"
    before = one.read_bytes()
    empty = tmp_path / "empty"
    empty.mkdir()
    out = tmp_path / "out.json"
    for part, *words in (
        ("no such file or folder", tmp_path / "absent", "-o", out),
        ("no file with the extension", empty, "-o", out),
        ("one file for 2 sequences", folder, "-o", out),
        ("would be overwritten", folder, "-o", folder),
        ("would be overwritten", one, "-o", one),
        ("unknown key; did you mean max_gap_frames", one, "-o", out, "tracker.max_gap=3"),
        ("needs the pictures", one, "-o", out, "tracker.kind=simple_baseline"),
        ("--sweep and --gt must be given together", one, "-o", out, "--gt", one),
        ("expected key=v1,v2", one, "-o", out, "--gt", one, "--sweep", "tracker.motion"),
        ("is one file, but there are 2 sequences", folder, "-o", empty, "--gt", one, "--sweep", "tracker.max_gap_frames=1"),
        ("no ground truth for", one, "-o", out, "--gt", empty, "--sweep", "tracker.max_gap_frames=1,2"),
    ):
        assert part in error_of(capsys, *words), words
    assert one.read_bytes() == before
    assert not out.exists()


def test_a_torn_file_is_named(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "000001_mpii_test.json"
    path.write_bytes(path.read_bytes()[:500])
    assert "000001_mpii_test.json" in error_of(capsys, folder, "-o", tmp_path / "out")


def test_the_tool_works_from_a_clone(folder: Path, tmp_path: Path) -> None:
    tool = Path(__file__).parents[2] / "tools" / "track.py"
    command = [sys.executable, str(tool), str(folder), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2 sequences, 40 frames" in done.stdout
