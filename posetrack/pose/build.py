"""From the configuration to an estimator."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from posetrack.errors import ConfigError
from posetrack.models import create, load_checkpoint
from posetrack.models.fold import fold_norms
from posetrack.models.zoo import ZooEntry, entries, get_entry
from posetrack.pose.config import PoseConfig
from posetrack.pose.estimator import PoseEstimator
from posetrack.runtime import TorchRunner, in_bf16
from posetrack.structures import COCO, Skeleton, get_skeleton

# What a network named without a model is taken to be: trained on COCO at the smaller official size.
_OF_A_NETWORK = ZooEntry("", "", COCO, (192, 256), "quarter", None, "", "")


def build_estimator(config: PoseConfig, device: str = "auto", *, progress: bool = True) -> PoseEstimator:
    """The estimator a configuration asks for, its weights loaded (and downloaded on first use).

    Args:
        config: the pose stage's settings.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<number>``.
        progress: show the download's progress.

    Raises:
        ConfigError: no such model or device, or a network without weights.
        CheckpointError: the weights do not fit, or are missing.
        DownloadError: the weights cannot be had.
    """
    entry = next((e for e in entries() if e.name == config.model), None)
    own = entry or _OF_A_NETWORK
    skeleton = get_skeleton(config.skeleton) if config.skeleton else own.skeleton
    module = _network(config, entry, skeleton, progress)
    fold_norms(module)
    bf16 = (own.bf16 or config.bf16 is not None) and in_bf16(config.bf16, device)
    return PoseEstimator(
        TorchRunner(module, device, bf16),
        skeleton,
        config.input_wh or own.input_wh,
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
    )


def _network(config: PoseConfig, entry: ZooEntry | None, skeleton: Skeleton, progress: bool) -> nn.Module:
    """The network with its weights."""
    try:
        module = create(entry.network if entry else config.model, skeleton.num_joints)
    except ConfigError:
        get_entry(config.model)  # raises: it is no model either, and this knows the names that are spelled alike
        raise
    if config.weights is not None:
        load_checkpoint(module, Path(config.weights))
    elif entry is not None:
        load_checkpoint(module, entry.fetch(progress=progress))
    else:
        models = [e.name for e in entries() if e.network == config.model]
        instead = f", or take one of its models: {', '.join(models)}" if models else ""
        raise ConfigError(f"pose.model: {config.model} is a network without weights; give pose.weights{instead}")
    return module
