"""The training loop: Lightning, checkpoints that survive a kill, weights exported at the end."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader

from posetrack.datasets.held import HeldBatches
from posetrack.errors import CheckpointError
from posetrack.io.atomic import atomic_path
from posetrack.structures import POSETRACK18
from posetrack.training.config import DetectorRecipe, PoseRecipe
from posetrack.training.data import detector_data, pose_data
from posetrack.training.modules import DetectorModule, PoseModule
from posetrack.training.recipe_file import CHECKPOINT, keep_recipe
from posetrack.visualization.plots import save_png
from posetrack.visualization.plots.training import draw_training, read_curves

_LOG = "log"


def train_pose(recipe: PoseRecipe, folder: Path) -> Path:
    """Train a pose network; goes on from ``folder/last.ckpt`` where there is one.

    Returns:
        the exported weights, ``folder/pose.safetensors`` (fp16).

    Raises:
        InputError: there are no rendered crops where the recipe says.
        CheckpointError: the start weights do not fit, ``last.ckpt`` is damaged or of another recipe, or what was learned is
            not finite.
    """
    lightning.seed_everything(recipe.first_seed, verbose=False)
    start = steps_done(folder)
    keep_recipe(recipe, folder)
    training, held_out = pose_data(recipe, start, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    module = PoseModule(recipe, POSETRACK18)
    validation: Any = DataLoader(held_out, batch_size=recipe.batch_size)
    _fit(module, _loader(training, recipe), validation, recipe, folder)
    return export(module.result, folder / "pose.safetensors", replace(recipe, steps=max(recipe.steps, start)))


def train_detector(recipe: DetectorRecipe, folder: Path) -> Path:
    """Train a detector; see ``train_pose``. The weights are ``folder/detector.safetensors``."""
    lightning.seed_everything(recipe.first_seed, verbose=False)
    start = steps_done(folder)
    keep_recipe(recipe, folder)
    training, held_out = detector_data(recipe, start)
    module = DetectorModule(recipe)
    validation: Any = DataLoader(held_out, batch_size=recipe.batch_size, collate_fn=_lists)
    _fit(module, _loader(training, recipe, _lists), validation, recipe, folder)
    return export(module.result, folder / "detector.safetensors", replace(recipe, steps=max(recipe.steps, start)))


def steps_done(folder: Path) -> int:
    """Steps that ``folder/last.ckpt`` has behind it; 0 = there is none.

    Raises:
        CheckpointError: it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return 0
    try:
        return int(torch.load(path, map_location="cpu", weights_only=True)["global_step"])
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path}: not a checkpoint of a training ({error}); remove it to begin anew") from error


def export(network: nn.Module, path: Path, recipe: PoseRecipe | DetectorRecipe) -> Path:
    """Write weights as fp16 safetensors with the recipe in the file's metadata.

    Raises:
        CheckpointError: they are not finite in fp16; nothing is written.
    """
    state = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in network.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    for key, value in state.items():
        if not value.isfinite().all():
            raise CheckpointError(
                f"{path}: not written, {key} holds values that are not finite: the training has diverged; "
                "begin anew in another folder with a lower optimiser.lr"
            )
    with atomic_path(path) as temporary:
        save_file(state, temporary, {"recipe": json.dumps(asdict(recipe)), "torch": torch.__version__})
    return path


class _WholeFiles(TorchCheckpointIO):
    """Checkpoints appear whole or not at all: a kill or a full disk leaves the one before."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """See Lightning."""
        with atomic_path(Path(path)) as temporary:
            super().save_checkpoint(checkpoint, temporary, storage_options)


class _Curves(Callback):
    """``curves.png``, drawn anew after each look at the validation data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """After the first look, and so on: what was looked at is in the log by now."""
        if trainer.global_step % int(trainer.val_check_interval or 1) == 1:
            self._draw()

    def on_fit_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """With the last look."""
        self._draw()

    def _draw(self) -> None:
        save_png(draw_training(read_curves(self._folder / _LOG)), self._folder / "curves.png")


def _fit(
    module: lightning.LightningModule, training: DataLoader[Any], validation: DataLoader[Any],
    recipe: PoseRecipe | DetectorRecipe, folder: Path,
) -> None:  # fmt: skip
    """Run the loop; every look at the validation data writes a checkpoint."""
    keep = ModelCheckpoint(
        dirpath=folder, save_last=True, save_top_k=0, every_n_train_steps=min(recipe.validate_every, recipe.steps),
        enable_version_counter=False,  # a run that goes on would write last-v1.ckpt, and the next one not find it
    )  # fmt: skip
    trainer = lightning.Trainer(
        max_steps=recipe.steps,
        val_check_interval=min(recipe.validate_every, recipe.steps),
        limit_train_batches=recipe.steps,
        precision="bf16-mixed",
        gradient_clip_val=recipe.optimiser.clip_norm,
        callbacks=[keep, _Curves(folder), TQDMProgressBar(refresh_rate=10)],
        plugins=[_WholeFiles()],
        logger=CSVLogger(folder, name=_LOG),
        num_sanity_val_steps=0,
        enable_model_summary=False,
        log_every_n_steps=min(20, recipe.steps),
        accelerator="auto",
        benchmark=True,
    )
    last = folder / CHECKPOINT
    # The data go on by themselves (posetrack.datasets.endless); Lightning does not know.
    warnings.filterwarnings("ignore", message="You're resuming from a checkpoint that ended before the epoch ended")
    trainer.fit(module, training, validation, ckpt_path=last if last.is_file() else None, weights_only=True)


def _loader(
    data: Any, recipe: PoseRecipe | DetectorRecipe, collate: Callable[[Any], Any] | None = None
) -> DataLoader[Any]:
    if isinstance(data, HeldBatches):
        return DataLoader(data, batch_size=None)
    # Not forked: OpenCV's threads, which drew the validation images, do not survive a fork and the worker hangs.
    context = "spawn" if recipe.workers else None
    return DataLoader(
        data, recipe.batch_size, num_workers=recipe.workers, collate_fn=collate, multiprocessing_context=context,
        pin_memory=torch.cuda.is_available(),
    )  # fmt: skip


def _lists(batch: list[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    return [image for image, _ in batch], [boxes for _, boxes in batch]
