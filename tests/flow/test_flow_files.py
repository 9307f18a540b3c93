"""Flow files: round trips; errors that say where and what; a folder of files as a flow."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

from posetrack.errors import FormatError, InputError
from posetrack.flow import FileFlowConfig, build_flow, read_flow, write_flow
from posetrack.structures import FlowField, Frame

HW = (12, 17)
SUFFIXES = (".flo", ".npy", ".png")


def field(largest_px: float = 500.0) -> FlowField:
    """Random displacements; some pixels are invalid, whatever their values."""
    rng = np.random.default_rng(0)
    displacement = rng.uniform(-largest_px, largest_px, (*HW, 2)).astype(np.float32)
    valid = rng.random(HW) < 0.8
    displacement[0, 0], valid[0, 0] = np.nan, False
    return FlowField(displacement, valid)


def frames(hw: tuple[int, int] = HW, first: int = 0) -> tuple[Frame, Frame]:
    image = np.zeros((*hw, 3), dtype=np.uint8)
    before, now = (Frame(i, image, None, f"images/val/seq/{i:06d}.jpg", first + i) for i in range(2))
    return before, now


def npy(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)  # type: ignore[arg-type]
    return buffer.getvalue()


def png(array: np.ndarray) -> bytes:
    return cv2.imencode(".png", array)[1].tobytes()


@pytest.mark.parametrize(
    ("suffix", "tolerance_px"),
    [(".flo", 0), (".npy", 0), (".png", 1 / 128), (".FLO", 0)],
)
def test_round_trip(suffix: str, tolerance_px: float, tmp_path: Path) -> None:
    given, path = field(), tmp_path / f"flow{suffix}"
    old = given.displacement_xy.copy(), given.valid.copy()
    write_flow(path, given)
    found = read_flow(path)
    assert np.array_equal(found.valid, given.valid)
    error = np.abs(found.displacement_xy - given.displacement_xy)[given.valid]
    assert error.max() <= tolerance_px
    assert np.array_equal(given.displacement_xy, old[0], equal_nan=True) and np.array_equal(given.valid, old[1])


def test_bytes_of_the_formats(tmp_path: Path) -> None:
    """One pixel by the formats' definitions: flowIO.cpp, and KITTI's devkit (red, green, blue = x, y, valid)."""
    (tmp_path / "a.flo").write_bytes(struct.pack("<fiiff", 202021.25, 1, 1, 1.5, -2.0))
    (tmp_path / "a.png").write_bytes(png(np.array([[[1, 2**15 - 128, 2**15 + 96]]], dtype=np.uint16)))
    for name in ("a.flo", "a.png"):
        found = read_flow(tmp_path / name)
        assert found.displacement_xy.tolist() == [[[1.5, -2.0]]] and found.valid.all()
    write_flow(tmp_path / "b.flo", found)
    assert (tmp_path / "b.flo").read_bytes() == (tmp_path / "a.flo").read_bytes()
    (tmp_path / "a.flo").write_bytes(struct.pack("<fiiff", 202021.25, 1, 1, 1.7e9, 0.0))
    assert not read_flow(tmp_path / "a.flo").valid.any()


def test_npy_of_other_numbers(tmp_path: Path) -> None:
    """Integers and float64 are read; values beyond float32 become invalid, without a warning."""
    path = tmp_path / "a.npy"
    path.write_bytes(npy(np.full((*HW, 2), 3, dtype=np.int16)))
    assert (read_flow(path).displacement_xy == 3).all()
    big = np.zeros((*HW, 2))
    big[2, 3, 0] = 1e300
    path.write_bytes(npy(big))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        valid = read_flow(path).valid
    assert not valid[2, 3] and valid.sum() == valid.size - 1


GOOD_NPY = npy(np.zeros((4, 5, 2), dtype=np.float32))
GOOD_PNG = png(np.random.default_rng(0).integers(0, 2**16, (30, 40, 3)).astype(np.uint16))
FAULTY = {
    "empty.flo": (b"", "starts with b''"),
    "other.flo": (b"RIFF" + bytes(40), "starts with b'RIFF'"),
    "negative.flo": (b"PIEH" + struct.pack("<ii", -1, 4), "-1x4 pixels"),
    "short.flo": (
        b"PIEH" + struct.pack("<ii", 3, 2) + bytes(47),
        "has 59 bytes, expected 60 for 3x2 pixels",
    ),
    "huge.flo": (
        b"PIEH" + struct.pack("<ii", 2**31 - 1, 2**31 - 1),
        "has 12 bytes, expected",
    ),
    "empty.npy": (b"", "not a readable numpy array"),
    "short.npy": (GOOD_NPY[:-9], "not a readable numpy array"),
    "header.npy": (GOOD_NPY[:40], "not a readable numpy array"),
    "archive.npy": (b"PK\x03\x04, cut off", "not a readable numpy array"),
    "huge.npy": (
        GOOD_NPY.replace(b"(4, 5, 2)", b"(9999999999999, 5, 2)"),
        "not a readable numpy array",
    ),
    "objects.npy": (npy(np.array([None])), "not a readable numpy array"),
    "flat.npy": (npy(np.zeros((4, 5))), r"shape \(4, 5\) of float64"),
    "none.npy": (npy(np.zeros((0, 5, 2))), r"shape \(0, 5, 2\)"),
    "words.npy": (npy(np.full((4, 5, 2), "a")), "of <U1"),
    "empty.png": (b"", "not a readable image"),
    "short.png": (GOOD_PNG[: len(GOOD_PNG) // 2], "not a readable image"),
    "text.png": (b"no image at all", "not a readable image"),
    "8bit.png": (png(np.zeros((4, 5, 3), dtype=np.uint8)), "image of uint8"),
    "grey.png": (png(np.zeros((4, 5), dtype=np.uint16)), r"shape \(4, 5\)"),
    "a.txt": (b"", "the suffix is '.txt'"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_files(name: str, tmp_path: Path) -> None:
    data, message = FAULTY[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FormatError, match=f"{name}: .*{message}"):
        read_flow(tmp_path / name)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError,
        match=r"\.png: a displacement is 600 pixels, KITTI's files allow less than 512",
    ):
        write_flow(
            tmp_path / "a.png",
            FlowField(np.full((*HW, 2), -600, dtype=np.float32), np.ones(HW, dtype=bool)),
        )
    with pytest.raises(ValueError, match="the suffix is '.jpg'"):
        write_flow(tmp_path / "a.jpg", field())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=r"none\.flo"):
        read_flow(tmp_path / "none.flo")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("place", ["seq/000000", "000000", "flow_5", "frame-0005"])
def test_a_folder(suffix: str, place: str, tmp_path: Path) -> None:
    """Found by frame name, with or without the sequence's folder, or by index in the whole video (5)."""
    path = tmp_path / f"{place}{suffix}"
    path.parent.mkdir(exist_ok=True)
    given = FlowField(np.full((*HW, 2), 2, dtype=np.float32), np.ones(HW, dtype=bool))
    write_flow(path, given)
    flow = build_flow(FileFlowConfig(path=str(tmp_path)))
    points = np.array([[[3.0, 4.0], [16.0, 4.0], [np.nan, np.nan]]])
    found = flow.between(*frames(first=5))(points)
    assert np.array_equal(found, [[[5.0, 6.0], [np.nan] * 2, [np.nan] * 2]], equal_nan=True)


def test_a_folder_that_does_not_fit(tmp_path: Path) -> None:
    """Files are read, and errors raised, only when the flow is used."""
    with pytest.raises(InputError, match="no such folder"):
        build_flow(FileFlowConfig(path=str(tmp_path / "none")))
    points = np.zeros((1, 17, 2))
    flow = build_flow(FileFlowConfig(path=str(tmp_path)))
    carry = flow.between(*frames())
    with pytest.raises(
        InputError,
        match=r"no flow from frame images/val/seq/000000\.jpg .*000000\.flo.*no file",
    ):
        carry(points)
    before, now = frames()
    with pytest.raises(InputError, match="flow from frame 1 to 0 is requested"):
        flow.between(now, before)(points)
    write_flow(tmp_path / "000000.flo", field())
    with pytest.raises(
        InputError,
        match=r"000000\.flo: the flow is 17x12 pixels, expected 20x12 as the frame",
    ):
        build_flow(FileFlowConfig(path=str(tmp_path))).between(*frames((12, 20)))(points)
    write_flow(tmp_path / "000000.npy", field())
    with pytest.raises(InputError, match=r"000000\.npy is also for the frame"):
        build_flow(FileFlowConfig(path=str(tmp_path))).between(*frames())(points)
