"""Textured images with known motion."""

from __future__ import annotations

import cv2
import numpy as np

from posetrack.structures import FloatArray, Frame, ImageArray

HW = (180, 240)


def texture(hw: tuple[int, int] = HW, seed: int = 0) -> ImageArray:
    """An image of coloured blobs a few pixels in size."""
    noise = np.random.default_rng(seed).normal(size=(*hw, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0) + 2 * cv2.GaussianBlur(noise, (0, 0), 6.0)
    return np.asarray(np.clip(128 + smooth / smooth.std() * 50, 0, 255), dtype=np.uint8)


def frame(image: ImageArray, index: int = 0) -> Frame:
    return Frame(index, image, None, f"{index}.png")


def moved(image: ImageArray, matrix: FloatArray) -> ImageArray:
    """The image as the camera sees it after the motion."""
    size_wh = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, matrix, size_wh, borderMode=cv2.BORDER_REFLECT), dtype=np.uint8)


def grid(hw: tuple[int, int], margin: int) -> FloatArray:
    """(N, K, 2) points all over the image except near its edges."""
    x, y = np.meshgrid(np.linspace(margin, hw[1] - 1 - margin, 9), np.linspace(margin, hw[0] - 1 - margin, 7))
    return np.stack([x, y], axis=-1)


def similarity(angle_deg: float, scale: float, shift_xy: tuple[float, float]) -> FloatArray:
    matrix = cv2.getRotationMatrix2D((HW[1] / 2, HW[0] / 2), angle_deg, scale)
    matrix[:, 2] += shift_xy
    return np.asarray(matrix, dtype=np.float64)
