"""Build a pose estimator from its configuration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from posetrack.errors import ConfigError
from posetrack.models import create, load_checkpoint
from posetrack.models.fold import fold_norms
from posetrack.models.weights_file import read_metadata
from posetrack.models.zoo import ZooEntry, entries, get_entry
from posetrack.pose.config import PoseConfig
from posetrack.pose.estimator import PoseEstimator
from posetrack.pose.person_boxes import reach_the_ends
from posetrack.runtime import TorchRunner, in_bf16
from posetrack.structures import COCO, POSETRACK18, get_skeleton

# Assumed for a bare network name: trained on COCO at the smaller official input size.
_OF_A_NETWORK = ZooEntry("", "", COCO, (192, 256), "quarter", None, "", "")


def build_estimator(config: PoseConfig, device: str = "auto", *, refine: bool = False) -> PoseEstimator:
    """Build the configured estimator with its weights loaded (and downloaded on first use).

    Args:
        config: the pose stage's settings.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<number>``.
        refine: correct the boxes from the joints, if the skeleton reaches from head to foot.

    Raises:
        ConfigError: no such model or device, or a network without weights.
        CheckpointError: the weights do not fit, or are missing.
        DownloadError: the weights cannot be downloaded.
    """
    own = model_of(config)
    module = _network(config, own)
    fold_norms(module)
    bf16 = (own.bf16 or config.bf16 is not None) and in_bf16(config.bf16, device)
    return PoseEstimator(
        TorchRunner(module, device, bf16),
        own.skeleton,
        own.input_wh,
        decode_kind=config.decode or own.decode,
        flip_test=config.flip_test,
        flip_scale=config.flip_scale or own.flip_scale,
        flip_above=own.flip_above if config.flip_above is None else config.flip_above,
        batch_size=config.batch_size,
        bgr=config.bgr,
        rescore_poses=config.rescore,
        oks_threshold=config.oks_nms,
        soft_nms=config.soft_oks_nms,
        joint_threshold=config.joint_threshold,
        candidates=config.candidates,
        appearance=config.appearance,
        part_pairs=own.part_pairs if config.part_pairs is None else config.part_pairs,
        refine=refine and reach_the_ends(own.skeleton),
    )


def model_of(config: PoseConfig) -> ZooEntry:
    """The configured model, with the skeleton and input size it will be used with.

    The user's settings take precedence, then the recipe stored in a weights file of ``posetrack train pose`` (its
    network only if ``model`` is left at the default), then the model's own. Nothing is downloaded.
    """
    own = next((entry for entry in entries() if entry.name == config.model), None)
    own = own or replace(_OF_A_NETWORK, network=config.model)
    recipe = None if config.weights is None else _recipe(Path(config.weights))
    if recipe is not None:
        network = recipe["network"] if config.model == PoseConfig.model else own.network
        own = replace(own, network=network, input_wh=tuple(recipe["input_wh"]), skeleton=POSETRACK18)
    return replace(
        own,
        skeleton=get_skeleton(config.skeleton) if config.skeleton else own.skeleton,
        input_wh=config.input_wh or own.input_wh,
    )


def _recipe(weights: Path) -> dict[str, Any] | None:
    """The recipe that ``posetrack.training.weights_file.write_weights`` stored in the file; None if there is none."""
    try:
        recipe = json.loads(read_metadata(weights).get("recipe", "null"))
    except ValueError:
        return None
    known = isinstance(recipe, dict) and isinstance(recipe.get("network"), str) and isinstance(recipe.get("input_wh"), list)
    return recipe if known else None


def _network(config: PoseConfig, own: ZooEntry) -> nn.Module:
    """The network with its weights."""
    try:
        module = create(own.network, own.num_joints)
    except ConfigError:
        get_entry(config.model)  # raises: it is not a model either, and this error suggests similar names
        raise
    if config.weights is not None:
        load_checkpoint(module, Path(config.weights))
    elif own.name:
        load_checkpoint(module, own.fetch())
    else:
        models = [e.name for e in entries() if e.network == config.model]
        instead = f", or take one of its models: {', '.join(models)}" if models else ""
        raise ConfigError(f"pose.model: {config.model} is a network without weights; give pose.weights{instead}")
    return module
