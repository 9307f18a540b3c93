"""``tools/eval.py --sweep``: which score thresholds serve mAP and MOTA best."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from posetrack.cli.common import path_argument
from posetrack.cli.eval_output import TablePrinter
from posetrack.errors import InputError
from posetrack.evaluation.scoring import Score
from posetrack.evaluation.sweep import SweepResult, sweep_result, sweep_table
from posetrack.io import read_info
from posetrack.io.atomic import atomic_write
from posetrack.tracking import TrackerConfig


def add_sweep_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--sweep`` and what goes with it."""
    parser.add_argument(
        "--sweep", action="store_true",
        help="which score thresholds of persons and joints, 0 to 0.9 each, serve mAP and MOTA best; with several "
        "sequences also what such a choice gives on sequences that it was not made on",
    )  # fmt: skip
    parser.add_argument(
        "--thresholds", type=path_argument, metavar="OUT.yaml",
        help="write the thresholds with the best MOTA there, as a run's configuration has them; needs --sweep",
    )  # fmt: skip


def require_sweep(args: argparse.Namespace) -> None:
    """Raise InputError if an option that goes with ``--sweep`` stands alone."""
    if args.thresholds is not None and not args.sweep:
        raise InputError("--thresholds writes what --sweep finds: give --sweep as well")


def print_sweep(
    printer: TablePrinter, report: dict[str, Any], scores: Sequence[Score], thresholds: Path | None, pred: Path
) -> SweepResult:
    """Show what was found, put it into the report, write the best thresholds if a file is named.

    Args:
        printer: takes the table.
        report: gets ``sweep``.
        scores: one a sequence.
        thresholds: file to write; None = none.
        pred: one of the files of predictions.

    Raises:
        OutputError: the file cannot be written.
    """
    result = sweep_result({score.name: score.sweep for score in scores if score.sweep is not None})
    printer.show(sweep_table(result))
    report["sweep"] = result.to_json()
    if thresholds is not None:
        with atomic_write(thresholds) as file:
            file.write(_configuration(result, "tracker" in read_info(pred)).encode())
    return result


def _configuration(result: SweepResult, tracked_here: bool) -> str:
    """The thresholds with the best MOTA as YAML that ``load_config`` reads; what they gave stands in comments.

    Of poses that a run of ours has thinned already a threshold of 0 leaves out no more: the run's own goes on to hold.
    """
    best, other = result.best("MOTA"), result.best("mAP")
    chosen = {"pose_threshold": best.person_threshold, "joint_threshold": best.joint_threshold}
    tracker = {name: value for name, value in chosen.items() if value > 0 or not tracked_here}
    if best.person_threshold > TrackerConfig().new_track_threshold:  # which may not be below pose_threshold
        tracker["new_track_threshold"] = best.person_threshold
    lines = [
        f"# tools/eval.py --sweep: best MOTA, {best.figures.mota:.2f} (without thresholds {result.unchanged.mota:.2f}).",
        "# Chosen on the sequences it was measured on, which flatters it"
        + (f"; held out: {result.held_out['MOTA'].figures.mota:.2f}." if result.held_out else "."),
        f"# Best mAP, {other.figures.map:.2f}: pose_threshold {other.person_threshold:g}, "
        f"joint_threshold {other.joint_threshold:g}.",
    ]
    lines += [f"# No {name} above the run's own is better: it stays." for name in chosen if name not in tracker]
    return "\n".join(lines) + "\n" + yaml.safe_dump({"tracker": tracker}, sort_keys=False)
