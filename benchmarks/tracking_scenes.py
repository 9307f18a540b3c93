"""Simulated crowds with an estimator's output, and metrics of a tracker's output against the ground truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from conditions import Condition

from posetrack.evaluation import count_sequence, merge_counts
from posetrack.evaluation.tracking_measures import count_tracking, merge_tracking
from posetrack.structures import FramePoses, SequencePoses
from posetrack.synthetic.simulation import (
    SCENARIOS,
    DetectedFrame,
    Simulation,
    detect,
    every_nth,
    simulate,
    truth_of,
    without_doubles,
)

TUNING_SEEDS = range(1, 21)  # settings are chosen on these, results are reported on others
TEST_SEEDS = (2001, 2002)
DUPLICATE_OKS = 0.5  # of two poses more similar than this only the better is kept, for trackers that do not do it
JOINT_THRESHOLD = 0.3  # lower-scoring joints are dropped from every tracker's output; MOTA counts each wrong joint


@dataclass(frozen=True, eq=False)
class Case:
    """One sequence.

    Attributes:
        truth: ground truth, following the requested annotation convention.
        frames: the detected poses, including duplicates.
        distinct: the same without duplicates (``DUPLICATE_OKS``).
        simulation: the exact sequence.
        every: frame t of the case is frame ``t * every`` of the simulation.
    """

    truth: SequencePoses
    frames: Sequence[DetectedFrame]
    distinct: Sequence[DetectedFrame]
    simulation: Simulation
    every: int

    @property
    def fps(self) -> float:
        """Frames per second of the case."""
        return self.simulation.fps / self.every


@lru_cache(maxsize=512)
def _simulated(scenario: str, seed: int) -> Simulation:
    return simulate(scenario, seed)


@lru_cache(maxsize=4096)
def case_of(scenario: str, seed: int, condition: Condition, annotate: str) -> Case:
    """Return a sequence of a scenario; the same arguments give the same sequence."""
    simulation = _simulated(scenario, seed)
    truth = truth_of(simulation, annotate, condition.every)  # type: ignore[arg-type]
    frames = every_nth(detect(simulation, condition.level), condition.every)
    distinct = [without_doubles(frame, DUPLICATE_OKS) for frame in frames]
    return Case(truth, frames, distinct, simulation, condition.every)


def cases_of(condition: Condition, seeds: Iterable[int], annotate: str, scenarios: Iterable[str] = SCENARIOS) -> list[Case]:
    """Return all scenarios with all seeds."""
    return [case_of(scenario, seed, condition, annotate) for seed in seeds for scenario in scenarios]


@dataclass(frozen=True)
class Figures:
    """Metrics in percent; switches are ID switches of joints divided by 15, approximately those of persons."""

    mota: float
    idf1: float
    hota: float
    switches: float

    @property
    def total(self) -> float:
        """The objective for choosing settings."""
        return (self.mota + self.idf1 + self.hota) / 3


def figures_of(cases: Sequence[Case], tracked: Sequence[Sequence[FramePoses]]) -> Figures:
    """Compute PoseTrack's MOTA, and IDF1 and HOTA of the joints, over all sequences together."""
    pairs = [
        (case.truth, replace(case.truth, frames=tuple(frames), ignore_regions=()))
        for case, frames in zip(cases, tracked, strict=True)
    ]
    more = merge_tracking(count_tracking(truth, found) for truth, found in pairs).result()
    return Figures(
        mota=merge_counts([count_sequence(truth, found) for truth, found in pairs]).result().mota_total,
        idf1=float(more.identity.idf1[-1]),
        hota=float(np.mean(more.joints.hota[:, -1])),
        switches=float(more.identity.switches[-1]) / 15,
    )
