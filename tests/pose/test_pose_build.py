"""From the configuration to an estimator, with real weights files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from posetrack.errors import CheckpointError, ConfigError
from posetrack.models import create, get_entry
from posetrack.pose import PoseConfig, build_estimator
from posetrack.pose.build import model_of
from posetrack.runtime import in_bf16
from posetrack.structures import FloatArray, Frame, FrameBoxes
from posetrack.tracking import TrackerConfig


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small network with 17 joints."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_file(create("hrnet-medium", 17).state_dict(), path)
    return path


def test_a_network_with_weights_estimates(weights: Path) -> None:
    config = PoseConfig(model="hrnet-medium", weights=str(weights), skeleton="posetrack18", input_wh=(96, 128))
    estimator = build_estimator(config, "cpu")
    assert estimator.skeleton.name == "posetrack18" and estimator.input_wh == (96, 128)
    image = np.random.RandomState(0).randint(0, 256, (60, 80, 3)).astype(np.uint8)
    boxes = FrameBoxes(0, (60, 80), np.array([[5.0, 5, 40, 55], [30, 10, 70, 50]]), np.ones(2))
    poses = estimator.estimate([Frame(0, image, None, "0.png")], [boxes])[0]
    assert poses.num_joints == 17 and 1 <= len(poses) <= 2


def test_defaults_of_a_networks_name(weights: Path) -> None:
    estimator = build_estimator(PoseConfig(model="hrnet-medium", weights=str(weights)), "cpu")
    assert estimator.skeleton.name == "coco" and estimator.input_wh == (192, 256)


@pytest.mark.parametrize(
    ("model", "bf16", "computes_so"),
    [
        ("hrnet-medium", None, False),
        ("hrnet-medium", True, True),
        ("bundled-pose", None, in_bf16(None, "cpu")),
        ("bundled-pose", False, False),
    ],
)
def test_bfloat16_unless_told_is_for_the_bundled_model(
    model: str, bf16: bool | None, computes_so: bool, weights: Path
) -> None:
    image = np.random.RandomState(0).randint(0, 256, (120, 90, 3)).astype(np.uint8)
    boxes = FrameBoxes(0, (120, 90), np.array([[5.0, 5, 80, 110]]), np.ones(1))
    config = PoseConfig(model=model, weights=str(weights), skeleton="posetrack18", input_wh=(96, 128), flip_above=0.0)

    def scores(wanted: bool | None) -> FloatArray:
        estimator = build_estimator(replace(config, bf16=wanted), "cpu")
        return estimator.estimate([Frame(0, image, None, "0.png")], [boxes])[0].joint_scores

    np.testing.assert_array_equal(scores(bf16), scores(computes_so))
    assert (scores(True) != scores(False)).any()


def test_the_bundled_model_mirrors_whom_the_default_tracker_takes() -> None:
    assert get_entry("bundled-pose").flip_above == TrackerConfig().pose_threshold


def test_a_models_own_settings_and_other_weights(weights: Path) -> None:
    estimator = build_estimator(PoseConfig(model="bundled-pose", weights=str(weights)), "cpu")
    assert estimator.skeleton.name == "posetrack18" and estimator.input_wh == get_entry("bundled-pose").input_wh


@pytest.mark.parametrize("metadata", [None, {"recipe": "a text"}, {"recipe": "[1]"}, {"recipe": '{"network": "hrnet-small", "input_wh": 3}'}])
def test_weights_that_say_nothing_of_themselves(metadata: dict[str, str] | None, tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors", metadata)
    assert model_of(PoseConfig(weights=str(tmp_path / "a.safetensors"))) == get_entry("bundled-pose")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (PoseConfig(model="hrnet-w32"), r"give pose\.weights, or take one of its models: .*hrnet-w32-coco-256x192"),
        (PoseConfig(model="bundled-pse"), "did you mean bundled-pose"),
        (PoseConfig(model="hrnet-w32-coco-256x129"), "did you mean hrnet-w32-coco-256x192"),
    ],
)
def test_models_that_cannot_be_had(config: PoseConfig, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        build_estimator(config, "cpu")


def test_weights_that_do_not_fit(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="small.safetensors"):
        build_estimator(PoseConfig(model="hrnet-medium", weights=str(weights), skeleton="mpii"), "cpu")
    with pytest.raises(CheckpointError, match="absent.pth"):
        build_estimator(PoseConfig(model="hrnet-medium", weights=str(tmp_path / "absent.pth")), "cpu")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"flip_above": -1.0}, "flip_above is -1.0"),
        ({"flip_scale": 0.0}, "flip_scale is 0.0"),
        ({"oks_nms": 1.5}, "oks_nms is 1.5"),
        ({"oks_nms": None, "soft_oks_nms": True}, "soft_oks_nms is true"),
        ({"joint_threshold": -0.1}, "joint_threshold is -0.1"),
        ({"joint_threshold": float("nan")}, "joint_threshold is nan"),
        ({"input_wh": (0, 256)}, "input_wh is"),
        ({"skeleton": "coc"}, "unknown skeleton 'coc'"),
    ],
)
def test_settings_out_of_range(fields: dict, said: str) -> None:
    with pytest.raises(Exception, match=said):
        PoseConfig(**fields)
