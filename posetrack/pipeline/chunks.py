"""Group frames into batches, limited by number and by memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from posetrack.structures import Frame

CHUNK_BYTES = 128 << 20  # decoded images: 48 frames of 720p, one of 8000x6000; a run holds three such lists


def chunk_frames(frames: Iterable[Frame], most: int, most_bytes: int = CHUNK_BYTES) -> Iterator[list[Frame]]:
    """Group frames in order into lists of at most ``most`` frames and ``most_bytes`` of pixels, yielded when full.

    A single frame above ``most_bytes`` forms its own list. The last list may be shorter. If ``frames`` raises an error,
    the frames before it are yielded first.
    """
    if most < 1:
        raise ValueError(f"{most} frames per batch, expected 1 or more")
    chunk: list[Frame] = []
    size = 0
    try:
        for frame in frames:
            if chunk and size + frame.image.nbytes > most_bytes:
                yield chunk
                chunk, size = [], 0
            chunk.append(frame)
            size += frame.image.nbytes
            if len(chunk) == most:
                yield chunk
                chunk, size = [], 0
    except Exception:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk
