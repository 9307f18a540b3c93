"""``posetrack validate`` and ``tools/validate.py``: check PoseTrack files before they are scored."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.text import Text

from posetrack.cli.common import OutputConsole, path_argument, program, run_command
from posetrack.errors import InputError, OutputError
from posetrack.evaluation.validation import SEVERITIES, FileFaults, Finding, Validation, validate
from posetrack.evaluation.validation.files import find_files
from posetrack.io.atomic import atomic_write, refuse_overwriting, require_writable

SHOWN_FINDINGS = 3  # per fault and file; --json has all
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parser().parse_args(argv)
    return run_command(lambda: _validate(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program("validate", "validate.py"),
        description="Check PoseTrack17 and PoseTrack18 files, predictions or ground truth: report every fault with its location, "
        "what was expected, what was found and what to do.",
        epilog="error: cannot be scored; warning: is scored, but probably not as intended; note: what the official "
        "program would do. Exit status: 0 without errors, 1 with errors (with --fix: remaining errors), 2 if there "
        "is nothing to check.",
    )
    parser.add_argument("paths", type=path_argument, nargs="+", metavar="PATH", help="JSON file, or folder of them")
    parser.add_argument("--gt", type=path_argument, metavar="DIR|FILE", help="ground truth for the predictions in PATH")
    parser.add_argument("--fix", action="store_true", help="write copies, repaired where no guess is needed")
    parser.add_argument("--output", type=path_argument, metavar="DIR", help="output folder for --fix")
    parser.add_argument("--json", type=path_argument, metavar="OUT.json", help="also write every fault to this file")
    return parser


def _validate(args: argparse.Namespace) -> int:
    if args.fix != (args.output is not None):
        raise InputError("--fix and --output DIR must be given together: the repaired copies go to DIR")
    if args.json is not None:
        require_writable(args.json)
        found = [pair for path in args.paths for pair in find_files(path)[0]]
        truths = [] if args.gt is None else find_files(args.gt)[0]
        copies = [] if args.output is None else [args.output / relative for _, relative in found]
        refuse_overwriting([args.json], [file for file, _ in (*found, *truths)], "--json")
        if args.json.resolve() in [copy.resolve() for copy in copies]:
            raise OutputError(f"{args.json}: is where a repaired copy goes; choose another --json")
    result = validate(args.paths, args.gt, args.output)
    if args.json is not None:
        _write_json(args.json, result)
    console = OutputConsole(highlight=False, soft_wrap=True)
    for file in result.files:
        if file.findings:
            _print_file(console, file)
    for path, lines in result.changes.items():
        console.print(Text(f"{path}: " + ("; ".join(lines) if lines else "copied unchanged, nothing to repair")))
    console.print(Text(_summary(result)))
    return 1 if result.remaining else 0


def _print_file(console: OutputConsole, file: FileFaults) -> None:
    console.print(Text(file.path, style="bold"))
    for rule, places in file.rules():
        line = Text(f"  {rule.severity}", style=_COLOURS[rule.severity])
        line.append(f": expected {rule.expected}", style="default not bold")
        console.print(line)
        for finding in places[:SHOWN_FINDINGS]:
            console.print(Text(f"    {_place(file, finding)}found {finding.found}"))
        if len(places) > SHOWN_FINDINGS:
            console.print(Text(f"    and {len(places) - SHOWN_FINDINGS} more"))
        console.print(Text(f"    -> {rule.suggestion}", style="dim"))


def _place(file: FileFaults, finding: Finding) -> str:
    place = file.place(finding)
    return f"{place}: " if place else ""


def _summary(result: Validation) -> str:
    counts = ", ".join(f"{result.count(s)} {s}{'' if result.count(s) == 1 else 's'}" for s in SEVERITIES)
    noun = "file" if len(result.files) == 1 else "files"
    left = (
        f"; errors remaining in the copies, in files not written and in the ground truth: {result.remaining}"
        if result.changes
        else ""
    )
    return f"{len(result.files)} {noun}: {counts}{left}"


def _write_json(path: Path, result: Validation) -> None:
    """Stream every fault, so that a million of them need no second list."""
    counts = {severity: result.count(severity) for severity in SEVERITIES}
    with atomic_write(path) as stream:
        head = {"files": len(result.files), "counts": counts, "changes": result.changes, "remaining": result.remaining}
        stream.write(orjson.dumps(head)[:-1] + b',"faults":[')
        separator = b"\n"
        for file in result.files:
            for fault in file.to_json():
                stream.write(separator + orjson.dumps(fault))
                separator = b",\n"
        stream.write(b"\n]}\n")
