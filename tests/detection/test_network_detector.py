"""Batching, stride and class filtering on a network that detects bright rectangles; the bundled detector on the demo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from posetrack.detection import BundledDetectorConfig, build_detector
from posetrack.detection.network import NetworkDetector
from posetrack.errors import CheckpointError, ConfigError
from posetrack.geometry import box_iou
from posetrack.structures import Frame
from tests.demo_clip import demo_frames


class BrightNet(nn.Module):
    """A stand-in for torchvision's detectors: red rectangles are persons (label 1), blue ones are not (label 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def forward(self, images: list[Tensor]) -> list[dict[str, Tensor]]:
        self.batches.append(len(images))
        return [self._one(image) for image in images]

    def _one(self, image: Tensor) -> dict[str, Tensor]:
        boxes, labels = [], []
        for channel, label in ((0, 1), (2, 2)):
            y, x = torch.nonzero(image[channel] > 0.9, as_tuple=True)
            if len(x):
                boxes.append([float(v) for v in (x.min(), y.min(), x.max(), y.max())])
                labels.append(label)
        count = len(boxes)
        return {
            "boxes": torch.tensor(boxes).reshape(count, 4),
            "labels": torch.tensor(labels, dtype=torch.int64),
            "scores": torch.full((count,), 0.8),
        }


def frame(index: int, x: int | None, size_hw: tuple[int, int] = (60, 80)) -> Frame:
    """A frame with a blue rectangle and, unless x is None, a red one at x."""
    image = np.zeros((*size_hw, 3), dtype=np.uint8)
    image[5:10, 5:20, 2] = 255
    if x is not None:
        image[20:51, x : x + 11, 0] = 255
    return Frame(index, image, None, f"{index}.jpg")


def detector(**options: int) -> tuple[NetworkDetector, BrightNet]:
    network = BrightNet()
    return NetworkDetector(network, BundledDetectorConfig(**options), "cpu"), network


def test_persons_only_and_one_result_a_frame() -> None:
    found = detector()[0].detect([frame(0, 10), frame(1, None), frame(2, 40)])
    assert [boxes.frame_index for boxes in found] == [0, 1, 2]
    assert [boxes.xyxy.tolist() for boxes in found] == [[[10, 20, 20, 50]], [], [[40, 20, 50, 50]]]
    assert found[0].scores == pytest.approx([0.8])


def test_frames_are_given_to_the_network_in_batches() -> None:
    one, network = detector(batch_size=4)
    one.detect([frame(i, 10) for i in range(9)])
    assert network.batches == [4, 4, 1]
    assert one.detect([]) == []


@pytest.mark.parametrize("chunk", [1, 2, 4, 10])
def test_between_the_frames_of_a_stride_the_last_boxes_stay(chunk: int) -> None:
    one, network = detector(stride=4)
    frames = [frame(i, 3 * i) for i in range(10)]
    found = [boxes for start in range(0, 10, chunk) for boxes in one.detect(frames[start : start + chunk])]
    assert [boxes.frame_index for boxes in found] == list(range(10))
    assert [boxes.xyxy[0, 0] for boxes in found] == [0, 0, 0, 0, 12, 12, 12, 12, 24, 24]
    assert sum(network.batches) == 3


def test_a_stride_starts_with_whatever_frame_comes_first() -> None:
    found = detector(stride=5)[0].detect([frame(i, 3 * i) for i in range(2, 7)])
    assert [boxes.xyxy[0, 0] for boxes in found] == [6, 6, 6, 15, 15]


def test_of_frames_that_were_picked_none_may_be_a_multiple_of_the_stride() -> None:
    one, network = detector(stride=4)
    found = one.detect([frame(i, 3 * i) for i in range(1, 14, 2)])
    assert [boxes.xyxy[0, 0] for boxes in found] == [3, 3, 15, 15, 27, 27, 39]
    assert sum(network.batches) == 4


def test_another_video_has_none_of_the_boxes_of_the_last() -> None:
    one, _ = detector(stride=4)
    one.detect([frame(0, 10)])
    one.forget()
    assert [len(boxes) for boxes in one.detect([frame(1, None)])] == [0]


def test_images_may_be_views() -> None:
    (found,) = detector()[0].detect([replace(frame(0, None), image=frame(0, None).image[..., ::-1])])
    assert found.xyxy.tolist() == [[5, 5, 19, 9]]


@pytest.mark.parametrize("chunk", [1, 4])
def test_no_boxes_are_carried_into_another_shot(chunk: int) -> None:
    frames = [replace(frame(i, 3 * i), begins_shot=i == 2) for i in range(8)]
    one = detector(stride=5)[0]
    found = [boxes for start in range(0, 8, chunk) for boxes in one.detect(frames[start : start + chunk])]
    assert [boxes.xyxy[0, 0] for boxes in found] == [0, 0, 6, 6, 6, 15, 15, 15]


def test_more_people_than_torchvision_would_give() -> None:
    """torchvision's own limits are 100 boxes, a score of 0.05 and an IoU of 0.6."""
    noise = np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)
    everything = BundledDetectorConfig(max_size=128, score_threshold=0.0, nms_iou=1.0, max_people=10_000, bf16=False)
    (found,) = build_detector(everything, "cpu").detect([Frame(0, noise, None, "0.jpg")])
    assert len(found) > 200 and found.scores.min() < 0.05
    overlap = box_iou(found.xyxy, found.xyxy)
    assert overlap[~np.eye(len(found), dtype=bool)].max() > 0.7


def test_nobody_stays_nobody_until_the_next_look() -> None:
    found = detector(stride=2)[0].detect([frame(0, None), frame(1, 20), frame(2, 20)])
    assert [len(boxes) for boxes in found] == [0, 0, 1]


def test_boxes_that_stay_are_cut_to_an_image_of_another_size() -> None:
    found = detector(stride=3)[0].detect([frame(0, 40), frame(1, None, (30, 46)), frame(2, None, (30, 20))])
    assert [boxes.xyxy.tolist() for boxes in found] == [[[40, 20, 50, 50]], [[40, 20, 45, 29]], []]
    assert found[1].image_hw == (30, 46)


def test_images_are_not_changed() -> None:
    one = frame(0, 10)
    before = one.image.copy()
    one.image.setflags(write=False)
    detector()[0].detect([one])
    assert np.array_equal(one.image, before)


def test_the_bundled_detector_finds_the_people_of_the_demo() -> None:
    """It finds at least 80 % of the people with ten or more visible joints."""
    frames = demo_frames(every=10)
    found = build_detector(BundledDetectorConfig(), "cpu").detect([image for image, _ in frames])
    overlaps: list[float] = []
    for boxes, (_, truth) in zip(found, frames, strict=True):
        plain = truth.joint_visible.sum(axis=1) >= 10
        overlaps += box_iou(truth.boxes_xyxy[plain], boxes.xyxy).max(axis=1, initial=0.0).tolist()
    assert len(overlaps) >= 12
    assert np.mean(np.array(overlaps) >= 0.5) >= 0.8


def test_in_bfloat16_the_bundled_detector_finds_the_same_people() -> None:
    frames = [image for image, _ in demo_frames(every=20)]
    exact, rough = (build_detector(BundledDetectorConfig(bf16=bf16), "cpu").detect(frames) for bf16 in (False, True))
    sure = [(box, b.xyxy) for a, b in zip(exact, rough, strict=True) for box in a.xyxy[a.scores > 0.5]]
    assert len(sure) >= 4
    overlaps = np.array([box_iou(box[None], other).max(initial=0.0) for box, other in sure])
    assert overlaps.mean() > 0.95 and overlaps.min() < 1.0  # the same people, but not the same numbers


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_the_bundled_detector_bears_the_smallest_images(size_hw: tuple[int, int]) -> None:
    image = np.full((*size_hw, 3), 128, dtype=np.uint8)
    (found,) = build_detector(BundledDetectorConfig(max_size=64), "cpu").detect([Frame(0, image, None, "0.jpg")])
    assert found.image_hw == size_hw


def test_weights_and_devices_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="none.safetensors: no such weights file"):
        build_detector(BundledDetectorConfig(weights=str(tmp_path / "none.safetensors")), "cpu")
    with pytest.raises(ConfigError, match="'tpu' is not on this machine"):
        build_detector(BundledDetectorConfig(), "tpu")
    other = tmp_path / "other.pth"
    torch.save({"fc.weight": torch.zeros(2, 2)}, other)
    with pytest.raises(CheckpointError, match="other.pth.*another network"):
        build_detector(BundledDetectorConfig(weights=str(other)), "cpu")
