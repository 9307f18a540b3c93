"""Boxes, affine maps, similarity and suppression: properties and degenerate cases."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posetrack.geometry import (
    affine_matrix,
    apply_affine,
    box_area,
    box_iou,
    box_nms,
    box_to_center_scale,
    clip_boxes,
    joints_box,
    oks,
    suppress,
)
from posetrack.structures import COCO, FloatArray

_corner = st.floats(-500, 500, allow_nan=False, width=32)


@st.composite
def boxes(draw: st.DrawFn, count: int = 4) -> FloatArray:
    low = draw(arrays(np.float64, (count, 2), elements=_corner))
    size = draw(arrays(np.float64, (count, 2), elements=st.floats(1, 300, width=32)))
    return np.concatenate([low, low + size], axis=1)


@given(boxes(), boxes(3))
def test_iou_is_symmetric_bounded_and_one_with_itself(a: FloatArray, b: FloatArray) -> None:
    iou = box_iou(a, b)
    assert iou.shape == (4, 3)
    assert (iou >= 0).all() and (iou <= 1 + 1e-12).all()
    np.testing.assert_allclose(iou, box_iou(b, a).T)
    np.testing.assert_allclose(np.diag(box_iou(a, a)), 1)


def test_iou_by_hand_and_of_empty_boxes() -> None:
    a = np.array([[0.0, 0, 10, 10], [0, 0, 0, 0]])
    b = np.array([[5.0, 0, 15, 10], [0, 0, 0, 0], [20, 20, 10, 10]])
    np.testing.assert_allclose(box_iou(a, b), [[1 / 3, 0, 0], [0, 0, 0]])
    assert box_area(b).tolist() == [100, 0, 0]
    assert box_iou(np.zeros((0, 4)), b).shape == (0, 3)


def test_clip_keeps_boxes_on_pixel_centres_of_the_image() -> None:
    np.testing.assert_array_equal(clip_boxes(np.array([[-5.0, 2, 100, 50]]), (20, 30)), [[0, 2, 29, 19]])


def test_joints_box_grows_about_its_centre() -> None:
    xy = np.array([[[10.0, 10], [30, 50], [np.nan, np.nan]], [[np.nan, np.nan]] * 3])
    valid = ~np.isnan(xy[..., 0])
    box = joints_box(xy, valid, 1.3)
    np.testing.assert_allclose(box[0], [7, 4, 33, 56])
    assert np.isnan(box[1]).all()
    assert joints_box(np.zeros((0, 3, 2)), np.zeros((0, 3), bool)).shape == (0, 4)


@settings(max_examples=50)
@given(boxes(1), st.floats(-90, 90), st.sampled_from([(192, 256), (288, 384), (48, 64), (256, 256)]))
def test_affine_there_and_back_is_identity(box: FloatArray, rotation: float, output_wh: tuple[int, int]) -> None:
    center, scale = box_to_center_scale(box, output_wh[0] / output_wh[1])
    there = affine_matrix(center[0], scale[0], output_wh, rotation)
    back = affine_matrix(center[0], scale[0], output_wh, rotation, inverse=True)
    points = np.array([[0.0, 0], [10, 20], [output_wh[0] - 1, output_wh[1] - 1]])
    np.testing.assert_allclose(apply_affine(apply_affine(points, back), there), points, atol=2e-2)
    np.testing.assert_allclose(apply_affine(center[0], there), [output_wh[0] / 2, output_wh[1] / 2], atol=2e-2)


def test_oks_by_hand() -> None:
    sigmas = np.array([0.1, 0.1])
    a = np.array([[[0.0, 0], [10, 0]]])
    b = np.array([[[3.0, 0], [np.nan, np.nan]], [[np.nan, np.nan]] * 2])
    np.testing.assert_allclose(oks(a, b, np.array(100.0), sigmas), [[np.exp(-9 / 0.04 / 100 / 2), 0]])


@given(arrays(np.float64, (3, 17, 2), elements=_corner), st.floats(1, 1e5))
def test_oks_of_a_pose_with_itself_is_one_and_inputs_stay(xy: FloatArray, area: float) -> None:
    before = xy.copy()
    similarity = oks(xy, xy, np.array(area), COCO.sigmas)
    np.testing.assert_allclose(np.diag(similarity), 1)
    assert (similarity <= 1 + 1e-12).all() and (similarity >= 0).all()
    np.testing.assert_array_equal(xy, before)


def test_suppression_keeps_the_best_of_each_heap() -> None:
    b = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    assert box_nms(b, np.array([0.6, 0.9, 0.1]), 0.5).tolist() == [1, 2]
    assert box_nms(b, np.array([0.6, 0.9, 0.1]), 0.95).tolist() == [1, 0, 2]
    assert suppress(np.zeros((0, 0)), np.zeros(0), 0.5).tolist() == []
    # A similarity exactly at the threshold is no duplicate; of equal scores the earlier one stays.
    assert suppress(np.full((2, 2), 0.5), np.array([1.0, 1.0]), 0.5).tolist() == [0, 1]
    assert suppress(np.full((2, 2), 0.6), np.array([1.0, 1.0]), 0.5).tolist() == [0]
