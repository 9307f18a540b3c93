"""Prefetching: same items, no more memory than requested, no thread left behind."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from video_builders import encode, number_of, numbered

from posetrack.errors import InputError
from posetrack.io.frame_source import FrameRange, FrameSource, Images
from posetrack.io.prefetch import prefetch
from posetrack.io.sources import open_source


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_the_same_frames_in_order(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", numbered(40))
    assert [number_of(frame.image) for frame in prefetch(open_source(str(path)), 4)] == list(range(40))
    assert workers() == []


@pytest.mark.parametrize("depth", [1, 3])
def test_it_is_never_further_ahead_than_asked_for(depth: int) -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(50):
            made.append(item)
            yield item

    for item in prefetch(items(), depth):
        time.sleep(0.002)
        assert made[-1] <= item + depth + 1


def test_closing_early_stops_the_thread(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", numbered(60))
    with open_source(str(path)) as source:
        start = time.monotonic()
        with closing(prefetch(source, 2)) as frames:  # type: ignore[type-var]
            next(frames)
        assert time.monotonic() - start < 5
        assert workers() == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise InputError("broken")

    seen = []
    with pytest.raises(InputError, match="broken"):
        for item in prefetch(items(), 5):
            time.sleep(0.05)
            seen.append(item)
    assert seen == [1, 2]
    assert workers() == []


def test_a_source_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stalled camera, a request to stop takes effect, and the source is closed once it responds again."""
    monkeypatch.setattr("posetrack.io.prefetch._JOIN_S", 0.1)
    comes, let_go = threading.Event(), threading.Event()

    def images(_: FrameRange) -> Images:
        yield 0, np.zeros((4, 4, 3), np.uint8), None
        assert comes.wait(20)
        yield 1, np.zeros((4, 4, 3), np.uint8), None

    with FrameSource("camera", images, str, close=let_go.set) as source:
        start = time.monotonic()
        with closing(prefetch(source, 1, lambda: time.monotonic() > start + 0.3)) as frames:  # type: ignore[type-var]
            assert [frame.index for frame in frames] == [0]
    assert time.monotonic() < start + 10 and len(workers()) == 1
    assert not let_go.is_set()  # not while it is being read
    comes.set()
    assert let_go.wait(10)
    for thread in workers():
        thread.join(10)
    assert workers() == []


class _Container:
    """Endless frames with a log of calls; reading after close would crash in PyAV."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def images(self, _: FrameRange) -> Images:
        while True:
            self.done.append("read")
            yield 0, np.zeros((4, 4, 3), np.uint8), None

    def close(self) -> None:
        self.done.append("close")


@pytest.mark.parametrize("line", range(20))
def test_a_source_may_be_closed_by_another_thread_at_any_line_of_reading(line: int) -> None:
    """No frame is requested after closing, and a second close has no effect."""
    container = _Container()
    source = FrameSource("camera", container.images, str, close=container.close)
    lines, others = 0, list[threading.Thread]()

    def trace(code: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        nonlocal lines
        if not code.f_code.co_filename.endswith("frame_source.py"):
            return None
        lines += event == "line"
        if event == "line" and lines == line + 1:
            others.append(threading.Thread(target=source.close))
            others[0].start()
            others[0].join(0.1)  # the close may have to wait for the read in progress here
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for _ in zip(range(3), source, strict=False):
            pass
    except InputError as error:
        assert "the source is closed" in str(error)
    finally:
        sys.settrace(before)
    others[0].join(10)
    source.close()
    assert container.done.count("close") == 1 and container.done[-1] == "close"
