"""Encode and damage real video and image files for the source tests."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from posetrack.structures import ImageArray

QUARTERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


def numbered(count: int, height: int = 96, width: int = 128) -> list[ImageArray]:
    """Images of coarse noise whose top-left block encodes their number (see ``number_of``)."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(0, 256, (count, height // 8, width // 8, 3), dtype=np.uint8)
    images = [np.kron(image, np.ones((8, 8, 1), dtype=np.uint8)) for image in coarse]
    for number, image in enumerate(images):
        for bit in range(6):
            image[:16, 16 * bit : 16 * bit + 16] = 255 * (number >> bit & 1)
    return images


def number_of(image: ImageArray) -> int:
    """The number encoded in an image of ``numbered``; survives lossy codecs."""
    return sum(1 << bit for bit in range(6) if image[4:12, 16 * bit + 4 : 16 * bit + 12].mean() > 127)


def encode(
    path: Path,
    images: Sequence[ImageArray],
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times_s: Sequence[float] | None = None,
    codec_options: dict[str, str] | None = None,
    pixel_shape: Fraction | None = None,
    **options: str,
) -> Path:
    """Encode a video at 25 frames/s, or with given timestamps, with a key frame every 10; ``options`` of the container."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=25, options=codec_options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.gop_size = 10
        if pixel_shape is not None:
            stream.codec_context.sample_aspect_ratio = pixel_shape
        if times_s is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            if times_s is not None:
                frame.pts, frame.time_base = round(times_s[index] * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def without_frames(path: Path) -> Path:
    """Write a video with only a header."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.height = stream.width = 64
        stream.pix_fmt = "yuv420p"
        container.start_encoding()
    return path


def four_quarters(height: int = 48, width: int = 64) -> ImageArray:
    """An image of red, green / blue, white quarters."""
    image = np.empty((height, width, 3), dtype=np.uint8)
    image[: height // 2, : width // 2], image[: height // 2, width // 2 :] = QUARTERS["red"], QUARTERS["green"]
    image[height // 2 :, : width // 2], image[height // 2 :, width // 2 :] = QUARTERS["blue"], QUARTERS["white"]
    return image


def quarters_of(image: ImageArray) -> list[str]:
    """Names of the colours top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    spots = [(height // 4, width // 4), (height // 4, width * 3 // 4),
             (height * 3 // 4, width // 4), (height * 3 // 4, width * 3 // 4)]  # fmt: skip
    seen = [image[y, x].astype(int) for y, x in spots]
    return [min(QUARTERS, key=lambda name: int(np.abs(color - QUARTERS[name]).sum())) for color in seen]


def with_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a, b, c, d into the track header of an MP4, as phones do."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 8 + 20 + 16  # of a version 0 box
    a, b, c, d = (value << 16 for value in matrix)
    data[start : start + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


def overwrite(path: Path, at: float, size: int) -> Path:
    """Overwrite ``size`` bytes with noise, starting at the fraction ``at`` of the file."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    data[start : start + size] = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(data))
    return path


def blank_packets(path: Path) -> Path:
    """Overwrite every packet except its first bytes; the container stays intact."""
    with av.open(str(path)) as container:
        packets = [bytes(packet)[8:] for packet in container.demux(video=0) if packet.size > 8]
    data = path.read_bytes()
    for packet in packets:
        data = data.replace(packet, b"U" * len(packet))
    path.write_bytes(data)
    return path


def cut(path: Path, keep: float) -> Path:
    """Truncate a file to the fraction ``keep`` of its bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


def join(path: Path, parts: Sequence[Path]) -> Path:
    """Concatenate MPEG-TS files, keeping each one's clock."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def save(path: Path, image: np.ndarray) -> Path:
    """Write an image (RGB, RGBA, grey, any depth) with OpenCV, creating folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    assert cv2.imwrite(str(path), image)
    return path
