"""Detect false-positive tracks: short, low-scoring, or static with a low score."""

from __future__ import annotations

import numpy as np

from posetrack.structures import BoolArray, IntArray
from posetrack.tracking.linking.config import GlobalLinkingConfig
from posetrack.tracking.linking.tracklets import Tracklets

STILL_FRAMES = 25  # in fewer frames nobody moves far


def plausible(poses: Tracklets, config: GlobalLinkingConfig, shot_frames: IntArray) -> BoolArray:
    """(M,) whether each pose's track is kept.

    Length and mean score are those of the whole track. In a short shot (``shot_frames`` (S,) frames per shot) nobody
    can be seen for long, so a quarter of its length suffices. False positives are usually part of the background: a
    track is static if 90 % of its poses are within ``still_sizes`` of the median position and its median step is at
    most ``still_step``. This is not checked in shots of fewer than ``STILL_FRAMES`` frames.
    """
    keep = np.ones(len(poses), dtype=bool)
    typical = float(np.median(poses.scores)) if len(poses) else 0.0
    for a, b in zip(poses.starts.tolist(), (poses.ends + 1).tolist(), strict=True):
        score = float(poses.scores[a:b].mean())
        frames = int(shot_frames[poses.shot[a]])
        least = min(config.min_poses, 1 + frames // 4)
        good = b - a >= least and score >= config.min_score * typical
        if good and score < config.still_score * typical and frames >= STILL_FRAMES:
            good = not _keeps_still(poses, slice(a, b), config)
        keep[a:b] = good
    return keep


def _keeps_still(poses: Tracklets, part: slice, config: GlobalLinkingConfig) -> bool:
    known = ~np.isnan(poses.centre[part, 0])
    centre, frame = poses.centre[part][known], poses.frame[part][known]
    if len(centre) < 2:
        return True
    size = float(np.median(poses.size[part]))
    way = np.linalg.norm(centre - np.median(centre, axis=0), axis=1)
    steps = np.linalg.norm(np.diff(centre, axis=0), axis=1) / np.diff(frame)
    return bool(np.percentile(way, 90) <= config.still_sizes * size and np.median(steps) <= config.still_step * size)
