"""Choose settings on the tuning seeds, one parameter at a time, keeping the best value.

The objective is the mean of MOTA, IDF1 and HOTA over all conditions (three noise levels, and medium noise at a quarter
of the frame rate): one set of settings for all of them, for every tracker. Stops when a round changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from conditions import CONDITIONS
from tracking_exchange import PublicPythons, Settings, track_public
from tracking_methods import DEFAULT, LINKED, Ours
from tracking_public import PACKAGES
from tracking_scenes import Case, cases_of, figures_of

from posetrack.synthetic.simulation import SCENARIOS

Evaluate = Callable[[Sequence[Settings]], list[float]]
Grid = dict[str, tuple[Any, ...]]

_SCORES = (0.35, 0.4, 0.45, 0.5)
_HITS = (1, 2, 3)
_BUFFERS = (30, 60, 90)
_OVERLAPS = (0.05, 0.1, 0.2, 0.3)
_KINDS = ("IoU", "BIoU", "GIoU")
_TWO_STAGES: Grid = {
    "min_score": (0.2, 0.3, 0.4), "high_conf_det_threshold": _SCORES, "track_activation_threshold": (0.4, 0.45, 0.5),
    "minimum_consecutive_frames": _HITS, "lost_track_buffer": _BUFFERS,
}  # fmt: skip
_BOT_SORT: Grid = {
    **_TWO_STAGES, "minimum_iou_threshold_first_assoc": (0.02, *_OVERLAPS), "iou": _KINDS,
    "minimum_iou_threshold_second_assoc": (0.2, 0.3, 0.5), "minimum_iou_threshold_unconfirmed_assoc": (0.05, 0.1, 0.3),
}  # fmt: skip
GRIDS: dict[str, Grid] = {
    "SORT": {
        "min_score": _SCORES, "minimum_consecutive_frames": _HITS, "lost_track_buffer": _BUFFERS,
        "minimum_iou_threshold": _OVERLAPS, "iou": _KINDS,
    },
    "ByteTrack": {**_TWO_STAGES, "minimum_iou_threshold": _OVERLAPS, "iou": _KINDS},
    "OC-SORT": {
        "high_conf_det_threshold": _SCORES, "minimum_consecutive_frames": _HITS, "lost_track_buffer": _BUFFERS,
        "minimum_iou_threshold": _OVERLAPS, "iou": _KINDS, "direction_consistency_weight": (0.0, 0.2, 0.4),
        "delta_t": (1, 3, 5),
    },
    "BoT-SORT": _BOT_SORT,
    "C-BIoU": {
        **{name: values for name, values in _BOT_SORT.items() if name != "iou"},
        "buffer_ratio_first": (0.1, 0.3, 0.5), "buffer_ratio_second": (0.3, 0.5, 0.7),
    },
    "norfair OKS": {
        "min_score": _SCORES, "distance_threshold": (0.6, 0.7, 0.8, 0.9, 0.95), "hit_counter_max": (10, 20, 40, 60),
        "initialization_delay": (0, 1, 2, 4), "joint_score": (0.0, 0.2, 0.3, 0.4), "R": (1.0, 4.0, 16.0),
        "Q": (0.03, 0.1, 0.3, 1.0), "pointwise_hit_counter_max": (4, 10),
    },
    "default": {
        "match_threshold": (0.05, 0.1, 0.15, 0.2), "oks_weight": (0.3, 0.5, 0.7), "max_gap_frames": (15, 25, 40, 60),
        "pose_threshold": (0.15, 0.2, 0.25, 0.3, 0.35), "new_track_threshold": (0.3, 0.35, 0.4, 0.45, 0.5),
        "confirm_after": (1, 2, 3), "velocity_share": (0.2, 0.3, 0.4, 0.6), "velocity_fading": (0.85, 0.9, 0.95, 0.97, 1.0),
        "widening": (0.0, 0.02, 0.05), "duplicate_oks": (0.4, 0.5, 0.6),
    },
    "linking": {
        "max_cost": (1.0, 1.5, 2.0, 3.0), "max_gap_frames": (30, 60, 100), "min_poses": (3, 5, 8, 12),
        "min_score": (0.3, 0.35, 0.4, 0.45), "still_score": (0.4, 0.5, 0.6), "drift": (0.15, 0.25, 0.4),
        "swap_margin": (0.7, 1.0, 1.5), "fading": (0.8, 0.9, 0.95), "max_fill_frames": (5, 10, 20),
        "fill_score": (0.5, 0.8),
    },
}  # fmt: skip
GRIDS["norfair mean"] = {**GRIDS["norfair OKS"], "distance_threshold": (0.1, 0.2, 0.3, 0.4, 0.6)}
_START: Settings = {
    "min_score": 0.4, "high_conf_det_threshold": 0.45, "track_activation_threshold": 0.45, "lost_track_buffer": 60,
    "minimum_consecutive_frames": 2,
}  # fmt: skip
STARTS: dict[str, Settings] = {
    "SORT": {
        "min_score": 0.4, "track_activation_threshold": 0.4, "lost_track_buffer": 90, "minimum_iou_threshold": 0.05,
        "minimum_consecutive_frames": 1,
    },
    "ByteTrack": {**_START, "minimum_iou_threshold": 0.05, "lost_track_buffer": 90, "iou": "BIoU"},
    "BoT-SORT": _START,
    "C-BIoU": _START,
    "OC-SORT": {"min_score": 0.3, "high_conf_det_threshold": 0.45, "lost_track_buffer": 60, "minimum_iou_threshold": 0.1},
    "norfair OKS": {"min_score": 0.45, "joint_score": 0.3, "distance_threshold": 0.9, "initialization_delay": 1},
    "norfair mean": {
        "min_score": 0.45, "joint_score": 0.4, "distance_threshold": 0.3, "initialization_delay": 1,
        "hit_counter_max": 60, "R": 1.0, "Q": 0.03,
    },
}  # fmt: skip


def tune(
    name: str, seeds: Iterable[int], annotate: str, pythons: PublicPythons, rounds: int, scenarios: Iterable[str] = SCENARIOS
) -> Settings:
    """Return the best settings found; prints each improvement.

    Raises:
        ValueError: the tracker's package is not installed.
    """
    groups = [cases_of(condition, seeds, annotate, scenarios) for condition in CONDITIONS]
    evaluate = _evaluator(name, groups, pythons)
    best: Settings = dict(STARTS.get(name, {}))
    score = evaluate([best])[0]
    print(f"{name}: {score:.3f} {best}", flush=True)
    for _ in range(rounds):
        before = score
        for parameter, values in GRIDS[name].items():
            tried = [{**best, parameter: value} for value in values if best.get(parameter) != value]
            scores = evaluate(tried)
            if tried and max(scores) > score + 1e-6:
                score, best = max(scores), tried[int(np.argmax(scores))]
                print(f"{name}: {score:.3f} {best}", flush=True)
        if score == before:
            break
    return best


def _evaluator(name: str, groups: list[list[Case]], pythons: PublicPythons) -> Evaluate:
    if name in ("default", "linking"):
        return lambda tried: [_ours(name, settings, groups) for settings in tried]
    python = pythons.of(name)
    if python is None:
        package = next(package for package, names in PACKAGES.items() if name in names)
        raise ValueError(f"{name} needs the package {package}, see the top of benchmarks/tracking_public.py")

    def evaluate(tried: Sequence[Settings]) -> list[float]:
        if not tried:
            return []
        requests = [(name, settings) for settings in tried]
        scores = [
            [figures_of(cases, tracked).total for tracked, _ in track_public(python, cases, requests)] for cases in groups
        ]
        return [float(np.mean(column)) for column in zip(*scores, strict=True)]

    return evaluate


def _ours(name: str, settings: Settings, groups: list[list[Case]]) -> float:
    try:
        if name == "linking":
            method = Ours(DEFAULT, linking=replace(LINKED, **settings))
        else:
            method = Ours(replace(DEFAULT, **settings))
    except ValueError:  # mutually exclusive thresholds
        return -np.inf
    return float(np.mean([figures_of(cases, [method.track(case) for case in cases]).total for cases in groups]))
