"""``posetrack train`` and ``tools/train.py``: train a model on people made by program."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from posetrack.cli.common import parse_words, path_argument, program, run_command
from posetrack.config import load_config
from posetrack.errors import MissingDependencyError
from posetrack.pipeline.run_folder import make_folder
from posetrack.training.config import DetectorRecipe, PoseRecipe

DESCRIPTION = """\
Train the small pose network or the detector: on rendered people, from a folder that posetrack make_people
filled (crops=DIR validation_crops=DIR, or images=DIR validation_images=DIR), or, without these, on simple
figures drawn while it runs. Every validate_every steps, and at the end, the network is looked at with
validation data: the folder holds the weights that were best so far (pose.safetensors or
detector.safetensors), the log, its curves, and a checkpoint, from which the same command goes on; one with
another recipe is refused, but for steps, workers and validate_every. Use the weights with
pose.weights=FILE, or detector.weights=FILE of kind bundled.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=program("train", "train.py"),
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("pose", "detector"))
    parser.add_argument("overrides", metavar="key=value", nargs="*", help="settings, such as steps=20000")
    parser.add_argument("--config", "-c", metavar="YAML", type=path_argument, help="recipe (default: the built-in one)")
    parser.add_argument("--output", "-o", metavar="DIR", type=path_argument, help="folder (default: runs/train-WHAT)")
    return run_command(lambda: _train(parse_words(parser, argv)))


def _train(arguments: argparse.Namespace) -> int:
    folder = arguments.output or Path("runs") / f"train-{arguments.what}"
    recipe: PoseRecipe | DetectorRecipe
    if arguments.what == "pose":
        recipe = load_config(PoseRecipe, arguments.config, arguments.overrides)
    else:
        recipe = load_config(DetectorRecipe, arguments.config, arguments.overrides)
    try:
        from posetrack.training.train import steps_done, train_detector, train_pose
    except ModuleNotFoundError as error:
        if error.name != "lightning":
            raise
        raise MissingDependencyError('training needs Lightning: pip install "posetrack[train]"') from error
    make_folder(folder)
    before = steps_done(folder)
    path = train_pose(recipe, folder) if isinstance(recipe, PoseRecipe) else train_detector(recipe, folder)
    if before >= recipe.steps:
        print(f"nothing trained: {before} steps were done before, {recipe.steps} are asked for; for more, give steps=N")
    print(f"weights: {path}")
    return 0
