"""People painted as coloured dots, and a network that sees them: exact truth for the pose stage."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from posetrack.pose.preprocess import IMAGENET_MEAN_RGB, IMAGENET_STD_RGB
from posetrack.structures import FloatArray, Frame, FrameBoxes, ImageArray, Skeleton

COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]])
DOTS = Skeleton("dots", ("red", "green", "blue"), (), ((0, 1), (1, 2)), (0.1, 0.1, 0.1))
PLACES = np.array([[0.5, 0.15], [0.2, 0.5], [0.75, 0.85]])  # positions of the dots, relative to the person's box
INPUT_WH = (96, 128)


class ColourNet(nn.Module):
    """Heatmap k is the intensity of colour k at a quarter of the resolution.

    ``aligned`` samples with aligned corners, as UDP's networks are trained to; otherwise every fourth pixel is taken.
    """

    def __init__(self, aligned: bool = False) -> None:
        super().__init__()
        self.aligned = aligned
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN_RGB)[:, None, None])
        self.register_buffer("std", torch.tensor(IMAGENET_STD_RGB)[:, None, None])

    def forward(self, batch: Tensor) -> Tensor:
        rgb = batch * self.std + self.mean
        if self.aligned:
            size = [side // 4 for side in batch.shape[2:]]
            return functional.interpolate(rgb, size=size, mode="bilinear", align_corners=True)
        return rgb[..., ::4, ::4]


def joints_of(boxes_xyxy: FloatArray) -> FloatArray:
    """(N, 3, 2) positions of the dots of people in these boxes."""
    return boxes_xyxy[:, None, :2] + PLACES * (boxes_xyxy[:, None, 2:] - boxes_xyxy[:, None, :2])


def paint(image: ImageArray, boxes_xyxy: FloatArray) -> None:
    """Paint the people into a black image."""
    for box, joints in zip(boxes_xyxy, joints_of(boxes_xyxy), strict=True):
        sigma = (box[3] - box[1]) * 0.05
        for colour, (x, y) in zip(COLOURS, joints, strict=True):
            reach = int(np.ceil(4 * sigma))
            left, top = max(int(x) - reach, 0), max(int(y) - reach, 0)
            part = image[top : int(y) + reach + 1, left : int(x) + reach + 1]
            rows, columns = np.mgrid[: part.shape[0], : part.shape[1]]
            blob = np.exp(-((columns + left - x) ** 2 + (rows + top - y) ** 2) / (2 * sigma**2))
            part[...] = np.maximum(part, np.rint(blob[..., None] * colour).astype(np.uint8))


def scene(
    index: int, boxes_xyxy: list[list[float]], image_hw: tuple[int, int] = (240, 320)
) -> tuple[Frame, FrameBoxes]:
    """A frame with a person in each box, and the boxes."""
    boxes = np.array(boxes_xyxy, dtype=np.float64).reshape(-1, 4)
    image = np.zeros((*image_hw, 3), dtype=np.uint8)
    paint(image, boxes)
    return Frame(index, image, None, f"{index:06d}.jpg"), FrameBoxes(index, image_hw, boxes, np.full(len(boxes), 0.9))
