"""The recipe of a training, stored in its folder so that it is not resumed with a different one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from posetrack.errors import CheckpointError
from posetrack.io.atomic import atomic_write, output_error
from posetrack.training.config import DetectorRecipe, PoseRecipe

RECIPE, CHECKPOINT = "recipe.json", "last.ckpt"
_MAY_DIFFER = ("steps", "workers", "validate_every")


def keep_recipe(recipe: PoseRecipe | DetectorRecipe, folder: Path) -> None:
    """Write the recipe into the folder of a training, creating the folder if needed.

    If the folder holds a checkpoint, its recipe must be the same, except for ``steps``, ``workers`` and
    ``validate_every``. Settings it lacks, written by a version that did not have them, count as the defaults. A
    checkpoint without a recipe, from a version that wrote none, is resumed without a check.

    Raises:
        CheckpointError: the checkpoint has a different recipe, or its recipe file is broken.
        OutputError: the recipe cannot be written.
    """
    path, begun = folder / RECIPE, (folder / CHECKPOINT).is_file()
    if begun and not path.is_file():
        return
    wanted = json.dumps({"trained": "pose" if isinstance(recipe, PoseRecipe) else "detector", **asdict(recipe)}, indent=1)
    if begun:
        defaults = json.dumps(asdict(type(recipe)()))
        _require_same(path, json.loads(wanted), json.loads(defaults))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    with atomic_write(path) as file:
        file.write(wanted.encode())


def _require_same(path: Path, wanted: dict[str, Any], defaults: dict[str, Any]) -> None:
    instead = f"name another folder (--output), or remove {path.parent} to start over"
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read as a recipe ({error}); {instead}") from error
    found, expected = _flat(defaults) | _flat(there), _flat(wanted)
    names = [name for name in expected | found if name not in _MAY_DIFFER and found.get(name) != expected.get(name)]
    if "trained" in names:  # then the other differences are irrelevant
        names = ["trained"]
    if names:
        differences = ", ".join(f"{name} was {found.get(name)!r} and is {expected.get(name)!r} now" for name in names)
        raise CheckpointError(f"{path.parent}: holds a training run with another recipe: {differences}; {instead}")


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Flatten nested settings to dotted names and values."""
    if not isinstance(value, dict):
        return {name: value}
    return {key: v for part, child in value.items() for key, v in _flat(child, f"{name}.{part}" if name else part).items()}
