"""What happens beside the steps: checkpoints, the best weights, curves."""

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
    """Checkpoints appear whole or not at all: a kill or a full disk leaves the one before."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """See Lightning, whose own way is through a file in the folder for temporary ones, on another disk maybe."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with atomic_write(Path(path)) as file:
            file.write(content.getbuffer())


class Keep(Callback):
    """After each look at the validation data: the weights, where no look before was better, and a checkpoint.

    Args:
        weights: the file of the weights; of a training that goes on it says what is to be beaten.
        recipe: goes into it.
        start: steps that were done before.
    """

    def __init__(self, weights: Path, recipe: PoseRecipe | DetectorRecipe, start: int) -> None:
        self._weights, self._recipe = weights, recipe
        self._best = read_look(weights) if start > 0 else None
        self.step = start if weights.is_file() else -1  # of the last look

    def on_validation_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """The weights first: killed between the two, a training takes this look again."""
        assert isinstance(module, TrainedModule)
        look = Look(trainer.global_step, module.measure, float(trainer.callback_metrics[module.measure]))
        if self._best is None or look.value >= self._best.value:
            write_weights(module.result, self._weights, self._recipe, look)
            self._best = look
        else:
            finite_state(module.result, self._weights)  # raises, as writing them would
        self.step = look.step
        trainer.save_checkpoint(self._weights.parent / CHECKPOINT)


class Curves(Callback):
    """``curves.png``, drawn anew after each look at the validation data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """After the first look, and so on: what was looked at is in the log by now."""
        if trainer.global_step % int(trainer.val_check_interval or 1) == 1:
            self.draw()

    def on_fit_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """With the last look, if that was after the last step of a round."""
        self.draw()

    def draw(self) -> None:
        """Of what is in the log."""
        save_png(draw_training(read_curves(self._folder / LOG)), self._folder / "curves.png")
