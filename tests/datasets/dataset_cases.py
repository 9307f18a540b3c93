"""Inputs of the recorded training targets and crops; numpy only, so that the recorder can import them."""

from __future__ import annotations

import numpy as np

NUM_JOINTS = 17
UPPER_JOINTS = tuple(range(11))  # in both COCO and PoseTrack18: all but hips, knees and ankles
ASPECT_WH = 0.75
# name -> (input width and height, sigma)
TARGETS = {"256x192": ((192, 256), 2), "384x288": ((288, 384), 3)}


def target_joints(input_wh: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Joints (6, 17, 2) inside, on the edges of and outside the input, and whether they are annotated (6, 17)."""
    rng = np.random.default_rng(11)
    joints = rng.uniform(-0.25, 1.25, (6, NUM_JOINTS, 2)) * input_wh
    reach = 4 * 7.0
    joints[0, :8] = [
        [0, 0], [-1.9, 5], [-2.1, 5], [-reach, 40], [-reach - 4, 40], [input_wh[0] + reach - 3, 40],
        [input_wh[0] - 0.5, input_wh[1] - 0.5], [50, input_wh[1] + reach],
    ]  # fmt: skip
    return joints, rng.random((6, NUM_JOINTS)) < 0.8


def people() -> tuple[np.ndarray, np.ndarray]:
    """Joints (40, 17, 2) in pixels, and whether they are annotated (40, 17): from all to hardly any."""
    rng = np.random.default_rng(12)
    joints = rng.uniform(0, 1, (40, NUM_JOINTS, 2)) * rng.uniform(20, 300, (40, 1, 2)) + 50
    return joints, rng.random((40, NUM_JOINTS)) < np.linspace(1.0, 0.1, 40)[:, None]
