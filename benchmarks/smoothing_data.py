"""Tracked poses to smooth, with ground truth: simulated crowds, and people who walk, talk and do sport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import smoothing_scenes
from conditions import Condition
from tracking_methods import with_looks

from posetrack.structures import POSETRACK18, FramePoses, SequencePoses
from posetrack.synthetic.simulation import SCENARIOS, DetectedFrame, detect, every_nth, simulate, truth_of
from posetrack.tracking import FrameContext, Tracker, TrackerConfig

PEOPLE = ("walk", "talk", "sport")


@dataclass(frozen=True, eq=False)
class Pair:
    """Ground truth and tracked poses of a sequence; ``true_ids`` = both have the same ids."""

    truth: SequencePoses
    noisy: SequencePoses
    true_ids: bool


def pairs_of(group: str, condition: Condition, seeds: Sequence[int], ids: str) -> list[Pair]:
    """Return the sequences of ``crowds`` (all scenarios), one scenario, ``people`` or one of ``PEOPLE``.

    Args:
        group: see above.
        condition: noise and frame rate.
        seeds: each gives one sequence of each kind.
        ids: ``true``, without false persons and duplicates, or ``tracker``, the default tracker's, with them.
    """
    names = {"crowds": tuple(SCENARIOS), "people": PEOPLE}.get(group, (group,))
    make = crowd if names[0] in SCENARIOS else people
    return [make(name, condition, seed, ids) for name in names for seed in seeds]


@lru_cache(maxsize=256)
def crowd(scenario: str, condition: Condition, seed: int, ids: str) -> Pair:
    """Return a simulated crowd, annotated as in PoseTrack."""
    simulation = simulate(scenario, seed)
    truth = truth_of(simulation, "visible", condition.every)
    found = every_nth(detect(simulation, condition.level), condition.every)
    frames = [_owned(frame) for frame in found] if ids == "true" else _tracked(found)
    if ids == "true":
        truth = replace(truth, ignore_regions=())
    return Pair(truth, replace(truth, frames=tuple(frames), ignore_regions=()), ids == "true")


@lru_cache(maxsize=256)
def people(kind: str, condition: Condition, seed: int, ids: str) -> Pair:
    """Return one of ``smoothing_scenes``; the whole scene is generated at the lower frame rate."""
    case = smoothing_scenes.make_case(kind, condition.level, seed, 200 // condition.every, 4, 25.0 / condition.every)
    if ids == "true":
        return Pair(case.truth, case.noisy, True)
    tracker = Tracker(TrackerConfig(), POSETRACK18)
    frames = tuple(tracker.update(frame.with_tracks(np.full(len(frame), -1))) for frame in case.noisy.frames)
    return Pair(case.truth, replace(case.noisy, frames=frames), False)


def _owned(frame: DetectedFrame) -> FramePoses:
    """Return only real people, each once, with their true ids."""
    owners = frame.persons
    real = np.flatnonzero(owners >= 0)
    _, first = np.unique(owners[real], return_index=True)
    kept = real[np.sort(first)]
    return frame.poses.select(kept).with_tracks(owners[kept])


def _tracked(found: Sequence[DetectedFrame]) -> list[FramePoses]:
    tracker = Tracker(TrackerConfig(), POSETRACK18)
    return [tracker.update(with_looks(f), FrameContext(camera=f.camera)) for f in found]
