"""Small real inputs for the commands, and a fixture that runs ``run_video.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from posetrack.cli.run import main

FAST = ("pose.flip_test=false", "detector.max_size=128", "device=cpu")


def write_video(path: Path, images: list[np.ndarray], codec: str = "mpeg4", fps: int = 10, **options: str) -> Path:
    """Encode RGB images with PyAV, with a key frame every 10."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.gop_size = 10
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def noise(count: int, height: int = 96, width: int = 128, seed: int = 0) -> list[np.ndarray]:
    """Frames of coarse noise, which compresses poorly."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, height // 8, width // 8, 3), dtype=np.uint8)
    return [np.kron(image, np.ones((8, 8, 1), dtype=np.uint8)) for image in coarse]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A readable video of 12 frames, 128x96."""
    return write_video(tmp_path / "clip.mp4", noise(12))


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Call run_video.py's main; returns (status, stderr text, poses.json or None)."""

    def call(source: object, *words: str) -> tuple[int, str, dict[str, Any] | None]:
        folder = tmp_path / "out"
        status = main([str(source), "--output", str(folder), *FAST, *words])
        poses = folder / "poses.json"
        return status, capfd.readouterr().err, json.loads(poses.read_bytes()) if poses.exists() else None

    return call
