"""The pose network and the detector as Lightning modules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from posetrack.datasets import change_pixels, gaussian_targets, target_centers
from posetrack.datasets.people import clutter_pictures, cut_out
from posetrack.datasets.pixels import covered_shares
from posetrack.errors import CheckpointError
from posetrack.evaluation.detections import JudgedBoxes, judge_boxes, people_found
from posetrack.models import LoadReport, create, load_checkpoint
from posetrack.models.detectors import create_detector
from posetrack.models.hrnet import NUM_BRANCHES, ExchangeModule, HRNetBody
from posetrack.pose.preprocess import IMAGENET_MEAN_RGB, IMAGENET_STD_RGB
from posetrack.structures import Skeleton
from posetrack.training.config import DetectorRecipe, PoseRecipe

STRIDE = 4
PCK_SHARE = 0.06  # relative to the crop's height: about half a head
FALSE_ALARMS = 1.0  # false positives per image at which the people found are counted
MOST_COVERED = 0.85  # if patches cover more of a person's box, the person is not a target
Batch = tuple[Tensor, Tensor, Tensor] | tuple[Tensor, Tensor, Tensor, Tensor]
LOSS_SCALE = 1000.0  # the official loss is about 1e-3; scaled, its gradients suit the clipping


class TrainedModule(lightning.LightningModule):
    """What both share: the optimiser, and a running mean of the weights, which is the result of training.

    Attributes:
        measure: name of the logged validation metric by which the best weights are chosen; higher is better.
    """

    measure: str

    def __init__(self, network: nn.Module, recipe: PoseRecipe | DetectorRecipe) -> None:
        super().__init__()
        optimiser = recipe.optimiser
        for module in network.modules():
            # The official N(0, 0.001) presumes ImageNet weights; from scratch, He initialisation trains.
            if isinstance(module, nn.Conv2d) and module.bias is None:
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.network = network
        self._optimiser = optimiser
        self._steps, self._seed = recipe.steps, recipe.first_seed
        mean = get_ema_multi_avg_fn(optimiser.ema_decay)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(network, multi_avg_fn=mean, use_buffers=True)

    def configure_optimizers(self) -> Any:
        """AdamW with linear warm-up and cosine decay."""
        o = self._optimiser
        optimiser = torch.optim.AdamW(self.network.parameters(), o.lr, weight_decay=o.weight_decay)

        def factor(step: int) -> float:
            warm = min(1.0, (step + 1) / max(o.warmup_steps, 1))
            return warm * (0.5 * (1 + math.cos(math.pi * min(step / self._steps, 1.0))) + 0.005)

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Take a step, then update the mean of the weights before a checkpoint, which holds both, can be written."""
        super().optimizer_step(*args, **kwargs)
        self.averaged.update_parameters(self.network)

    def _chance(self) -> int:
        """A seed that depends only on the recipe's seed and the step."""
        return self._seed * 1_000_003 + self.global_step

    @property
    def result(self) -> nn.Module:
        """The network with the averaged weights."""
        module: nn.Module = self.averaged.module
        return module

    def on_validation_epoch_end(self) -> None:
        """Log the validation's step, numbered as for the loss: Lightning's counter is one ahead by now."""
        self.log("step", float(self.trainer.global_step - 1))


class PoseModule(TrainedModule):
    """A heatmap network.

    Batches hold drawn crops (images (B, H, W, 3) uint8, joints (B, K, 2), weights (B, K)), or rendered ones that are
    still to be cut out (see ``PeopleCrops.training_item``).
    """

    measure = "pck"

    def __init__(self, recipe: PoseRecipe, skeleton: Skeleton) -> None:
        network = create(recipe.network, skeleton.num_joints).to(memory_format=torch.channels_last)
        super().__init__(network, recipe)
        self._recipe = recipe
        if recipe.start_weights is not None:
            _start_pose(self.network, Path(recipe.start_weights))
        self._flip_order = list(skeleton.flip_order)
        self._paired = [joint for joint, partner in enumerate(self._flip_order) if joint != partner]
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN_RGB).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD_RGB).view(3, 1, 1), persistent=False)

    def _normalised(self, images: Tensor) -> Tensor:
        x = (images - self.mean) / self.std  # type: ignore[operator]
        return x.contiguous(memory_format=torch.channels_last)

    def _inputs(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Images (B, 3, H, W) 0 to 1, joints, weights."""
        if len(batch) == 3:
            return _floats(batch[0]), batch[1], batch[2]
        images, matrices, joints, weights = batch
        with torch.autocast(images.device.type, enabled=False):
            cut = cut_out(images, matrices, self._recipe.input_wh)
            return change_pixels(cut, self._recipe.pixels, self._chance()).images, joints, weights

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The official loss: half the squared error of annotated joints, averaged over joints and pixels."""
        images, joints, weights = self._inputs(batch)
        heatmaps = self.network(self._normalised(images))
        unbiased = self._recipe.unbiased
        targets, weights = gaussian_targets(
            target_centers(joints, STRIDE, unbiased=unbiased), weights, (heatmaps.shape[2], heatmaps.shape[3]),
            self._recipe.sigma, unbiased=unbiased,
        )  # fmt: skip
        errors = (heatmaps.float() - targets).square().mean(dim=(2, 3)) * weights
        loss: Tensor = 0.5 * errors.mean() * LOSS_SCALE
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> None:
        """Log the fraction of annotated joints found within half a head, and of paired joints put on the other side's.

        Joints count by their weight: ``hidden_weight`` for an occluded joint of a rendered person.
        """
        images, joints, weights = batch
        heatmaps = self.result(self._normalised(_floats(images)))
        place = heatmaps.flatten(2).argmax(dim=2)
        width = heatmaps.shape[3]
        found = torch.stack([place % width, place // width], dim=2) * STRIDE
        near = PCK_SHARE * images.shape[1]
        right = (found - joints).norm(dim=2) < near
        self.log("pck", (right * weights).sum() / weights.sum().clamp(min=1), prog_bar=True, batch_size=len(images))
        other = (found - joints[:, self._flip_order]).norm(dim=2) < near
        both = (weights * weights[:, self._flip_order])[:, self._paired]
        exchanged = (other & ~right)[:, self._paired] * both
        self.log("exchanged", exchanged.sum() / both.sum().clamp(min=1), prog_bar=True, batch_size=len(images))


def _floats(images: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 to (B, 3, H, W) float, 0 to 1."""
    return images.permute(0, 3, 1, 2).float() / 255


def _start_pose(network: nn.Module, path: Path) -> None:
    """Load the start weights, except a last layer for other joints.

    Exchange modules missing from the weights start as the identity; a stage's first one must be present.
    """
    wanted = "start_weights must be of the network being trained; only its last layer may be for other joints"
    added = {
        f"{name}.": module for name, module in network.named_modules()
        if isinstance(module, ExchangeModule) and not name.endswith(".0")
    }  # fmt: skip
    report = _load(network, path, wanted, head_missing_ok=True, parts_missing_ok=tuple(added))
    if any(name.startswith("final_layer.") for name in report.missing):
        raise CheckpointError(f"{report}; {wanted}")
    for name, module in added.items():
        if any(missing.startswith(name) for missing in report.missing):
            module.start_as_identity()


def _load(
    module: nn.Module, path: Path, wanted: str, *, head_missing_ok: bool = False, parts_missing_ok: Sequence[str] = ()
) -> LoadReport:
    """``load_checkpoint``, with ``wanted`` appended to its error message."""
    try:
        return load_checkpoint(module, path, head_missing_ok=head_missing_ok, parts_missing_ok=parts_missing_ok)
    except CheckpointError as error:
        raise CheckpointError(f"{error}; {wanted}") from error


class DetectorModule(TrainedModule):
    """An FCOS; batches are (list of (3, H, W) uint8, list of (N, 4) boxes)."""

    measure = "found"

    def __init__(self, recipe: DetectorRecipe) -> None:
        short, long = sorted(recipe.image_hw)  # images are made at the network's input size
        network = create_detector(recipe.network, min_size=short, max_size=long).to(memory_format=torch.channels_last)
        super().__init__(network, recipe)
        if recipe.start_weights is not None:
            _load(network, Path(recipe.start_weights), "start_weights must be of the network being trained")
        if recipe.pose_weights is not None:
            _start_body(network.backbone.body, Path(recipe.pose_weights))
        # Source of patches: parts of other training images could show people without a box.
        clutter = None if recipe.images is None else clutter_pictures(recipe.window_hw or recipe.image_hw)
        self.register_buffer("clutter", clutter, persistent=False)
        self._pixels = recipe.pixels

    def training_step(self, batch: tuple[list[Tensor], list[Tensor]], _: int) -> Tensor:
        """The sum of FCOS's three losses."""
        images, boxes = batch
        shown = torch.stack(images).float() / 255
        clutter: Tensor | None = self.clutter  # type: ignore[assignment]
        if clutter is not None:
            with torch.autocast(shown.device.type, enabled=False):
                changed = change_pixels(shown, self._pixels, self._chance(), clutter)
            shown = changed.images
            boxes = [b[covered_shares(b, c) <= MOST_COVERED] for b, c in zip(boxes, changed.covered, strict=True)]
        targets = [{"boxes": b, "labels": torch.ones(len(b), dtype=torch.int64, device=b.device)} for b in boxes]
        losses: dict[str, Tensor] = self.network(list(shown), targets)
        loss: Tensor = torch.stack(list(losses.values())).sum()
        self.log("loss", loss, prog_bar=True, batch_size=len(images))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Reset the counts."""
        self._judged: list[JudgedBoxes] = []
        self._people = 0

    def validation_step(self, batch: tuple[list[Tensor], list[Tensor]], _: int) -> None:
        """Match detected boxes with the people of each image."""
        images, boxes = batch
        for output, truth in zip(self.result([i.float() / 255 for i in images]), boxes, strict=True):
            found, scores, people = (a.double().cpu().numpy() for a in (output["boxes"], output["scores"], truth))
            self._judged.append(judge_boxes(found, scores, people))
            self._people += len(people)

    def on_validation_epoch_end(self) -> None:
        """Log the fraction of people found, at an IoU of 0.5 and one false positive per image."""
        super().on_validation_epoch_end()
        self.log("found", people_found(self._judged, FALSE_ALARMS) / max(self._people, 1), prog_bar=True)


def _start_body(body: HRNetBody, path: Path) -> None:
    """Load the part of a pose network's body that a detector shares: all but the last fusion into lower resolutions."""
    last = f"stage4.{len(body.stage4) - 1}.fuse_layers"
    lower = tuple(f"{last}.{branch}." for branch in range(1, NUM_BRANCHES))
    _load(body, path, "pose_weights must be of the same network body", head_missing_ok=True, parts_missing_ok=lower)
