"""Recipes: values out of range are rejected in one line, and a folder keeps the recipe it was started with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from posetrack.config import load_config
from posetrack.errors import CheckpointError, ConfigError
from posetrack.training.config import DetectorRecipe, OptimiserConfig, PoseRecipe
from posetrack.training.recipe_file import keep_recipe

BAD = {
    "first_seed=-1": "first_seed is -1, expected a number from 0 to 999999999",
    "first_seed=5000000000": "first_seed is 5000000000, expected",
    "batch_size=0": "batch_size is 0, expected 1 or more",
    "workers=-1": "workers is -1, expected 0 or more",
    "steps=0": "steps is 0, expected 1 or more",
    "validate_every=0": "validate_every is 0, expected 1 or more",
    "optimiser.ema_decay=2": "optimiser: ema_decay is 2.0, expected 0 or more, below 1",
    "optimiser.lr=.nan": "optimiser: lr is nan, expected a number above 0",
    "optimiser.weight_decay=-1": "optimiser: weight_decay is -1.0, expected 0 or more",
    "pixels.patches=-1": "pixels: patches is -1, expected 0 or more",
    "pixels.light=.inf": "pixels: light is inf, expected a number from 0 to 1",
}
BAD_POSE = {
    "input_wh=[0, 0]": "input_wh is [0, 0], expected two sides of 16 pixels or more",
    "sigma=0": "sigma is 0.0, expected a number above 0",
    "hidden_weight=-1": "hidden_weight is -1.0, expected a number from 0 to 1",
    "augmentation.seen_box_probability=7": "augmentation: seen_box_probability is 7.0, expected a number from 0 to 1",
    "augmentation.seen_box_probability=0.3": "seen_box_probability is 0.3, expected 0 without crops",
    "augmentation.scale=1": "augmentation: scale is 1.0, expected a number from 0 to 0.9",
}
BAD_DETECTOR = {
    "image_hw=[288, 0]": "image_hw is [288, 0], expected two sides of 16 pixels or more",
    "window_hw=[1, 1]": "window_hw is [1, 1], expected two sides of 16 pixels or more",
}


@pytest.mark.parametrize(
    ("kind", "override", "message"),
    [(kind, *item) for kind, own in ((PoseRecipe, BAD_POSE), (DetectorRecipe, BAD_DETECTOR)) for item in (BAD | own).items()],
)
def test_settings_out_of_range(kind: type, override: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(kind, None, [override])
    assert message in str(refused.value) and "1 fault" in str(refused.value)


def test_rendered_crops_have_boxes_of_what_is_seen_and_more_seeds() -> None:
    overrides = ["crops=a", "validation_crops=b", "augmentation.seen_box_probability=0.3", "first_seed=4294967295"]
    assert load_config(PoseRecipe, None, overrides).augmentation.seen_box_probability == 0.3


def test_a_folder_holds_to_its_recipe(tmp_path: Path) -> None:
    folder, recipe = tmp_path / "new", PoseRecipe()
    keep_recipe(DetectorRecipe(), folder)
    keep_recipe(recipe, folder)  # may be replaced, as nothing has been trained yet
    (folder / "last.ckpt").write_bytes(b"")
    longer = replace(recipe, steps=recipe.steps + 1, workers=3, validate_every=7)
    keep_recipe(longer, folder)
    assert json.loads((folder / "recipe.json").read_text())["steps"] == recipe.steps + 1
    other = replace(recipe, network="hrnet-compact", optimiser=OptimiserConfig(lr=0.5))
    with pytest.raises(CheckpointError) as refused:
        keep_recipe(other, folder)
    assert str(refused.value) == (
        f"{folder}: holds a training run with another recipe: network was 'hrnet-small' and is 'hrnet-compact' now, "
        f"optimiser.lr was 0.002 and is 0.5 now; name another folder (--output), or remove {folder} to start over"
    )
    with pytest.raises(CheckpointError, match="trained was 'pose' and is 'detector' now; name"):
        keep_recipe(DetectorRecipe(), folder)
    keep_recipe(recipe, folder)
    (folder / "recipe.json").write_text("{half")
    with pytest.raises(CheckpointError, match=r"recipe\.json: cannot be read as a recipe"):
        keep_recipe(recipe, folder)


def test_a_checkpoint_of_a_version_that_kept_no_recipe_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").write_bytes(b"")
    keep_recipe(PoseRecipe(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]


def test_what_a_recipe_of_an_earlier_version_lacks_is_the_default(tmp_path: Path) -> None:
    recipe = PoseRecipe(network="hrnet-compact")
    keep_recipe(recipe, tmp_path)
    (tmp_path / "last.ckpt").write_bytes(b"")
    path = tmp_path / "recipe.json"
    there = json.loads(path.read_text())
    del there["unbiased"], there["input_wh"], there["optimiser"]["clip_norm"], there["pixels"]
    path.write_text(json.dumps(there))
    with pytest.raises(CheckpointError, match="recipe: unbiased was False and is True now; name"):
        keep_recipe(replace(recipe, unbiased=True), tmp_path)
    keep_recipe(recipe, tmp_path)
    assert json.loads(path.read_text())["unbiased"] is False
    path.write_text(json.dumps({**there, "of_later": 1}))
    with pytest.raises(CheckpointError, match="recipe: of_later was 1 and is None now; name"):
        keep_recipe(recipe, tmp_path)
    del there["trained"]
    path.write_text(json.dumps(there))
    with pytest.raises(CheckpointError, match="recipe: trained was None and is 'pose' now; name"):
        keep_recipe(recipe, tmp_path)
