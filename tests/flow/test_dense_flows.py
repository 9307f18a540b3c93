"""Dense flows: validity under resizing, the backward check, Farneback's levels, RAFT's input and weights."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision

from posetrack.errors import CheckpointError, ConfigError
from posetrack.flow import RaftFlowConfig, build_flow
from posetrack.flow.dense import DenseFlow, farneback_method, returns
from posetrack.flow.raft import RaftMethod, load_raft
from posetrack.structures import FlowArray, Frame, ImageArray
from tests.flow.pictures import frame, moved, similarity, texture


class Given:
    """A method that returns a given displacement for any images, and records their sizes."""

    def __init__(self, displacement: FlowArray) -> None:
        self.displacement = displacement
        self.sizes_hw: list[tuple[int, ...]] = []

    def __call__(self, previous: ImageArray, current: ImageArray) -> FlowArray:
        self.sizes_hw.append(previous.shape[:2])
        return self.displacement


def blank(hw: tuple[int, int], index: int = 0) -> Frame:
    return frame(np.zeros((*hw, 3), dtype=np.uint8), index)


def test_displacements_grow_with_the_image() -> None:
    """Each axis scales by its own factor, which differ through rounding: 201x100 is computed at 100x50."""
    method = Given(np.tile(np.float32([2.0, -1.0]), (50, 100, 1)))
    field = DenseFlow(method, max_side_px=100).field(blank((100, 201)), blank((100, 201), 1))
    assert method.sizes_hw == [(50, 100)]
    assert field.image_hw == (100, 201)
    assert np.allclose(field.displacement_xy, [2.0 * 2.01, -2.0])
    assert field.valid.all()


def test_unknown_pixels_stay_unknown_at_another_size() -> None:
    """Interpolation spreads NaN beyond its own pixel; every pixel it reaches is invalid."""
    small = np.zeros((32, 64, 2), dtype=np.float32)
    small[10:14, 20:24] = np.nan
    field = DenseFlow(Given(small), max_side_px=64).field(blank((96, 192)), blank((96, 192), 1))
    assert not field.valid[30:42, 60:72].any()
    assert field.valid[:28].all() and field.valid[:, :58].all()
    assert np.isfinite(field.displacement_xy[field.valid]).all()


def test_returns() -> None:
    """A pixel returns if the backward flow undoes the forward flow; pixels that leave the image do not."""
    forward = np.zeros((10, 20, 2), dtype=np.float32)
    forward[..., 0] = 3.0
    good = returns(forward, -forward, 0.5)
    assert good[:, :17].all() and not good[:, 17:].any()
    assert not returns(forward, forward, 0.5).any()
    off = -forward + np.float32([0.0, 0.4])
    assert returns(forward, off, 0.5)[:, :17].all() and not returns(forward, off, 0.3).any()
    assert not returns(np.full_like(forward, np.nan), forward, 0.5).any()


@pytest.mark.parametrize(("shift_px", "needed"), [(8, 1), (16, 2), (24, 3)])
def test_farneback_levels(shift_px: int, needed: int) -> None:
    """0 levels is the image alone; more find larger motions: 8 px need one, 16 two, 24 three."""
    image = texture((256, 512))
    now = moved(image, np.float64([[1, 0, shift_px], [0, 1, 0]]))
    error = [farneback_method(21, levels)(image, now)[60:-60, 60:-60, 0] - shift_px for levels in (needed, needed - 1)]
    assert abs(np.median(error[0])) < 0.1
    assert abs(np.median(error[1])) > 2


@pytest.mark.parametrize("hw", [(1, 1), (1, 300), (31, 33)])
def test_farneback_without_levels_on_tiny_images(hw: tuple[int, int]) -> None:
    flat = np.full((*hw, 3), 90, dtype=np.uint8)
    assert (farneback_method(101, 0)(flat, flat) == 0).all()


def raft(name: str = "raft_small", updates: int = 1) -> RaftMethod:
    torch.manual_seed(0)
    return RaftMethod(torchvision.models.get_model(name, weights=None), updates, "cpu")


@pytest.mark.parametrize("hw", [(131, 157), (1, 1)])
def test_raft_sizes(hw: tuple[int, int]) -> None:
    """Any image size works; the untrained network's output is finite and repeatable, and inputs are unchanged."""
    image, now = texture(hw), texture(hw, seed=1)
    old, old_now = image.copy(), now.copy()
    image.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        method = raft()
        found = method(image, now)
    assert found.shape == (*hw, 2) and found.dtype == np.float32
    assert np.isfinite(found).all()
    assert np.array_equal(found, method(image, now))
    assert np.array_equal(image, old) and np.array_equal(now, old_now)


def test_raft_is_torchvisions() -> None:
    """Equal to torchvision's model with torchvision's own preset where no padding is needed."""
    method = raft(updates=3)
    image, now = (
        texture((128, 160)),
        moved(texture((128, 160)), similarity(0, 1, (2.0, 1.0))),
    )
    preset = torchvision.models.optical_flow.Raft_Small_Weights.DEFAULT.transforms()
    inputs = preset(*(torch.tensor(i).permute(2, 0, 1)[None] for i in (image, now)))
    with torch.inference_mode():
        expected = method._module(*inputs, num_flow_updates=3)[-1][0].permute(1, 2, 0).numpy()
    assert np.allclose(method(image, now), expected, atol=1e-4)


def test_raft_from_a_file(tmp_path: Path) -> None:
    """A configuration with weights works in ``build_flow``; weights of another network give a clear error."""
    torch.manual_seed(0)
    module = torchvision.models.get_model("raft_small", weights=None)
    path = tmp_path / "raft.pth"
    torch.save(module.state_dict(), path)
    flow = build_flow(RaftFlowConfig(model="raft_small", weights=str(path), updates=1), "cpu")
    image = texture((128, 136))
    points = np.array([[[60.0, 60.0], [np.nan, np.nan]]])
    moved_xy = flow.between(frame(image), frame(image, 1))(points)
    field = RaftMethod(module, 1, "cpu")(image, image)
    assert np.allclose(moved_xy[0, 0], points[0, 0] + field[60, 60], atol=1e-4)
    assert np.isnan(moved_xy[0, 1]).all()
    with pytest.raises(
        CheckpointError,
        match=r"raft\.pth: the weights belong to another network.*raft_large",
    ):
        load_raft("raft_large", path)
    path.write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"raft\.pth"):
        load_raft("raft_small", path)
    with pytest.raises(ConfigError, match="device"):
        RaftMethod(module, 1, "gpu")
