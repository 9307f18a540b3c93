"""What a cosine of appearance says of the people of this sequence: learned from tracks that are surely of one person or two.

A tracklet's beginning and end show one person, two tracklets in one frame show two. How alike those are differs from
network to network and from crowd to crowd (teams), so that a fixed scale would be wrong somewhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.tracking.linking.tracklets import Tracklets

WINDOW = 5  # poses whose appearance is averaged
LEAST = 3  # of either kind without which nothing is said
LEAST_CONTRAST = 0.1  # between the mean cosines of one person and of two
MOST_TRACKLETS = 400  # the longest are looked at


class Usual(NamedTuple):
    """Mean cosine of the appearance of two people, and of one at two times."""

    two_people: float
    one_person: float


def usual_likeness(poses: Tracklets) -> Usual | None:
    """What is usual in this sequence; None = the appearance tells nothing here."""
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
    """0 = as alike as two people are, 1 = as one is to himself."""
    return np.asarray(np.clip((cosine - usual.two_people) / (usual.one_person - usual.two_people), 0.0, 1.0))


def _mean_looks(poses: Tracklets, first: IntArray) -> FloatArray:
    """(P, D) unit vectors of the windows that begin at ``first`` (P,); 0 = nothing is known."""
    mean = poses.looks[first[:, None] + np.arange(WINDOW)].mean(axis=1)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12))


def _in_one_frame(poses: Tracklets, starts: IntArray, ends: IntArray) -> FloatArray:
    """(P, P) above the diagonal: whether two tracklets share time, and so are two people."""
    begin, end = poses.position[starts], poses.position[ends]
    shared = (begin[:, None] <= end[None]) & (begin[None] <= end[:, None])
    return np.triu(shared, 1)
