"""``posetrack draw`` and ``tools/draw.py``: any file of poses drawn on its video."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from posetrack.cli.common import path_argument, print_problems, run_command
from posetrack.cli.progress import frame_progress
from posetrack.errors import InputError
from posetrack.io import read_poses
from posetrack.io.atomic import refuse_overwriting
from posetrack.io.frame_source import FrameSource
from posetrack.io.sources import open_source
from posetrack.pipeline.overlay import TRAIL_FRAMES, OverlayWriter
from posetrack.structures import FramePoses, SequencePoses

DESCRIPTION = """\
Draw the poses of a PoseTrack file (predictions of any program, or ground truth) on the frames they belong to, and write
an MP4 file. Frames are paired by the number or name of their image.
"""
EXAMPLES = """\
examples:
  draw.py holiday.mp4 runs/holiday/poses.json --output holiday_drawn.mp4
  draw.py images/val/003418_mpii_test annotations/val/003418_mpii_test.json --output truth.mp4
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="draw.py", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input", metavar="INPUT", help="video file, or folder or glob of images")
    parser.add_argument("poses", metavar="POSES", type=path_argument, help="PoseTrack17 or PoseTrack18 JSON")
    parser.add_argument("--output", "-o", metavar="MP4", type=path_argument, required=True)
    parser.add_argument("--trail", metavar="FRAMES", type=int, default=TRAIL_FRAMES,
                        help="length of the trail behind each person (default: %(default)s)")  # fmt: skip
    arguments = parser.parse_args(argv)
    return run_command(lambda: _draw(arguments))


def _draw(arguments: argparse.Namespace) -> int:
    if arguments.trail < 0:
        raise InputError(f"--trail {arguments.trail}: expected 0 or more")
    poses = read_poses(arguments.poses)
    if not poses.frames:
        raise InputError(f"{arguments.poses}: holds no frames, so there is nothing to draw; expected one or more")
    with open_source(arguments.input) as source:
        refuse_overwriting([arguments.output], [*source.files, arguments.poses], "--output")
        drawn, people = _overlay(source, poses, arguments)
    print(f"{drawn} frames, {people} poses")
    print_problems(source.problems)
    print(f"  {arguments.output}")
    return 0


def _overlay(source: FrameSource, poses: SequencePoses, arguments: argparse.Namespace) -> tuple[int, int]:
    """How many frames were drawn and how many poses on them."""
    known = {_number_or_name(name): frame for name, frame in zip(poses.info.frame_names, poses.frames, strict=True)}
    found = drawn = people = 0
    console = Console(stderr=True)
    with (
        OverlayWriter(arguments.output, poses.skeleton, source.fps, arguments.trail) as overlay,
        frame_progress(console, "drawing", source.num_frames) as bar,
    ):
        for frame in source:
            here = known.get(_number_or_name(frame.name))
            found += here is not None
            shown = FramePoses.empty(frame.index, frame.image_hw, poses.skeleton.num_joints) if here is None else here
            overlay.draw(frame, shown.at_frame(frame.index))
            drawn, people = drawn + 1, people + len(shown)
            bar.advance(len(shown))
        if not found:
            raise InputError(
                f"{arguments.poses}: none of its frames ({poses.info.frame_names[0]}, ...) is a frame of "
                f"{arguments.input} ({frame.name}); expected images of the same number or name"
            )
    return drawn, people


def _number_or_name(frame_name: str) -> str:
    """What pairs frames: the number of an image that is named by one, whatever zeros lead it; else its name."""
    stem = Path(frame_name).stem
    return (stem.lstrip("0") or "0") if stem.isdecimal() else stem
