"""What a camera and a file do to a picture: blur, noise, colours, few pixels, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import ImageArray

OCCLUSION_STRENGTH = 0.55


def contact_darkening(depth: npt.NDArray[np.float32], focus_depth: float, radius_px: float) -> npt.NDArray[np.float32]:
    """(H, W) factor of the light: less where something nearer is close by, as between limbs and on the ground.

    Source: unsharp masking of the depth buffer, Luft, Colditz & Deussen 2006.

    Args:
        depth: (H, W) decimetres; 0 = nothing there.
        focus_depth: of the person; fixes the scale of differences that count.
        radius_px: of the blur.
    """
    filled = np.where(depth > 0, np.minimum(depth, focus_depth * 2), focus_depth * 2).astype(np.float32)
    blurred = cv2.GaussianBlur(filled, (0, 0), max(radius_px, 0.5))
    nearer = np.clip((filled - blurred) / 2.5, 0, 1)  # decimetres that something near lies in front
    factor = 1 - OCCLUSION_STRENGTH * nearer
    return np.where(depth > 0, factor, 1).astype(np.float32)


def develop(rng: np.random.Generator, image: ImageArray) -> ImageArray:
    """The picture after exposure, lens, sensor and compression, each by chance."""
    picture = image.astype(np.float32)
    picture = _colors(rng, picture)
    draw = rng.random()
    if draw < 0.18:
        picture = motion_blur(picture, float(rng.uniform(2, 9)), float(rng.uniform(0, np.pi)))
    elif draw < 0.55:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 1.5))))
    if rng.random() < 0.35:
        picture = few_pixels(picture, float(np.exp(rng.uniform(np.log(0.25), np.log(0.9)))))
    if rng.random() < 0.7:
        grain = rng.standard_normal(picture.shape[:2] + (3 if rng.random() < 0.5 else 1,), dtype=np.float32)
        picture = picture + grain * np.float32(abs(rng.normal(0, 7)))
    developed = np.clip(picture, 0, 255).astype(np.uint8)
    return compressed(developed, int(rng.integers(25, 95))) if rng.random() < 0.6 else developed


def _colors(rng: np.random.Generator, picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    gain = np.exp(rng.normal(0, 0.22)) * np.exp(rng.normal(0, 0.06, 3))
    picture = picture * gain.astype(np.float32) + np.float32(rng.normal(0, 10))
    if rng.random() < 0.4:
        contrast, middle = np.exp(rng.normal(0, 0.2)), np.float32(picture.mean())
        picture = (picture - middle) * np.float32(contrast) + middle
    grey = picture.mean(axis=2, keepdims=True)
    saturation = 0.0 if rng.random() < 0.03 else float(rng.uniform(0.5, 1.15))
    picture = grey + (picture - grey) * np.float32(saturation)
    return np.asarray(255 * np.clip(picture / 255, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.15))), dtype=np.float32)


def motion_blur(picture: npt.NDArray[np.float32], length_px: float, angle: float) -> npt.NDArray[np.float32]:
    """Blurred along a line of that length and angle (radians)."""
    size = int(np.ceil(length_px)) | 1
    kernel = np.zeros((size, size), dtype=np.float32)
    middle, dx, dy = size // 2, np.cos(angle) * length_px / 2, np.sin(angle) * length_px / 2
    ends = [(round(middle + s * dx), round(middle + s * dy)) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.float32)


def few_pixels(picture: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.float32]:
    """As if taken with ``scale`` times the pixels on each side and enlarged."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(int(width * scale), 2), max(int(height * scale), 2)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def compressed(image: ImageArray, quality: int) -> ImageArray:
    """Through JPEG and back."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)[..., ::-1]
