"""Frames in batches: full batches come out at once, and none is lost before an error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from posetrack.errors import InputError
from posetrack.pipeline.chunks import chunk_frames
from posetrack.structures import Frame


def frames(count: int, then: Exception | None = None) -> Iterator[Frame]:
    for index in range(count):
        yield Frame(index, np.zeros((4, 5, 3), dtype=np.uint8), None, str(index))
    if then is not None:
        raise then


def indices(chunk: list[Frame]) -> list[int]:
    return [frame.index for frame in chunk]


def test_full_ones_do_not_wait_for_the_next_frame() -> None:
    chunks = chunk_frames(frames(4, InputError("gone")), 2)
    assert indices(next(chunks)) == [0, 1]
    assert indices(next(chunks)) == [2, 3]
    with pytest.raises(InputError):
        next(chunks)


def test_what_came_before_an_error_comes_first() -> None:
    chunks = chunk_frames(frames(5, InputError("gone")), 3)
    assert [indices(next(chunks)), indices(next(chunks))] == [[0, 1, 2], [3, 4]]
    with pytest.raises(InputError, match="gone"):
        next(chunks)


def test_memory_bounds_them_and_a_large_frame_stands_alone() -> None:
    assert list(map(indices, chunk_frames(frames(5), 4, most_bytes=120))) == [[0, 1], [2, 3], [4]]
    assert list(map(indices, chunk_frames(frames(2), 4, most_bytes=1))) == [[0], [1]]
    with pytest.raises(ValueError, match="expected 1 or more"):
        next(chunk_frames(frames(1), 0))
