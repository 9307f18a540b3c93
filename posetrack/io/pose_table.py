"""Checks and extents of all poses of a file at once, for the readers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import NO_TRACK, FloatArray, PoseColumns

Regions = tuple[tuple[FloatArray, ...], ...]


def check_tracks(poses: PoseColumns, path: str, place: Callable[[int], str]) -> None:
    """Raise FormatError if two poses of a frame have the same track id.

    Args:
        poses: in file order, which need not be frame order.
        path: the file.
        place: describes the pose at an index.
    """
    order = np.lexsort((poses.track_ids, poses.frame))
    ids, frames = poses.track_ids[order], poses.frame[order]
    same = (ids[1:] == ids[:-1]) & (frames[1:] == frames[:-1]) & (ids[1:] != NO_TRACK)
    if same.any():
        at = int(np.argmax(same))
        first, second = sorted((int(order[at]), int(order[at + 1])))
        raise FormatError(
            f"{path}: frame {frames[at]}: {place(first)} and {place(second)} have the same track_id {ids[at]}, "
            "expected every id once per frame; give one of them another id"
        )


def extent_hw(poses: PoseColumns, regions: Regions) -> tuple[int, int]:
    """Height and width of the smallest image that contains all poses and regions; at least 1 x 1."""
    points = [poses.joints_xy.reshape(-1, 2), poses.boxes_xyxy.reshape(-1, 2), poses.head_boxes_xyxy.reshape(-1, 2)]
    points += [polygon for frame in regions for polygon in frame]
    corner = np.nanmax(np.concatenate([*points, np.zeros((1, 2))]), axis=0)
    return math.floor(max(corner[1], 0.0)) + 1, math.floor(max(corner[0], 0.0)) + 1
