"""Training callbacks: checkpoints, the best weights, curves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.plugins.io import TorchCheckpointIO

from posetrack.io.atomic import atomic_write
from posetrack.training.config import DetectorRecipe, PoseRecipe
from posetrack.training.modules import TrainedModule
from posetrack.training.recipe_file import CHECKPOINT
from posetrack.training.weights_file import Look, finite_state, read_look, write_weights
from posetrack.visualization.plots import save_png
from posetrack.visualization.plots.training import draw_training, read_curves

LOG = "log"


class WholeFiles(TorchCheckpointIO):
    """Write checkpoints atomically: after a kill or on a full disk the previous one stays."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """See Lightning, which goes through a file in the temporary folder, possibly on another disk."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with atomic_write(Path(path)) as file:
            file.write(content.getbuffer())


class Keep(Callback):
    """After each validation, writes a checkpoint and, if no earlier validation was better, the weights.

    Args:
        weights: the weights file; when training is resumed, it holds the best result so far.
        recipe: stored in the weights file.
        start: steps already done.
    """

    def __init__(self, weights: Path, recipe: PoseRecipe | DetectorRecipe, start: int) -> None:
        self._weights, self._recipe = weights, recipe
        self._best = read_look(weights) if start > 0 else None
        self.step = start if weights.is_file() else -1  # of the last validation

    def on_validation_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """Write the weights first: if killed between the two, training repeats this validation."""
        assert isinstance(module, TrainedModule)
        look = Look(trainer.global_step, module.measure, float(trainer.callback_metrics[module.measure]))
        if self._best is None or look.value >= self._best.value:
            write_weights(module.result, self._weights, self._recipe, look)
            self._best = look
        else:
            finite_state(module.result, self._weights)  # raises if not finite, as writing would
        self.step = look.step
        trainer.save_checkpoint(self._weights.parent / CHECKPOINT)


class Curves(Callback):
    """Redraws ``curves.png`` after each validation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Draw one step after each validation, when its results are in the log."""
        if trainer.global_step % int(trainer.val_check_interval or 1) == 1:
            self.draw()

    def on_fit_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """Draw again, to include a validation after the last step."""
        self.draw()

    def draw(self) -> None:
        """Draw the curves from the log."""
        save_png(draw_training(read_curves(self._folder / LOG)), self._folder / "curves.png")
