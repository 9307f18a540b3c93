"""Crop people's boxes to the network's input, as the official HRNet code does.

Source: leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ``lib/dataset/JointsDataset.py`` and torchvision's
``ToTensor`` and ``Normalize`` in ``tools/test.py``. Checked in ``tests/pose`` against crops recorded from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.geometry import affine_matrix, udp_affine_matrix
from posetrack.structures import BoolArray, FloatArray, ImageArray

IMAGENET_MEAN_RGB = (0.485, 0.456, 0.406)  # for values in 0..1
IMAGENET_STD_RGB = (0.229, 0.224, 0.225)

SMALLEST_BOX_PX = 1.0  # a box whose longer side is shorter holds no person, and float32 cannot map it
LARGEST_COORDINATE_PX = 1e6  # no image is that large; beyond it float32 cannot resolve a pixel

Batch = npt.NDArray[np.float32]


def usable_boxes(boxes_xyxy: FloatArray, image_hw: tuple[int, int]) -> BoolArray:
    """Which boxes can hold a person in the image.

    A box is used if its coordinates are finite and below 1e6 in magnitude, x2 >= x1 and y2 >= y1, its longer side is
    at least one pixel, and it touches the image. In the others the network would see nothing.

    Args:
        boxes_xyxy: (N, 4) pixels.
        image_hw: height and width of the image.

    Returns:
        (N,) bool.
    """
    height, width = image_hw
    x1, y1, x2, y2 = np.asarray(boxes_xyxy, dtype=np.float64).T
    with np.errstate(invalid="ignore"):
        placed = (np.abs(boxes_xyxy) < LARGEST_COORDINATE_PX).all(axis=1)
        ordered = (x2 >= x1) & (y2 >= y1) & (np.maximum(x2 - x1, y2 - y1) >= SMALLEST_BOX_PX)
    touches = (x2 >= 0) & (y2 >= 0) & (x1 <= width - 1) & (y1 <= height - 1)
    return np.asarray(placed & ordered & touches)


def crop_matrices(
    centers_xy: FloatArray, scales_wh: FloatArray, output_wh: tuple[int, int], udp: bool = False, inverse: bool = False
) -> FloatArray:
    """The affine map of each person from the image to a crop or heatmap of size ``output_wh``, or back.

    Args:
        centers_xy: (N, 2) pixels, from ``box_to_center_scale``.
        scales_wh: (N, 2) in units of 200 pixels.
        output_wh: width and height of the target.
        udp: use UDP's map instead of the official one.
        inverse: map from the target to the image.

    Returns:
        (N, 2, 3) float64.
    """
    matrix = udp_affine_matrix if udp else affine_matrix
    maps = [matrix(c, s, output_wh, inverse=inverse) for c, s in zip(centers_xy, scales_wh, strict=True)]
    return np.array(maps, dtype=np.float64).reshape(-1, 2, 3)


def crop_batch(
    images: Sequence[ImageArray], matrices: FloatArray, input_wh: tuple[int, int], bgr: bool = False
) -> Batch:
    """Cut one crop per person: bilinear, black outside the image, normalised by ImageNet's mean and deviation.

    Args:
        images: N images (H, W, 3) uint8 RGB, one per person (the same array for people of one frame).
        matrices: (N, 2, 3) from ``crop_matrices``.
        input_wh: width and height of the network's input.
        bgr: output channels in BGR order, still normalised with the RGB figures, as the official SimpleBaseline
            weights were trained.

    Returns:
        (N, 3, H, W) float32, contiguous.
    """
    width, height = input_wh
    batch = np.empty((len(images), 3, height, width), dtype=np.float32)
    for crop, image, matrix in zip(batch, images, matrices, strict=True):
        pixels = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR)
        if bgr:
            pixels = np.ascontiguousarray(pixels[..., ::-1])
        crop[...] = cv2.LUT(pixels, _NORMALISED).transpose(2, 0, 1)
    return batch


def mirror(batch: Batch) -> Batch:
    """The crops mirrored left to right, a new array; six times as fast as copying a reversed view."""
    width = batch.shape[3]
    return np.asarray(cv2.flip(batch.reshape(-1, width), 1), dtype=np.float32).reshape(batch.shape)


def _normalisation_table() -> npt.NDArray[np.float32]:
    """Normalised value of each of the 256 levels per channel, (1, 256, 3) float32; same operations as torchvision's."""
    value = np.arange(256, dtype=np.float32)[:, None] / np.float32(255)
    mean, std = np.array(IMAGENET_MEAN_RGB, dtype=np.float32), np.array(IMAGENET_STD_RGB, dtype=np.float32)
    return np.asarray((value - mean) / std)[None]


_NORMALISED = _normalisation_table()
