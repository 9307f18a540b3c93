"""Arrays and encoded images in one file, written at once: what the caches of crops and of images have in common."""

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
    """Encoded images one behind the other, decoded one by one.

    Attributes:
        data: (B,) uint8 of all.
        ends: (N,) int64 where each ends.
    """

    data: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, images: Sequence[ImageArray], kind: str, options: list[int]) -> PackedImages:
        """Encode images, BGR or grey, as OpenCV does for the file ending ``kind``."""
        encoded = [np.asarray(cv2.imencode(kind, image, options)[1], dtype=np.uint8).ravel() for image in images]
        return cls(np.concatenate(encoded), np.cumsum([len(one) for one in encoded]))

    def __len__(self) -> int:
        return len(self.ends)

    def bytes_of(self, number: int) -> npt.NDArray[np.uint8]:
        """The encoded image."""
        return self.data[rows(self.ends, number)]

    def rgb(self, number: int) -> ImageArray:
        """(H, W, 3) uint8."""
        decoded = np.asarray(cv2.imdecode(self.bytes_of(number), cv2.IMREAD_COLOR), dtype=np.uint8)
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)

    def grey(self, number: int) -> npt.NDArray[np.uint8]:
        """(H, W) uint8."""
        return np.asarray(cv2.imdecode(self.bytes_of(number), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def rows(ends: npt.NDArray[np.int64], number: int) -> slice:
    """The part of ``number`` among parts that end at ``ends``."""
    return slice(int(ends[number - 1]) if number else 0, int(ends[number]))


def as_boxes(boxes: Sequence[FloatArray]) -> npt.NDArray[np.float32]:
    """(N, 4) float32, N = 0 too."""
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def write_arrays(path: Path, arrays: Mapping[str, object]) -> None:
    """Write a file at once.

    Raises:
        OutputError: it cannot be written.
    """
    with atomic_path(path) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path, names: Sequence[str], what: str) -> dict[str, npt.NDArray[Any]]:
    """Read a file of ``what``: ``crops`` or ``images``.

    Raises:
        InputError: no such file.
        FormatError: cut off or damaged.
    """
    try:
        with np.load(path) as arrays:
            return {name: arrays[name] for name in names}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make the {what} with posetrack make_people {what}") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise FormatError(f"{path}: cut off or damaged ({error}); remove it and run make_people.py {what} again") from None
