"""Arrays and encoded images in one atomically written file: common code of the crop and image caches."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError, InputError
from posetrack.io.atomic import atomic_path
from posetrack.structures import FloatArray, ImageArray


@dataclass(frozen=True, eq=False)
class PackedImages:
    """Concatenated encoded images, decoded one at a time.

    Attributes:
        data: (B,) uint8 bytes of all images.
        ends: (N,) int64 end of each image.
    """

    data: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, images: Sequence[ImageArray], kind: str, options: list[int]) -> PackedImages:
        """Encode BGR or grey images with OpenCV as file type ``kind`` (an extension)."""
        encoded = [np.asarray(cv2.imencode(kind, image, options)[1], dtype=np.uint8).ravel() for image in images]
        return cls(np.concatenate(encoded), np.cumsum([len(one) for one in encoded]))

    def __len__(self) -> int:
        return len(self.ends)

    def bytes_of(self, number: int) -> npt.NDArray[np.uint8]:
        """The encoded bytes of an image."""
        return self.data[rows(self.ends, number)]

    def rgb(self, number: int) -> ImageArray:
        """Decode an image to (H, W, 3) uint8 RGB."""
        decoded = np.asarray(cv2.imdecode(self.bytes_of(number), cv2.IMREAD_COLOR), dtype=np.uint8)
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)

    def grey(self, number: int) -> npt.NDArray[np.uint8]:
        """Decode an image to (H, W) uint8."""
        return np.asarray(cv2.imdecode(self.bytes_of(number), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def rows(ends: npt.NDArray[np.int64], number: int) -> slice:
    """The slice of part ``number`` among consecutive parts that end at ``ends``."""
    return slice(int(ends[number - 1]) if number else 0, int(ends[number]))


def as_boxes(boxes: Sequence[FloatArray]) -> npt.NDArray[np.float32]:
    """Stack boxes to (N, 4) float32; N may be 0."""
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def write_arrays(path: Path, arrays: Mapping[str, object]) -> None:
    """Write a file atomically.

    Raises:
        OutputError: the file cannot be written.
    """
    with atomic_path(path) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path, names: Sequence[str], what: str) -> dict[str, npt.NDArray[Any]]:
    """Read a file of ``what`` (``crops`` or ``images``).

    Raises:
        InputError: the file does not exist.
        FormatError: the file is unreadable, truncated or damaged.
    """
    try:
        with np.load(path) as arrays:
            return {name: arrays[name] for name in names}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make the {what} with posetrack make_people {what}") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise FormatError(f"{path}: cut off or damaged ({error}); remove it and run make_people.py {what} again") from None
