"""Measure how each filter changes mAP, MOTA and jitter, on simulated crowds and on people who walk, talk or do sport.

    python benchmarks/smoothing.py [--seeds 2001 2002] [--groups crowds people] [--ids true tracker]
    python benchmarks/smoothing.py --plot docs/images/smoothing_joint.png

Prints for each noise level and filter: PoseTrack's mAP and MOTA with their gains, the mean acceleration error in head
sizes per frame squared with the percentage that remains, the lag in frames and milliseconds per frame. Groups are
``crowds`` (all scenarios of the simulation), ``people`` (walk, talk, sport), or a single scenario or kind. Ids are the
true ones or the default tracker's. Settings were chosen on seeds 1 and 2.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from conditions import CONDITIONS
from smoothing_data import pairs_of
from smoothing_measures import Method, measure
from smoothing_plot import draw_example

from posetrack.smoothing import (
    AutoConfig,
    ButterworthConfig,
    FixedLagConfig,
    GaussianConfig,
    KalmanConfig,
    MedianConfig,
    MirrorConfig,
    NoSmoothingConfig,
    OneEuroConfig,
    OnlineConfig,
    OnlineSmoother,
    SavitzkyGolayConfig,
    SmoothingConfig,
    repair_swaps,
    smooth_frames,
)
from posetrack.structures import POSETRACK18, FramePoses
from posetrack.structures.tracks import tracks_of, with_track_joints


def offline(config: SmoothingConfig, frames: Sequence[FramePoses], fps: float) -> list[FramePoses]:
    """Smooth all frames at once."""
    return smooth_frames(frames, config, POSETRACK18, fps)


def live(config: OnlineConfig, frames: Sequence[FramePoses], fps: float) -> list[FramePoses]:
    """Smooth frame by frame."""
    smoother = OnlineSmoother(config, POSETRACK18, fps)
    ready = [poses for frame in frames for poses in smoother.update(frame)]
    return ready + smoother.flush()


def only_repair(frames: Sequence[FramePoses], fps: float) -> list[FramePoses]:
    """Repair left-right swaps without smoothing."""
    return with_track_joints(frames, repair_swaps(tracks_of(frames), MirrorConfig(), POSETRACK18, fps))


# Name, method, number of frames of delay.
METHODS: tuple[tuple[str, Method, int], ...] = (
    ("none", partial(offline, NoSmoothingConfig()), 0),
    ("swap repair only", only_repair, 0),
    ("auto, no repair", partial(offline, AutoConfig(mirror=MirrorConfig(enabled=False))), 0),
    *((c.kind, partial(offline, c), 0) for c in (
        AutoConfig(), KalmanConfig(), ButterworthConfig(), GaussianConfig(), SavitzkyGolayConfig(), MedianConfig(),
        OneEuroConfig(),
    )),
    ("one-euro, live", partial(live, OneEuroConfig(beta=18, speed_cutoff_hz=3, both_ways=False)), 0),
    *((f"fixed-lag {n}, live", partial(live, FixedLagConfig(lag_frames=n)), n) for n in (0, 2, 4)),
)  # fmt: skip


def print_table(group: str, ids: str, seeds: Sequence[int]) -> None:
    """Print one table, with a row for each noise level and method."""
    print(f"\n{group}, ids of the {'ground truth' if ids == 'true' else 'default tracker'}")
    print(f"{'noise':10}{'filter':20}{'mAP':>7}{'':7}{'MOTA':>7}{'':7}{'jitter':>8}{'left':>6}{'lag':>6}{'ms/frame':>9}")
    for condition in CONDITIONS:
        pairs = pairs_of(group, condition, seeds, ids)
        before = None
        for name, method, waits in METHODS:
            effect = measure(pairs, method)
            before = before or effect
            print(f"{condition.name:10}{name:20}{effect.ap:7.2f}{effect.ap - before.ap:+7.2f}{effect.mota:7.2f}"
                  f"{effect.mota - before.mota:+7.2f}{effect.jitter:8.4f}{100 * effect.jitter / before.jitter:5.0f}%"
                  f"{effect.lag + waits:6.1f}{effect.ms:9.2f}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[2001, 2002])
    parser.add_argument("--groups", nargs="+", default=["crowds", "people"])
    parser.add_argument("--ids", nargs="+", choices=("true", "tracker"), default=["true", "tracker"])
    parser.add_argument("--plot", metavar="PATH", help="draw a joint before and after smoothing instead")
    options = parser.parse_args()
    if options.plot:
        draw_example(options.plot)
        return
    for ids in options.ids:
        for group in options.groups:
            print_table(group, ids, options.seeds)


if __name__ == "__main__":
    main()
