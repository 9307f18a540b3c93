"""Inputs of the parity tests of the pose stage; ``tests/data/pose/record_official.py`` uses the same.

NumPy guarantees RandomState's stream, so the inputs need not be stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

INPUT_SIZES_WH = ((192, 256), (288, 384), (256, 256), (48, 64))
CROP_WH = (24, 32)
ROTATIONS_DEG = (0.0, -37.5, 12.25, 80.0)
OKS_THRESHOLDS = (0.9, 0.5, 0.1)
NUM_JOINTS = 17


def boxes_xyxy() -> npt.NDArray[np.float64]:
    """(40, 4) boxes of all sizes and shapes inside and outside a 1920 x 1080 image, and odd ones."""
    rng = np.random.RandomState(1)
    low = rng.uniform(-200, 1800, (30, 2))
    size = np.exp(rng.uniform(np.log(3), np.log(1200), (30, 2)))
    odd = np.array(
        [
            [0, 0, 1919, 1079], [10, 20, 10, 220], [10, 20, 310, 20], [100, 100, 101, 101], [5, 7, 197, 263],
            [7000.25, 5000.5, 7900.75, 5999], [-3000, -3000, -2000, -1000], [0.1, 0.2, 0.3 + 96, 0.4 + 128],
            [0, 0, 8000, 6000], [1 / 3, 2 / 3, 100 / 3, 1000 / 7],
        ],
        dtype=np.float64,
    )  # fmt: skip
    return np.concatenate([np.concatenate([low, low + size], axis=1), odd])


def image() -> npt.NDArray[np.uint8]:
    """(90, 120, 3) RGB: noise, an edge and a gradient."""
    rng = np.random.RandomState(2)
    picture = rng.randint(0, 256, (90, 120, 3))
    picture[30:60] = (np.arange(120) * 2)[None, :, None] + np.array([0, 7, 15])
    picture[60:, 40:80] = [255, 0, 128]
    return picture.astype(np.uint8)


def crop_boxes_xyxy() -> npt.NDArray[np.float64]:
    """(8, 4) boxes of ``image``: inside, across each border, outside, tiny, the whole image."""
    return np.array(
        [
            [30, 20, 70, 80], [-20.5, 10, 15.25, 60], [90, -30, 140, 25], [60, 70, 100, 130.125],
            [200, 200, 260, 300], [50, 40, 52, 43], [0, 0, 119, 89], [33.3, 44.4, 55.5, 66.6],
        ],
        dtype=np.float64,
    )  # fmt: skip


def _peaks(
    rng: np.random.RandomState, size_hw: tuple[int, int], sigma: float, margin: float
) -> npt.NDArray[np.float64]:
    height, width = size_hw
    x = rng.uniform(-margin, width - 1 + margin, NUM_JOINTS)[:, None, None]
    y = rng.uniform(-margin, height - 1 + margin, NUM_JOINTS)[:, None, None]
    rows, columns = np.mgrid[:height, :width]
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))


def _border_peaks(height: int, width: int) -> npt.NDArray[np.float64]:
    """Joint j peaks on the ring j // 4 pixels from the border, in corners and on edges, with uneven neighbours."""
    maps = np.zeros((NUM_JOINTS, height, width))
    rows, columns = np.mgrid[:height, :width]
    for joint in range(NUM_JOINTS):
        ring, side = divmod(joint, 4)
        y, x = [
            (ring, ring),
            (ring, width // 2),
            (height - 1 - ring, width - 1 - ring),
            (height // 2, width - 1 - ring),
        ][side]
        maps[joint] = np.exp(-((columns - x - 0.3) ** 2 + (rows - y + 0.2) ** 2) / 8) * 0.5
        maps[joint, y, x] = 1
    return maps


def _ties_and_blanks(height: int, width: int) -> npt.NDArray[np.float64]:
    maps = np.zeros((NUM_JOINTS, height, width))
    maps[0] = 0.5  # constant
    maps[1, 10, 10] = maps[1, 20, 12] = 1  # two equal peaks
    maps[2, 10, 10:12] = 1  # a plateau
    maps[3, 9:12, 9:12] = 0.5
    maps[3, 10, 10] = 1  # equal neighbours, so no shift
    maps[4] = -1  # nothing positive
    maps[5] = -0.25
    maps[5, 12, 13] = 1e-3  # a small peak among negative values
    maps[6, height - 1, width - 1] = 2.5  # above one, last pixel
    maps[7] = np.linspace(0, 1, width)[None]  # a ramp whose highest column is the border
    maps[8] = np.linspace(0.1, 1, height)[:, None]
    maps[9, 5, :] = 0.7  # a line
    maps[10, :, 6] = 0.7
    maps[11, 1, 1] = maps[12, 2, 2] = maps[13, height - 2, width - 2] = maps[14, height - 3, width - 3] = 1
    maps[15, 8, 9] = 1e-12
    return maps


def heatmaps(name: str) -> npt.NDArray[np.float32]:
    """(N, 17, H, W) of ``HEATMAP_CASES``."""
    rng = np.random.RandomState(sum(map(ord, name)))
    if name == "people":  # as from a trained network: smooth peaks, some weak, some noise
        maps = [_peaks(rng, (64, 48), 2, -3) * rng.uniform(0.05, 1, (NUM_JOINTS, 1, 1)) for _ in range(4)]
        return (np.array(maps) + rng.normal(0, 0.01, (4, NUM_JOINTS, 64, 48))).astype(np.float32)
    if name == "large":
        return np.array([_peaks(rng, (96, 72), 3, 2)]).astype(np.float32)
    if name == "two peaks":
        both = [_peaks(rng, (64, 48), 2, 0) + 0.9 * _peaks(rng, (64, 48), 2, 0) for _ in range(2)]
        return np.array(both).astype(np.float32)
    if name == "noise":
        return rng.normal(0.2, 1, (2, NUM_JOINTS, 32, 24)).astype(np.float32)
    if name == "borders":
        return np.array([_border_peaks(32, 24)]).astype(np.float32)
    return np.array([_ties_and_blanks(32, 24)]).astype(np.float32)


HEATMAP_CASES = ("people", "large", "two peaks", "noise", "borders", "ties")


def heatmap_boxes_xyxy(count: int) -> npt.NDArray[np.float64]:
    """(count, 4) boxes that the heatmaps belong to."""
    return boxes_xyxy()[:count]


@dataclass(frozen=True)
class People:
    """Poses of one image, some duplicated, before rescoring."""

    joints_xy: npt.NDArray[np.float64]
    joint_scores: npt.NDArray[np.float64]
    boxes_xyxy: npt.NDArray[np.float64]
    box_scores: npt.NDArray[np.float64]


def people(case: int) -> People:
    """Image ``case`` of ``PEOPLE_CASES``: 1 to 30 people with distinct box scores."""
    rng = np.random.RandomState(100 + case)
    count = (1, 2, 5, 12, 30, 30)[case]
    low = rng.uniform(0, 800, (count, 2))
    size = rng.uniform(40, 400, (count, 2))
    unit = rng.uniform(0, 1, (count, NUM_JOINTS, 2))
    for double in range(1, count, 2):  # every other one is a perturbed copy of the previous one
        shake = 10.0 ** rng.uniform(-3, -0.5)
        low[double], size[double] = low[double - 1] + shake * 10, size[double - 1] * (1 + shake)
        unit[double] = unit[double - 1] + rng.normal(0, shake, (NUM_JOINTS, 2))
    scores = rng.uniform(-0.1, 1, (count, NUM_JOINTS))
    if count > 4:
        scores[3] = 0.15  # no joint above the threshold: the pose scores 0
        scores[4, :5] = 0.2  # exactly at the threshold
    xy = low[:, None] + unit * size[:, None]
    return People(xy, scores, np.concatenate([low, low + size], axis=1), rng.uniform(0.1, 1, count))


PEOPLE_CASES = range(6)


def bumps(*places: tuple[float, float, float]) -> npt.NDArray[np.float32]:
    """(48, 36) maximum of Gaussians at (x, y) with given height."""
    rows, columns = np.mgrid[:48, :36]
    each = [h * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8) for x, y, h in places]
    return np.asarray(np.max(each, axis=0), dtype=np.float32)
