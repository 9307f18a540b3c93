"""``tools/track.py --sweep``: which settings track best, according to a ground truth."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from posetrack.cli.common import print_table
from posetrack.errors import ConfigError, InputError
from posetrack.evaluation import count_sequence, merge_counts
from posetrack.evaluation.figure_table import Column, FigureTable
from posetrack.evaluation.tracking_measures import count_tracking, merge_tracking
from posetrack.io import convert_sequence, read_poses
from posetrack.pipeline.retrack import Untracked, retrack
from posetrack.pipeline.run_folder import JOURNAL
from posetrack.pipeline.track_config import TrackConfig
from posetrack.structures import POSETRACK18, SequencePoses

Grid = list[tuple[str, list[str]]]
SHOWN = 20  # best rows in the table


@dataclass(frozen=True)
class Outcome:
    """Figures of a combination of settings, percent; ``switches`` counts joints."""

    overrides: tuple[str, ...]
    mota: float
    idf1: float
    hota: float
    switches: int


def parse_sweep(text: str) -> tuple[str, list[str]]:
    """Parse ``key=v1,v2,...`` into the key and its values; raise ConfigError for anything else."""
    key, separator, values = text.partition("=")
    found = [value.strip() for value in values.split(",") if value.strip()]
    if not separator or not key.strip() or not found:
        raise ConfigError(f"--sweep {text}: expected key=v1,v2,..., such as tracker.max_gap_frames=5,15,30")
    return key.strip(), found


def sweep(
    load: Callable[..., TrackConfig], overrides: Sequence[str], grid: Grid, sequences: list[Untracked], gt: Path
) -> list[str]:
    """Try every combination, print the best ones, return the overrides of the one with the highest MOTA.

    Args:
        load: makes the configuration from ``overrides``.
        overrides: applied to all combinations.
        grid: settings and the values to try.
        sequences: sequences to track.
        gt: their ground truth, a file or a folder.
    """
    if gt.is_file() and len(sequences) > 1:
        raise InputError(
            f"--gt {gt} is one file, but there are {len(sequences)} sequences: give the folder with the ground truth "
            "for all of them"
        )
    truths = [_truth(one, gt) for one in sequences]
    tried = [[f"{key}={value}" for value in values] for key, values in grid]
    combinations = list(itertools.product(*tried))
    configs = [load(overrides=[*overrides, *combination]) for combination in combinations]
    outcomes = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for combination, config in zip(bar.track(combinations, description="trying"), configs, strict=True):
            outcomes.append(_judge(combination, config, sequences, truths))
    outcomes.sort(key=lambda outcome: -outcome.mota)
    print_table(_table(outcomes))
    return [*overrides, *outcomes[0].overrides]


def _truth(one: Untracked, gt: Path) -> SequencePoses:
    """Ground truth of a sequence: the file, or the one in the folder named after its file or itself (journals share one name)."""
    if gt.is_file():
        return read_poses(gt)
    of_a_run = one.source.suffix == Path(JOURNAL).suffix
    names = [one.info.name] if of_a_run else list(dict.fromkeys((one.source.stem, one.info.name)))
    for name in names:
        if (gt / f"{name}.json").is_file():
            return read_poses(gt / f"{name}.json")
    expected = " or ".join(f"{name}.json" for name in names)
    raise InputError(f"--gt {gt}: no ground truth for {one.source}, expected {expected} in this folder")


def _judge(
    overrides: tuple[str, ...], config: TrackConfig, sequences: list[Untracked], truths: list[SequencePoses]
) -> Outcome:
    official, measures = [], []
    for one, truth in zip(sequences, truths, strict=True):
        tracked = retrack(one, config)
        if tracked.skeleton != POSETRACK18:
            tracked = convert_sequence(tracked, POSETRACK18)
        official.append(count_sequence(truth, tracked))
        measures.append(count_tracking(truth, tracked))
    tracking = merge_tracking(measures).result()
    hota = tracking.joints.summary()["hota"]
    identity = tracking.identity
    mota = merge_counts(official).result().mota_total
    return Outcome(overrides, mota, float(identity.idf1[-1]), float(hota[-1]), int(identity.switches[-1]))


def _table(outcomes: list[Outcome]) -> FigureTable:
    rows = tuple(
        (" ".join(outcome.overrides), (outcome.mota, outcome.idf1, outcome.hota, outcome.switches))
        for outcome in outcomes[:SHOWN]
    )
    columns = (Column("MOTA", 2), Column("IDF1", 2), Column("HOTA", 2), Column("switches"))
    note = "Chosen on the data they are measured on: on other data the figures will be lower."
    return FigureTable(f"best {len(rows)} of {len(outcomes)} combinations, %", columns, rows, note)
