"""``tools/draw.py``: any file of poses drawn on its video."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from posetrack.cli.draw import main
from posetrack.io.sources import open_source
from tests.demo_clip import CLIP, TRUTH


def test_the_truth_is_drawn_on_its_clip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([CLIP, TRUTH, "--output", str(tmp_path / "drawn.mp4")]) == 0
    assert capsys.readouterr().out.startswith("60 frames, ")
    with open_source(str(tmp_path / "drawn.mp4")) as drawn, open_source(CLIP) as clip:
        pairs = [(a.image.astype(int), b.image.astype(int)) for a, b in zip(drawn, clip, strict=True)]
    assert len(pairs) == 60
    # Legends and limbs are drawn, the rest of the picture stays but for the encoding.
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


def test_poses_without_frames_are_refused_before_the_video_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = tmp_path / "none.json"
    none.write_text(json.dumps(json.loads(Path(TRUTH).read_text()) | {"images": [], "annotations": []}))
    assert main(["no_such_video.mp4", str(none), "-o", str(tmp_path / "drawn.mp4")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith(f"error: {none}: holds no frames")


def test_images_named_by_number_are_paired_by_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PoseTrack17 names images by eight digits, the frames of a video have six."""
    eight = tmp_path / "eight.json"
    eight.write_text(Path(TRUTH).read_text().replace("/0000", "/000000"))
    counts = []
    for poses in (TRUTH, str(eight)):
        assert main([CLIP, poses, "-o", str(tmp_path / "drawn.mp4")]) == 0
        counts.append(capsys.readouterr().out.splitlines()[0])
    assert "00000000.jpg" in eight.read_text() and "00000059.jpg" in eight.read_text()
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["clip.mp4", "truth.json", "link.mp4"])
def test_what_is_drawn_is_never_overwritten(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    clip, truth, output = tmp_path / "clip.mp4", tmp_path / "truth.json", tmp_path / name
    shutil.copy(CLIP, clip)
    shutil.copy(TRUTH, truth)
    (tmp_path / "link.mp4").symlink_to("clip.mp4")
    before = clip.read_bytes(), truth.read_bytes()
    assert main([str(clip), str(truth), "-o", str(output)]) == 2
    expected = f"error: {output}: is read from, and would be overwritten; choose another --output\n"
    assert capsys.readouterr().err == expected
    assert (clip.read_bytes(), truth.read_bytes()) == before
