"""``tools/eval.py --sweep``: the score thresholds that are best for mAP and for MOTA."""

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
    """Add ``--sweep`` and ``--thresholds``."""
    parser.add_argument(
        "--sweep", action="store_true",
        help="find the score thresholds for people and joints, 0 to 0.9 each, that are best for mAP and for MOTA; with several "
        "sequences also cross-validate the choice",
    )  # fmt: skip
    parser.add_argument(
        "--thresholds", type=path_argument, metavar="OUT.yaml",
        help="write the thresholds with the best MOTA to this file, as settings for a run; needs --sweep",
    )  # fmt: skip


def require_sweep(args: argparse.Namespace) -> None:
    """Raise InputError for an option that needs ``--sweep`` without it."""
    if args.thresholds is not None and not args.sweep:
        raise InputError("--thresholds writes what --sweep finds: add --sweep")


def print_sweep(
    printer: TablePrinter, report: dict[str, Any], scores: Sequence[Score], thresholds: Path | None, pred: Path
) -> SweepResult:
    """Show the result, add it to the report, and write the best thresholds if a file is given.

    Args:
        printer: receives the table.
        report: gets ``sweep``.
        scores: one per sequence.
        thresholds: file to write; None = none.
        pred: one of the prediction files.

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
    """The thresholds with the best MOTA as YAML for ``load_config``, with the figures in comments.

    On poses already thinned by one of our runs a threshold of 0 drops nothing more, so the run's own value is kept.
    """
    best, other = result.best("MOTA"), result.best("mAP")
    chosen = {"pose_threshold": best.person_threshold, "joint_threshold": best.joint_threshold}
    tracker = {name: value for name, value in chosen.items() if value > 0 or not tracked_here}
    if best.person_threshold > TrackerConfig().new_track_threshold:  # must not be below pose_threshold
        tracker["new_track_threshold"] = best.person_threshold
    lines = [
        f"# tools/eval.py --sweep: best MOTA, {best.figures.mota:.2f} (without thresholds {result.unchanged.mota:.2f}).",
        "# Chosen on the sequences it was measured on, so it is optimistic"
        + (f"; held out: {result.held_out['MOTA'].figures.mota:.2f}." if result.held_out else "."),
        f"# Best mAP, {other.figures.map:.2f}: pose_threshold {other.person_threshold:g}, "
        f"joint_threshold {other.joint_threshold:g}.",
    ]
    lines += [f"# No {name} above the run's own is better, so it is kept." for name in chosen if name not in tracker]
    return "\n".join(lines) + "\n" + yaml.safe_dump({"tracker": tracker}, sort_keys=False)
