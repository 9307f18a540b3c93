"""This project's interface to the public trackers: poses out to a child process, ids back."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tracking_public import PACKAGES
from tracking_scenes import JOINT_THRESHOLD, Case

from posetrack.structures import POSETRACK18, FramePoses
from posetrack.tracking import drop_joints

CHILD = Path(__file__).with_name("tracking_public.py")
Settings = dict[str, Any]


@dataclass(frozen=True)
class PublicPythons:
    """The Python that has each package; None = not installed."""

    by_package: dict[str, str | None]

    @classmethod
    def found(cls, folder: Path) -> PublicPythons:
        """Find each ``folder/PACKAGE/bin/python`` that can import its package."""
        pythons = {package: folder / package / "bin" / "python" for package in PACKAGES}
        return cls({package: str(python) if _imports(python, package) else None for package, python in pythons.items()})

    def of(self, name: str) -> str | None:
        """Return the Python for a tracker."""
        return next(self.by_package[package] for package, names in PACKAGES.items() if name in names)

    def version(self, package: str) -> str:
        """Return the version of an installed package."""
        code = f"from importlib.metadata import version; print(version({package!r}))"
        return subprocess.run([str(self.by_package[package]), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _imports(python: Path, package: str) -> bool:
    return python.exists() and subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode == 0


def write_poses(path: Path, cases: Sequence[Case]) -> None:
    """Write all sequences, concatenated, as plain arrays: M poses, F frames, S sequences."""
    frames = [frame for case in cases for frame in case.distinct]
    poses = [frame.poses for frame in frames]
    np.savez(
        path,
        boxes=np.concatenate([p.boxes_xyxy for p in poses]), scores=np.concatenate([p.scores for p in poses]),
        xy=np.concatenate([p.joints_xy for p in poses]),
        joint_scores=np.concatenate([np.where(p.joint_valid, p.joint_scores, 0.0) for p in poses]),
        cameras=np.stack([frame.camera for frame in frames]), counts=np.array([len(p) for p in poses]),
        lengths=np.array([len(case.distinct) for case in cases]), fps=np.array([case.fps for case in cases]),
        sigmas=np.asarray(POSETRACK18.sigmas, dtype=np.float64),
    )  # fmt: skip


def track_public(
    python: str, cases: Sequence[Case], requests: Sequence[tuple[str, Settings]]
) -> list[tuple[list[list[FramePoses]], float]]:
    """Run each tracker on all sequences; return the tracked frames of each sequence, and the total seconds.

    Raises:
        RuntimeError: the child process failed; the end of its error output is in the message.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "poses.npz", Path(folder) / "ids.npz"
        write_poses(source, cases)
        command = [python, str(CHILD), str(source), str(target), json.dumps(list(requests))]
        one_core = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=one_core)
        if done.returncode:
            raise RuntimeError(f"{command[:2]} failed: {done.stderr[-2000:]}")
        with np.load(target) as result:
            seconds = result["seconds"].tolist()
            return [(_with_ids(cases, result[f"ids_{i}"]), seconds[i]) for i in range(len(requests))]


def _with_ids(cases: Sequence[Case], ids: np.ndarray) -> list[list[FramePoses]]:
    start, result = 0, []
    for case in cases:
        frames = []
        for frame in case.distinct:
            given = ids[start : start + len(frame.poses)]
            start += len(frame.poses)
            tracked = frame.poses.with_tracks(given).select(given >= 0)
            frames.append(drop_joints(tracked, JOINT_THRESHOLD))
        result.append(frames)
    return result
