"""Video files of many kinds, whole and damaged."""

from __future__ import annotations

import resource
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from io_builders import SHARED
from video_builders import (
    blank_packets,
    cut,
    encode,
    four_quarters,
    join,
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
        ((-1, 0, 0, 1), ["green", "red", "white", "blue"]),  # a mirror
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
    """A frame of this size has 0.6 MB: kept frames would show. (PyAV keeps those whose side data is asked for.)"""
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
    """What comes after is not looked at: here it is noise."""
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
    """The index of a fragmented file is that of its first part: ten frames here, or none."""
    path = encode(tmp_path / name, numbered(25), **options)
    assert VideoReader(str(path)).most_frames == most
    assert len(list(open_source(path, frames=(20, None), needed=4))) == 5


def test_a_range_behind_the_end_is_an_error(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", numbered(5))
    with pytest.raises(InputError, match="v: no frame between 5 and the end"):
        list(open_source(str(path), frames=(5, None)))


@pytest.mark.parametrize("codec,suffix", [("libx264", "mp4"), ("mpeg4", "mp4"), ("mpeg4", "avi"), ("libx264", "mkv")])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_file_cut_off_gives_what_is_there_and_says_what_is_not(
    tmp_path: Path, codec: str, suffix: str, keep: float
) -> None:
    options = {"movflags": "faststart"} if suffix == "mp4" else {}
    path = cut(encode(tmp_path / f"cut.{suffix}", numbered(60), codec, **options), keep)
    source = open_source(str(path))
    frames = list(source)
    assert 60 * keep - 13 <= len(frames) < 60
    assert [number_of(frame.image) for frame in frames[:-2]] == list(range(len(frames) - 2))
    assert "cut off" in source.problems[-1]
    assert str(path) in source.problems[-1]


def test_a_fragmented_mp4_cut_off_gives_its_whole_fragments(tmp_path: Path) -> None:
    path = encode(tmp_path / "frag.mp4", numbered(60), movflags="frag_keyframe+empty_moov")
    frames = list(open_source(str(cut(path, 0.5))))
    assert 20 <= len(frames) < 40
    assert [number_of(frame.image) for frame in frames[:20]] == list(range(20))


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.95])
def test_an_mp4_cut_off_before_its_index_is_an_error(tmp_path: Path, keep: float) -> None:
    path = cut(encode(tmp_path / "cut.mp4", numbered(30)), keep)
    with pytest.raises(InputError, match=r"cut\.mp4: not a video that can be read.*cut off before its index"):
        open_source(str(path))


@pytest.mark.parametrize("codec,suffix", [("libx264", "mp4"), ("mpeg4", "mp4")])
def test_bytes_damaged_in_the_middle_cost_few_frames(tmp_path: Path, codec: str, suffix: str) -> None:
    """Frames before and after keep their content and time."""
    path = encode(tmp_path / f"hurt.{suffix}", numbered(60), codec, movflags="faststart")
    source = open_source(str(overwrite(path, 0.5, 600)))
    frames = list(source)
    assert 50 <= len(frames) <= 60
    assert [frame.index for frame in frames] == list(range(len(frames)))
    for frame in [*frames[:20], *frames[-10:]]:
        assert frame.timestamp_s == pytest.approx(number_of(frame.image) / 25)
    assert source.problems
    assert all(problem.startswith(str(path)) for problem in source.problems)


@pytest.mark.parametrize("slices", ["1", "4"])
def test_a_frame_that_is_decoded_in_spite_of_damage_is_noted(tmp_path: Path, slices: str) -> None:
    """H.264 conceals it: every frame comes, the first that differs from the whole file's is noted, and no good one."""
    images = [np.kron(image, np.ones((4, 4, 1), dtype=np.uint8)) for image in numbered(60)]
    path = encode(tmp_path / "hurt.mkv", images, codec_options={"x264-params": f"slices={slices}:scenecut=0"})
    whole = [frame.image for frame in open_source(str(path))]
    source = open_source(str(overwrite(path, 0.5, 200)))
    frames = list(source)
    changed = [i for i, (frame, image) in enumerate(zip(frames, whole, strict=True)) if (frame.image != image).any()]
    noted = [i for i in range(60) if f"{path}: frame {i} is damaged; it was used as it could be decoded" in source.problems]
    assert len(noted) == len(source.problems) > 0
    assert set(noted) <= set(changed) and changed[0] in noted


def test_a_clock_that_goes_back_is_noted_once_a_jump(tmp_path: Path) -> None:
    """Joined files: the times stay as the file gives them."""
    one = encode(tmp_path / "one.ts", numbered(50), "mpeg4")
    source = open_source(str(join(tmp_path / "joined.ts", [one] * 3)))
    times = [frame.timestamp_s for frame in source]
    assert len(times) == 150
    back = [i for i, (a, b) in enumerate(pairwise(times), 1) if b < a]  # type: ignore[operator]
    assert len(back) == 2
    expected = [f"the clock goes back at frame {i}, from {times[i - 1]:.2f} s to {times[i]:.2f} s" for i in back]
    assert source.problems == [f"{tmp_path / 'joined.ts'}: {words}" for words in expected]


def test_a_lost_frame_in_mid_video_is_counted(tmp_path: Path) -> None:
    """The chunk header of one AVI frame is overwritten: 59 of 60 remain."""
    path = encode(tmp_path / "hurt.avi", numbered(60), "mjpeg", "yuvj420p")
    source = open_source(str(overwrite(path, 0.5, 600)))
    assert len(list(source)) == 59
    assert source.problems == [f"{path}: 60 frames are announced, 59 could be read; the file is cut off or damaged"]


def test_problems_do_not_grow_without_end(tmp_path: Path) -> None:
    """No packet of a long video decodes: told for some, counted for the rest."""
    path = blank_packets(encode(tmp_path / "noise.mkv", numbered(120), "mjpeg", "yuvj420p"))
    reader = VideoReader(str(path))
    with pytest.raises(InputError, match=r"noise\.mkv: no frame can be read \(a frame near 0\.00 s cannot be decoded"):
        list(reader.read())
    assert len(reader.problems) == 50


def test_frames_hidden_by_an_edit_list_are_not_called_lost(tmp_path: Path) -> None:
    """A cut made without encoding again: the file holds frames before the cut that are not to be shown."""
    path = tmp_path / "edit.mp4"
    whole = encode(tmp_path / "whole.mp4", numbered(30), "mpeg4")
    with av.open(str(whole)) as source, av.open(str(path), "w", options={"use_editlist": "1"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                shift = round(0.2 / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                target.mux(packet)
    opened = open_source(str(path))
    shown = [number_of(frame.image) for frame in opened]
    assert shown == list(range(5, 30)) or shown == list(range(30))
    assert opened.problems == []


def test_a_text_file_is_no_video(tmp_path: Path) -> None:
    """FFmpeg would paint a .txt as a terminal and give 50 pictures."""
    for name in ("text.mp4", "text.txt"):
        path = tmp_path / name
        path.write_text("this is no video\n" * 1000)
        with pytest.raises(InputError, match=f"{name}: not a video that can be read"):
            open_source(str(path))


def test_an_empty_file_and_a_video_without_frames(tmp_path: Path) -> None:
    path = tmp_path / "zero.mp4"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"zero\.mp4: not a video that can be read"):
        open_source(str(path))
    path = tmp_path / "none.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.height = stream.width = 64
        stream.pix_fmt = "yuv420p"
        container.start_encoding()
    with pytest.raises(InputError, match=r"none\.mkv: .*it holds no frame"):
        list(open_source(str(path)))


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(InputError, match=r"song\.wav: no video in this file, only audio"):
        open_source(str(path))


def test_names_that_ffmpeg_would_take_for_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("12:30.mp4", "a%03d.mp4", "[x].mp4", "ü #1.mp4"):
        encode(tmp_path / "plain.mp4", numbered(3)).rename(tmp_path / name)
        assert len(list(open_source(name))) == 3


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
