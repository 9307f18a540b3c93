"""``posetrack run`` and ``tools/run_video.py``: track the people in a video."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from posetrack.cli.common import (
    EXIT_BAD_INPUT,
    EXIT_INTERRUPTED,
    parse_words,
    path_argument,
    print_problems,
    program,
    run_command,
)
from posetrack.cli.progress import frame_progress
from posetrack.cli.stop import stop_on_interrupt
from posetrack.cli.weights import downloads
from posetrack.config import dump_config, load_config
from posetrack.detection import (
    BundledDetectorConfig,
    DetectorConfig,
    FileDetectorConfig,
    GroundTruthDetectorConfig,
)
from posetrack.errors import ConfigError, InputError
from posetrack.flow import LucasKanadeFlowConfig
from posetrack.io.atomic import refuse_overwriting
from posetrack.io.frame_source import FrameRange, FrameSource
from posetrack.io.sources import open_source
from posetrack.pipeline.build import build_stages
from posetrack.pipeline.config import RunConfig
from posetrack.pipeline.run import RunSummary, run
from posetrack.pipeline.run_folder import CONFIG, JOURNAL, OVERLAY, POSES, folder_for_results, refuse_foreign
from posetrack.pose import PoseConfig
from posetrack.pose.build import model_of
from posetrack.structures import get_skeleton

_PIXELS = r"-?\d{1,18}(?:\.\d{1,18})?"

DESCRIPTION = """\
Detect the people in a video, find their joints, track them over time, and write a folder with

  poses.json     people, joints and track ids of every frame (PoseTrack18 JSON)
  overlay.mp4    the video with skeletons and trails drawn on it
  config.yaml    all settings of the run (except --frames)
  journal.jsonl  the networks' output for each frame, from which posetrack track can track again
"""
EXAMPLES = """\
examples:
  {program} holiday.mp4
  {program} holiday.mp4 --output out tracker.max_gap_frames=30 skeleton=posetrack18
  {program} race.mp4 --target 640,360@0
  {program} images/val/003418_mpii_test --no-overlay
  {program} annotations/val/003418_mpii_test.json detector.kind=ground-truth \\
      detector.path=annotations/val/003418_mpii_test.json

--dry-run prints all settings; configs/default.yaml in the repository says where each is explained.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 2 for bad input, 130 when stopped by Ctrl-C."""
    arguments = _parse(argv)
    return run_command(lambda: _run(arguments))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    called = program("run", "run_video.py")
    parser = argparse.ArgumentParser(
        prog=called,
        description=DESCRIPTION,
        epilog=EXAMPLES.format(program=called),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", metavar="INPUT", help="video file, folder or glob of images, PoseTrack JSON (or its "
                        "name with data_root=DIR), webcam number, or stream URL")  # fmt: skip
    parser.add_argument("overrides", metavar="key=value", nargs="*", help="settings, such as tracker.max_gap_frames=5")
    parser.add_argument("--output", "-o", metavar="DIR", type=path_argument, help="results folder (default: runs/NAME)")
    parser.add_argument("--config", "-c", metavar="YAML", type=path_argument, help="settings file (default: built-in settings)")
    parser.add_argument("--no-overlay", action="store_true", help="do not draw overlay.mp4")
    parser.add_argument("--frames", metavar="A:B", help="only frames A to B-1, counted from 0; either may be omitted")
    parser.add_argument("--target", metavar="X,Y@FRAME", help="follow one person only: whoever is at pixel X,Y in FRAME "
                        "(of the whole video, from 0)")  # fmt: skip
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N (default: auto)")
    parser.add_argument("--dry-run", action="store_true", help="check everything and print what would be done, without doing it")
    return parse_words(parser, argv)


def _run(arguments: argparse.Namespace) -> int:
    if not arguments.input:
        raise InputError("INPUT is empty, expected a video, images, a PoseTrack JSON, a webcam number or a URL")
    overrides = list(arguments.overrides)
    if arguments.no_overlay:
        overrides.append("output.overlay=false")
    if arguments.device is not None:
        overrides.append(f"device={arguments.device}")
    frames = parse_frames(arguments.frames)
    if arguments.target is not None:
        overrides += parse_target(arguments.target, frames)
    config = load_config(RunConfig, arguments.config, overrides)
    source = open_source(
        arguments.input, data_root=config.data_root, frames=frames, image_fps=config.image_fps,
        needed=None if config.target is None else config.target.frame,
    )  # fmt: skip
    try:
        folder = arguments.output or Path("runs") / source.name
        # A run may be repeated with the --config of its own folder: the file is read first and rewritten unchanged.
        results = [folder / name for name in (POSES, OVERLAY, CONFIG, JOURNAL)]
        refuse_overwriting(results, [*source.files, *_box_files(config.detector)], "--output")
        refuse_foreign(folder, arguments.config)
        if arguments.output is None and (folder / POSES).exists():
            print(f"note: replacing the run in {folder}; to keep it, choose another folder with --output", file=sys.stderr)
        if arguments.dry_run:
            return _dry_run(source, config, folder)
        return track_and_report(source, config, folder)
    finally:
        source.close()


def _box_files(detector: DetectorConfig) -> list[str]:
    """The input file of boxes, if any."""
    return [detector.path] if isinstance(detector, FileDetectorConfig | GroundTruthDetectorConfig) else []


def parse_frames(text: str | None) -> FrameRange:
    """Parse ``A:B`` into (A, B); raise ConfigError for anything else."""
    if text is None:
        return 0, None
    match = re.fullmatch(r"(\d{0,18}):(\d{0,18})", text, re.ASCII)
    if match is None:
        raise ConfigError(f"--frames {text}: expected A:B with whole numbers from 0, such as 100:200, 100: or :200")
    first, last = int(match[1] or 0), int(match[2]) if match[2] else None
    if last is not None and last <= first:
        raise ConfigError(f"--frames {text}: contains no frame; the second number must be greater than the first")
    return first, last


def parse_target(text: str, frames: FrameRange = (0, None)) -> list[str]:
    """Parse ``X,Y@FRAME`` into settings, which count from the first frame read; raise ConfigError for anything else."""
    match = re.fullmatch(rf"({_PIXELS}),({_PIXELS})@(\d{{1,18}})", text, re.ASCII)
    if match is None:
        raise ConfigError(f"--target {text}: expected X,Y@FRAME, such as 640,360@0: pixels, and a frame counted from 0")
    (first, last), frame = frames, int(match[3])
    if frame < first or (last is not None and frame >= last):
        raise ConfigError(f"--target {text}: frame {frame} is not in --frames {first}:{'' if last is None else last}")
    return [f"target.x={match[1]}", f"target.y={match[2]}", f"target.frame={frame - first}"]


def track_and_report(source: FrameSource, config: RunConfig, folder: Path) -> int:
    """Run the pipeline on a source with a progress bar, print the summary, return the exit status."""
    console = Console(stderr=True)
    with folder_for_results(folder):
        with console.status("loading the models"):
            stages = build_stages(config)
        with stop_on_interrupt() as should_stop, frame_progress(console, source.name, source.num_frames) as bar:
            summary = run(source, stages, config, folder, bar.advance, should_stop, bar.drawn)
    print_summary(summary)
    if summary.stopped:
        return EXIT_INTERRUPTED
    return 0 if summary.overlay_fault is None else EXIT_BAD_INPUT


def print_summary(summary: RunSummary) -> None:
    """Print what was done and what was lost."""
    rate = summary.frames / summary.seconds if summary.seconds > 0 else 0.0
    print(f"{summary.frames} frames in {summary.seconds:.1f} s ({rate:.1f} frames/s): "
          f"{summary.poses} poses of {summary.tracks} people")  # fmt: skip
    print_problems(summary.problems, ", all in poses.json under info.problems")
    for note in summary.notes:
        print(f"note: {note}", file=sys.stderr)
    if summary.stopped:
        print("stopped early; the files contain the frames finished so far", file=sys.stderr)
    for path in summary.files:
        print(f"  {path}")
    if summary.overlay_fault is not None:
        print(f"error: {summary.overlay_fault}; the other files are complete", file=sys.stderr)


def _frame_count(source: FrameSource) -> str:
    """The expected number of frames, in words; a source surely without frames was refused earlier."""
    if source.num_frames is None:
        return "an unknown number of frames"
    return f"{source.num_frames} frames" if source.num_frames else "no frames, if its header is right"


def _dry_run(source: FrameSource, config: RunConfig, folder: Path) -> int:
    """Check and print what would be done. Missing weights are not downloaded, so they are not checked."""
    lacking = downloads(config)
    sections = {one.section for one in lacking}
    # Bundled models stand in for missing ones, so that everything else is checked.
    at_hand = replace(
        config,
        pose=PoseConfig() if "pose" in sections else config.pose,
        detector=BundledDetectorConfig() if "detector" in sections else config.detector,
        flow=LucasKanadeFlowConfig() if "flow" in sections else config.flow,
    )
    build_stages(at_hand)
    skeleton = model_of(config.pose).skeleton if config.skeleton is None else get_skeleton(config.skeleton)
    rate = "no clock" if source.fps is None else f"{source.fps:g} frames/s"
    print(f"would read   {source.name}: {_frame_count(source)}, {rate}")
    for one in lacking:
        print(f"would fetch  {one.url} to {one.path}")
    print(f"would write  {folder}, joints: {skeleton.name} ({', '.join(skeleton.joints)})")
    print(f"\n{dump_config(config)}", end="")
    return 0
