"""Every flow: known motions are found to a stated tolerance; lost points become NaN."""

from __future__ import annotations

import numpy as np
import pytest

from posetrack.errors import InputError
from posetrack.flow import DisFlowConfig, FarnebackFlowConfig, FlowConfig, LucasKanadeFlowConfig, build_flow
from posetrack.geometry.affine import apply_affine
from tests.flow.pictures import HW, frame, grid, moved, similarity, texture

FLOWS = {
    "lucas-kanade": LucasKanadeFlowConfig(),
    "dis": DisFlowConfig(),
    "dis, checked": DisFlowConfig(max_return_px=2.0),
    "farneback": FarnebackFlowConfig(),
}
each_flow = pytest.mark.parametrize("config", FLOWS.values(), ids=FLOWS)


@each_flow
@pytest.mark.parametrize(
    ("angle_deg", "scale", "shift_xy"),
    [(0, 1, (3.0, -2.0)), (0, 1, (0.4, 0.3)), (0, 1, (12.0, 7.0)), (2, 1, (1.0, 0.0)), (0, 1.03, (0.0, 2.0))],
)
def test_known_motion(config: FlowConfig, angle_deg: float, scale: float, shift_xy: tuple[float, float]) -> None:
    """Within 0.5 px for 90 % of the points, 0.15 px for the median; few are lost."""
    image, matrix = texture(), similarity(angle_deg, scale, shift_xy)
    points = grid(HW, 30)
    found = build_flow(config).between(frame(image), frame(moved(image, matrix), 1))(points)
    error = np.linalg.norm(found - apply_affine(points, matrix), axis=-1)
    assert np.isnan(error).mean() <= 0.05
    assert np.nanmedian(error) < 0.15
    assert np.nanquantile(error, 0.9) < 0.5


@each_flow
def test_nan_outside_and_inputs(config: FlowConfig) -> None:
    """NaN stays NaN, points that start or end outside the image are lost, and inputs are unchanged."""
    image = texture()
    now = moved(image, similarity(0, 1, (15.0, 0.0)))
    points = np.array([[[120.0, 90.0], [np.nan, np.nan], [np.nan, 50.0]], [[-3.0, 90.0], [500.0, 90.0], [238.0, 90.0]]])
    before, old_image, old_now = points.copy(), image.copy(), now.copy()
    found = build_flow(config).between(frame(image), frame(now, 1))(points)
    assert found.dtype == np.float64
    assert np.isnan(found).all(axis=-1).tolist() == [[False, True, True], [True, True, True]]
    for given, old in ((points, before), (image, old_image), (now, old_now)):
        assert np.array_equal(given, old, equal_nan=True)


@each_flow
def test_frames_in_order(config: FlowConfig) -> None:
    """Earlier frames and repeated calls do not change the result."""
    images = [frame(moved(texture(), similarity(0, 1, (3.0 * i, i))), i) for i in range(4)]
    flow = build_flow(config)
    for previous, current in zip(images, images[1:], strict=False):
        carry = flow.between(previous, current)
        first = carry(grid(HW, 30))
        assert np.array_equal(first, carry(grid(HW, 30)), equal_nan=True)
        assert np.array_equal(first, build_flow(config).between(previous, current)(grid(HW, 30)), equal_nan=True)


@each_flow
def test_nobody(config: FlowConfig) -> None:
    found = build_flow(config).between(frame(texture()), frame(texture(), 1))(np.zeros((0, 17, 2)))
    assert found.shape == (0, 17, 2)


@each_flow
@pytest.mark.parametrize("hw", [(1, 1), (1, 300), (7, 5), (40, 60)])
def test_flat_and_tiny_images(config: FlowConfig, hw: tuple[int, int]) -> None:
    """Without texture a point is lost or stays roughly in place."""
    flat = frame(np.full((*hw, 3), 90, dtype=np.uint8))
    points = np.array([[[0.0, 0.0], [hw[1] - 1.0, hw[0] - 1.0]]])
    found = build_flow(config).between(flat, flat)(points)
    error = np.linalg.norm(found - points, axis=-1)
    assert (np.isnan(error) | (error < 1)).all()


@each_flow
def test_sizes_differ(config: FlowConfig) -> None:
    with pytest.raises(InputError, match=r"1\.png: the frame is 241x180 pixels, expected 240x180 as .*0\.png"):
        build_flow(config).between(frame(texture()), frame(texture((180, 241)), 1))


def test_reduced_scale() -> None:
    """At half the size the flow is half as accurate."""
    image, matrix = texture(), similarity(0, 1, (6.0, -4.0))
    points = grid(HW, 30)
    flow = build_flow(DisFlowConfig(max_side_px=120))
    error = np.linalg.norm(
        flow.between(frame(image), frame(moved(image, matrix), 1))(points) - apply_affine(points, matrix), axis=-1
    )
    assert np.quantile(error, 0.9) < 1.0


def test_hidden_pixels_fail_the_check() -> None:
    """Points that become occluded are lost; DIS still finds a consistent smooth flow for many of them."""
    image = texture()
    now = image.copy()
    now[50:130, 70:170] = texture((80, 100), seed=9)
    x, y = np.meshgrid(np.linspace(85, 155, 8), np.linspace(65, 115, 6))
    hidden, seen = np.stack([x, y], axis=-1), np.array([[[20.0, 20.0], [220.0, 160.0]]])
    for name, least in (("lucas-kanade", 0.6), ("dis, checked", 0.2)):
        carry = build_flow(FLOWS[name]).between(frame(image), frame(now, 1))
        assert np.isnan(carry(hidden)).any(axis=-1).mean() > least
        assert np.allclose(carry(seen), seen, atol=0.1)
