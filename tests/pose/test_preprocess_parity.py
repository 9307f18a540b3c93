"""Crops equal the official ones, recorded by ``tests/data/pose/record_official.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pose_cases as cases
import pytest

from posetrack.geometry import box_to_center_scale
from posetrack.pose.preprocess import IMAGENET_MEAN_RGB, IMAGENET_STD_RGB, crop_batch, crop_matrices

OFFICIAL = np.load(Path(__file__).parents[1] / "data" / "pose" / "official.npz")
MEAN, STD = (np.array(v)[:, None, None] for v in (IMAGENET_MEAN_RGB, IMAGENET_STD_RGB))


def crops(udp: bool) -> np.ndarray:
    boxes, image = cases.crop_boxes_xyxy(), cases.image()
    centers, scales = box_to_center_scale(boxes, cases.CROP_WH[0] / cases.CROP_WH[1])
    matrices = crop_matrices(centers, scales, cases.CROP_WH, udp)
    return crop_batch([image] * len(boxes), matrices, cases.CROP_WH)


@pytest.mark.parametrize("kind", ["plain", "udp"])
def test_crops_are_the_official_pixels(kind: str) -> None:
    pixels = np.rint((crops(kind == "udp") * STD + MEAN) * 255).transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(pixels, OFFICIAL[f"crop/{kind}"])


def test_normalised_crops_are_the_official_numbers() -> None:
    np.testing.assert_array_equal(crops(udp=False).ravel()[::7], OFFICIAL["crop/tensor"])
