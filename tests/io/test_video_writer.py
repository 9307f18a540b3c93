"""The video writer: its files can be read back, and failures leave no trace."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest
from video_builders import QUARTERS, four_quarters, number_of, numbered, quarters_of

from posetrack.errors import OutputError
from posetrack.io.video_writer import LONGEST_SIDE, VideoWriter


def write(path: Path, images: list[np.ndarray], times_s: list[float] | None = None, fps: float = 25.0) -> Path:
    with VideoWriter(path, fps, images[0].shape[:2]) as video:
        for index, image in enumerate(images):
            video.write(image, None if times_s is None else times_s[index])
    return path


def read(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def test_what_a_browser_needs(tmp_path: Path) -> None:
    """H.264 High, 4:2:0, even sides, tagged colours, the index before the frames."""
    path = write(tmp_path / "a.mp4", [np.zeros((97, 129, 3), dtype=np.uint8)] * 5)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context
        assert (codec.name, codec.profile, codec.pix_fmt) == ("h264", "High", "yuv420p")
        assert (codec.height, codec.width) == (98, 130)
        assert (codec.colorspace, codec.color_range, codec.color_primaries, codec.color_trc) == (1, 1, 1, 1)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_frames_come_back_in_order_and_colour(tmp_path: Path) -> None:
    images = numbered(30)
    frames = read(write(tmp_path / "a.mp4", images))
    assert [number_of(frame.to_ndarray(format="rgb24")) for frame in frames] == list(range(30))
    assert [frame.time for frame in frames] == pytest.approx([index / 25 for index in range(30)])
    (frame,) = read(write(tmp_path / "b.mp4", [four_quarters()]))
    assert quarters_of(frame.to_ndarray(format="rgb24")) == list(QUARTERS)
    luma = frame.to_ndarray()[[12, 12, 36, 36], [16, 48, 16, 48]]
    np.testing.assert_allclose(luma, [63, 173, 32, 235], atol=2)  # BT.709, range 16 to 235


def test_time_stamps_are_kept_relative_to_the_first(tmp_path: Path) -> None:
    times = [7.0, 7.1, 7.133, 7.5, 7.52, 9.0]
    frames = read(write(tmp_path / "a.mp4", numbered(6), times))
    assert [frame.time for frame in frames] == pytest.approx([t - 7.0 for t in times], abs=1e-4)


def test_time_stamps_that_do_not_increase_lose_no_frame(tmp_path: Path) -> None:
    """Each such frame is shown 1/fps after the previous one, and later ones are shifted by the same amount."""
    frames = read(write(tmp_path / "a.mp4", numbered(5), [0.0, 0.1, 0.1, 0.05, 0.3]))
    assert [number_of(frame.to_ndarray(format="rgb24")) for frame in frames] == list(range(5))
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.1, 0.14, 0.18, 0.43], abs=1e-4)


def test_a_clock_that_starts_anew_goes_on_at_its_pace(tmp_path: Path) -> None:
    """Two joined videos: the second one's frames would otherwise last 1/90000 s each."""
    times = [5.0, 5.1, 5.3, 0.0, 0.1, 0.3, 5.6]
    frames = read(write(tmp_path / "a.mp4", numbered(7), times))
    expected = [0.0, 0.1, 0.3, 0.34, 0.44, 0.64, 5.94]
    assert [frame.time for frame in frames] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "fps,step", [(29.97, 1 / 29.97), (0.5, 2.0), (90000.0, 0.001), (1e-9, 100.0), (1000 / 3, 0.003)]
)
def test_any_frame_rate(tmp_path: Path, fps: float, step: float) -> None:
    frames = read(write(tmp_path / "a.mp4", numbered(3), fps=fps))
    assert [frame.time for frame in frames] == pytest.approx([0.0, step, 2 * step], rel=1e-3)


@pytest.mark.parametrize("hw", [(1, 1), (3, 200), (33, 17), (5000, 20)])
def test_any_size(tmp_path: Path, hw: tuple[int, int]) -> None:
    (frame,) = read(write(tmp_path / "a.mp4", [np.full((*hw, 3), 200, dtype=np.uint8)]))
    assert frame.height % 2 == frame.width % 2 == 0
    assert 16 <= min(frame.height, frame.width) <= max(frame.height, frame.width) <= LONGEST_SIDE
    assert frame.to_ndarray(format="rgb24")[0, 0].mean() > 150


def test_frames_of_other_sizes_are_fitted_into_the_first(tmp_path: Path) -> None:
    images = [np.full((hw[0], hw[1], 3), 200, dtype=np.uint8) for hw in ((64, 96), (200, 96), (20, 30))]
    frames = [frame.to_ndarray(format="rgb24") for frame in read(write(tmp_path / "a.mp4", images))]
    assert [frame.shape for frame in frames] == [(64, 96, 3)] * 3
    assert [frame[32, 15].mean() > 150 for frame in frames] == [True, True, False]
    assert [frame[10, 15].mean() > 150 for frame in frames] == [True, True, True]
    assert [frame[32, 80].mean() > 150 for frame in frames] == [True, False, False]


def test_nothing_is_there_before_the_end_and_nothing_after_abort(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("from an earlier run")
    video = VideoWriter(path, 25, (96, 128))
    for image in numbered(5):
        video.write(image)
    assert path.read_text() == "from an earlier run"
    video.abort()
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    with pytest.raises(RuntimeError, match="stop"), VideoWriter(path, 25, (96, 128)) as video:
        video.write(numbered(1)[0])
        raise RuntimeError("stop")
    assert path.read_text() == "from an earlier run"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_link_stays_a_link_and_colons_are_part_of_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.mp4").symlink_to("12:30.mp4")
    write(Path("link.mp4"), numbered(2))
    assert (tmp_path / "link.mp4").is_symlink()
    assert len(read(tmp_path / "12:30.mp4")) == 2


@pytest.mark.parametrize(
    "name,message",
    [("none/a.mp4", "the folder does not exist"), ("file/a.mp4", "not a folder"), ("folder", "a folder of this name")],
)
def test_what_cannot_be_written_is_noticed_at_once(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=f"{name}: cannot be written: .*{message}"):
        VideoWriter(tmp_path / name, 25, (96, 128))


def test_a_video_without_frames_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.mp4: cannot be written: a video needs at least one frame"):
        VideoWriter(tmp_path / "a.mp4", 25, (96, 128)).close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(tmp_path: Path) -> None:
    """The temporary file is a link to /dev/full."""
    video = VideoWriter(tmp_path / "a.mp4", 25, (96, 128))
    (temporary,) = tmp_path.iterdir()
    descriptor = next(
        int(p.name) for p in Path("/proc/self/fd").iterdir() if os.path.realpath(p) == os.path.realpath(temporary)
    )
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, descriptor)
    os.close(full)
    with pytest.raises(OutputError, match=r"a\.mp4: cannot be written: the disk is full"):
        for image in numbered(60) * 3:
            video.write(image)
        video.close()
    assert list(tmp_path.iterdir()) == []
