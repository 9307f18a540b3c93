"""The pose stage from frames to poses, on painted people whose joints are known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import painted_people as painted
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from posetrack.errors import CheckpointError, ConfigError
from posetrack.models.zoo import DecodeKind
from posetrack.pose import PoseEstimator
from posetrack.runtime import TorchRunner
from posetrack.structures import COCO, FloatArray, Frame, FrameBoxes

SCENES = [
    painted.scene(0, [[20.5, 30, 80.25, 120], [150, 40, 290, 230]]),
    painted.scene(1, []),
    painted.scene(2, [[100, 100, 130, 160], [200, 10, 280, 130], [10, 120, 90, 235]]),
]
FRAMES, BOXES = [frame for frame, _ in SCENES], [boxes for _, boxes in SCENES]


def estimator(kind: DecodeKind = "quarter", **options: object) -> PoseEstimator:
    network = TorchRunner(painted.ColourNet(aligned=kind == "udp"), "cpu")
    return PoseEstimator(network, painted.DOTS, painted.INPUT_WH, decode_kind=kind, **options)  # type: ignore[arg-type]


def heatmap_pixel(boxes: FrameBoxes) -> FloatArray:
    """(N,) size of a heatmap pixel in image pixels."""
    width, height = (boxes.xyxy[:, 2:] - boxes.xyxy[:, :2]).T
    return np.asarray(np.maximum(height, width * 4 / 3) * 1.25 / (painted.INPUT_WH[1] / 4))


# Limits in heatmap pixels. The quarter-pixel rule rounds, and the flip test's shift of one is really 0.75; DARK and
# UDP see a Gaussian and are exact except for the 8-bit colours.
@pytest.mark.parametrize(
    ("kind", "flip", "limit"),
    [("quarter", False, 0.3), ("quarter", True, 0.4), ("dark", False, 0.05), ("udp", False, 0.05), ("udp", True, 0.05)],
)
def test_joints_are_where_they_were_painted(kind: DecodeKind, flip: bool, limit: float) -> None:
    for boxes, poses in zip(BOXES, estimator(kind, flip_test=flip).estimate(FRAMES, BOXES), strict=True):
        assert (poses.frame_index, poses.image_hw) == (boxes.frame_index, boxes.image_hw)
        np.testing.assert_array_equal(poses.boxes_xyxy, boxes.xyxy)
        assert poses.joint_valid.all() and poses.num_joints == 3
        pixel = heatmap_pixel(boxes)
        error = np.abs(poses.joints_xy - painted.joints_of(boxes.xyxy)).max(axis=(1, 2))
        assert (error <= limit * pixel).all(), error / pixel


@pytest.mark.parametrize("kind", ["dark", "udp"])
@pytest.mark.parametrize("scale", [0.9, 1.2])
def test_mirrored_crops_of_another_size_are_laid_exactly_over_the_others(kind: DecodeKind, scale: float) -> None:
    together = estimator(kind, flip_scale=scale).estimate(FRAMES, BOXES)
    alone = estimator(kind, flip_test=False).estimate(FRAMES, BOXES)
    for boxes, poses, plain in zip(BOXES, together, alone, strict=True):
        away = np.abs(poses.joints_xy - plain.joints_xy).max(axis=(1, 2))
        assert (away <= 0.1 * heatmap_pixel(boxes)).all(), away
        assert (poses.joint_scores > 0.8).all()


def test_mirrored_crops_are_run_only_of_people_who_score_enough() -> None:
    frame, boxes = SCENES[0]
    boxes = replace(boxes, scores=np.array([0.9, 0.3]))
    half, every, none = (
        estimator("dark", **options).estimate([frame], [boxes])[0].joints_xy
        for options in ({"flip_above": 0.5}, {}, {"flip_test": False})
    )
    assert (every != none).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(half[0], every[0])
    np.testing.assert_array_equal(half[1], none[1])


def test_boxes_without_scores_are_not_left_out_of_the_flip_test() -> None:
    frame, boxes = SCENES[0]
    boxes = replace(boxes, scores=np.full(2, np.nan))
    options = {"rescore_poses": False, "oks_threshold": None}
    unscored = estimator("dark", flip_above=0.5, **options).estimate([frame], [boxes])[0]
    every = estimator("dark", **options).estimate([frame], [boxes])[0]
    np.testing.assert_array_equal(unscored.joints_xy, every.joints_xy)


def test_scores_are_the_boxes_times_the_joints_mean() -> None:
    poses = estimator(flip_test=False).estimate(FRAMES, BOXES)[0]
    np.testing.assert_allclose(poses.scores, 0.9 * poses.joint_scores.mean(axis=1))
    assert (poses.joint_scores > 0.9).all()
    kept = estimator(rescore_poses=False).estimate(FRAMES, BOXES)[0]
    np.testing.assert_array_equal(kept.scores, [0.9, 0.9])


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 7), st.permutations(range(3)))
def test_neither_the_batch_nor_the_order_of_frames_matters(batch_size: int, order: list[int]) -> None:
    before = [frame.image.copy() for frame in FRAMES]
    alone = [estimator("dark", batch_size=1).estimate([f], [b])[0] for f, b in zip(FRAMES, BOXES, strict=True)]
    together = estimator("dark", batch_size=batch_size).estimate([FRAMES[i] for i in order], [BOXES[i] for i in order])
    for i, poses in zip(order, together, strict=True):
        np.testing.assert_allclose(poses.joints_xy, alone[i].joints_xy, rtol=0, atol=1e-6)
        np.testing.assert_allclose(poses.scores, alone[i].scores, rtol=1e-6)
    for frame, image in zip(FRAMES, before, strict=True):
        np.testing.assert_array_equal(frame.image, image)


def test_nothing_to_do() -> None:
    assert estimator().estimate([], []) == []
    (poses,) = estimator().estimate(FRAMES[1:2], BOXES[1:2])
    assert len(poses) == 0 and poses.num_joints == 3 and poses.frame_index == 1


def test_boxes_that_hold_nobody_are_dropped_and_the_others_keep_their_order() -> None:
    frame, boxes = SCENES[2]
    nan, inf = np.nan, np.inf
    bad = [[nan, 0, 10, 10], [0, 0, inf, 10], [50, 50, 50, 50], [60, 60, 50, 90], [400, 10, 500, 90],
           [-90, -90, -10, -10], [1e9, 0, 2e9, 10], [3, 3, 3.5, 3.5]]  # fmt: skip
    mixed = np.concatenate([[b, g] for b, g in zip(bad, np.tile(boxes.xyxy, (3, 1)), strict=False)])
    given_boxes = FrameBoxes(2, boxes.image_hw, mixed, np.linspace(0.5, 1, len(mixed)))
    poses = estimator(oks_threshold=None).estimate([frame], [given_boxes])[0]
    np.testing.assert_array_equal(poses.boxes_xyxy, mixed[1::2])
    clean = estimator(oks_threshold=None).estimate([frame], [given_boxes.select(range(1, len(mixed), 2))])[0]
    np.testing.assert_array_equal(poses.joints_xy, clean.joints_xy)


def test_doubles_of_a_person_become_one() -> None:
    frame, boxes = SCENES[0]
    twice = FrameBoxes(0, boxes.image_hw, np.repeat(boxes.xyxy, 2, axis=0) + [[0.0], [0.5], [0.0], [0.5]],
                       np.array([0.6, 0.7, 0.9, 0.8]))  # fmt: skip
    poses = estimator().estimate([frame], [twice])[0]
    np.testing.assert_array_equal(poses.boxes_xyxy, twice.xyxy[[1, 2]])
    assert len(estimator(oks_threshold=None).estimate([frame], [twice])[0]) == 4
    assert len(estimator(soft_nms=True).estimate([frame], [twice])[0]) == 4


def test_joints_below_the_threshold_are_not_valid() -> None:
    frame, boxes = SCENES[0]
    faint = replace(frame, image=(frame.image * [1, 0.5, 0]).astype(np.uint8))
    poses = estimator(joint_threshold=0.7, flip_test=False).estimate([faint], [boxes])[0]
    np.testing.assert_array_equal(poses.joint_valid, [[True, False, False]] * 2)
    assert np.isnan(poses.joints_xy[:, 1:]).all()
    assert (poses.joint_scores[:, 1] > 0.4).all()
    several = estimator(joint_threshold=0.7, flip_test=False, candidates=3).estimate([faint], [boxes])[0]
    np.testing.assert_array_equal(np.isnan(several.candidates[:, :, 0, 2]), ~poses.joint_valid)  # smoothing finds no candidates there


class Constant(nn.Module):
    """The same value everywhere."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return torch.full((len(batch), 3, 32, 24), self.value)


@pytest.mark.parametrize("value", [-1.0, 0.0])
@pytest.mark.parametrize("kind", ["quarter", "dark", "udp"])
def test_a_network_that_sees_nothing_gives_no_joint(value: float, kind: DecodeKind) -> None:
    blind = PoseEstimator(TorchRunner(Constant(value), "cpu"), painted.DOTS, painted.INPUT_WH, decode_kind=kind)
    poses = blind.estimate(FRAMES[:1], BOXES[:1])[0]
    assert not poses.joint_valid.any() and np.isnan(poses.joints_xy).all()
    assert poses.scores.tolist() == [0, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("kind", ["quarter", "dark", "udp"])
def test_a_network_that_gives_no_numbers_is_reported(value: float, kind: DecodeKind) -> None:
    broken = PoseEstimator(TorchRunner(Constant(value), "cpu"), painted.DOTS, painted.INPUT_WH, decode_kind=kind)
    with np.errstate(invalid="ignore"), pytest.raises(CheckpointError, match="NaN or infinity"):
        broken.estimate(FRAMES[:1], BOXES[:1])


def test_an_image_of_one_pixel_and_boxes_of_it() -> None:
    frame = Frame(0, np.full((1, 1, 3), 200, dtype=np.uint8), None, "dot.png")
    boxes = FrameBoxes(0, (1, 1), np.array([[0.0, 0, 1, 1], [-0.5, -0.5, 0.5, 0.5], [0, 0, 0, 0]]), np.ones(3))
    poses = estimator(oks_threshold=None).estimate([frame], [boxes])[0]
    assert len(poses) == 2
    assert np.isfinite(poses.joints_xy[poses.joint_valid]).all()


def test_a_large_image_is_as_exact_at_its_far_corner() -> None:
    frame, boxes = painted.scene(0, [[7800, 5750, 7950, 5980]], (6000, 8000))
    poses = estimator("dark", flip_test=False).estimate([frame], [boxes])[0]
    np.testing.assert_allclose(poses.joints_xy, painted.joints_of(boxes.xyxy), atol=0.5)


def test_a_box_that_leaves_the_image_is_used() -> None:
    frame, _ = SCENES[0]
    poses = estimator("dark", flip_test=False).estimate(
        [frame], [FrameBoxes(0, (240, 320), np.array([[-60.0, -20, 90, 180]]), np.ones(1))]
    )[0]
    np.testing.assert_allclose(poses.joints_xy[0], painted.joints_of(BOXES[0].xyxy[:1])[0], atol=0.5)


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(ValueError, match="3 frames but 2"):
        estimator().estimate(FRAMES, BOXES[:2])
    with pytest.raises(ValueError, match="boxes of frame 0"):
        estimator().estimate(FRAMES[1:2], BOXES[:1])
    with pytest.raises(ConfigError, match=r"3 heatmaps per person, expected 17 .*pose\.skeleton"):
        PoseEstimator(TorchRunner(painted.ColourNet(), "cpu"), COCO, painted.INPUT_WH).estimate(FRAMES, BOXES)
