"""``tools/eval.py``: score tracked poses against ground truth as PoseTrack does."""

from __future__ import annotations

import argparse
import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from posetrack.cli.common import path_argument, print_problems, program, run_command
from posetrack.cli.eval_output import OutputPaths, TablePrinter
from posetrack.cli.eval_plots import CURVE, write_plots
from posetrack.cli.eval_sweep import add_sweep_options, print_sweep, require_sweep
from posetrack.errors import InputError
from posetrack.evaluation.diagnosis import bootstrap_intervals, compare_runs, merge_diagnoses
from posetrack.evaluation.diagnosis.tables import (
    comparison_table,
    diagnosis_table,
    error_table,
    interval_table,
    sequence_errors_table,
    track_table,
    worst_frames_table,
)
from posetrack.evaluation.protocols import DEFAULT_PROTOCOL, PROTOCOLS
from posetrack.evaluation.scoring import Score, Task, refuse_repeated, scores_of
from posetrack.evaluation.table import format_sequence_table, totals_table
from posetrack.io.json_file import nothing_there
from posetrack.pipeline.run_folder import poses_of

Pair = tuple[str, "Path | None", Path]  # sequence, its ground truth, its predictions


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parser().parse_args(argv)
    return run_command(lambda: _evaluate(args))


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {protocol.name:20s} {protocol.what}" for protocol in PROTOCOLS.values())
    parser = argparse.ArgumentParser(
        prog=program("eval", "eval.py"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Score tracked poses as PoseTrack does: mAP and MOTA, equal to the official program's (poseval\n"
        "4258a15 with motmetrics 1.4.0), and other measures. Reads PoseTrack17 and PoseTrack18 files, also mixed.",
        epilog=f"protocols:\n{names}\n\n"
        "Files are paired by name; two single files are paired whatever their names. As in the official program,\n"
        "the last labelled frame of a sequence is not tracked, and MOTA ignores scores: drop uncertain people and\n"
        "joints before scoring tracks (--sweep finds the thresholds).",
    )
    parser.add_argument("--gt", type=path_argument, metavar="DIR|FILE", help="ground truth; optional only for smoothness")
    parser.add_argument("--pred", type=path_argument, required=True, metavar="DIR|FILE", help="predictions; a run folder is one file, its poses.json")
    parser.add_argument(
        "--protocol", action="append", metavar="NAME", choices=list(PROTOCOLS),
        help=f"what to measure, one of those below; may be repeated (default: {DEFAULT_PROTOCOL})",
    )  # fmt: skip
    parser.add_argument("--per-sequence", action="store_true", help="also show the figures of each sequence")
    parser.add_argument(
        "--diagnose", action="store_true",
        help="explain the figures: what perfect boxes, joints or ids would give, errors by cause, worst frames, intervals "
        "over sequences",
    )  # fmt: skip
    parser.add_argument(
        "--compare", type=path_argument, metavar="DIR|FILE", help="predictions of another run; a paired test of which is better"
    )
    parser.add_argument("--json", type=path_argument, metavar="OUT.json", help="also write all figures to this file")
    parser.add_argument(
        "--table", type=path_argument, action="append", default=[], metavar="OUT.csv|OUT.md|OUT.tex",
        help="also write the tables to this file: CSV in full precision, one figure per line, or Markdown, or LaTeX; may be "
        "repeated",
    )  # fmt: skip
    parser.add_argument(
        "--plots", type=path_argument, metavar="DIR",
        help="write plots (PNG) to this folder: precision and recall of each joint, PCKh, mAP and MOTA of each sequence; with "
        "--diagnose the errors and what their removal would give; with --sweep the thresholds",
    )  # fmt: skip
    add_sweep_options(parser)
    parser.add_argument("--jobs", type=_positive, default=1, metavar="N", help="number of processes (default: 1)")
    return parser


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number from 1")
    return int(text)


def _evaluate(args: argparse.Namespace) -> int:
    outputs = OutputPaths(args.json, tuple(args.table), args.plots, args.thresholds)
    outputs.require_writable()
    require_sweep(args)
    protocols = tuple(dict.fromkeys(args.protocol or [DEFAULT_PROTOCOL]))
    if args.gt is None:
        _refuse_without_truth(args, protocols)
    pairs = _pairs(args.gt, poses_of(args.pred))
    other_pairs = [] if args.compare is None else _pairs(args.gt, poses_of(args.compare))
    outputs.refuse_overwriting(path for _, *paths in (*pairs, *other_pairs) for path in paths if path is not None)
    also = (DEFAULT_PROTOCOL,) * (args.compare is not None) + (DEFAULT_PROTOCOL, CURVE) * (args.plots is not None)
    scores = _scores(args.pred, pairs, tuple(dict.fromkeys(protocols + also)), args.diagnose, args.jobs, args.sweep)
    summaries = {name: PROTOCOLS[name].summarise([score.counts[name] for score in scores]) for name in protocols}
    report: dict[str, Any] = {}
    for summary in summaries.values():
        # With two PoseTrack protocols, the first gets the official keys AP and MOT; the corrected figures also have
        # a key of their own.
        report |= {key: value for key, value in summary.figures.items() if key not in report}
    printer = TablePrinter()
    if args.per_sequence:
        report["sequences"] = _print_sequences(printer, scores, protocols)
    noun = "sequence" if len(scores) == 1 else "sequences"
    printer.show(f"{len(scores)} {noun}")
    printer.show(*(table for summary in summaries.values() for table in summary.tables))
    if args.diagnose:
        report["diagnosis"] = _print_diagnosis(printer, scores, args.per_sequence)
    if args.compare is not None:
        other = _scores(args.compare, other_pairs, (DEFAULT_PROTOCOL,), False, args.jobs)
        ours, others = ([score.counts[DEFAULT_PROTOCOL] for score in side] for side in (scores, other))
        comparison = compare_runs(ours, others)
        printer.show(comparison_table(comparison, str(args.pred), str(args.compare)))
        report["comparison"] = comparison.to_json()
    sweep = print_sweep(printer, report, scores, args.thresholds, pairs[0][2]) if args.sweep else None
    outputs.write(report, printer.shown)
    if args.plots is not None:
        printer.show(write_plots(args.plots, scores, protocols, sweep))
    printer.print()
    return 0


def _refuse_without_truth(args: argparse.Namespace, protocols: tuple[str, ...]) -> None:
    wanting = [f"--protocol {name}" for name in protocols if PROTOCOLS[name].needs_truth]
    wanting += [f"--{name}" for name in ("diagnose", "compare", "plots", "sweep") if getattr(args, name)]
    if wanting:
        raise InputError(f"{wanting[0]} needs ground truth: give it with --gt (only smoothness works without)")


def _pairs(gt: Path | None, pred: Path) -> Sequence[Pair]:
    if gt is None:
        return [(path.stem, None, path) for path in _json_files(pred, "--pred")]
    return pair_files(gt, pred)


def _scores(
    pred: Path, pairs: Sequence[Pair], protocols: tuple[str, ...], diagnose: bool, jobs: int, sweep: bool = False
) -> list[Score]:
    tasks = [Task(name, truth, found, protocols, diagnose, sweep) for name, truth, found in pairs]
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("sequences"),
        TimeRemainingColumn(elapsed_when_finished=True), console=Console(stderr=True), transient=True,
        disable=not Console(stderr=True).is_terminal,
    )  # fmt: skip
    with bar, scores_of(tasks, jobs) as scores:
        done = list(bar.track(scores, total=len(tasks), description=f"scoring {pred.name}"))
    refuse_repeated(done)
    print_problems([note for score in done for note in score.notes])
    return done


def _print_sequences(
    printer: TablePrinter, scores: list[Score], protocols: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Print the totals of each sequence for each protocol; return all figures of each sequence by name."""
    report: dict[str, dict[str, Any]] = {score.name: {} for score in sorted(scores, key=lambda score: score.name)}
    for name in protocols:
        summaries = {score.name: PROTOCOLS[name].summarise([score.counts[name]]) for score in scores}
        results = {one: summaries[one].posetrack for one in report}
        shown = {one: result for one, result in results.items() if result is not None}
        if shown:
            printer.show(format_sequence_table(shown, name))
        else:
            several = zip(*(summaries[one].tables for one in report), strict=True)
            printer.show(*(totals_table(dict(zip(report, tables, strict=True))) for tables in several))
        for one, figures in report.items():
            figures |= {key: value for key, value in summaries[one].figures.items() if key not in figures}
    return report


def _print_diagnosis(printer: TablePrinter, scores: list[Score], per_sequence: bool) -> dict[str, Any]:
    parts = [score.diagnosis for score in scores if score.diagnosis is not None]
    total = merge_diagnoses(parts)
    printer.show(*(table(total) for table in (diagnosis_table, error_table, track_table, worst_frames_table)))
    report: dict[str, Any] = {"total": total.to_json()}
    if per_sequence:
        printer.show(sequence_errors_table(parts))
        report["sequences"] = {part.name: part.to_json() for part in parts}
    if len(parts) > 1:
        intervals = bootstrap_intervals([part.counts for part in parts])
        printer.show(interval_table(intervals))
        report["intervals"] = intervals.to_json()
    return report


def pair_files(gt: Path, pred: Path) -> list[tuple[str, Path, Path]]:
    """(sequence, ground truth file, prediction file) for every ground-truth sequence, by name.

    Prediction files without ground truth are skipped, as in the official program.

    Raises:
        InputError: a path does not exist, a folder has no files, a sequence has no predictions.
    """
    truths, predictions = _json_files(gt, "--gt"), _json_files(pred, "--pred")
    if pred.is_file():
        if len(truths) > 1:
            raise InputError(
                f"--pred {pred} is one file, but --gt {gt} contains {len(truths)} sequences: give the folder with the "
                "predictions for all of them, or one ground truth file"
            )
        return [(truths[0].stem, truths[0], pred)]
    by_name = {path.stem: path for path in predictions}
    missing = sorted(path.stem for path in truths if path.stem not in by_name)
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise InputError(
            f"{pred}: no predictions for {len(missing)} of {len(truths)} ground-truth sequences ({shown}): "
            f"expected files named as in {gt}, such as {missing[0]}.json"
        )
    return [(path.stem, path, by_name[path.stem]) for path in truths]


def _json_files(path: Path, option: str) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{option} {path}: {nothing_there(path)}")
    # In directory order, as in the official program: with equal scores, AP depends on it.
    files = [Path(name) for name in glob.glob(f"{glob.escape(str(path))}/*.json") if not os.path.isdir(name)]
    if not files:
        raise InputError(f"{option} {path}: no .json file in this folder, expected one per sequence")
    return files
