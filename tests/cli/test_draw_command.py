"""``tools/draw.py`` draws any pose file on its video."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from posetrack.cli.draw import main
from posetrack.io import read_poses, write_csv, write_posetrack18
from posetrack.io.conversion import convert
from posetrack.io.sources import open_source
from posetrack.structures import FramePoses, SequenceInfo, SequencePoses
from tests.demo_clip import CLIP, TRUTH


def test_the_truth_is_drawn_on_its_clip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([CLIP, TRUTH, "--output", str(tmp_path / "drawn.mp4")]) == 0
    assert capsys.readouterr().out.startswith("60 frames, ")
    with open_source(str(tmp_path / "drawn.mp4")) as drawn, open_source(CLIP) as clip:
        pairs = [(a.image.astype(int), b.image.astype(int)) for a, b in zip(drawn, clip, strict=True)]
    assert len(pairs) == 60
    # Legends and limbs are drawn; apart from compression the rest of the image is unchanged.
    changed = [(np.abs(a - b).max(axis=2) > 60).mean() for a, b in pairs]
    assert 0.005 < min(changed) and max(changed) < 0.3


def test_frames_of_another_video_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text(Path(TRUTH).read_text().replace("/0000", "/9000"))
    assert main([CLIP, str(other), "--output", str(tmp_path / "drawn.mp4")]) == 2
    error = capsys.readouterr().err
    assert "none of its frames" in error and "other.json" in error
    assert not (tmp_path / "drawn.mp4").exists()
    assert main([CLIP, TRUTH, "-o", str(tmp_path / "drawn.mp4"), "--trail", "-1"]) == 2
    assert "--trail -1" in capsys.readouterr().err
    assert main([CLIP, TRUTH, "-o", str(tmp_path / "drawn.mp4"), "--trail", "9" * 22]) == 2
    assert f"--trail {'9' * 22}: expected 0 to 1000000" in capsys.readouterr().err


def test_poses_without_frames_are_refused_before_the_video_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = tmp_path / "none.json"
    none.write_text(json.dumps(json.loads(Path(TRUTH).read_text()) | {"images": [], "annotations": []}))
    assert main(["no_such_video.mp4", str(none), "-o", str(tmp_path / "drawn.mp4")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith(f"error: {none}: contains no frames")


def test_images_named_by_number_are_paired_by_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PoseTrack17 image names have eight digits, video frame names six."""
    eight = tmp_path / "eight.json"
    eight.write_text(Path(TRUTH).read_text().replace("/0000", "/000000"))
    counts = []
    for poses in (TRUTH, str(eight)):
        assert main([CLIP, poses, "-o", str(tmp_path / "drawn.mp4")]) == 0
        counts.append(capsys.readouterr().out.splitlines()[0])
    assert "00000000.jpg" in eight.read_text() and "00000059.jpg" in eight.read_text()
    assert counts[0] == counts[1]


def test_poses_numbered_from_1_are_drawn_on_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If the counts match, numbers are shifted by one; fewer poses may belong to a part that begins at the second frame."""
    shutil.copy(CLIP, tmp_path / "clip.mp4")
    truth = read_poses(TRUTH)
    count = len(truth.frames)
    names = tuple(f"frames/{index:08d}.jpg" for index in range(1, count + 1))
    info = replace(truth.info, frame_names=names, image_ids=None, frame_fields=None)
    write_posetrack18(tmp_path / "from_1.json", replace(truth, info=info))
    assert main([str(tmp_path / "clip.mp4"), TRUTH, "-o", str(tmp_path / "a.mp4")]) == 0
    assert capsys.readouterr().err.count("warning") == 0
    assert main([str(tmp_path / "clip.mp4"), str(tmp_path / "from_1.json"), "-o", str(tmp_path / "b.mp4")]) == 0
    assert "warning: the poses are numbered from 1, the images from 0, and there are as many" in capsys.readouterr().err
    with open_source(str(tmp_path / "a.mp4")) as a, open_source(str(tmp_path / "b.mp4")) as b:
        assert all(np.array_equal(one.image, other.image) for one, other in zip(a, b, strict=True))
    some = replace(info, frame_names=names[2:], labelled=info.labelled[2:], timestamps_s=None)
    frames = tuple(frame.at_frame(index) for index, frame in enumerate(truth.frames[2:]))
    write_posetrack18(tmp_path / "some.json", replace(truth, info=some, frames=frames, ignore_regions=()))
    assert main([str(tmp_path / "clip.mp4"), str(tmp_path / "some.json"), "-o", str(tmp_path / "b.mp4")]) == 0
    said = capsys.readouterr().err
    assert f"warning: {tmp_path}/some.json: 1 of {count - 2} frames with poses match none of these images" in said


@pytest.mark.parametrize(("folder", "damaged"), [("clip", False), ("other", False), ("clip", True)])
def test_images_numbered_from_1_are_drawn_with_poses_numbered_from_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, damaged: bool
) -> None:
    """As written by ``ffmpeg -i clip.mp4 clip/%06d.png``, where all names but the last belong to other frames."""
    truth = read_poses(TRUTH)
    size = truth.frames[0].image_hw
    info = SequenceInfo("clip", tuple(f"{folder}/{index:06d}.png" for index in range(4)), size)
    write_posetrack18(tmp_path / "poses.json", SequencePoses(info, truth.skeleton, truth.frames[:4]))
    drawn = []
    for start in (0, 1):
        images = [tmp_path / f"from_{start}" / "clip" / f"{start + index:06d}.png" for index in range(4)]
        images[0].parent.mkdir(parents=True)
        for path in images:
            cv2.imwrite(str(path), np.full((*size, 3), 90, dtype=np.uint8))
        if damaged:
            images[0].write_bytes(b"")
        output = tmp_path / f"{start}.mp4"
        assert main([str(images[0].parent), str(tmp_path / "poses.json"), "-o", str(output)]) == 0
        assert ("the poses are numbered from 0, the images from 1" in capsys.readouterr().err) == (start == 1)
        with open_source(str(output)) as source:
            drawn.append([frame.image for frame in source])
    assert len(drawn[0]) == 4 - damaged
    assert all(np.array_equal(one, other) for one, other in zip(*drawn, strict=True))


@pytest.mark.parametrize("name", ["clip.mp4", "link.mp4"])
def test_what_is_drawn_is_never_overwritten(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    clip, truth, output = tmp_path / "clip.mp4", tmp_path / "truth.json", tmp_path / name
    shutil.copy(CLIP, clip)
    shutil.copy(TRUTH, truth)
    (tmp_path / "link.mp4").symlink_to("clip.mp4")
    before = clip.read_bytes(), truth.read_bytes()
    assert main([str(clip), str(truth), "-o", str(output)]) == 2
    expected = f"error: {output}: is an input, and would be overwritten; choose another --output\n"
    assert capsys.readouterr().err == expected
    assert (clip.read_bytes(), truth.read_bytes()) == before


def test_a_run_folder_and_a_table_are_drawn_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    shutil.copy(TRUTH, tmp_path / "run" / "poses.json")
    write_csv(tmp_path / "truth.csv", read_poses(TRUTH))
    drawn = []
    for poses in (TRUTH, tmp_path / "run", tmp_path / "truth.csv"):
        assert main([CLIP, str(poses), "-o", str(tmp_path / "drawn.mp4")]) == 0
        drawn.append(capsys.readouterr().out)
    assert drawn[0] == drawn[1] == drawn[2]
    for name in ("drawn.avi", "drawn"):
        assert main([CLIP, TRUTH, "-o", str(tmp_path / name)]) == 2
        assert "expected a name that ends in .mp4" in capsys.readouterr().err


def test_coco_results_are_drawn_if_their_joints_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.json"
    convert(Path(TRUTH), results, "coco-results")
    words = [CLIP, str(results), "-o", str(tmp_path / "drawn.mp4")]
    assert main(words) == 2
    assert "specify one with --input-skeleton" in capsys.readouterr().err
    assert main([*words, "--input-skeleton", "posetrack18"]) == 0


def test_a_smaller_copy_has_the_poses_where_the_video_has_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same result as scaling the poses first; the centre of the first pixel is (0, 0)."""
    truth = read_poses(TRUTH)
    height, width = truth.frames[0].image_hw
    half = (height // 2, width // 2)
    for name, size in (("half", half), ("square", (half[0], half[0]))):
        (tmp_path / name).mkdir()
        for index in range(3):
            cv2.imwrite(str(tmp_path / name / f"{index:06d}.png"), np.full((*size, 3), 90, dtype=np.uint8))
    scaled = [
        replace(frame, image_hw=half, joints_xy=(frame.joints_xy + 0.5) / 2 - 0.5,
                boxes_xyxy=(frame.boxes_xyxy + 0.5) / 2 - 0.5, head_boxes_xyxy=(frame.head_boxes_xyxy + 0.5) / 2 - 0.5)
        for frame in truth.frames
    ]  # fmt: skip
    write_posetrack18(tmp_path / "scaled.json", replace(truth, info=replace(truth.info, image_hw=half), frames=tuple(scaled)))
    for name, poses in (("a", TRUTH), ("b", tmp_path / "scaled.json")):
        assert main([str(tmp_path / "half"), str(poses), "-o", str(tmp_path / f"{name}.mp4")]) == 0
    with open_source(str(tmp_path / "a.mp4")) as a, open_source(str(tmp_path / "b.mp4")) as b:
        for one, other in zip(a, b, strict=True):
            assert (one.image != 90).any()
            np.testing.assert_array_equal(one.image, other.image)
    capsys.readouterr()
    assert main([str(tmp_path / "square"), TRUTH, "-o", str(tmp_path / "square.mp4")]) == 2
    assert f"its poses are for images of {width}x{height}" in capsys.readouterr().err


def test_images_of_one_number_are_told_apart_by_their_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = read_poses(TRUTH)
    size = truth.frames[0].image_hw
    names = ("A/000.png", "A/001.png", "B/000.png", "B/001.png")
    frames = [truth.frames[0].at_frame(0), *(FramePoses.empty(t, size, 17) for t in (1, 2)), truth.frames[3]]
    info = SequenceInfo("cams", names, size)
    write_posetrack18(tmp_path / "poses.json", SequencePoses(info, truth.skeleton, tuple(frames)))
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.zeros((*size, 3), dtype=np.uint8))
    assert main([str(tmp_path / "*" / "*.png"), str(tmp_path / "poses.json"), "-o", str(tmp_path / "all.mp4")]) == 0
    assert capsys.readouterr().out.startswith(f"4 frames, {len(truth.frames[0]) + len(truth.frames[3])} poses")
