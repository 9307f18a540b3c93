"""Video files of many kinds."""

from __future__ import annotations

import resource
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from io_builders import SHARED
from video_builders import (
    encode,
    four_quarters,
    number_of,
    numbered,
    overwrite,
    quarters_of,
    with_display_matrix,
)

from posetrack.errors import InputError
from posetrack.io.sources import open_source
from posetrack.io.video import VideoReader

KINDS = [
    ("libx264", "mp4", "yuv420p"),
    ("libx264", "ts", "yuv420p"),
    ("libx265", "mkv", "yuv420p"),
    ("mpeg4", "mp4", "yuv420p"),
    ("mpeg4", "avi", "yuv420p"),
    ("mjpeg", "avi", "yuvj420p"),
    ("libvpx-vp9", "webm", "yuv420p"),
    ("gif", "gif", "rgb8"),
]


@pytest.mark.parametrize("codec,suffix,pix_fmt", KINDS)
def test_every_frame_of_every_kind(tmp_path: Path, codec: str, suffix: str, pix_fmt: str) -> None:
    path = encode(tmp_path / f"walk.{suffix}", numbered(30), codec, pix_fmt)
    with open_source(str(path)) as source:
        frames = list(source)
    assert source.name == "walk"
    assert source.fps == pytest.approx(25, rel=0.02)
    assert source.problems == []
    assert [number_of(frame.image) for frame in frames] == list(range(30))
    assert [frame.index for frame in frames] == list(range(30))
    assert frames[7].name == "walk/000007.jpg"
    assert all(frame.image.dtype == np.uint8 and frame.image.shape == (96, 128, 3) for frame in frames)
    times = np.array([frame.timestamp_s for frame in frames], dtype=float)
    np.testing.assert_allclose(np.diff(times), 0.04, atol=0.0011)


@pytest.mark.parametrize("taken", [0, 1])
def test_a_source_that_is_closed(tmp_path: Path, taken: int) -> None:
    with open_source(encode(tmp_path / "walk.mp4", numbered(5))) as source:
        frames = iter(source)
        for _ in range(taken):
            next(frames)
    for rest in (frames, iter(source)):
        with pytest.raises(InputError, match="walk: the source is closed; open it again to read its frames"):
            next(rest)
    source.close()


def test_variable_frame_rate_keeps_the_time_stamps(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.133, 0.5, 0.52, 2.0]
    path = encode(tmp_path / "vfr.mkv", numbered(6), times_s=times)
    assert [frame.timestamp_s for frame in open_source(str(path))] == pytest.approx(times, abs=1e-6)


@pytest.mark.parametrize("suffix", [".avi", ".asf"])
def test_frames_that_are_decoded_out_of_order_have_an_even_clock(tmp_path: Path, suffix: str) -> None:
    """Such files store no presentation times."""
    path = encode(tmp_path / f"a{suffix}", numbered(30), codec_options={"bf": "3", "b-adapt": "0"})
    reader = VideoReader(str(path))
    read = list(reader.read())
    assert [number_of(image) for _, image, _ in read] == list(range(30))
    np.testing.assert_allclose(np.diff([time_s for *_, time_s in read if time_s is not None]), 0.04, atol=2e-3)
    assert reader.problems == []


@pytest.mark.parametrize(("height", "exact"), [(720, True), (96, False)])
def test_large_video_that_states_no_colours_is_taken_as_players_take_it(tmp_path: Path, height: int, exact: bool) -> None:
    """Encoded as BT.709 without saying so: assumed for large videos, while small ones are taken as BT.601."""
    image = np.full((height, 128, 3), (40, 160, 90), dtype=np.uint8)
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = "yuv420p"
        rgb = av.VideoFrame.from_ndarray(image, format="rgb24")
        yuv = rgb.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
        yuv.colorspace = 2
        container.mux(stream.encode(yuv))
        container.mux(stream.encode())
    ((_, found, _),) = VideoReader(str(path)).read()
    assert (np.abs(found.mean(axis=(0, 1)) - (40, 160, 90)).max() < 3) == exact


def test_a_stream_without_time_stamps_counts_by_its_rate(tmp_path: Path) -> None:
    path = encode(tmp_path / "raw.m4v", numbered(5), "mpeg4")
    times = [frame.timestamp_s for frame in open_source(str(path))]
    assert None not in times
    assert [b - a for a, b in pairwise(times)] == pytest.approx([0.04] * 4, abs=1e-6)  # type: ignore[operator]


@pytest.mark.parametrize(
    "matrix,shown",
    [
        ((1, 0, 0, 1), ["red", "green", "blue", "white"]),
        ((0, 1, -1, 0), ["blue", "red", "white", "green"]),  # a quarter turn clockwise
        ((-1, 0, 0, -1), ["white", "blue", "green", "red"]),
        ((0, -1, 1, 0), ["green", "white", "red", "blue"]),
        ((-1, 0, 0, 1), ["green", "red", "white", "blue"]),  # mirrored
        ((1, 0, 0, -1), ["blue", "white", "red", "green"]),
        ((0, 1, 1, 0), ["red", "blue", "green", "white"]),
        ((0, -1, -1, 0), ["white", "green", "blue", "red"]),
    ],
)
def test_turned_and_mirrored_video_is_shown_upright(
    tmp_path: Path, matrix: tuple[int, int, int, int], shown: list[str]
) -> None:
    path = with_display_matrix(encode(tmp_path / "phone.mp4", [four_quarters()] * 2), matrix)
    frame = next(iter(open_source(str(path))))
    assert quarters_of(frame.image) == shown
    assert frame.image_hw == ((64, 48) if matrix[0] == 0 else (48, 64))
    assert frame.image.flags.c_contiguous


@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv"])
@pytest.mark.parametrize(("shape", "width"), [(Fraction(2, 1), 128), (Fraction(1, 2), 32), (Fraction(1001, 1000), 64), (Fraction(200, 1), 64), (None, 64)])
def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, suffix: str, shape: Fraction | None, width: int) -> None:
    path = encode(tmp_path / f"a{suffix}", [four_quarters()] * 40, pixel_shape=shape)
    (image, *_) = [image for _, image, _ in VideoReader(str(path)).read()]
    assert image.shape == (48, width, 3)
    assert quarters_of(image) == quarters_of(four_quarters())


def test_a_turned_video_is_made_square_before_it_is_turned(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", [four_quarters()] * 3, pixel_shape=Fraction(2, 1))
    (image, *_) = [image for _, image, _ in VideoReader(str(with_display_matrix(path, (0, 1, -1, 0)))).read()]
    assert image.shape == (128, 48, 3)


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """A frame takes 0.6 MB, so retained frames would show. (PyAV retains frames whose side data is read.)"""
    path = encode(tmp_path / "long.mp4", [np.zeros((480, 640, 3), np.uint8)] * 400, "mpeg4")

    def resident_mb() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

    used = [resident_mb() for frame in open_source(str(path)) if frame.index % 100 == 99]
    assert used[-1] - used[0] < 30


def test_a_range_of_frames(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", numbered(20))
    source = open_source(str(path), frames=(5, 8))
    assert source.num_frames == 3
    frames = list(source)
    assert [number_of(frame.image) for frame in frames] == [5, 6, 7]
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.source_index for frame in frames] == [5, 6, 7]
    assert [frame.name for frame in frames] == ["v/000005.jpg", "v/000006.jpg", "v/000007.jpg"]
    assert frames[0].timestamp_s == pytest.approx(0.2)
    assert source.problems == []


def test_decoding_stops_at_the_end_of_the_range(tmp_path: Path) -> None:
    """Later data is not read; here it is noise."""
    path = overwrite(encode(tmp_path / "v.avi", numbered(40), "mjpeg", "yuvj420p"), 0.5, 30000)
    source = open_source(str(path), frames=(0, 10))
    assert [number_of(frame.image) for frame in source] == list(range(10))
    assert source.problems == []


@pytest.mark.parametrize(
    ("name", "options", "most"),
    [
        ("v.mp4", {}, 25),
        ("v.mov", {}, 25),
        ("v.mp4", {"movflags": "frag_keyframe"}, None),
        ("v.mp4", {"movflags": "frag_keyframe+empty_moov"}, None),
        ("v.mkv", {}, None),
    ],
)
def test_how_many_frames_there_are_at_most(tmp_path: Path, name: str, options: dict[str, str], most: int | None) -> None:
    """The index of a fragmented file covers only its first fragment: ten frames here, or none."""
    path = encode(tmp_path / name, numbered(25), **options)
    assert VideoReader(str(path)).most_frames == most
    assert len(list(open_source(path, frames=(20, None), needed=4))) == 5


def test_a_range_behind_the_end_is_an_error(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", numbered(5))
    with pytest.raises(InputError, match="v: no frame between 5 and the end"):
        list(open_source(str(path), frames=(5, None)))


@pytest.mark.real
@pytest.mark.parametrize(
    "path,count,fps,name",
    [
        ("street/street.avi", 205, 50.0, "street/000204.jpg"),
        ("posetrack18/clip/000001_mpiinew_test.mp4", 5, 30.0, "images/val/000001_mpiinew_test/000004.jpg"),
    ],
)
def test_the_real_clips(path: str, count: int, fps: float, name: str) -> None:
    file = SHARED / "real" / path
    if not file.exists():
        pytest.skip(f"{file} is not there")
    source = open_source(str(file))
    assert (source.fps, source.num_frames) == (fps, count)
    last = None
    for last in source:
        assert last.image_hw == (720, 1280)
        assert last.timestamp_s == pytest.approx(last.index / fps)
    assert last is not None
    assert (last.index, last.name) == (count - 1, name)
    assert source.problems == []
