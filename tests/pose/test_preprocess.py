"""Crops: properties and degenerate boxes."""

from __future__ import annotations

import numpy as np
import pose_cases as cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.geometry import apply_affine, box_to_center_scale
from posetrack.pose.preprocess import crop_batch, crop_matrices, mirror, usable_boxes


@settings(max_examples=50, deadline=None)
@given(
    st.floats(-500, 2000), st.floats(-500, 2000), st.floats(1, 1500), st.floats(1, 1500), st.booleans(),
    st.sampled_from([(192, 256), (288, 384), (48, 64)]),
)  # fmt: skip
def test_into_the_crop_and_back_is_identity(
    x: float, y: float, width: float, height: float, udp: bool, size_wh: tuple[int, int]
) -> None:
    box = np.array([[x, y, x + width, y + height]])
    centers, scales = box_to_center_scale(box, size_wh[0] / size_wh[1])
    there = crop_matrices(centers, scales, size_wh, udp)[0]
    back = crop_matrices(centers, scales, size_wh, udp, inverse=True)[0]
    corners = box.reshape(2, 2)
    np.testing.assert_allclose(apply_affine(apply_affine(corners, there), back), corners, atol=2e-3)
    inside = apply_affine(corners, there)
    assert (inside > -0.1).all() and (inside < np.array(size_wh) + 0.1).all()


def test_crops_are_independent_and_images_stay_as_they_are() -> None:
    image, other = cases.image(), cases.image()[::-1].copy()
    before = image.copy()
    matrices = crop_matrices(*box_to_center_scale(cases.crop_boxes_xyxy(), 0.75), cases.CROP_WH)
    images = [image, other] * 4
    together = crop_batch(images, matrices, cases.CROP_WH)
    assert together.shape == (8, 3, 32, 24) and together.dtype == np.float32 and together.flags.c_contiguous
    for n in range(8):
        np.testing.assert_array_equal(crop_batch(images[n : n + 1], matrices[n : n + 1], cases.CROP_WH)[0], together[n])
    np.testing.assert_array_equal(image, before)


def test_blue_first_reverses_the_image_and_not_the_figures() -> None:
    image = cases.image()
    matrices = crop_matrices(*box_to_center_scale(cases.crop_boxes_xyxy()[:1], 0.75), cases.CROP_WH)
    swapped = crop_batch([np.ascontiguousarray(image[..., ::-1])], matrices, cases.CROP_WH)
    np.testing.assert_array_equal(crop_batch([image], matrices, cases.CROP_WH, bgr=True), swapped)


def test_mirror_reverses_columns() -> None:
    batch = np.random.RandomState(0).normal(0, 1, (2, 3, 8, 6)).astype(np.float32)
    before = batch.copy()
    np.testing.assert_array_equal(mirror(batch), batch[..., ::-1])
    np.testing.assert_array_equal(batch, before)


def test_nobody() -> None:
    assert crop_matrices(np.zeros((0, 2)), np.zeros((0, 2)), (192, 256)).shape == (0, 2, 3)
    assert crop_batch([], np.zeros((0, 2, 3)), (192, 256)).shape == (0, 3, 256, 192)
    assert usable_boxes(np.zeros((0, 4)), (10, 10)).shape == (0,)


@pytest.mark.parametrize(
    ("box", "used"),
    [
        ([10, 10, 20, 30], True),
        ([10, 10, 10, 30], True),  # a line: the official loader accepts it, and the aspect ratio gives it an area
        ([-50, -50, 0, 0], True),  # touches the first pixel
        ([99, 49, 120, 80], True),
        ([99.5, 10, 120, 30], False),
        ([10, 10, 10, 10], False),
        ([10, 10, 10.5, 10.9], False),
        ([20, 10, 10, 30], False),
        ([np.nan, 10, 20, 30], False),
        ([0, 0, np.inf, 30], False),
        ([-2e6, 0, 2e6, 30], False),
    ],
)
def test_which_boxes_are_used(box: list[float], used: bool) -> None:
    assert usable_boxes(np.array([box]), (50, 100)).tolist() == [used]
