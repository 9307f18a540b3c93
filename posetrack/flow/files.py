"""Read and write dense flow files: Middlebury's .flo, KITTI's .png, numpy's .npy."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.errors import FormatError
from posetrack.io import atomic_path
from posetrack.io.json_file import read_bytes
from posetrack.structures import FlowField

FLO_MAGIC = b"PIEH"  # the float32 202021.25, little-endian; Middlebury, flowIO.cpp
FLO_UNKNOWN = 1e9  # larger values mean unknown flow; flowIO.cpp
KITTI_ZERO, KITTI_PER_PX = 2**15, 64.0  # KITTI flow devkit, readme: flow = (value - 2^15) / 64
SUFFIXES = (".flo", ".npy", ".png")


def read_flow(path: Path) -> FlowField:
    """Read a dense flow; the file's suffix decides the format.

    Args:
        path: ``.flo``, ``.npy`` ((H, W, 2) numbers, NaN = unknown) or ``.png`` (KITTI, 16 bits: red = x, green = y,
            blue = validity).

    Raises:
        InputError: the file cannot be read.
        FormatError: unknown suffix, or a malformed file.
    """
    readers = {".flo": _read_flo, ".npy": _read_npy, ".png": _read_kitti}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FormatError(f"{path}: the suffix is {path.suffix!r}, expected {', '.join(SUFFIXES)}")
    return reader(path, read_bytes(path))


def write_flow(path: Path, flow: FlowField) -> None:
    """Write a dense flow; the file's suffix decides the format, and ``.png`` rounds to 1/64 pixel.

    Raises:
        ValueError: unknown suffix, or a displacement of 512 pixels or more for ``.png``.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: the suffix is {path.suffix!r}, expected {', '.join(SUFFIXES)}")
    unknown = np.float32(10 * FLO_UNKNOWN if suffix == ".flo" else np.nan)
    displacement = np.where(flow.valid[..., None], flow.displacement_xy, unknown)
    if suffix == ".flo":
        height, width = flow.image_hw
        data = FLO_MAGIC + struct.pack("<ii", width, height) + displacement.astype("<f4").tobytes()
    elif suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, displacement)
        data = buffer.getvalue()
    else:
        data = _kitti_bytes(path, flow)
    with atomic_path(path) as temporary:
        Path(temporary).write_bytes(data)


def _field(displacement: npt.NDArray[np.float32]) -> FlowField:
    return FlowField(displacement, np.asarray(np.isfinite(displacement).all(axis=-1)))


def _read_flo(path: Path, data: bytes) -> FlowField:
    if len(data) < 12 or data[:4] != FLO_MAGIC:
        raise FormatError(f"{path}: starts with {data[:4]!r}, expected {FLO_MAGIC!r} (Middlebury .flo)")
    width, height = struct.unpack("<ii", data[4:12])
    if width < 1 or height < 1:
        raise FormatError(f"{path}: says it is {width}x{height} pixels, expected positive numbers")
    expected = 12 + 8 * width * height
    if len(data) != expected:
        raise FormatError(f"{path}: has {len(data)} bytes, expected {expected} for {width}x{height} pixels")
    values = np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2).astype(np.float32)
    known = np.isfinite(values).all(axis=-1) & (np.abs(values) <= FLO_UNKNOWN).all(axis=-1)
    return FlowField(values, np.asarray(known))


def _read_npy(path: Path, data: bytes) -> FlowField:
    try:
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError, zipfile.BadZipFile) as error:
        raise FormatError(f"{path}: not a readable numpy array ({error})") from None
    found = getattr(values, "shape", None)
    if found is None or len(found) != 3 or found[2] != 2 or 0 in found or values.dtype.kind not in "fiu":
        kind = "an archive" if found is None else f"shape {found} of {values.dtype}"
        raise FormatError(f"{path}: holds {kind}, expected (height, width, 2) numbers")
    with np.errstate(over="ignore"):  # values that overflow float32 count as unknown
        return _field(values.astype(np.float32))


def _read_kitti(path: Path, data: bytes) -> FlowField:
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except cv2.error:
        image = None
    if image is None:
        raise FormatError(f"{path}: not a readable image, or cut off ({len(data)} bytes)")
    if image.dtype != np.uint16 or image.ndim != 3 or image.shape[2] != 3:
        raise FormatError(
            f"{path}: an image of {image.dtype} with shape {image.shape}, expected 16 bits and 3 channels (KITTI)"
        )
    x, y, known = image[..., 2], image[..., 1], image[..., 0]  # OpenCV reads blue first
    values = (np.stack([x, y], axis=-1).astype(np.float32) - KITTI_ZERO) / np.float32(KITTI_PER_PX)
    return FlowField(values, np.asarray(known > 0))


def _kitti_bytes(path: Path, flow: FlowField) -> bytes:
    displacement = np.where(flow.valid[..., None], flow.displacement_xy, 0)
    values = np.rint(displacement * KITTI_PER_PX) + KITTI_ZERO
    if (values < 0).any() or (values >= 2 * KITTI_ZERO).any():
        raise ValueError(f"{path}: a displacement is {np.abs(displacement).max():g} pixels, KITTI's files allow less than 512")
    image = np.dstack([flow.valid, values[..., 1], values[..., 0]]).astype(np.uint16)
    return cv2.imencode(".png", image)[1].tobytes()
