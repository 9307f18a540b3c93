"""Camera and file effects: blur, noise, colours, low resolution, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import ImageArray

CONTACT_STRENGTH = 0.6
_CONTACT_DM = 3.0  # objects farther in front cast no contact shadow
_AROUND = [(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4]
_EXPOSED = 0.75  # probability of automatic exposure
_COARSE = 0.5  # contact shadows are soft, so half the resolution is enough


def contact_darkening(depth: npt.NDArray[np.float32], radius_px: float) -> npt.NDArray[np.float32]:
    """(H, W) light factor, darker where something close by is slightly nearer, as between limbs or on the ground.

    Source: screen-space ambient occlusion (Mittring 2007), with eight samples on a circle.

    Args:
        depth: (H, W) decimetres; 0 = nothing there.
        radius_px: radius of the circle.
    """
    height, width = depth.shape
    coarse = cv2.resize(depth, (int(width * _COARSE), int(height * _COARSE)), interpolation=cv2.INTER_NEAREST)
    reach = float(np.clip(radius_px * _COARSE, 1.0, 40.0))
    pad = int(np.ceil(reach))
    wide = cv2.copyMakeBorder(coarse, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    rows, columns = coarse.shape
    hidden = np.zeros_like(coarse)
    for x, y in _AROUND:
        dx, dy = pad + round(reach * x), pad + round(reach * y)
        nearer = coarse - wide[dy : dy + rows, dx : dx + columns]
        hidden += np.clip(nearer - 0.15, 0, 1) * (nearer < _CONTACT_DM)
    hidden = np.where(coarse > 0, hidden / len(_AROUND), 0).astype(np.float32)
    hidden = cv2.GaussianBlur(hidden, (0, 0), 0.5 * reach)
    factor = 1 - CONTACT_STRENGTH * np.asarray(cv2.resize(hidden, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.asarray(factor, dtype=np.float32)


def develop(rng: np.random.Generator, image: ImageArray) -> ImageArray:
    """Apply random exposure, lens, sensor and compression effects."""
    picture = image.astype(np.float32)
    if rng.random() < _EXPOSED:
        picture = exposed(picture, float(np.exp(rng.normal(np.log(105), 0.22))))
    picture = _colors(rng, picture)
    draw = rng.random()
    if draw < 0.12:
        picture = motion_blur(picture, float(rng.uniform(2, 8)), float(rng.uniform(0, np.pi)))
    elif draw < 0.45:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 1.4))))
    if rng.random() < 0.25:
        picture = few_pixels(picture, float(np.exp(rng.uniform(np.log(0.3), np.log(0.9)))))
    if rng.random() < 0.7:
        grain = rng.standard_normal(picture.shape[:2] + (3 if rng.random() < 0.5 else 1,), dtype=np.float32)
        picture = picture + grain * np.float32(abs(rng.normal(0, 5)))
    developed = np.clip(picture, 0, 255).astype(np.uint8)
    return compressed(developed, int(rng.integers(25, 95))) if rng.random() < 0.6 else developed


def exposed(picture: npt.NDArray[np.float32], mean: float) -> npt.NDArray[np.float32]:
    """Automatic exposure: scale so that the mean is nearly ``mean``, by a factor of at most 4."""
    factor = np.clip(mean / max(float(picture.mean()), 1.0), 0.25, 4.0) ** 0.85
    return np.asarray(picture * np.float32(factor), dtype=np.float32)


def _colors(rng: np.random.Generator, picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    gain = np.exp(rng.normal(0, 0.22)) * np.exp(rng.normal(0, 0.06, 3))
    picture = picture * gain.astype(np.float32) + np.float32(rng.normal(0, 10))
    if rng.random() < 0.4:
        contrast, middle = np.exp(rng.normal(0, 0.2)), np.float32(picture.mean())
        picture = (picture - middle) * np.float32(contrast) + middle
    grey = picture.mean(axis=2, keepdims=True)
    saturation = 0.0 if rng.random() < 0.03 else float(rng.uniform(0.65, 1.3))
    picture = grey + (picture - grey) * np.float32(saturation)
    return np.asarray(255 * np.clip(picture / 255, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.15))), dtype=np.float32)


def motion_blur(picture: npt.NDArray[np.float32], length_px: float, angle: float) -> npt.NDArray[np.float32]:
    """Blur along a line of that length and angle (radians)."""
    size = int(np.ceil(length_px)) | 1
    kernel = np.zeros((size, size), dtype=np.float32)
    middle, dx, dy = size // 2, np.cos(angle) * length_px / 2, np.sin(angle) * length_px / 2
    ends = [(round(middle + s * dx), round(middle + s * dy)) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.float32)


def few_pixels(picture: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.float32]:
    """Reduce the resolution to ``scale`` times the pixels along each side, then enlarge again."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(int(width * scale), 2), max(int(height * scale), 2)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def compressed(image: ImageArray, quality: int) -> ImageArray:
    """Compress as JPEG and decode."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)[..., ::-1]
