"""Calibrate the appearance cosine for a sequence, from pairs known to be the same person or different people.

The beginning and end of a tracklet show the same person; two tracklets in one frame show different people. How similar
these are depends on the network and on the crowd (teams wear the same clothes), so no fixed scale would fit everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.tracking.linking.tracklets import Tracklets

WINDOW = 5  # poses whose appearance is averaged
LEAST = 3  # minimum number of pairs of either kind
LEAST_CONTRAST = 0.1  # minimum difference between the mean cosines of the two kinds
MOST_TRACKLETS = 400  # only the longest are used


class Usual(NamedTuple):
    """Mean appearance cosine between different people, and of one person at two times."""

    two_people: float
    one_person: float


def usual_likeness(poses: Tracklets) -> Usual | None:
    """The mean cosines in this sequence; None if appearance is not informative here."""
    if not poses.looks.shape[1] or not len(poses):
        return None
    starts, ends = poses.starts, poses.ends
    length = ends - starts + 1
    known = np.flatnonzero(length >= 2 * WINDOW)
    known = np.sort(known[np.argsort(-length[known], kind="stable")[:MOST_TRACKLETS]])
    first = _mean_looks(poses, starts[known])
    last = _mean_looks(poses, ends[known] - WINDOW + 1)
    told = (first != 0).any(axis=1) & (last != 0).any(axis=1)
    first, last, known = first[told], last[told], known[told]
    together = _in_one_frame(poses, starts[known], ends[known])
    if len(known) < LEAST or together.sum() < LEAST:
        return None
    one, two = float((first * last).sum(axis=1).mean()), float((first @ first.T)[together].mean())
    return Usual(two, one) if one - two >= LEAST_CONTRAST else None


def likeness(cosine: FloatArray, usual: Usual) -> FloatArray:
    """Rescale cosines: 0 = as similar as different people, 1 = as similar as one person to themselves."""
    return np.asarray(np.clip((cosine - usual.two_people) / (usual.one_person - usual.two_people), 0.0, 1.0))


def _mean_looks(poses: Tracklets, first: IntArray) -> FloatArray:
    """(P, D) unit mean vectors of the windows that begin at ``first`` (P,); 0 = unknown."""
    mean = poses.looks[first[:, None] + np.arange(WINDOW)].mean(axis=1)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12))


def _in_one_frame(poses: Tracklets, starts: IntArray, ends: IntArray) -> FloatArray:
    """(P, P) above the diagonal: whether two tracklets overlap in time, hence are different people."""
    begin, end = poses.position[starts], poses.position[ends]
    shared = (begin[:, None] <= end[None]) & (begin[None] <= end[:, None])
    return np.triu(shared, 1)
