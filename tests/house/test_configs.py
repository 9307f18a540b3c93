"""The YAML files in configs/ are complete, valid and mean what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from posetrack.config import dump_config, load_config
from posetrack.models import create
from posetrack.models.detectors import create_detector
from posetrack.models.zoo import get_entry
from posetrack.pipeline.config import RunConfig
from posetrack.training.config import DetectorRecipe, PoseRecipe

ROOT = Path(__file__).parents[2]
RECIPES = {
    "train_drawn_pose.yaml": (PoseRecipe, create),
    "train_drawn_detector.yaml": (DetectorRecipe, create_detector),
    "train_people_pose.yaml": (PoseRecipe, create),
    "train_people_detector.yaml": (DetectorRecipe, create_detector),
}
CONFIGS = sorted(path for path in (ROOT / "configs").rglob("*.yaml") if path.name not in RECIPES)


def keys(value: Any, path: str = "") -> set[str]:
    """Dotted names of all settings."""
    if not isinstance(value, dict):
        return {path}
    return {key for name, child in value.items() for key in keys(child, f"{path}.{name}")}


def test_the_default_file_is_the_built_in_default() -> None:
    assert load_config(RunConfig, ROOT / "configs" / "default.yaml") == RunConfig()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_a_configuration_file_is_complete_and_its_model_exists(path: Path) -> None:
    config = load_config(RunConfig, path)
    assert keys(yaml.safe_load(path.read_text())) == keys(yaml.safe_load(dump_config(config)))
    assert get_entry(config.pose.model).name == config.pose.model


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_valid_and_its_network_exists(name: str) -> None:
    kind, build = RECIPES[name]
    recipe = load_config(kind, ROOT / "configs" / name)
    assert recipe != kind()
    assert build(recipe.network) is not None
