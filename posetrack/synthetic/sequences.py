"""Write scenes to files: as a PoseTrack18 image sequence, or as a video with its ground truth."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from posetrack.io import atomic_write, write_posetrack18
from posetrack.io.atomic import output_error
from posetrack.io.video_writer import VideoWriter
from posetrack.structures import POSETRACK18, Frame, FramePoses, ImageArray, SequenceInfo, SequencePoses
from posetrack.synthetic.scene import Scene

# Seeds from here up are never used for training: training seeds count up from a few million, validation
# seeds from 1,000,000,000 (posetrack/training/config.py).
FIRST_HELD_OUT_SEED = 2_000_000_000
JPEG_QUALITY = 95
_EARS = [POSETRACK18.index("left_ear"), POSETRACK18.index("right_ear")]


def as_posetrack18(name: str, scene: Scene) -> SequencePoses:
    """Ground truth of a scene as in PoseTrack18: without ears, frames named after the sequence.

    Args:
        name: ``<number>_<mpii|bonn|mpiinew>_<word>``, as the official evaluator expects.
        scene: the scene.

        Returns:
            One FramePoses per frame, without scores. Boxes are those of the drawn bodies, clipped to the image
            (PoseTrack's own annotations use the extent of the joints); a person keeps their id in all frames.
    """
    return _sequence(name, scene.config.image_hw, scene.config.fps, [truth for _, truth in scene.frames()])


def write_sequence(scene: Scene, folder: str | os.PathLike[str], name: str) -> Path:
    """Write a scene in PoseTrack18's file layout.

    Args:
        scene: the scene.
        folder: the data root; receives ``annotations/val/<name>.json`` and ``images/val/<name>/000000.jpg`` etc.
        name: see ``as_posetrack18``.

    Returns:
        Path of the annotation file.

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
    write_posetrack18(annotations, _sequence(name, scene.config.image_hw, scene.config.fps, truths))
    return annotations


def write_clip(
    frames: Iterable[tuple[Frame, FramePoses]], folder: str | os.PathLike[str], name: str, image_hw: tuple[int, int],
    fps: float,
) -> Path:  # fmt: skip
    """Write frames as a video ``<name>.mp4`` (H.264) and their ground truth ``<name>.json`` (PoseTrack18).

    Args:
        frames: frames with their ground truth, in order.
        folder: where both files go; created if missing.
        name: see ``as_posetrack18``.
        image_hw: height and width of the frames; both even.
        fps: frames per second.

    Returns:
        Path of the video.

    Raises:
        OutputError: a file cannot be written.
    """
    root = Path(folder)
    _make_folder(root)
    truths = []
    with VideoWriter(root / f"{name}.mp4", fps, image_hw) as video:
        for frame, truth in frames:
            video.write(frame.image)
            truths.append(truth)
    write_posetrack18(root / f"{name}.json", _sequence(name, image_hw, fps, truths))
    return root / f"{name}.mp4"


def as_annotated(truth: FramePoses) -> FramePoses:
    """Strip from a frame's ground truth the ears, which PoseTrack18 never annotates, and the scores."""
    valid = truth.joint_valid.copy()
    valid[:, _EARS] = False
    no_scores = np.full(len(truth), np.nan)
    return replace(truth, scores=no_scores, joint_scores=np.full(valid.shape, np.nan), joint_valid=valid)


def _sequence(name: str, image_hw: tuple[int, int], fps: float, truths: Sequence[FramePoses]) -> SequencePoses:
    names = tuple(_frame_name(name, index) for index in range(len(truths)))
    times = tuple(index / fps for index in range(len(truths)))
    info = SequenceInfo(name, names, image_hw, fps, timestamps_s=times)
    return SequencePoses(info, POSETRACK18, tuple(as_annotated(truth) for truth in truths))


def _frame_name(name: str, index: int) -> str:
    return f"images/val/{name}/{index:06d}.jpg"


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def _jpeg(image: ImageArray) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data.tobytes())
