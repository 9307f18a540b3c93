"""The bundled demo clip with ground truth: rendered people that no model was trained on."""

from __future__ import annotations

from importlib import resources

from posetrack.io import read_poses
from posetrack.io.sources import open_source
from posetrack.structures import Frame, FramePoses

FOLDER = resources.files("posetrack") / "assets" / "demo"
CLIP = str(FOLDER / "900011_mpiinew_people.mp4")
TRUTH = str(FOLDER / "900011_mpiinew_people.json")


def demo_frames(every: int) -> list[tuple[Frame, FramePoses]]:
    """Every ``every``-th frame with its ground truth."""
    source = open_source(CLIP)
    frames = list(source)
    source.close()
    return list(zip(frames, read_poses(TRUTH).frames, strict=True))[::every]
