"""The training loop: Lightning, checkpoints that survive a kill, weights exported at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader

from posetrack.datasets import DrawnCrops, DrawnImages, drawn_images, images_with_boxes, people_crops
from posetrack.io.atomic import atomic_path
from posetrack.structures import POSETRACK18
from posetrack.training.config import VALIDATION_SEED, DetectorRecipe, PoseRecipe
from posetrack.training.modules import DetectorModule, PoseModule

_VALIDATION_SEEDS = range(VALIDATION_SEED, VALIDATION_SEED + 8)


def train_pose(recipe: PoseRecipe, folder: Path) -> Path:
    """Train a pose network; goes on from ``folder/last.ckpt`` where there is one.

    Returns:
        the exported weights, ``folder/pose.safetensors`` (fp16).
    """
    lightning.seed_everything(recipe.first_seed, verbose=False)
    data = DrawnCrops(recipe.first_seed, recipe.input_wh, recipe.augmentation)
    held_out = [
        crop
        for seed in _VALIDATION_SEEDS
        for image, truth in drawn_images(seed)
        for crop in people_crops(image, truth, recipe.input_wh, None, np.random.default_rng(0))
    ]
    module = PoseModule(recipe, POSETRACK18)
    _fit(module, _loader(data, recipe), DataLoader(held_out, batch_size=recipe.batch_size), recipe, folder)  # type: ignore[arg-type]
    return export(module.result, folder / "pose.safetensors", recipe)


def train_detector(recipe: DetectorRecipe, folder: Path) -> Path:
    """Train a detector; see ``train_pose``. The weights are ``folder/detector.safetensors``."""
    lightning.seed_everything(recipe.first_seed, verbose=False)
    data = DrawnImages(recipe.first_seed, recipe.image_hw)
    held_out = [pair for seed in _VALIDATION_SEEDS for pair in images_with_boxes(seed, recipe.image_hw)]
    module = DetectorModule(recipe)
    validation: Any = DataLoader(held_out, batch_size=recipe.batch_size, collate_fn=_lists)  # type: ignore[arg-type]
    _fit(module, _loader(data, recipe, _lists), validation, recipe, folder)
    return export(module.result, folder / "detector.safetensors", recipe)


def export(network: nn.Module, path: Path, recipe: PoseRecipe | DetectorRecipe) -> Path:
    """Write weights as fp16 safetensors with the recipe in the file's metadata."""
    state = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in network.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    with atomic_path(path) as temporary:
        save_file(state, temporary, {"recipe": json.dumps(asdict(recipe)), "torch": torch.__version__})
    return path


def _fit(
    module: lightning.LightningModule, training: DataLoader[Any], validation: DataLoader[Any],
    recipe: PoseRecipe | DetectorRecipe, folder: Path,
) -> None:  # fmt: skip
    """Run the loop; every look at the validation data writes a checkpoint."""
    keep = ModelCheckpoint(
        dirpath=folder, filename="{step}", save_last=True, save_top_k=1,
        every_n_train_steps=min(recipe.validate_every, recipe.steps),
    )  # fmt: skip
    trainer = lightning.Trainer(
        max_steps=recipe.steps,
        val_check_interval=min(recipe.validate_every, recipe.steps),
        limit_train_batches=recipe.steps,
        precision="bf16-mixed",
        gradient_clip_val=recipe.optimiser.clip_norm,
        callbacks=[keep],
        logger=CSVLogger(folder, name="log"),
        num_sanity_val_steps=0,
        enable_model_summary=False,
        log_every_n_steps=min(20, recipe.steps),
        accelerator="auto",
    )
    last = folder / "last.ckpt"
    trainer.fit(module, training, validation, ckpt_path=last if last.is_file() else None, weights_only=True)


def _loader(
    data: Any, recipe: PoseRecipe | DetectorRecipe, collate: Callable[[Any], Any] | None = None
) -> DataLoader[Any]:
    # Not forked: OpenCV's threads, which drew the validation images, do not survive a fork and the worker hangs.
    context = "spawn" if recipe.workers else None
    return DataLoader(
        data, recipe.batch_size, num_workers=recipe.workers, collate_fn=collate, multiprocessing_context=context
    )


def _lists(batch: list[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    return [image for image, _ in batch], [boxes for _, boxes in batch]
