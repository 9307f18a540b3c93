"""Crops on disk: files with a fixed number of crops, written atomically so that a killed run can resume."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError, InputError
from posetrack.io.atomic import atomic_write, output_error
from posetrack.structures import ImageArray
from posetrack.synthetic.humans.crops import BLOCK, Crop, CropConfig
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.packed import PackedImages, as_boxes, read_arrays, write_arrays
from posetrack.synthetic.humans.stills import STILL_BLOCK, StillConfig

VERSION = 3  # of the crops' appearance and storage format
INDEX_NAME = "people.json"
JPEG_QUALITY = 93
_FIELDS = ("jpeg", "jpeg_ends", "mask", "mask_ends", "joints_xy", "visibility", "boxes_xyxy", "visible_boxes_xyxy",
           "head_boxes_xyxy", "visible_share")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Shard:
    """The N crops of one file; images and masks are decoded one at a time.

    Attributes:
        joints_xy: (N, 19, 2) float32 pixels of ``LABELS``, also outside the image.
        visibility: (N, 19) uint8: 0 outside, 1 hidden, 2 visible.
        boxes_xyxy, visible_boxes_xyxy, head_boxes_xyxy: (N, 4) float32.
        visible_share: (N,) float32.
    """

    joints_xy: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.uint8]
    boxes_xyxy: npt.NDArray[np.float32]
    visible_boxes_xyxy: npt.NDArray[np.float32]
    head_boxes_xyxy: npt.NDArray[np.float32]
    visible_share: npt.NDArray[np.float32]
    _images: PackedImages
    _masks: PackedImages

    def __len__(self) -> int:
        return len(self.joints_xy)

    def image(self, number: int) -> ImageArray:
        """Decode an image to (H, W, 3) uint8 RGB."""
        return self._images.rgb(number)

    def mask(self, number: int) -> npt.NDArray[np.uint8]:
        """Decode a mask to (H, W) uint8; see ``Crop``."""
        return self._masks.grey(number)


def shard_path(folder: Path, block: int, kind: str = "crops") -> Path:
    """Path of the file with a block of crops or images."""
    return folder / f"{kind}-{block:06d}.npz"


def open_cache(folder: Path, config: CropConfig | StillConfig, kind: str = "crops") -> None:
    """Create a cache folder, or check that it has the same configuration.

    Args:
        folder: the cache folder.
        config: configuration of its contents.
        kind: ``crops`` or ``images``.

    Raises:
        InputError: it holds data of another configuration or version, or its index is broken.
        OutputError: it cannot be written.
    """
    block = BLOCK if kind == "crops" else STILL_BLOCK
    plain = asdict(config) | {"image_hw": list(config.image_hw)}
    keep_index(folder, {"version": VERSION, "kind": kind, "block": block, "labels": list(LABELS), "config": plain})


def keep_index(folder: Path, wanted: dict[str, object]) -> None:
    """Create a folder with an index of how its contents were made, or check that its index is the same.

    Raises:
        InputError: its index differs or is broken.
        OutputError: it cannot be written.
    """
    path = folder / INDEX_NAME
    if path.exists():
        found = read_index(folder)
        if found != wanted:
            raise InputError(
                f"{path}: its contents were made with {_difference(found, wanted)}; "
                "name another folder, or remove this one"
            )
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    with atomic_write(path) as file:
        file.write(json.dumps(wanted, indent=1).encode())


def read_index(folder: Path) -> dict[str, object]:
    """Read the index of a cache.

    Raises:
        InputError: there is no cache.
        FormatError: its index is broken.
    """
    path = folder / INDEX_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); fill a cache with posetrack make_people") from None
    except ValueError as error:
        raise FormatError(f"{path}: not JSON ({error}); remove the folder and fill it again") from None
    if not isinstance(content, dict) or "config" not in content:
        raise FormatError(f"{path}: not the index of a cache of people")
    return content


def _difference(found: dict[str, object], wanted: dict[str, object]) -> str:
    a, b = ({**w, **dict(w.get("config") or {})} for w in (found, wanted))  # type: ignore[call-overload]
    keys = sorted(k for k in a.keys() | b.keys() if k != "config" and a.get(k) != b.get(k))
    return ", ".join(f"{key} {a.get(key)!r} (now {b.get(key)!r})" for key in keys)


def write_shard(path: Path, crops: Sequence[Crop]) -> None:
    """Write a file of crops atomically.

    Raises:
        OutputError: it cannot be written.
    """
    jpeg = PackedImages.of([c.image[..., ::-1] for c in crops], ".jpg", [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    png = PackedImages.of([c.mask for c in crops], ".png", [cv2.IMWRITE_PNG_COMPRESSION, 9])
    arrays = {
        "jpeg": jpeg.data, "jpeg_ends": jpeg.ends, "mask": png.data, "mask_ends": png.ends,
        "joints_xy": np.array([c.truth.joints_xy for c in crops], dtype=np.float32),
        "visibility": np.array([c.truth.visibility for c in crops], dtype=np.uint8),
        "boxes_xyxy": as_boxes([c.box_xyxy for c in crops]),
        "visible_boxes_xyxy": as_boxes([c.truth.visible_box_xyxy for c in crops]),
        "head_boxes_xyxy": as_boxes([c.truth.head_box_xyxy for c in crops]),
        "visible_share": np.array([c.truth.visible_share for c in crops], dtype=np.float32),
    }  # fmt: skip
    write_arrays(path, arrays)


def read_shard(path: Path) -> Shard:
    """Read a file of crops.

    Raises:
        InputError: the file does not exist.
        FormatError: the file is unreadable, truncated, damaged or not a file of crops.
    """
    a = read_arrays(path, _FIELDS, "crops")
    return Shard(a["joints_xy"], a["visibility"], a["boxes_xyxy"], a["visible_boxes_xyxy"], a["head_boxes_xyxy"],
                 a["visible_share"], PackedImages(a["jpeg"], a["jpeg_ends"]), PackedImages(a["mask"], a["mask_ends"]))  # fmt: skip


def is_whole(path: Path) -> bool:
    """Whether the file exists and was written to its end; its contents are not checked."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "visible_share.npy" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
