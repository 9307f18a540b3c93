"""``posetrack demo``: run the whole pipeline on the bundled clip and score it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import resources
from pathlib import Path


from posetrack.cli.common import parse_words, path_argument, print_table, run_command
from posetrack.cli.run import track_and_report
from posetrack.config import load_config
from posetrack.evaluation import evaluate_posetrack, format_table
from posetrack.io import read_poses
from posetrack.io.sources import open_source
from posetrack.pipeline.config import RunConfig
from posetrack.pipeline.run_folder import OVERLAY, POSES, refuse_foreign

DESCRIPTION = "Track the rendered people in a short bundled clip, and score the result."
CLIP = "assets/demo/900011_mpiinew_people"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="posetrack demo", description=DESCRIPTION)
    parser.add_argument("overrides", metavar="key=value", nargs="*", help="settings, as for posetrack run")
    parser.add_argument("--output", "-o", metavar="DIR", type=path_argument, default=Path("runs/demo"),
                        help="results folder (default: %(default)s)")  # fmt: skip
    arguments = parse_words(parser, argv)
    return run_command(lambda: _demo(arguments.output, arguments.overrides))


def _demo(folder: Path, overrides: list[str]) -> int:
    config = load_config(RunConfig, None, overrides)
    clip = resources.files("posetrack") / f"{CLIP}.mp4"
    truth = resources.files("posetrack") / f"{CLIP}.json"
    refuse_foreign(folder, None)
    print(f"tracking the people in {clip}")
    source = open_source(str(clip))
    try:
        status = track_and_report(source, config, folder)
    finally:
        source.close()
    if status == 0:
        result = evaluate_posetrack([read_poses(str(truth))], [read_poses(folder / POSES)])
        print_table(format_table(result, "the demo clip against its exact ground truth"))
        look = f"Look at {folder / OVERLAY}; the" if config.output.overlay else "The"
        print(f"{look} poses are in {folder / POSES}.")
        print("These people are rendered. Your own video: posetrack run VIDEO")
    return status
