"""A whole run with each tracker: the replay equals the output; flow propagates boxes; cuts end tracks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posetrack.cli.run import main as run_main
from posetrack.cli.track import main as track_main
from posetrack.io import read_poses
from posetrack.io.journal import read_journal
from posetrack.io.video_writer import VideoWriter
from posetrack.structures import Frame, Origin
from posetrack.synthetic import Scene, SceneConfig
from tests.demo_clip import CLIP, TRUTH

FAITHFUL = ("tracker.kind=simple_baseline", "tracker.pose_threshold=0.25", "tracker.joint_threshold=0.3")


def run(folder: Path, *words: str, source: str = CLIP, frames: str = "0:8") -> Path:
    assert run_main([source, "--output", str(folder), "--no-overlay", "--frames", frames, *words]) == 0
    return folder


def annotations(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_bytes())["annotations"]
    return found


def test_the_journal_replays_to_the_same_poses(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", frames="20:32")
    assert track_main([str(folder), "--output", str(tmp_path / "again")]) == 0
    written = annotations(folder / "poses.json")
    assert len(written) > 20
    assert annotations(tmp_path / "again" / "poses.json") == written


def test_without_a_journal_that_of_an_earlier_run_does_not_stay(tmp_path: Path) -> None:
    folder = run(tmp_path, frames="0:2")
    assert (folder / "journal.jsonl").is_file()
    run(tmp_path, "output.journal=false", frames="0:2")
    assert sorted(path.name for path in folder.iterdir()) == ["config.yaml", "poses.json"]


@pytest.mark.parametrize("flow", ["lucas-kanade", "dis"])
def test_the_faithful_tracker_follows_people_by_the_flow(tmp_path: Path, flow: str) -> None:
    folder = run(tmp_path, *FAITHFUL, f"flow.kind={flow}")
    ids = [set(frame.track_ids.tolist()) for frame in read_poses(folder / "poses.json").frames]
    assert len(ids) == 8 and len(set.union(*ids)) <= 5
    assert set.intersection(*ids)


def test_boxes_carried_along_the_flow_find_people_whom_the_detector_misses(tmp_path: Path) -> None:
    """Detections exist in every fourth frame only; propagated boxes fill the frames in between."""
    boxes = tmp_path / "boxes.txt"
    truth = read_poses(TRUTH)
    lines = [
        f"{frame.frame_index + 1},-1,{x1 + 1},{y1 + 1},{x2 - x1},{y2 - y1},0.9,-1,-1,-1"
        for frame in truth.frames[:8:4] for x1, y1, x2, y2 in frame.boxes_xyxy.tolist()
    ]  # fmt: skip
    boxes.write_text("\n".join(lines) + "\n")
    from_file = ("detector.kind=file", f"detector.path={boxes}", *FAITHFUL, "pose.rescore=false", "linking.kind=none")
    propagating = run(tmp_path / "with", *from_file, "tracker.propagate_threshold=0.4")
    detected = run(tmp_path / "without", *from_file, "tracker.propagate_boxes=false")

    def counts(folder: Path) -> list[int]:
        return [len(frame) for frame in read_poses(folder / "poses.json").frames]

    assert [number > 0 for number in counts(detected)] == [True, False, False, False] * 2
    assert min(counts(propagating)) >= 2
    origins = [set(frame.origin.tolist()) for frame in read_poses(propagating / "poses.json").frames]
    assert Origin.OBSERVED in origins[0] and Origin.OBSERVED in origins[4]
    assert origins[1:4] == origins[5:] == [{Origin.PROPAGATED}] * 3
    again = tmp_path / "again"
    no_pictures = ("tracker.similarity=pose", "tracker.propagate_boxes=false")
    assert track_main([str(propagating), "--output", str(again), *no_pictures]) == 0  # the journal stores the origin
    assert [set(frame.origin.tolist()) for frame in read_poses(again / "poses.json").frames] == origins


def test_a_file_of_boxes_of_other_frames_is_spoken_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "boxes.txt").write_text("1001,-1,10,10,50,90,0.9,-1,-1,-1\n")
    run(tmp_path / "none", "detector.kind=file", f"detector.path={tmp_path / 'boxes.txt'}")
    assert "boxes.txt has no boxes for these 8 frames; image ids and frame numbers count from 0" in capsys.readouterr().err


def test_a_threshold_that_leaves_out_nearly_everybody_is_spoken_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path / "few", "tracker.kind=simple_baseline", "tracker.pose_threshold=0.95")
    said = capsys.readouterr().err
    assert "note: the tracker left out" in said and "tracker.pose_threshold=0.95" in said
    run(tmp_path / "many", *FAITHFUL)
    assert "note:" not in capsys.readouterr().err


def _two_shots() -> Iterator[Frame]:
    for shot, seed in enumerate((41, 42)):
        scene = Scene(SceneConfig(image_hw=(240, 320), people=2, height_px=(120.0, 150.0), num_frames=5), seed)
        for index in range(5):
            yield Frame(5 * shot + index, scene.render(index)[0].image, None, "")


def test_a_cut_ends_all_tracks(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    with_cut, without = tmp_path / "with", tmp_path / "without"
    video = VideoWriter(path, 12.5, (240, 320))
    for frame in _two_shots():
        video.write(np.ascontiguousarray(frame.image), frame.index / 12.5)
    video.close()
    run(with_cut, source=str(path), frames=":")
    assert [frame.is_cut for frame in read_journal(with_cut / "journal.jsonl")[1]] == [i == 5 for i in range(10)]
    frames = read_poses(with_cut / "poses.json").frames
    before, after = ({i for f in part for i in f.track_ids.tolist()} for part in (frames[:5], frames[5:]))
    assert before and after and not before & after
    run(without, "cuts=null", source=str(path), frames=":")
    assert not any(frame.is_cut for frame in read_journal(without / "journal.jsonl")[1])
