"""Moving joints by a dense flow: interpolation, edges, invalid pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posetrack.flow import warp_joints
from posetrack.structures import FlowField

ALL = np.ones((6, 8), dtype=np.bool_)


def test_a_linear_flow_is_exact() -> None:
    y, x = np.mgrid[:6, :8].astype(np.float32)
    flow = FlowField(np.stack([0.1 * x - 0.2 * y, 0.05 * y], axis=-1), ALL)
    joints = np.array([[[3.25, 2.5], [7.0, 0.0]]])
    assert np.allclose(warp_joints(joints, flow), [[[3.25 + 0.325 - 0.5, 2.5 + 0.125], [np.nan] * 2]], equal_nan=True)


@given(st.tuples(st.floats(-4, 4), st.floats(-4, 4)), st.tuples(st.floats(-2, 9), st.floats(-2, 7)))
def test_there_and_back(shift: tuple[float, float], place: tuple[float, float]) -> None:
    """A joint returns to its place unless it is lost, which happens only at the image edges."""
    there = FlowField(np.broadcast_to(np.float32(shift), (6, 8, 2)), ALL)
    back = FlowField(-there.displacement_xy, ALL)
    joints = np.array([[place]])
    moved = warp_joints(joints, there)
    target = joints + np.float32(shift)
    within = all(((p >= -0.5) & (p <= [7.5, 5.5])).all() for p in (joints, target))
    assert np.isfinite(moved).all() == within
    if within:
        assert np.allclose(warp_joints(moved, back), joints, atol=1e-5)


def test_unknown_pixels() -> None:
    """A joint is lost if any pixel with non-zero weight is invalid, whatever its value."""
    displacement, valid = np.zeros((6, 8, 2), dtype=np.float32), ALL.copy()
    displacement[2, 3], valid[2, 3] = np.nan, False
    joints = np.array([[[2.5, 2.0], [2.0, 2.0], [4.0, 3.0], [3.0, 1.5]]])
    lost = np.isnan(warp_joints(joints, FlowField(displacement, valid))).all(axis=-1)
    assert lost.tolist() == [[True, False, False, True]]


def test_field_checks_itself() -> None:
    with pytest.raises(ValueError, match=r"shape \(6, 8\), expected \(height, width, 2\)"):
        FlowField(np.zeros((6, 8), dtype=np.float32), ALL)
    with pytest.raises(ValueError, match=r"valid has shape \(6, 7\), expected \(6, 8\)"):
        FlowField(np.zeros((6, 8, 2), dtype=np.float32), ALL[:, :7])
    with pytest.raises(ValueError, match="not finite"):
        FlowField(np.full((6, 8, 2), np.inf, dtype=np.float32), ALL)
    field = FlowField(np.zeros((6, 8, 2), dtype=np.float32), ALL)
    with pytest.raises(ValueError, match="read-only"):
        field.displacement_xy[0, 0] = 1
