"""Images of many kinds, in folders and globs."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from video_builders import four_quarters, quarters_of, save

from posetrack.errors import InputError
from posetrack.io.images import read_image
from posetrack.io.sources import open_source

NAME = "000001_mpii_test"
UPRIGHT = ["red", "green", "blue", "white"]


def jpeg_with_orientation(path: Path, image: np.ndarray, orientation: int) -> Path:
    """A JPEG with an EXIF orientation."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([orientation]) + b"\0\0\0\0\0\0\0"
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    return path


def test_links_keep_the_names_that_they_have(tmp_path: Path) -> None:
    """As in data sets under version control: names are those of the links, not of their targets."""
    (tmp_path / "store").mkdir()
    (tmp_path / "walk").mkdir()
    for index, name in enumerate(("c", "a", "b")):
        save(tmp_path / "store" / f"{name}.png", four_quarters())
        (tmp_path / "walk" / f"{index:06d}.png").symlink_to(tmp_path / "store" / f"{name}.png")
    (tmp_path / "linked").symlink_to(tmp_path / "walk")
    source = open_source(str(tmp_path / "linked"))
    assert source.name == "linked"
    assert [frame.name for frame in source] == [f"linked/{index:06d}.png" for index in range(3)]


def test_a_file_of_several_pictures_says_that_one_is_taken(tmp_path: Path) -> None:
    pages = [four_quarters()] * 3
    assert cv2.imwritemulti(str(tmp_path / "pages.tif"), pages)
    source = open_source(str(tmp_path / "pages.tif"))
    assert len(list(source)) == 1
    assert source.problems == [f"{tmp_path / 'pages.tif'}: holds 3 pictures, only the first is used; make a video of them"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "webp", "tif", "ppm", "PNG"])
def test_kinds_of_images(tmp_path: Path, suffix: str) -> None:
    image = read_image(save(tmp_path / f"a.{suffix}", four_quarters()))
    assert image.dtype == np.uint8 and image.shape == (48, 64, 3) and image.flags.c_contiguous
    assert quarters_of(image) == UPRIGHT


def test_grey_deep_and_transparent_images(tmp_path: Path) -> None:
    color = four_quarters()
    grey = read_image(save(tmp_path / "grey.png", color[..., 0]))
    np.testing.assert_array_equal(grey, np.repeat(color[..., :1], 3, axis=2))
    deep = color.astype(np.uint16) * 257
    np.testing.assert_array_equal(read_image(save(tmp_path / "deep.png", deep)), color)
    np.testing.assert_array_equal(read_image(save(tmp_path / "deep.tif", deep)), color)
    np.testing.assert_array_equal(read_image(save(tmp_path / "deep-grey.png", deep[..., 1])), color[..., [1, 1, 1]])
    clear = np.dstack([color, np.zeros((48, 64), dtype=np.uint8)])  # alpha 0 does not affect the colours
    np.testing.assert_array_equal(read_image(save(tmp_path / "clear.png", clear)), color)


def _png_of(color_type: int, rows: list[bytes], width: int, extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, color_type, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + head + extra + pixels + chunk(b"IEND", b"")


def test_palette_and_grey_with_alpha(tmp_path: Path) -> None:
    body = bytes([255, 0, 0, 0, 255, 0])
    palette = struct.pack(">I", 6) + b"PLTE" + body + struct.pack(">I", zlib.crc32(b"PLTE" + body))
    (tmp_path / "palette.png").write_bytes(_png_of(3, [bytes([0, 1])], 2, palette))
    np.testing.assert_array_equal(read_image(tmp_path / "palette.png"), [[[255, 0, 0], [0, 255, 0]]])
    (tmp_path / "grey-alpha.png").write_bytes(_png_of(4, [bytes([77, 0, 200, 255])], 2))
    np.testing.assert_array_equal(read_image(tmp_path / "grey-alpha.png"), [[[77] * 3, [200] * 3]])


@pytest.mark.parametrize(
    "orientation,stored",
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, 1)),
        (7, lambda a: a[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, -1)),
    ],
)
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, stored: Any) -> None:
    image = read_image(jpeg_with_orientation(tmp_path / "a.jpg", stored(four_quarters()), orientation))
    assert image.shape == (48, 64, 3)
    assert quarters_of(image) == UPRIGHT


def test_the_smallest_and_a_large_image(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        read_image(save(tmp_path / "one.png", np.full((1, 1, 3), 9, np.uint8))), [[[9, 9, 9]]]
    )
    assert read_image(save(tmp_path / "large.jpg", np.zeros((6000, 8000, 3), np.uint8))).shape == (6000, 8000, 3)


@pytest.mark.parametrize("keep", [0, 1, 20, 2000])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_broken_image_is_an_error(tmp_path: Path, suffix: str, keep: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = save(tmp_path / f"a.{suffix}", noise)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=rf"a\.{suffix}: not a readable image, or cut off \({keep} bytes\)"):
        read_image(path)


@pytest.mark.parametrize("kind", ["float32", "int32", "float64"])
def test_an_image_of_other_numbers_is_not_called_cut_off(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "a.tif", four_quarters()[..., 0].astype(kind))
    with pytest.raises(InputError, match=rf"a\.tif: the image has {kind} pixels, expected 8 or 16 bits; convert it"):
        read_image(path)


def test_a_folder_in_natural_order_without_what_is_no_image(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    for number in (10, 2, 1):
        save(folder / f"frame{number}.png", np.full((4, 6 + number, 3), number, dtype=np.uint8))
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(b"no image")
    (folder / "thumbs.png").mkdir()
    for spec in (str(folder), str(folder / "*.png"), str(folder / "frame*")):
        if spec.endswith("/*.png"):
            shutil.rmtree(folder / "thumbs.png")
        source = open_source(spec)
        frames = list(source)
        assert (source.name, source.fps, source.num_frames, source.problems) == ("walk", None, 3, [])
        assert [path.parent for path in source.files] == [tmp_path / "walk"] * 3
        assert [f.name for f in frames] == ["walk/frame1.png", "walk/frame2.png", "walk/frame10.png"]
        assert [f.image_hw for f in frames] == [(4, 7), (4, 8), (4, 16)]  # sizes may change
        assert [f.timestamp_s for f in frames] == [None] * 3


def test_gaps_in_the_numbers_of_images_with_a_clock_are_reported(tmp_path: Path) -> None:
    for number in (1, 2, 3, 7, 8, 12):
        save(tmp_path / "gaps" / f"img_{number}.png", np.zeros((4, 6, 3), dtype=np.uint8))
    for number in (3, 6, 9):
        save(tmp_path / "every_third" / f"img_{number}.png", np.zeros((4, 6, 3), dtype=np.uint8))
    assert open_source(str(tmp_path / "every_third"), image_fps=25).problems == []
    (problem,) = open_source(str(tmp_path / "gaps"), image_fps=25).problems
    assert problem.startswith(f"{tmp_path / 'gaps' / 'img_7.png'}: follows img_3.png, and 2 such gaps are in the image numbers")


def test_a_glob_over_folders_and_a_part_of_it(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        for number in range(3):
            save(tmp_path / folder / f"{number}.png", np.full((4, 4, 3), number, dtype=np.uint8))
    frames = list(open_source(str(tmp_path / "**" / "*.png"), frames=(2, 5)))
    assert [(f.index, f.source_index, f.name) for f in frames] == [
        (0, 2, "a/2.png"),
        (1, 3, "b/0.png"),
        (2, 4, "b/1.png"),
    ]


def test_a_single_image(tmp_path: Path) -> None:
    (frame,) = open_source(str(save(tmp_path / "x" / "one.jpg", four_quarters())))
    assert frame.name == "x/one.jpg"


def test_the_images_of_a_posetrack_folder_have_their_posetrack_names(tmp_path: Path) -> None:
    save(tmp_path / "images" / "train" / NAME / "000007.jpg", four_quarters())
    (frame,) = open_source(str(tmp_path / "images" / "train" / NAME))
    assert frame.name == f"images/train/{NAME}/000007.jpg"
    save(tmp_path / "elsewhere" / NAME / "000007.jpg", four_quarters())
    (frame,) = open_source(str(tmp_path / "elsewhere" / NAME))
    assert frame.name == f"images/val/{NAME}/000007.jpg"


def test_a_broken_image_in_a_folder_is_left_out_and_told_of(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / "v" / f"{number}.png", np.full((4, 4, 3), number, dtype=np.uint8))
    (tmp_path / "v" / "1.png").write_bytes(b"broken")
    source = open_source(str(tmp_path / "v"))
    frames = list(source)
    assert [(f.index, f.source_index, f.name) for f in frames] == [
        (0, 0, "v/0.png"),
        (1, 2, "v/2.png"),
        (2, 3, "v/3.png"),
    ]
    assert [f.image[0, 0, 0] for f in frames] == [0, 2, 3]
    assert len(source.problems) == 1 and "1.png" in source.problems[0]


def test_a_folder_of_broken_images_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"the folder .*v: no image can be read \(.*0\.png"):
        list(open_source(str(folder)))
    with pytest.raises(InputError, match=r"^[^ ]*0\.png: not a readable image"):
        list(open_source(str(folder / "0.png")))


@pytest.mark.parametrize(
    "spec,message",
    [
        ("none.mp4", r"none\.mp4: no such file or folder"),
        ("empty", r"the folder .*empty holds no images; expected files ending in \.jpg"),
        ("*.jpg", r"the pattern .*\*\.jpg holds no images"),
        ("n" * 300, "cannot be read|no such file"),
        ("pipe", "pipe: is a device, pipe or socket"),
    ],
)
def test_what_cannot_be_opened(tmp_path: Path, spec: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("hello")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=message):
        open_source(str(tmp_path / spec))


def test_images_have_the_clock_that_is_stated(tmp_path: Path) -> None:
    for index in range(4):
        save(tmp_path / f"{index}.png", np.zeros((8, 8, 3), dtype=np.uint8))
    with open_source(tmp_path, frames=(1, None), image_fps=24) as source:
        assert source.fps == 24
        assert [frame.timestamp_s for frame in source] == [1 / 24, 2 / 24, 3 / 24]
    with open_source(tmp_path) as source:
        assert source.fps is None and [frame.timestamp_s for frame in source] == [None] * 4


def test_a_camera_that_is_not_there() -> None:
    with pytest.raises(InputError, match="webcam 97: no such camera"):
        open_source("webcam:97")


@contextmanager
def nobody() -> Iterator[Path]:
    """A folder, with the test running as a user who can read only world-readable files."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in folder.iterdir():
            path.chmod(0o700)
        shutil.rmtree(folder)


def test_what_may_not_be_read() -> None:
    with nobody() as folder:
        euid = os.geteuid()
        if euid == 65534:
            os.seteuid(0)
        (folder / "a.mp4").write_bytes(b"x")
        (folder / "b.jpg").write_bytes(b"x")
        (folder / "closed").mkdir()
        for path in folder.iterdir():
            path.chmod(0)
        os.seteuid(euid)
        for spec in ("a.mp4", "b.jpg", "closed", "closed/c.mp4"):
            with pytest.raises(InputError, match=rf"{spec}: .*[Pp]ermission denied"):
                list(open_source(str(folder / spec)))
