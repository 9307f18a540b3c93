"""Scenes as files: a PoseTrack18 sequence of images, or a video with its ground truth."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from posetrack.io import atomic_write, write_posetrack18
from posetrack.io.atomic import output_error
from posetrack.io.video_writer import VideoWriter
from posetrack.structures import POSETRACK18, FramePoses, ImageArray, SequenceInfo, SequencePoses
from posetrack.synthetic.scene import Scene, SceneConfig

# Nothing is ever trained on scenes with seeds from here up; training counts up from some millions, its
# validation from 1,000,000,000 (posetrack/training/config.py).
FIRST_HELD_OUT_SEED = 2_000_000_000
DEMO_SEED = FIRST_HELD_OUT_SEED + 5
DEMO_NAME = "900001_mpiinew_drawn"
JPEG_QUALITY = 95
_EARS = [POSETRACK18.index("left_ear"), POSETRACK18.index("right_ear")]


def as_posetrack18(name: str, scene: Scene) -> SequencePoses:
    """The ground truth of a scene as PoseTrack18 has it: no ears, frames named after the sequence.

    Args:
        name: ``<number>_<mpii|bonn|mpiinew>_<word>`` for the official evaluator.
        scene: what to write.

    Returns:
        One FramePoses a frame without scores. Its boxes are those of the drawn bodies, clipped to the image
        (PoseTrack's own annotations have the extent of the joints there); a person keeps the id in all frames.
    """
    return _sequence(name, scene.config, [truth for _, truth in scene.frames()])


def write_sequence(scene: Scene, folder: str | os.PathLike[str], name: str) -> Path:
    """Write a scene as PoseTrack18 lays a sequence out.

    Args:
        scene: what to write.
        folder: the data root; gets ``annotations/val/<name>.json`` and ``images/val/<name>/000000.jpg`` and so on.
        name: see ``as_posetrack18``.

    Returns:
        The annotation file.

    Raises:
        OutputError: a file cannot be written.
    """
    root = Path(folder)
    annotations = root / "annotations" / "val" / f"{name}.json"
    _make_folder(annotations.parent)
    _make_folder((root / _frame_name(name, 0)).parent)
    truths = []
    for frame, truth in scene.frames():
        with atomic_write(root / _frame_name(name, frame.index)) as file:
            file.write(_jpeg(frame.image))
        truths.append(truth)
    write_posetrack18(annotations, _sequence(name, scene.config, truths))
    return annotations


def write_clip(scene: Scene, folder: str | os.PathLike[str], name: str) -> Path:
    """Write a scene as a video ``<name>.mp4`` (H.264) and its ground truth ``<name>.json`` (PoseTrack18).

    Args:
        scene: what to write.
        folder: for both files; made if it is not there.
        name: see ``as_posetrack18``.

    Returns:
        The video.

    Raises:
        OutputError: a file cannot be written.
    """
    root = Path(folder)
    _make_folder(root)
    truths = []
    with VideoWriter(root / f"{name}.mp4", scene.config.fps, scene.config.image_hw) as video:
        for frame, truth in scene.frames():
            video.write(frame.image)
            truths.append(truth)
    write_posetrack18(root / f"{name}.json", _sequence(name, scene.config, truths))
    return root / f"{name}.mp4"


def _sequence(name: str, config: SceneConfig, truths: Sequence[FramePoses]) -> SequencePoses:
    names = tuple(_frame_name(name, index) for index in range(config.num_frames))
    times = tuple(index / config.fps for index in range(config.num_frames))
    info = SequenceInfo(name, names, config.image_hw, config.fps, timestamps_s=times)
    return SequencePoses(info, POSETRACK18, tuple(_annotated(truth) for truth in truths))


def _frame_name(name: str, index: int) -> str:
    return f"images/val/{name}/{index:06d}.jpg"


def _annotated(truth: FramePoses) -> FramePoses:
    """Without ears, which PoseTrack18 never annotates, and without scores."""
    valid = truth.joint_valid.copy()
    valid[:, _EARS] = False
    no_scores = np.full(len(truth), np.nan)
    return replace(truth, scores=no_scores, joint_scores=np.full(valid.shape, np.nan), joint_valid=valid)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def _jpeg(image: ImageArray) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data.tobytes())
