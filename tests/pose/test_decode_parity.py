"""Decoding and flip merging equal the official code, recorded by ``tests/data/pose/record_official.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pose_cases as cases
import pytest

from posetrack.geometry import apply_affine, box_to_center_scale
from posetrack.pose.decode import HeatmapJoints, decode_dark, decode_quarter, decode_udp, merge_flipped
from posetrack.pose.preprocess import crop_matrices
from posetrack.structures import COCO

OFFICIAL = np.load(Path(__file__).parents[1] / "data" / "pose" / "official.npz")
LIMIT_PX = 1e-4


def to_image(found: HeatmapJoints, maps: np.ndarray, udp: bool) -> np.ndarray:
    height, width = maps.shape[2:]
    centers, scales = box_to_center_scale(cases.heatmap_boxes_xyxy(len(maps)), width / height)
    back = crop_matrices(centers, scales, (width, height), udp, inverse=True)
    return np.array([apply_affine(xy, matrix) for xy, matrix in zip(found.xy, back, strict=True)])


@pytest.mark.parametrize("name", cases.HEATMAP_CASES)
def test_quarter_pixel_decoding_is_the_official_one(name: str) -> None:
    maps = cases.heatmaps(name)
    found = decode_quarter(maps)
    scores = OFFICIAL[f"quarter/{name}/scores"]
    np.testing.assert_array_equal(found.scores, scores)
    np.testing.assert_array_equal(np.isnan(found.xy[..., 0]), scores <= 0)
    image_xy, official = to_image(found, maps, udp=False), OFFICIAL[f"quarter/{name}/xy"]
    # The official result is rounded to float32.
    np.testing.assert_allclose(image_xy[scores > 0], official[scores > 0], rtol=6e-8, atol=LIMIT_PX / 100)


def test_quarter_pixel_decoding_moves_by_exactly_a_quarter() -> None:
    found, official = decode_quarter(cases.heatmaps("people")), OFFICIAL["quarter/people/heatmap_xy"]
    there = found.scores > 0
    np.testing.assert_allclose(found.xy[there], official[there], atol=1e-5)
    np.testing.assert_array_equal(found.xy[there] * 4, np.rint(found.xy[there] * 4))


@pytest.mark.parametrize("name", cases.HEATMAP_CASES)
def test_dark_is_the_official_one(name: str) -> None:
    found = decode_dark(cases.heatmaps(name))
    there = found.scores > 0
    official = OFFICIAL[f"dark/{name}/xy"][there]
    # On noise a nearly singular Hessian can give Newton steps of tens of pixels; compare to 1e-5 of the step.
    step = np.abs(official - decode_quarter(cases.heatmaps(name)).xy[there])
    assert there.any()
    assert (np.abs(found.xy[there] - official) <= np.maximum(LIMIT_PX, 1e-5 * step)).all()


@pytest.mark.parametrize("name", cases.HEATMAP_CASES)
def test_udp_is_mmposes_one(name: str) -> None:
    maps = cases.heatmaps(name)
    found = decode_udp(maps)
    there = found.scores > 0
    np.testing.assert_allclose(found.xy[there], OFFICIAL[f"udp/{name}/xy"][there], atol=LIMIT_PX, rtol=0)
    image_xy = to_image(found, maps, udp=True)
    np.testing.assert_allclose(image_xy[there], OFFICIAL[f"udp/{name}/image_xy"][there], atol=LIMIT_PX, rtol=0)


@pytest.mark.parametrize("kind", ["plain", "shift"])
def test_flip_merging_is_the_official_one(kind: str) -> None:
    maps = cases.heatmaps("noise")
    merged = merge_flipped(maps[:1, :, :8, :6], maps[1:, :, :8, :6], COCO.flip_order, shift=kind == "shift")
    np.testing.assert_array_equal(merged, OFFICIAL[f"flip/{kind}"])
