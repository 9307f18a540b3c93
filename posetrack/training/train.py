"""The training loop: Lightning, checkpoints that survive a kill, and the best weights."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor
from torch.utils.data import DataLoader

from posetrack.datasets.held import HeldBatches
from posetrack.errors import CheckpointError
from posetrack.io.atomic import leftovers
from posetrack.runtime import in_bf16
from posetrack.structures import POSETRACK18
from posetrack.training.callbacks import LOG, Curves, Keep, WholeFiles
from posetrack.training.config import DetectorRecipe, PoseRecipe
from posetrack.training.data import detector_data, pose_data
from posetrack.training.modules import DetectorModule, PoseModule, TrainedModule
from posetrack.training.recipe_file import CHECKPOINT, keep_recipe


def train_pose(recipe: PoseRecipe, folder: Path) -> Path:
    """Train a pose network, resuming from ``folder/last.ckpt`` if it exists.

    Returns:
        Path of the weights with the best validation result, ``folder/pose.safetensors`` (fp16).

    Raises:
        InputError: there are no rendered crops where the recipe says.
        CheckpointError: the start weights do not fit, ``last.ckpt`` is damaged or has another recipe, or the trained
            weights are not finite.
    """
    lightning.seed_everything(recipe.first_seed, verbose=False)
    start = steps_done(folder)
    _take_folder(recipe, folder)
    training, held_out = pose_data(recipe, start, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    validation: Any = DataLoader(held_out, batch_size=recipe.batch_size)
    weights = folder / "pose.safetensors"
    begun = recipe if start == 0 else replace(recipe, start_weights=None)  # the checkpoint has all weights
    _fit(PoseModule(begun, POSETRACK18), _loader(training, recipe), validation, recipe, Keep(weights, recipe, start), folder)
    return weights


def train_detector(recipe: DetectorRecipe, folder: Path) -> Path:
    """Train a detector; see ``train_pose``. The weights are ``folder/detector.safetensors``."""
    lightning.seed_everything(recipe.first_seed, verbose=False)
    start = steps_done(folder)
    _take_folder(recipe, folder)
    training, held_out = detector_data(recipe, start)
    validation: Any = DataLoader(held_out, batch_size=recipe.batch_size, collate_fn=_lists)
    weights = folder / "detector.safetensors"
    begun = recipe if start == 0 else replace(recipe, start_weights=None, pose_weights=None)
    _fit(DetectorModule(begun), _loader(training, recipe, _lists), validation, recipe, Keep(weights, recipe, start), folder)
    return weights


def steps_done(folder: Path) -> int:
    """Number of training steps in ``folder/last.ckpt``; 0 if there is none.

    Raises:
        CheckpointError: it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return 0
    try:
        return int(torch.load(path, map_location="cpu", weights_only=True)["global_step"])
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path}: not a training checkpoint ({error}); remove it to start over") from error


def _take_folder(recipe: PoseRecipe | DetectorRecipe, folder: Path) -> None:
    """Store the recipe in the folder and remove partial files of killed trainings."""
    keep_recipe(recipe, folder)
    for path, _ in leftovers(folder):
        path.unlink(missing_ok=True)


def _fit(
    module: TrainedModule, training: DataLoader[Any], validation: DataLoader[Any],
    recipe: PoseRecipe | DetectorRecipe, keep: Keep, folder: Path,
) -> None:  # fmt: skip
    """Run the loop, with a validation after the last step too."""
    curves = Curves(folder)
    trainer = lightning.Trainer(
        max_steps=recipe.steps,
        val_check_interval=min(recipe.validate_every, recipe.steps),
        limit_train_batches=recipe.steps,
        precision="bf16-mixed" if torch.cuda.is_available() or in_bf16(None, "cpu") else "32-true",
        gradient_clip_val=recipe.optimiser.clip_norm,
        callbacks=[keep, curves, TQDMProgressBar(refresh_rate=10)],
        plugins=[WholeFiles()],
        enable_checkpointing=False,  # done by ``keep``
        logger=CSVLogger(folder, name=LOG),
        num_sanity_val_steps=0,
        enable_model_summary=False,
        log_every_n_steps=min(20, recipe.steps),
        accelerator="auto",
        benchmark=True,
    )
    last = folder / CHECKPOINT
    # The data resume by themselves (posetrack.datasets.endless), which Lightning does not know.
    warnings.filterwarnings("ignore", message="You're resuming from a checkpoint that ended before the epoch ended")
    trainer.fit(module, training, validation, ckpt_path=last if last.is_file() else None, weights_only=True)
    if keep.step != trainer.global_step:
        trainer.validate(module, validation, verbose=False, weights_only=True)
        curves.draw()


def _loader(
    data: Any, recipe: PoseRecipe | DetectorRecipe, collate: Callable[[Any], Any] | None = None
) -> DataLoader[Any]:
    if isinstance(data, HeldBatches):
        return DataLoader(data, batch_size=None)
    # No fork: OpenCV's threads, started while drawing the validation images, do not survive it, and the worker hangs.
    context = "spawn" if recipe.workers else None
    return DataLoader(
        data, recipe.batch_size, num_workers=recipe.workers, collate_fn=collate, multiprocessing_context=context,
        pin_memory=torch.cuda.is_available(),
    )  # fmt: skip


def _lists(batch: list[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    return [image for image, _ in batch], [boxes for _, boxes in batch]
