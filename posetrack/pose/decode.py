"""Decode heatmaps to joints: the official quarter-pixel rule, DARK, UDP and a smoothed peak; flip test.

All functions work on whole batches, change no argument and return coordinates in heatmap pixels; a joint whose
map has no positive value has NaN coordinates (the official code puts it at (0, 0), mmpose at (-1, -1)).

Sources, each checked against recorded figures in ``tests/pose/test_decode_parity.py``:
HRNet 6f69e46 ``lib/core/inference.py`` (quarter), ``lib/core/function.py`` (flip test);
DarkPose 0185b42 ``lib/core/inference.py`` (DARK); mmpose 759b39c ``codecs/utils/refinement.py`` (UDP).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.models.zoo import DecodeKind
from posetrack.structures import BoolArray, FloatArray, IntArray

Heatmaps = npt.NDArray[np.float32]

QUARTER_PX = 0.25
BLUR_KERNEL_PX = 11  # of DARK and UDP, at every input size; OpenCV derives sigma 2 from it
DARK_FLOOR = 1e-10  # before the logarithm
UDP_RANGE = (1e-3, 50.0)


@dataclass(frozen=True, eq=False)
class HeatmapJoints:
    """The joints of N people in heatmap pixels.

    Attributes:
        xy: (N, K, 2) float64; NaN where the score is not above 0.
        scores: (N, K) float64, the maximum of each map.
    """

    xy: FloatArray
    scores: FloatArray


def decode(heatmaps: Heatmaps, kind: DecodeKind) -> HeatmapJoints:
    """Decode (N, K, H, W) heatmaps by the named rule."""
    if kind == "quarter":
        return decode_quarter(heatmaps)
    if kind == "dark":
        return decode_dark(heatmaps)
    if kind == "udp":
        return decode_udp(heatmaps)
    return decode_smooth(heatmaps)


def decode_quarter(heatmaps: Heatmaps) -> HeatmapJoints:
    """The highest pixel, moved a quarter pixel towards the higher neighbour on each axis.

    Only where 1 < x < W - 1 and 1 < y < H - 1; equal neighbours cause no shift.
    """
    x, y, scores = _peaks(heatmaps)
    person, joint = np.indices(x.shape, dtype=np.int64)
    return _joints(at_quarter(heatmaps, np.asarray(person), np.asarray(joint), x, y), scores)


def at_quarter(heatmaps: Heatmaps, person: IntArray, joint: IntArray, x: IntArray, y: IntArray) -> FloatArray:
    """(..., 2) the given pixels, shifted as ``decode_quarter`` shifts the highest; all index arrays have one shape."""
    height, width = heatmaps.shape[2:]
    inside = (x > 1) & (x < width - 1) & (y > 1) & (y < height - 1)
    at = _Around(heatmaps, person[inside], joint[inside], x[inside], y[inside])
    xy = np.stack([x, y], axis=-1).astype(np.float64)
    step = np.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], axis=-1)
    xy[inside] += QUARTER_PX * np.sign(step)
    return xy


def decode_dark(heatmaps: Heatmaps) -> HeatmapJoints:
    """DARK: one Newton step on the logarithm of the blurred map, differences over two pixels.

    Only where 1 < x < W - 2 and 1 < y < H - 2 and the Hessian is regular. The step has no bound.
    """
    height, width = heatmaps.shape[2:]
    x, y, scores = _peaks(heatmaps)
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    at = _LogAround(heatmaps, _blur(heatmaps), x, y, inside, (DARK_FLOOR, np.inf))
    dx, dy = 0.5 * (at(1, 0) - at(-1, 0)), 0.5 * (at(0, 1) - at(0, -1))
    dxx = 0.25 * (at(2, 0) - 2 * at(0, 0) + at(-2, 0))
    dyy = 0.25 * (at(0, 2) - 2 * at(0, 0) + at(0, -2))
    dxy = 0.25 * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1))
    xy = np.stack([x, y], axis=-1).astype(np.float64)
    xy[inside] -= _newton_step(dx, dy, dxx, dxy, dyy)
    return _joints(xy, scores)


def decode_udp(heatmaps: Heatmaps) -> HeatmapJoints:
    """UDP: the Newton step with differences over one pixel, also at the border (edge pixels repeated)."""
    x, y, scores = _peaks(heatmaps)
    at = _LogAround(heatmaps, _blur(heatmaps), x, y, np.ones(x.shape, dtype=np.bool_), UDP_RANGE)
    xy = np.stack([x, y], axis=-1).astype(np.float64)
    return _joints(xy - _udp_step(at).reshape(xy.shape), scores)


def decode_smooth(heatmaps: Heatmaps) -> HeatmapJoints:
    """The highest pixel of the blurred map, then UDP's step, limited to one pixel on each axis.

    DARK and UDP start at the highest pixel of the raw map: on a broad, uneven peak that may be any pixel, and one step
    may then lead far away. The score is the maximum of the raw map.
    """
    blurred = _blur(heatmaps)
    x, y, _ = _peaks(blurred)
    at = _LogAround(heatmaps, blurred, x, y, np.ones(x.shape, dtype=np.bool_), UDP_RANGE)
    xy = np.stack([x, y], axis=-1).astype(np.float64)
    return _joints(xy - _udp_step(at).clip(-1, 1).reshape(xy.shape), heatmaps.max(axis=(2, 3)).astype(np.float64))


def _udp_step(at: _LogAround) -> FloatArray:
    """(M, 2)."""
    dx, dy = 0.5 * (at(1, 0) - at(-1, 0)), 0.5 * (at(0, 1) - at(0, -1))
    eps = float(np.finfo(np.float32).eps)  # keeps a flat map's Hessian regular
    dxx = at(1, 0) - 2 * at(0, 0) + at(-1, 0) + eps
    dyy = at(0, 1) - 2 * at(0, 0) + at(0, -1) + eps
    dxy = 0.5 * (at(1, 1) - at(1, 0) - at(0, 1) + 2 * at(0, 0) - at(-1, 0) - at(0, -1) + at(-1, -1))
    return _newton_step(dx, dy, dxx, dxy, dyy)


def merge_flipped(heatmaps: Heatmaps, mirrored: Heatmaps, flip_order: IntArray, shift: bool) -> Heatmaps:
    """Average the heatmaps with those of the mirrored input, mirrored back.

    Args:
        heatmaps: (N, K, H, W).
        mirrored: (N, K, H, W), the network's output for the mirrored crops.
        flip_order: (K,) ``Skeleton.flip_order``.
        shift: move the mirrored-back maps one pixel to the right, column 0 kept; needed by everything but UDP
            (other crops are not aligned with their mirror images).

    Returns:
        (N, K, H, W) float32, a new array.
    """
    back = mirrored[:, flip_order, :, ::-1]
    merged = heatmaps + back
    if shift:
        merged[..., 1:] = heatmaps[..., 1:] + back[..., :-1]
    merged *= np.float32(0.5)
    return merged


def merge_rescaled(
    heatmaps: Heatmaps, mirrored: Heatmaps, flip_order: IntArray, scale: float, input_width: int | None
) -> Heatmaps:
    """As ``merge_flipped``, for mirrored crops that cover ``scale`` times the extent around the same centre.

    Args:
        heatmaps: (N, K, H, W).
        mirrored: (N, K, H, W), the network's output for the mirrored crops.
        flip_order: (K,) ``Skeleton.flip_order``.
        scale: extent of the mirrored crops relative to the others.
        input_width: width of the crops; None = UDP crops.

    Returns:
        (N, K, H, W) float32, a new array, in the pixels of ``heatmaps``; the mirrored maps count as 0 outside their
        crop.
    """
    height, width = heatmaps.shape[2:]
    short = 0 if input_width else 1  # UDP measures size in steps between pixels
    right_edge = width - width / input_width if input_width else width - 1  # where column 0 of a crop is mirrored to
    x = _about_middle(width, short, scale)
    y = _about_middle(height, short, scale)
    back = _interpolation(y, height) @ mirrored[:, flip_order] @ _interpolation(right_edge - x, width).T
    return np.asarray(np.float32(0.5) * (heatmaps + back))


def _about_middle(size: int, short: int, scale: float) -> FloatArray:
    """(size,) positions of a row's pixels in a row covering ``scale`` times the extent around the same centre."""
    middle = (size - short) / 2
    return np.asarray((np.arange(size) - middle) / scale + middle)


def _interpolation(at: FloatArray, size: int) -> Heatmaps:
    """(M, size) float32 matrix that samples ``size`` values at M positions by linear interpolation, 0 outside."""
    weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(size)))
    return np.asarray(weights, dtype=np.float32)


def _peaks(heatmaps: Heatmaps) -> tuple[IntArray, IntArray, FloatArray]:
    """Column, row and value of each map's highest pixel (the first of equals), each (N, K)."""
    n, k, height, width = heatmaps.shape
    flat = heatmaps.reshape(n, k, height * width)
    index = flat.argmax(axis=2)
    scores = np.take_along_axis(flat, index[..., None], axis=2)[..., 0]
    return index % width, index // width, scores.astype(np.float64)


def _joints(xy: FloatArray, scores: FloatArray) -> HeatmapJoints:
    xy[~(scores > 0)] = np.nan
    return HeatmapJoints(xy, scores)


class _Around:
    """Map values at an offset from M given pixels, (M,) float32; edge pixels are repeated."""

    def __init__(self, maps: Heatmaps, person: IntArray, joint: IntArray, x: IntArray, y: IntArray) -> None:
        self._maps, self._person, self._joint, self._x, self._y = maps, person, joint, x, y

    def __call__(self, right: int, down: int) -> Heatmaps:
        height, width = self._maps.shape[2:]
        x = np.clip(self._x + right, 0, width - 1)
        y = np.clip(self._y + down, 0, height - 1)
        return self._maps[self._person, self._joint, y, x]


class _LogAround:
    """As ``_Around``, (M,) float64: log of the blurred maps, scaled to the raw maps' maximum and clipped to a range."""

    def __init__(
        self, maps: Heatmaps, blurred: Heatmaps, x: IntArray, y: IntArray, chosen: BoolArray, limits: tuple[float, float]
    ) -> None:
        top = blurred.max(axis=(2, 3))
        # A blank map stays blank; a negative ratio (a peak among larger negative values) is kept, as in the official
        # code.
        self._ratio = (maps.max(axis=(2, 3)) / np.where(top == 0, np.float32(1), top))[chosen]
        self._limits = limits
        person, joint = np.nonzero(chosen)
        self._around = _Around(blurred, person, joint, x[chosen], y[chosen])

    def __call__(self, right: int, down: int) -> FloatArray:
        # Logarithms in float32 as in the official code: on noise, a nearly singular Hessian makes a difference.
        log = np.log(np.clip(self._around(right, down) * self._ratio, *self._limits))
        return np.asarray(log, dtype=np.float64)


def _newton_step(dx: FloatArray, dy: FloatArray, dxx: FloatArray, dxy: FloatArray, dyy: FloatArray) -> FloatArray:
    """Inverse Hessian times gradient, (M, 2); no step where the Hessian is singular."""
    determinant = dxx * dyy - dxy * dxy
    regular = determinant != 0
    divisor = np.where(regular, determinant, 1.0)
    step = np.stack([dyy * dx - dxy * dy, dxx * dy - dxy * dx], axis=-1) / divisor[:, None]
    return np.asarray(np.where(regular[:, None], step, 0.0))


def _blur(heatmaps: Heatmaps) -> Heatmaps:
    """Each map blurred with zero padding, (N, K, H, W)."""
    n, k, height, width = heatmaps.shape
    if n * k == 0:
        return heatmaps
    border = BLUR_KERNEL_PX // 2
    # One tall image: the zero borders separate the maps, and one call blurs them all.
    padded = np.zeros((n * k, height + 2 * border, width + 2 * border), dtype=np.float32)
    inner = (slice(None), slice(border, border + height), slice(border, border + width))
    padded[inner] = heatmaps.reshape(n * k, height, width)
    tall = padded.reshape(-1, width + 2 * border)
    blurred: Heatmaps = np.asarray(cv2.GaussianBlur(tall, (BLUR_KERNEL_PX, BLUR_KERNEL_PX), 0), dtype=np.float32)
    return blurred.reshape(padded.shape)[inner].reshape(heatmaps.shape)
