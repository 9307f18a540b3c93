"""Training recipes: what is trained, on what data, for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from posetrack.config.setting_checks import check_positive, check_range, check_sides
from posetrack.datasets import Augmentation, PixelAugmentation

# Drawn training images use seeds below this; the demo clip, tests and validation use others.
VALIDATION_SEED = 1_000_000_000
_MOST_SEED = 2**32 - 1  # numpy's
_LEAST_SIDE_PX = 16


@dataclass(frozen=True)
class OptimiserConfig:
    """How the weights are updated.

    Attributes:
        lr: learning rate after warm-up; decays to nearly zero along a cosine.
        warmup_steps: steps over which it rises.
        weight_decay: weight decay of AdamW.
        clip_norm: gradients are clipped to this norm.
        ema_decay: the saved weights are an exponential moving average with this decay.
    """

    lr: float = 2e-3
    warmup_steps: int = 200
    weight_decay: float = 1e-4
    clip_norm: float = 5.0
    ema_decay: float = 0.998

    def __post_init__(self) -> None:
        check_positive(self, "lr", "clip_norm")
        check_range(self, 0, math.inf, "warmup_steps", "weight_decay")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay is {self.ema_decay}, expected 0 or more, below 1")


@dataclass(frozen=True)
class PoseRecipe:
    """A pose network trained on drawn or rendered people.

    Attributes:
        crops: folder of rendered crops (``tools/make_people.py crops``); null = figures drawn on the fly.
        validation_crops: folder of other rendered crops; required with ``crops``.
        network: name of the network.
        input_wh: width and height of its input.
        start_weights: initial weights, of the same network, except for the last layer if it predicts other joints, and
            for exchange modules after the first of a stage, which may be missing. null = random initialisation.
        sigma: standard deviation of the target Gaussian, heatmap pixels.
        unbiased: put the target's peak exactly at the joint, between pixels too, as ``pose.decode=dark`` reads it; the
            official target peaks at the nearest pixel.
        augmentation: geometric augmentation of the crops.
        pixels: pixel augmentation of rendered crops.
        hidden_weight: weight of hidden joints in the loss, for rendered crops.
        optimiser: how the weights are updated.
        batch_size: crops per step.
        steps: number of steps.
        first_seed: seed of the drawn images, of the order of rendered ones, and of all randomness.
        workers: processes that draw or read; a graphics card that holds the crops needs none.
        validate_every: steps between validations; each also writes a checkpoint.
    """

    crops: str | None = None
    validation_crops: str | None = None
    network: str = "hrnet-small"
    start_weights: str | None = None
    input_wh: tuple[int, int] = (96, 128)
    sigma: float = 1.5
    unbiased: bool = False
    augmentation: Augmentation = field(
        default_factory=lambda: Augmentation(scale=0.3, rotation_deg=25.0, half_body_probability=0.25, box_jitter=0.05)
    )
    pixels: PixelAugmentation = field(
        default_factory=lambda: PixelAugmentation(
            light=0.25, color=0.1, grey_probability=0.1, blur_probability=0.2, noise_probability=0.2, patches=2
        )
    )
    hidden_weight: float = 0.5
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    batch_size: int = 32
    steps: int = 10_000
    first_seed: int = 1_000_000
    workers: int = 1
    validate_every: int = 500

    def __post_init__(self) -> None:
        _both(self.crops, self.validation_crops, "crops")
        _check_common(self, drawn=self.crops is None)
        check_sides(self, _LEAST_SIDE_PX, "input_wh")
        check_positive(self, "sigma")
        check_range(self, 0, 1, "hidden_weight")
        if self.crops is None and self.augmentation.seen_box_probability > 0:
            raise ValueError(
                f"augmentation.seen_box_probability is {self.augmentation.seen_box_probability}, expected 0 without crops: "
                f"drawn people have no box of the visible part"
            )


@dataclass(frozen=True)
class DetectorRecipe:
    """A detector trained on drawn or rendered people; other fields as in ``PoseRecipe``.

    Attributes:
        images: folder of rendered images (``tools/make_people.py images``); null = figures drawn on the fly.
        validation_images: folder of other rendered images; required with ``images``.
        image_hw: height and width of the network's input images.
        window_hw: for rendered images, train on windows of this size: people are as tall as in the whole image, and
            more of them fit into a step. null = whole images.
        start_weights: initial weights, of the same detector; null = random initialisation.
        pose_weights: weights written by ``posetrack train pose`` with the same backbone, to initialise the detector's
            backbone: training then takes a third of the steps. null = random initialisation.
    """

    images: str | None = None
    validation_images: str | None = None
    network: str = "fcos-hrnet-compact"
    start_weights: str | None = None
    pose_weights: str | None = None
    image_hw: tuple[int, int] = (288, 512)
    window_hw: tuple[int, int] | None = None
    pixels: PixelAugmentation = field(
        default_factory=lambda: PixelAugmentation(
            light=0.25, color=0.1, grey_probability=0.1, blur_probability=0.1, noise_probability=0.2
        )
    )
    optimiser: OptimiserConfig = field(default_factory=lambda: OptimiserConfig(lr=1e-3))
    batch_size: int = 8
    steps: int = 6_000
    first_seed: int = 3_000_000
    workers: int = 1
    validate_every: int = 500

    def __post_init__(self) -> None:
        _both(self.images, self.validation_images, "images")
        _check_common(self, drawn=self.images is None)
        check_sides(self, _LEAST_SIDE_PX, "image_hw", "window_hw")


def _both(training: str | None, validation: str | None, what: str) -> None:
    if (training is None) != (validation is None):
        raise ValueError(
            f"{what} is {training}, validation_{what} is {validation}; "
            f"expected two folders, or null for both (figures drawn on the fly)"
        )


def _check_common(recipe: PoseRecipe | DetectorRecipe, *, drawn: bool) -> None:
    check_range(recipe, 1, math.inf, "batch_size", "steps", "validate_every")
    check_range(recipe, 0, math.inf, "workers")
    check_range(recipe, 0, VALIDATION_SEED - 1 if drawn else _MOST_SEED, "first_seed")
