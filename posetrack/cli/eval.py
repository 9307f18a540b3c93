"""``tools/eval.py``: score tracked poses against ground truth as PoseTrack does."""

from __future__ import annotations

import argparse
import glob
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from posetrack.cli.common import run_command
from posetrack.errors import InputError, OutputError
from posetrack.evaluation import SequenceCounts, count_sequence, format_table, merge_counts
from posetrack.evaluation.table import format_sequence_table
from posetrack.io import read_poses
from posetrack.io.atomic import atomic_write


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parser().parse_args(argv)
    return run_command(lambda: _evaluate(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eval.py",
        description="Score tracked poses as PoseTrack does: mAP and MOTA, equal to the official program (poseval "
        "4258a15 with motmetrics 1.4.0). Reads PoseTrack17 and PoseTrack18 files, mixed as they come.",
        epilog="Files are paired by name; a single file is paired with a single file whatever their names. As in the "
        "official program the last labelled frame of a sequence is not tracked, and scores do not matter to MOTA.",
    )
    parser.add_argument("--gt", type=Path, required=True, metavar="DIR|FILE", help="ground truth")
    parser.add_argument("--pred", type=Path, required=True, metavar="DIR|FILE", help="predictions")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write all figures there as well")
    parser.add_argument("--per-sequence", action="store_true", help="also the figures of each sequence")
    return parser


def _evaluate(args: argparse.Namespace) -> int:
    if args.json is not None and not args.json.absolute().parent.is_dir():
        raise OutputError(f"{args.json}: no such folder {args.json.parent} to write the figures to: make it first")
    counts: dict[str, SequenceCounts] = {}
    for name, gt, pred in pair_files(args.gt, args.pred):
        counts[name] = count_sequence(read_poses(gt), read_poses(pred))
    result = merge_counts(counts.values()).result()
    sequences = {name: counts[name].result() for name in sorted(counts)} if args.per_sequence else {}
    console = Console()
    if sequences:
        console.print(format_sequence_table(sequences))
    noun = "sequence" if len(counts) == 1 else "sequences"
    console.print(format_table(result, f"posetrack-official, {len(counts)} {noun}, %"))
    if args.json is not None:
        report: dict[str, Any] = result.to_json()
        if sequences:
            report["sequences"] = {name: part.to_json() for name, part in sequences.items()}
        with atomic_write(args.json) as file:
            file.write(json.dumps(report, indent=1, allow_nan=False).encode() + b"\n")
    return 0


def pair_files(gt: Path, pred: Path) -> list[tuple[str, Path, Path]]:
    """(sequence, ground truth file, prediction file) of every sequence of the ground truth, by name.

    Prediction files without ground truth are left out, as the official program does.

    Raises:
        InputError: a path that is not there, a folder without files, sequences without predictions.
    """
    truths, predictions = _json_files(gt, "--gt"), _json_files(pred, "--pred")
    if pred.is_file():
        if len(truths) > 1:
            raise InputError(
                f"--pred {pred} is one file, but --gt {gt} holds {len(truths)} sequences: give the folder that holds "
                "the predictions of all of them, or one ground truth file"
            )
        return [(truths[0].stem, truths[0], pred)]
    by_name = {path.stem: path for path in predictions}
    missing = sorted(path.stem for path in truths if path.stem not in by_name)
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise InputError(
            f"{pred}: no predictions for {len(missing)} of {len(truths)} sequences of the ground truth ({shown}): "
            f"expected files named as in {gt}, such as {missing[0]}.json"
        )
    return [(path.stem, path, by_name[path.stem]) for path in truths]


def _json_files(path: Path, option: str) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{option} {path}: no such file or folder")
    # In the order of the folder, as the official program reads them: among equal scores AP depends on it.
    files = [Path(name) for name in glob.glob(f"{glob.escape(str(path))}/*.json")]
    if not files:
        raise InputError(f"{option} {path}: no .json file in this folder, expected one for each sequence")
    return files
