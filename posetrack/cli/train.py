"""``posetrack train`` and ``tools/train.py``: train a model on rendered or drawn people."""

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
Train the small pose network or the detector on rendered people, from folders made by posetrack make_people
(crops=DIR validation_crops=DIR, or images=DIR validation_images=DIR), or, without these, on simple figures
drawn on the fly. The network is validated every validate_every steps and at the end; the folder holds the
best weights so far (pose.safetensors or detector.safetensors), the log, its curves, and a checkpoint from
which the same command resumes. A folder with another recipe is refused, except for steps, workers and
validate_every. Use the weights with pose.weights=FILE or, for the bundled detector, detector.weights=FILE.
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
    parser.add_argument("--config", "-c", metavar="YAML", type=path_argument, help="recipe (default: built-in)")
    parser.add_argument("--output", "-o", metavar="DIR", type=path_argument, help="output folder (default: runs/train-pose or runs/train-detector)")
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
        print(f"nothing to train: {before} steps are done, {recipe.steps} were requested; for more, give steps=N")
    print(f"weights: {path}")
    return 0
