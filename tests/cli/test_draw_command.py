"""``tools/draw.py``: any file of poses drawn on its video."""

from __future__ import annotations

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
