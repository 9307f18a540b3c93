"""Weights downloaded on first use: which ones a run needs, and torchvision's model names."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, get_args, get_type_hints

from posetrack.detection import TorchvisionDetectorConfig
from posetrack.flow import RaftFlowConfig
from posetrack.models.hub import hub_weights
from posetrack.pipeline.config import RunConfig
from posetrack.pose.build import model_of

TORCHVISION_DETECTORS: tuple[str, ...] = get_args(get_type_hints(TorchvisionDetectorConfig)["model"])
TORCHVISION_FLOWS: tuple[str, ...] = get_args(get_type_hints(RaftFlowConfig)["model"])


class Download(NamedTuple):
    """Missing weights: the configuration section that needs them, their URL and their path."""

    section: str
    url: str
    path: Path


def downloads(config: RunConfig) -> list[Download]:
    """What a run would download before it begins, without downloading it."""
    wanted = []
    model = model_of(config.pose)
    if config.pose.weights is None and model.url is not None:
        wanted.append(Download("pose", model.url, model.path))
    for section, one in (("detector", config.detector), ("flow", config.flow if config.tracker.needs_flow else None)):
        if isinstance(one, TorchvisionDetectorConfig | RaftFlowConfig) and one.weights is None:
            weights = hub_weights(one.model)
            wanted.append(Download(section, weights.url, weights.path))
    return [one for one in wanted if not one.path.exists()]
