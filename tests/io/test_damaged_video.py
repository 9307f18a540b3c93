"""Video files that are truncated, damaged, or no video at all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from video_builders import (
    blank_packets,
    cut,
    encode,
    join,
    number_of,
    numbered,
    overwrite,
    without_frames,
)

from posetrack.errors import InputError
from posetrack.io.sources import open_source
from posetrack.io.video import VideoReader


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
    """Frames before and after the damage keep their content and time."""
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
    """H.264 conceals the damage: all frames are decoded, the first changed one is reported, and no good one is."""
    images = [np.kron(image, np.ones((4, 4, 1), dtype=np.uint8)) for image in numbered(60)]
    path = encode(tmp_path / "hurt.mkv", images, codec_options={"x264-params": f"slices={slices}:scenecut=0"})
    whole = [frame.image for frame in open_source(str(path))]
    source = open_source(str(overwrite(path, 0.5, 200)))
    frames = list(source)
    changed = [i for i, (frame, image) in enumerate(zip(frames, whole, strict=True)) if (frame.image != image).any()]
    noted = [i for i in range(60) if f"{path}: frame {i} is damaged; it was used as far as it could be decoded" in source.problems]
    assert len(noted) == len(source.problems) > 0
    assert set(noted) <= set(changed) and changed[0] in noted


def test_a_clock_that_goes_back_is_noted_once_a_jump(tmp_path: Path) -> None:
    """Joined files keep the times stored in the file."""
    one = encode(tmp_path / "one.ts", numbered(50), "mpeg4")
    source = open_source(str(join(tmp_path / "joined.ts", [one] * 3)))
    times = [frame.timestamp_s for frame in source]
    assert len(times) == 150
    back = [i for i, (a, b) in enumerate(pairwise(times), 1) if b < a]  # type: ignore[operator]
    assert len(back) == 2
    expected = [f"timestamps go back at frame {i}, from {times[i - 1]:.2f} s to {times[i]:.2f} s" for i in back]
    assert source.problems == [f"{tmp_path / 'joined.ts'}: {words}" for words in expected]


def test_a_lost_frame_in_mid_video_is_counted(tmp_path: Path) -> None:
    """The chunk header of one AVI frame is overwritten, so 59 of 60 remain."""
    path = encode(tmp_path / "hurt.avi", numbered(60), "mjpeg", "yuvj420p")
    source = open_source(str(overwrite(path, 0.5, 600)))
    assert len(list(source)) == 59
    assert source.problems == [f"{path}: 60 frames announced, 59 could be read; the file is cut off or damaged"]


def test_problems_do_not_grow_without_end(tmp_path: Path) -> None:
    """If no packet of a long video decodes, the number of reported problems is limited."""
    path = blank_packets(encode(tmp_path / "noise.mkv", numbered(120), "mjpeg", "yuvj420p"))
    reader = VideoReader(str(path))
    with pytest.raises(InputError, match=r"noise\.mkv: no frame can be read \(a frame near 0\.00 s cannot be decoded"):
        list(reader.read())
    assert len(reader.problems) == 50


def test_frames_hidden_by_an_edit_list_are_not_called_lost(tmp_path: Path) -> None:
    """After a cut without re-encoding, the file contains frames before the cut that are not to be shown."""
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
    """FFmpeg would render a .txt file as a terminal and return 50 images."""
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
    path = without_frames(tmp_path / "none.mkv")
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


def test_audio_that_appears_in_mid_file_costs_no_frame(tmp_path: Path) -> None:
    """PyAV 18.1's demuxer raises IndexError at the end of such a file."""

    def transport_stream(path: Path, frames: int, audio: bool) -> bytes:
        with av.open(str(path), "w", format="mpegts") as container:
            video = container.add_stream("libx264", rate=25)
            video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
            sound = container.add_stream("mp2", rate=48000) if audio else None
            noise = np.random.default_rng(0).integers(0, 255, (270, 320), dtype=np.uint8)
            for i in range(frames):
                container.mux(video.encode(av.VideoFrame.from_ndarray(np.roll(noise, i, axis=1), format="yuv420p")))
                if sound is not None:
                    silence = av.AudioFrame.from_ndarray(np.zeros((1, 3840), np.int16), format="s16", layout="stereo")
                    silence.rate, silence.pts = 48000, 1920 * i
                    container.mux(sound.encode(silence))
            container.mux(video.encode())
        return path.read_bytes()

    silent = transport_stream(tmp_path / "a.ts", 300, False)
    loud = transport_stream(tmp_path / "b.ts", 30, True)
    (tmp_path / "joined.ts").write_bytes(silent + loud + silent)
    with open_source(str(tmp_path / "joined.ts")) as source:
        assert sum(1 for _ in source) == 630
