"""Split tracks where they may have switched person: at jumps, and at encounters where swapping fits better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.geometry import box_iou
from posetrack.structures import BoolArray, FloatArray, IntArray
from posetrack.tracking.linking.config import GlobalLinkingConfig
from posetrack.tracking.linking.cost import costs, sides
from posetrack.tracking.linking.likeness import usual_likeness
from posetrack.tracking.linking.tracklets import Tracklets

_MIN_SIDE = 3  # minimum number of poses before and after an encounter to judge it


@dataclass(frozen=True, eq=False)
class Split:
    """Tracklets after splitting.

    Attributes:
        poses: the same poses in more tracklets.
        apart: (C, 2) tracklets split from one another, earlier first.
    """

    poses: Tracklets
    apart: IntArray


def split(poses: Tracklets, config: GlobalLinkingConfig, sigmas: FloatArray) -> Split:
    """Split tracklets at jumps and at encounters where two people were swapped."""
    if not len(poses):
        return Split(poses, np.zeros((0, 2), dtype=np.int64))
    exchanged = _exchanges(poses, config, sigmas)
    cut = np.zeros(len(poses), dtype=bool)
    cut[poses.starts] = True
    cut |= _jumps(poses, config.jump)
    cut[exchanged] = True
    key = np.cumsum(cut) - 1
    label = poses.labels_of(key)
    return Split(poses.relabelled(label), np.stack([label[exchanged - 1], label[exchanged]], axis=1))


def _jumps(poses: Tracklets, jump: float) -> BoolArray:
    """(M,) whether the step to this pose is too large for one person."""
    same = np.r_[False, np.diff(poses.label) == 0]
    step = np.zeros_like(poses.centre)
    step[1:] = np.diff(poses.centre, axis=0)
    step[~same] = 0.0
    gap = np.maximum(np.r_[1, np.diff(poses.frame)], 1)
    pace = step / gap[:, None]
    # Expected: the previous pace or the next one (a person who turns deviates from only one of them).
    earlier, later = np.roll(pace, 1, axis=0), np.roll(pace, -1, axis=0)
    off = np.minimum(*(np.linalg.norm(step - p * gap[:, None], axis=1) for p in (earlier, later)))
    off = np.minimum(off, np.linalg.norm(step, axis=1))
    return np.asarray(same & (off > jump * poses.size * np.sqrt(gap)))


def _exchanges(poses: Tracklets, config: GlobalLinkingConfig, sigmas: FloatArray) -> IntArray:
    """(C,) poses before which a tracklet is cut because its continuation fits the other person better."""
    starts, ends = poses.starts, poses.ends
    usual = usual_likeness(poses)
    cuts: set[int] = set()
    for a, b, first, last in _meetings(poses, config.meeting_iou):
        runs = [_around(poses, starts[x], ends[x], first, last, config.window) for x in (a, b)]
        if (runs[0][0] is None or runs[1][0] is None) or (runs[0][1] is None and runs[1][1] is None):
            continue
        before = [run[0] for run in runs if run[0] is not None]
        after = [run[1] for run in runs if run[1] is not None]
        who = [x for x, run in zip((a, b), runs, strict=True) if run[1] is not None]
        (b0, b1), (a0, a1) = np.array(before).T, np.array(after).T
        old, new = sides(poses, b0, b1, b1), sides(poses, a0, a1, a0)
        grid = np.array([(i, j) for i in range(2) for j in range(len(after))])
        cost = costs(poses, old, new, grid, config, sigmas, usual).reshape(2, len(after))
        kept = [(a, b).index(x) for x in who]
        stay = sum(cost[i, j] for j, i in enumerate(kept))
        swap = sum(cost[1 - i, j] for j, i in enumerate(kept))
        if swap + config.swap_margin < stay:
            middle = (first + last) // 2
            cuts.update(_first_after(poses, starts[x], ends[x], middle) for x in who)
    return np.array(sorted(cuts), dtype=np.int64)


def _meetings(poses: Tracklets, iou: float) -> list[tuple[int, int, int, int]]:
    """(a, b, first position, last position) of encounters (overlapping boxes); breaks of up to 4 frames are bridged."""
    order = np.argsort(poses.position, kind="stable")
    bounds = np.flatnonzero(np.diff(poses.position[order])) + 1
    open_: dict[tuple[int, int], list[list[int]]] = {}
    for group in np.split(order, bounds):
        if len(group) < 2:
            continue
        boxes = np.nan_to_num(poses.boxes[group])
        i, j = np.nonzero(np.triu(box_iou(boxes, boxes) > iou, 1))
        at = int(poses.position[group[0]])
        for x, y in zip(poses.label[group[i]].tolist(), poses.label[group[j]].tolist(), strict=True):
            spans = open_.setdefault((min(x, y), max(x, y)), [])
            if spans and at - spans[-1][1] <= 5:
                spans[-1][1] = at
            else:
                spans.append([at, at])
    return [(a, b, s, e) for (a, b), spans in sorted(open_.items()) for s, e in spans]


def _around(
    poses: Tracklets, start: int, end: int, first: int, last: int, window: int
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """The runs of poses before and after positions ``first``..``last``; None = too few."""
    inside = poses.position[start : end + 1]
    low = start + int(np.searchsorted(inside, first))
    high = start + int(np.searchsorted(inside, last, side="right"))
    before = (max(start, low - window), low - 1) if low - start >= _MIN_SIDE else None
    after = (high, min(end, high + window - 1)) if end + 1 - high >= _MIN_SIDE else None
    return before, after


def _first_after(poses: Tracklets, start: int, end: int, position: int) -> int:
    """The first pose after the position, but never the tracklet's first."""
    at = start + int(np.searchsorted(poses.position[start : end + 1], position, side="right"))
    return max(at, start + 1)
