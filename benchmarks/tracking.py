"""Compare trackers on simulated crowds that none of them was tuned on.

    python benchmarks/tracking.py [--rows ours public baselines ablation] [--seeds 2001 2002] [--annotate all]
    python benchmarks/tracking.py --tune "BoT-SORT" [--seeds 1] [--rounds 1]
    python benchmarks/tracking.py --speed

Prints for three noise levels, and for medium noise at a quarter of the frame rate: PoseTrack's MOTA, IDF1 and HOTA of
the joints, ID switches, milliseconds per frame. All trackers get the same poses; duplicates (OKS > 0.5) are removed
beforehand (by the default tracker itself), and joints that score below 0.3 are dropped from every output. ``perfect
ids`` is the oracle. The time is processor time of association alone, on one core.

Public trackers run in separate environments, ``--public FOLDER`` with ``norfair/bin/python`` and
``trackers/bin/python``; see ``tracking_public.py`` for how to make them. Missing ones are skipped. Their settings
(``tracking_settings.py``) were found by ``--tune`` on tuning seeds only (from 1 to 20), as were the default tracker's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from conditions import CONDITIONS, Condition
from tracking_exchange import PublicPythons, track_public
from tracking_methods import ABLATIONS, BASELINES, CONFIGURATIONS, PERFECT, Track
from tracking_public import PACKAGES
from tracking_scenes import TEST_SEEDS, Case, Figures, cases_of, figures_of
from tracking_settings import PUBLIC
from tracking_speed import report_speed
from tracking_tune import GRIDS, tune

from posetrack.synthetic.simulation import SCENARIOS

ROWS = {"ours": CONFIGURATIONS, "baselines": BASELINES, "ablation": ABLATIONS}
_HEAD = "| tracker | MOTA | IDF1 | HOTA | switches | ms/frame |\n|---|---|---|---|---|---|"


def row(name: str, figures: Figures, milliseconds: float | None) -> str:
    """Return a row of the table."""
    time_cell = "" if milliseconds is None else f"{milliseconds:.2f}"
    return (
        f"| {name} | {figures.mota:.1f} | {figures.idf1:.1f} | {figures.hota:.1f} | {figures.switches:.0f} | {time_cell} |"
    )


def measured(track: Track, cases: Sequence[Case]) -> tuple[Figures, float]:
    """Return metrics and milliseconds per frame, excluding the simulation of the sequences."""
    start = time.process_time()
    tracked = [track(case) for case in cases]
    seconds = time.process_time() - start
    return figures_of(cases, tracked), 1000 * seconds / _frames(cases)


def our_rows(groups: Sequence[str], cases: Sequence[Case]) -> Iterator[str]:
    """Yield the rows of this project's configurations, and the oracle."""
    for group in groups:
        for name, method in ROWS.get(group, {}).items():
            yield row(name, *measured(method.track, cases))
    yield row("perfect ids", measured(PERFECT, cases)[0], None)


def public_rows(pythons: PublicPythons, cases: Sequence[Case]) -> Iterator[str]:
    """Yield the rows of the public trackers that are installed."""
    for package, names in PACKAGES.items():
        python = pythons.by_package[package]
        requests = [(name, PUBLIC[name]) for name in names if name in PUBLIC]
        if python is None:
            continue
        for (name, _), (tracked, seconds) in zip(requests, track_public(python, cases, requests), strict=True):
            yield row(name, figures_of(cases, tracked), 1000 * seconds / _frames(cases))


def _frames(cases: Sequence[Case]) -> int:
    return sum(len(case.frames) for case in cases)


def bench(
    conditions: Sequence[Condition], rows: Sequence[str], seeds: Sequence[int], annotate: str, pythons: PublicPythons
) -> None:
    """Print one table for each condition."""
    for package, python in pythons.by_package.items():
        if "public" in rows:
            found = f"{package} {pythons.version(package)}" if python else f"{package} is not installed: its rows are left out"
            print(found)
    for condition in conditions:
        cases = cases_of(condition, seeds, annotate)
        print(f"\n{condition.name}: {len(cases)} sequences, {_frames(cases)} frames, {annotate} joints annotated\n\n{_HEAD}")
        for line in our_rows(rows, cases):
            print(line, flush=True)
        for line in public_rows(pythons, cases) if "public" in rows else ():
            print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [condition.name for condition in CONDITIONS]
    parser.add_argument("--rows", nargs="+", choices=[*ROWS, "public"], default=["ours", "public"])
    parser.add_argument("--conditions", nargs="+", choices=known, default=known)
    parser.add_argument("--seeds", type=int, nargs="+", help="default: 2001 2002; with --tune 1")
    parser.add_argument("--annotate", choices=("visible", "all"), default="visible", help="which joints the ground truth has")
    parser.add_argument("--public", type=Path, default=Path("public-trackers"),
                        help="folder of their environments, made as tracking_public.py says (default: %(default)s)")  # fmt: skip
    parser.add_argument("--tune", choices=list(GRIDS), help="choose settings of this tracker on tuning seeds")
    parser.add_argument("--rounds", type=int, default=1, help="of --tune: passes over all parameters")
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS, metavar="NAME",
                        help="of --tune (default: all)")  # fmt: skip
    parser.add_argument("--speed", action="store_true", help="time by number of people, and memory over 100,000 frames")
    options = parser.parse_args()
    if options.speed:
        report_speed()
        return
    pythons = PublicPythons.found(options.public)
    if options.tune:
        seeds = options.seeds or [1]
        try:
            print(tune(options.tune, seeds, options.annotate, pythons, options.rounds, options.scenarios))
        except ValueError as error:
            parser.error(str(error))
        return
    chosen = [condition for condition in CONDITIONS if condition.name in options.conditions]
    bench(chosen, options.rows, options.seeds or TEST_SEEDS, options.annotate, pythons)


if __name__ == "__main__":
    main()
