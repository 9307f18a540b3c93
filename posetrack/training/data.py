"""Training and validation data of a recipe."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from posetrack.datasets import DrawnCrops, DrawnImages, drawn_images, images_with_boxes, people_crops
from posetrack.datasets.endless import Endless
from posetrack.datasets.held import HeldBatches, HeldCrops, room_on
from posetrack.datasets.people import PeopleCrops, PeopleImages
from posetrack.synthetic.humans.shards import read_index
from posetrack.training.config import VALIDATION_SEED, DetectorRecipe, PoseRecipe

_VALIDATION_SEEDS = range(VALIDATION_SEED, VALIDATION_SEED + 8)


def pose_data(recipe: PoseRecipe, start: int, device: torch.device) -> tuple[Any, Any]:
    """Training and validation crops.

    Args:
        recipe: the recipe.
        start: steps already done; rendered crops continue where these ended.
        device: device to train on; on a GPU, rendered crops are held in its memory and come in batches.

    Raises:
        InputError: a folder holds no crops.
    """
    if recipe.crops is None or recipe.validation_crops is None:
        held_out = [
            crop
            for seed in _VALIDATION_SEEDS
            for image, truth in drawn_images(seed)
            for crop in people_crops(image, truth, recipe.input_wh, None, np.random.default_rng(0))
        ]
        return DrawnCrops(recipe.first_seed, recipe.input_wh, recipe.augmentation), held_out
    crops = PeopleCrops(
        Path(recipe.crops), recipe.input_wh, recipe.augmentation, hidden_weight=recipe.hidden_weight
    )
    _tell_of_same_people(Path(recipe.crops), Path(recipe.validation_crops))
    looked_at = PeopleCrops(Path(recipe.validation_crops), recipe.input_wh, hidden_weight=recipe.hidden_weight)
    if device.type == "cuda":
        held = HeldCrops(crops, device, room_on(device, crops.image_bytes))
        return HeldBatches(held, recipe.batch_size, recipe.first_seed, start, recipe.steps), looked_at
    # Always as long as the whole training, even when resumed: Lightning also counts the earlier batches.
    stream = Endless(crops, recipe.first_seed, start * recipe.batch_size, recipe.steps * recipe.batch_size)
    return stream, looked_at


def detector_data(recipe: DetectorRecipe, start: int) -> tuple[Any, Any]:
    """Training and validation images; see ``pose_data``."""
    if recipe.images is None or recipe.validation_images is None:
        held_out = [pair for seed in _VALIDATION_SEEDS for pair in images_with_boxes(seed, recipe.image_hw)]
        return DrawnImages(recipe.first_seed, recipe.image_hw), held_out
    images = PeopleImages(Path(recipe.images), recipe.image_hw, recipe.window_hw)
    _tell_of_same_people(Path(recipe.images), Path(recipe.validation_images))
    stream = Endless(images, recipe.first_seed, start * recipe.batch_size, recipe.steps * recipe.batch_size)
    return stream, PeopleImages(Path(recipe.validation_images), recipe.image_hw)


def _tell_of_same_people(training: Path, validation: Path) -> None:
    """Warn if both were made with the same seed: they may be different files of one set, but that cannot be checked."""
    if read_index(training)["config"] == read_index(validation)["config"]:
        warnings.warn(
            f"{validation} was made with the same seed as {training}: unless these are different files, the best weights are "
            "chosen on their training data; make others with another --seed",
            stacklevel=3,
        )
