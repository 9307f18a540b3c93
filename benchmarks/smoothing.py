"""What each filter does to mAP, MOTA and trembling, on simulated crowds and on people who walk, talk and do sport.

    python benchmarks/smoothing.py [--seeds 100 101] [--scenes crowds|people|all]

Prints for each noise level and filter: mAP and MOTA of PoseTrack, the mean acceleration error in head sizes a frame
squared with what is left of it, and milliseconds a frame. Ids are those of the truth, so that the figures are of the
filters, not of a tracker.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import smoothing_scenes

from posetrack.evaluation import count_sequence, merge_counts
from posetrack.evaluation.jitter import count_jitter, merge_jitter
from posetrack.smoothing import (
    AutoConfig,
    ButterworthConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    SavitzkyGolayConfig,
    SmoothingConfig,
    smooth_frames,
)
from posetrack.structures import POSETRACK18, SequencePoses
from posetrack.synthetic.simulation import detect, simulate, truth_of

CROWDS = ("crossings", "dancers", "fast")
PEOPLE = ("walk", "talk", "sport")
CONFIGS: tuple[SmoothingConfig, ...] = (
    NoSmoothingConfig(), AutoConfig(), KalmanConfig(), OneEuroConfig(), OneEuroConfig(both_ways=False),
    GaussianConfig(), SavitzkyGolayConfig(), MedianConfig(), ButterworthConfig(),
)  # fmt: skip
Pair = tuple[SequencePoses, SequencePoses]


def crowd(scenario: str, level: str, seed: int) -> Pair:
    """Truth and degraded poses of a simulated crowd, false persons left out."""
    simulation = simulate(scenario, seed=seed)
    truth = truth_of(simulation, annotate="visible")
    frames = []
    for frame in detect(simulation, level):
        poses, owners = frame.poses, frame.persons
        real = np.flatnonzero((owners >= 0) & (owners < 1_000_000))
        _, first = np.unique(owners[real], return_index=True)  # of doubles the first
        kept = real[np.sort(first)]
        frames.append(poses.select(kept).with_tracks(owners[kept]))
    return truth, replace(truth, frames=tuple(frames), ignore_regions=())


def people(kind: str, level: str, seed: int) -> Pair:
    """Truth and degraded poses of one of ``smoothing_scenes``."""
    case = smoothing_scenes.make_case(kind, level, seed)
    return case.truth, case.noisy


def measure(pairs: Iterable[Pair], config: SmoothingConfig) -> tuple[float, float, float, float]:
    """mAP, MOTA, acceleration error in heads, milliseconds a frame."""
    counts, jitter, seconds, frames = [], [], 0.0, 0
    for truth, noisy in pairs:
        start = time.perf_counter()
        smoothed = smooth_frames(noisy.frames, config, POSETRACK18, noisy.info.fps)
        seconds += time.perf_counter() - start
        frames += len(smoothed)
        steady = replace(noisy, frames=tuple(smoothed))
        counts.append(count_sequence(truth, steady))
        jitter.append(count_jitter(truth, steady))
    result = merge_counts(counts).result()
    error = float(merge_jitter(jitter).result().acceleration_error_heads[-1])
    return result.map_total, result.mota_total, error, 1000 * seconds / frames


def name_of(config: SmoothingConfig) -> str:
    return config.kind + (" online" if isinstance(config, OneEuroConfig) and not config.both_ways else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101])
    parser.add_argument("--scenes", choices=("crowds", "people", "all"), default="all")
    options = parser.parse_args()
    print(f"{'scenes':12}{'noise':8}{'filter':18}{'mAP':>7}{'MOTA':>7}{'accel':>8}{'left':>6}{'ms/frame':>9}")
    sets = [("crowds", crowd, (name,)) for name in CROWDS] + [("people", people, (name,)) for name in PEOPLE]
    for group, make, names in sets:
        if options.scenes not in (group, "all"):
            continue
        for level in ("easy", "medium", "hard"):
            pairs = [make(name, level, seed) for name in names for seed in options.seeds]
            before = measure(pairs, NoSmoothingConfig())[2]
            for config in CONFIGS:
                ap, mota, error, ms = measure(pairs, config)
                print(f"{names[0]:12}{level:8}{name_of(config):18}{ap:7.2f}{mota:7.2f}{error:8.4f}"
                      f"{100 * error / before:5.0f}%{ms:9.2f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
