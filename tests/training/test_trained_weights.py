"""Weights written by our training need no further settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from posetrack.errors import CheckpointError
from posetrack.models import create
from posetrack.pose import PoseConfig, build_estimator
from posetrack.pose.build import model_of
from posetrack.training.config import PoseRecipe
from posetrack.training.weights_file import write_weights


def test_pose_weights_say_what_they_are_of(tmp_path: Path) -> None:
    """``pose.weights`` alone suffices; the user's settings take precedence."""
    torch.manual_seed(0)
    recipe = PoseRecipe(network="hrnet-small", input_wh=(64, 96))
    path = str(write_weights(create("hrnet-small", 17), tmp_path / "pose.safetensors", recipe))
    for config in (PoseConfig(weights=path), PoseConfig(weights=path, model="hrnet-small")):
        estimator = build_estimator(config, "cpu")
        assert estimator.skeleton.name == "posetrack18" and estimator.input_wh == (64, 96)
    own = model_of(PoseConfig(weights=path, skeleton="coco", input_wh=(96, 128)))
    assert (own.network, own.skeleton.name, own.input_wh) == ("hrnet-small", "coco", (96, 128))
    with pytest.raises(CheckpointError, match="pose.safetensors"):
        build_estimator(PoseConfig(weights=path, model="hrnet-medium"), "cpu")
