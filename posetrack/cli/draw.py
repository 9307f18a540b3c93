"""``posetrack draw`` and ``tools/draw.py``: draw a pose file on its video."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from posetrack.cli.common import path_argument, print_problems, program, run_command
from posetrack.cli.progress import frame_progress
from posetrack.errors import InputError
from posetrack.io.atomic import refuse_overwriting
from posetrack.io.conversion.reading import read_source
from posetrack.io.frame_source import FrameSource
from posetrack.io.sources import open_source
from posetrack.pipeline.overlay import TRAIL_FRAMES, OverlayWriter
from posetrack.pipeline.run_folder import POSES
from posetrack.structures import SKELETONS, Frame, FramePoses, SequencePoses

_SAME_SHAPE = 0.01  # of the aspect ratio
_MOST_DIGITS = 100  # in an image number; Python refuses numbers of some thousand digits
LONGEST_TRAIL_FRAMES = 1_000_000  # 11 hours at 25 frames a second

DESCRIPTION = """\
Draw the poses in a file (predictions of any program, or ground truth) on their frames, and write an MP4 file. Frames
are matched by image name or number; a scaled copy of the video works too.
"""
EXAMPLES = """\
examples:
  {program} holiday.mp4 runs/holiday --output holiday_drawn.mp4
  {program} images/val/003418_mpii_test annotations/val/003418_mpii_test.json --output truth.mp4
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    called = program("draw", "draw.py")
    parser = argparse.ArgumentParser(
        prog=called, description=DESCRIPTION, epilog=EXAMPLES.format(program=called),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("input", metavar="INPUT", help="video file, or folder or glob of images")
    parser.add_argument("poses", metavar="POSES", type=path_argument, help="run folder, or pose file: PoseTrack17, PoseTrack18, COCO, CSV")
    parser.add_argument("--output", "-o", metavar="MP4", type=path_argument, required=True, help="output video")
    parser.add_argument("--trail", metavar="FRAMES", type=int, default=TRAIL_FRAMES,
                        help="length of the trail behind each person (default: %(default)s)")  # fmt: skip
    parser.add_argument("--input-skeleton", choices=list(SKELETONS), metavar="NAME",
                        help="joints of the input, for COCO keypoint results, which do not name them")  # fmt: skip
    arguments = parser.parse_args(argv)
    return run_command(lambda: _draw(arguments))


def _draw(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.trail <= LONGEST_TRAIL_FRAMES:
        raise InputError(f"--trail {arguments.trail}: expected 0 to {LONGEST_TRAIL_FRAMES}")
    if arguments.output.suffix.lower() != ".mp4":
        raise InputError(f"--output {arguments.output}: expected a name that ends in .mp4")
    path = arguments.poses / POSES if arguments.poses.is_dir() else arguments.poses
    poses = _read(path, arguments.input_skeleton)
    with open_source(arguments.input) as source:
        refuse_overwriting([arguments.output], [*source.files, path], "--output")
        drawn, people = _overlay(source, poses, arguments)
    print(f"{drawn} frames, {people} poses")
    print_problems(source.problems)
    print(f"  {arguments.output}")
    return 0


def _read(path: Path, joints: str | None) -> SequencePoses:
    """Read the single sequence of a file of any format; ``joints`` names the skeleton of COCO keypoint results."""
    sequences = read_source(path, joints=SKELETONS[joints] if joints else None).sequences
    if len(sequences) > 1:
        names = ", ".join(one.info.name for one in sequences[:3])
        raise InputError(f"{path}: contains {len(sequences)} sequences ({names}, ...), expected one; tools/convert.py splits it")
    if not sequences[0].frames:
        raise InputError(f"{path}: contains no frames, so there is nothing to draw")
    return sequences[0]


def _overlay(source: FrameSource, poses: SequencePoses, arguments: argparse.Namespace) -> tuple[int, int]:
    """Draw the overlay; return the numbers of frames and poses drawn."""
    find: Callable[[Frame], FramePoses | None] | None = None
    found: set[int] = set()
    drawn = people = 0
    console = Console(stderr=True)
    with (
        OverlayWriter(arguments.output, poses.skeleton, source.fps, arguments.trail) as overlay,
        frame_progress(console, "drawing", source.num_frames) as bar,
    ):
        for frame in source:
            find = find or _pairing(poses, frame, source.num_frames)
            here = find(frame)
            found |= set() if here is None else {here.frame_index}
            shown = FramePoses.empty(frame.index, frame.image_hw, poses.skeleton.num_joints) if here is None else here
            if here is not None and poses.info.image_hw is not None:
                shown = _fitted(here, frame, arguments.poses)
            overlay.draw(frame, shown.at_frame(frame.index))
            drawn, people = drawn + 1, people + len(shown)
            bar.advance(len(shown))
        if not found:
            raise InputError(
                f"{arguments.poses}: none of its frames ({poses.info.frame_names[0]}, ...) matches a frame of "
                f"{arguments.input} ({frame.name}); expected images with the same number or name"
            )
    with_poses = [frame for frame in poses.frames if len(frame)]
    lost = sum(frame.frame_index not in found for frame in with_poses)
    if lost:
        print_problems([f"{arguments.poses}: {lost} of {len(with_poses)} frames with poses match none of these images"])
    return drawn, people


def _pairing(poses: SequencePoses, first: Frame, num_images: int | None) -> Callable[[Frame], FramePoses | None]:
    """Return a function that finds the poses of an image by its full name, or by number if the first image matches none.

    If there are as many images as frames, one numbered from 0 and the other from 1, they are paired in order even if
    names coincide: ``ffmpeg -i clip.mp4 clip/%06d.jpg`` names the first frame as a run names the second.
    """
    names = poses.info.frame_names
    keys = [_number_or_name(name) for name in names]
    counts = Counter(keys)
    alone = {key: frame for key, frame in zip(keys, poses.frames, strict=True) if counts[key] == 1}
    number = _number_or_name(first.name)
    start = number - first.source_index if isinstance(number, int) else -1  # earlier images may be unreadable
    other = 1 - start
    if start in (0, 1) and num_images == len(keys) and set(keys) == set(range(other, other + len(keys))):
        print_problems([
            f"the poses are numbered from {other}, the images from {start}, and there are as many: paired in their order"
        ])  # fmt: skip
        return lambda frame: alone.get(frame.source_index + other)
    by_name = dict(zip(names, poses.frames, strict=True))
    if first.name in by_name:
        return lambda frame: by_name.get(frame.name)
    return lambda frame: alone.get(_number_or_name(frame.name))


def _number_or_name(frame_name: str) -> int | str:
    """Number of an image named by a number, ignoring leading zeros; otherwise its name."""
    stem = Path(frame_name).stem
    return int(stem) if stem.isdecimal() and len(stem) < _MOST_DIGITS else stem


def _fitted(poses: FramePoses, frame: Frame, path: Path) -> FramePoses:
    """Scale the poses to a frame of another size, such as a smaller copy of the video.

    Raises:
        InputError: the aspect ratio differs.
    """
    if frame.image_hw == poses.image_hw:
        return poses
    scale = np.divide(frame.image_hw, poses.image_hw)[::-1]
    if abs(scale[0] / scale[1] - 1) > _SAME_SHAPE:
        sizes = ["{1}x{0}".format(*hw) for hw in (poses.image_hw, frame.image_hw)]
        raise InputError(f"{path}: its poses are for images of {sizes[0]}, but {frame.name} is {sizes[1]}; expected the same aspect ratio")
    shift = (scale - 1) / 2  # pixel centres have integer coordinates
    boxes = {name: getattr(poses, name) * np.tile(scale, 2) + np.tile(shift, 2) for name in ("boxes_xyxy", "head_boxes_xyxy")}
    return replace(poses, image_hw=frame.image_hw, joints_xy=poses.joints_xy * scale + shift, **boxes)
