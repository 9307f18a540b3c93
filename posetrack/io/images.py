"""Read an image file of any format as upright 8-bit RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.errors import InputError
from posetrack.io.json_file import read_bytes
from posetrack.structures import ImageArray

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def read_image(path: Path) -> ImageArray:
    """Read an image.

    Greyscale is converted to RGB, 16 bits are scaled to 8, an alpha channel is dropped without
    blending, and the EXIF orientation is applied.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        InputError: the file is missing, unreadable, not an image, or has another pixel type, such as 32-bit floats.
    """
    data = np.frombuffer(read_bytes(path), dtype=np.uint8)
    image = _decoded(data, cv2.IMREAD_COLOR, path)
    if image is None:
        stored = _decoded(data, cv2.IMREAD_UNCHANGED, path)
        if stored is not None and stored.dtype not in (np.uint8, np.uint16):
            raise InputError(f"{path}: the image has {stored.dtype} pixels, expected 8 or 16 bits; convert it")
        raise InputError(
            f"{path}: not a readable image, or cut off ({data.size} bytes); expected JPEG, PNG or similar"
        )
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _decoded(data: npt.NDArray[np.uint8], flags: int, path: Path) -> npt.NDArray[Any] | None:
    """Decode the bytes of an image file with OpenCV; None if it cannot."""
    try:
        return cv2.imdecode(data, flags) if data.size else None
    except cv2.error as error:
        raise InputError(f"{path}: the image cannot be decoded: {error.err}") from error
