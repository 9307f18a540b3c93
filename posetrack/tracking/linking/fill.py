"""Interpolate poses for frames in which a person was not seen, between the poses before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.tracking.linking.config import GlobalLinkingConfig
from posetrack.tracking.linking.tracklets import Tracklets

_MAX_LOG_SIZE = np.log(1.5)  # if the sizes at both ends differ by more, the gap is not filled


@dataclass(frozen=True, eq=False)
class Filled:
    """F interpolated poses, relative to the background.

    Attributes:
        position: (F,) position in the list of frames.
        label: (F,) the tracklet.
        xy: (F, K, 2); NaN where one of the ends has no joint.
        joint_scores: (F, K).
        scores: (F,).
        boxes: (F, 4).
    """

    position: IntArray
    label: IntArray
    xy: FloatArray
    joint_scores: FloatArray
    scores: FloatArray
    boxes: FloatArray


def fill(poses: Tracklets, frame_indices: IntArray, config: GlobalLinkingConfig) -> Filled:
    """Interpolate linearly over those gaps of each tracklet that are short enough and whose ends agree.

    Args:
        poses: joined tracklets.
        frame_indices: (T,) indices of the frames given; only these are filled.
        config: limits.
    """
    left = np.flatnonzero((np.diff(poses.label) == 0) & (np.diff(poses.position) > 1)) if len(poses) else _NONE
    right = left + 1
    gap = poses.frame[right] - poses.frame[left]
    way = np.linalg.norm(poses.centre[right] - poses.centre[left], axis=1)
    size = np.sqrt(poses.size[left] * poses.size[right])
    agree = np.abs(np.log(poses.size[left] / poses.size[right])) < _MAX_LOG_SIZE
    good = (gap - 1 <= config.max_fill_frames) & agree & (way <= config.max_fill_step * size * gap)
    left, right = left[good], right[good]
    count = poses.position[right] - poses.position[left] - 1
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    left, right = np.repeat(left, count), np.repeat(right, count)
    position = poses.position[left] + offset
    share = (frame_indices[position] - poses.frame[left]) / np.maximum(poses.frame[right] - poses.frame[left], 1)

    def between(values: FloatArray) -> FloatArray:
        part = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray((1 - part) * values[left] + part * values[right])

    xy = between(poses.xy)
    scores = config.fill_score * np.minimum(poses.joint_scores[left], poses.joint_scores[right])
    pose = config.fill_score * np.minimum(poses.scores[left], poses.scores[right])
    return Filled(position, poses.label[left], xy, scores, pose, between(poses.boxes))


_NONE = np.zeros(0, dtype=np.int64)
