"""Tracks that look like nobody: short, or of low score."""

from __future__ import annotations

import numpy as np

from posetrack.structures import BoolArray, IntArray
from posetrack.tracking.linking.config import GlobalLinkingConfig
from posetrack.tracking.linking.tracklets import Tracklets


def plausible(poses: Tracklets, config: GlobalLinkingConfig, shot_frames: IntArray) -> BoolArray:
    """(M,) whether each pose's track stays.

    In a short shot (``shot_frames`` (S,) frames) nobody can be seen for long: a quarter of it is enough there. Length
    and mean score are of the whole track.

    That a false person is part of the background and so keeps still was asked too, of tracks that score little: on
    SynthTrack it took people who stand, and the false ones scored less than any of them.
    """
    keep = np.ones(len(poses), dtype=bool)
    typical = float(np.median(poses.scores)) if len(poses) else 0.0
    for a, b in zip(poses.starts.tolist(), (poses.ends + 1).tolist(), strict=True):
        least = min(config.min_poses, 1 + int(shot_frames[poses.shot[a]]) // 4)
        keep[a:b] = b - a >= least and float(poses.scores[a:b].mean()) >= config.min_score * typical
    return keep
