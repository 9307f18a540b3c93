"""``posetrack convert`` and ``tools/convert.py``: convert pose files and report what was lost."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from posetrack.cli.common import path_argument, program, run_command
from posetrack.io.conversion import FORMATS, Conversion, convert
from posetrack.io.conversion.losses import Kind
from posetrack.structures import SKELETONS

_HEADINGS = {
    Kind.LOST: "not in the output:",
    Kind.CHANGED: "changed:",
    Kind.ADDED: "in the output only, derived by a rule:",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parser().parse_args(argv)
    return run_command(lambda: _convert(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program("convert", "convert.py"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Convert poses between PoseTrack17, PoseTrack18, COCO, MOT and CSV, and report what was lost: the\n"
        "output is read back and compared with the input, field by field.",
        epilog="formats:\n"
        "  posetrack17   annolist JSON, one file per sequence\n"
        "  posetrack18   COCO-like JSON of PoseTrack18, one file per sequence\n"
        "  coco          COCO keypoint annotations, with the fields of PoseTrack18 as extra keys; one file may hold\n"
        "                several sequences, distinguished by vid_id or folder\n"
        "  coco-results  COCO keypoint results, a list of people\n"
        "  mot           MOT challenge text, boxes only\n"
        "  csv           our own table, one row per joint\n\n"
        "For a file with one sequence OUTPUT is a file; for a folder or a file with several sequences it is a folder, or,\n"
        "with --to coco and OUTPUT.json, one file. COCO joints are converted to PoseTrack's by deriving neck and head\n"
        "top from shoulders and nose. Exit status: 0 on success, even with losses; 1 with losses and --strict, 2 after an\n"
        "error: then nothing is written.",
    )  # fmt: skip
    parser.add_argument("input", type=path_argument, metavar="INPUT", help="file, or folder with one file per sequence")
    parser.add_argument("output", type=path_argument, metavar="OUTPUT", help="file or folder; an existing one is replaced")
    parser.add_argument(
        "--from", dest="source_form", choices=FORMATS, metavar="FORMAT", help="format of INPUT (default: recognised by content)"
    )
    parser.add_argument(
        "--to", dest="form", choices=FORMATS, metavar="FORMAT", help="format of OUTPUT (default: by extension, .csv or .txt)"
    )
    parser.add_argument(
        "--skeleton", choices=list(SKELETONS), metavar="NAME",
        help=f"joints of OUTPUT: {', '.join(SKELETONS)} (default: for posetrack17 and posetrack18 their own, otherwise those "
        "of INPUT)",
    )  # fmt: skip
    parser.add_argument(
        "--input-skeleton", choices=list(SKELETONS), metavar="NAME",
        help="joints of INPUT, for coco-results, which does not name them",
    )  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="write nothing if anything would be lost or changed")
    return parser


def _convert(args: argparse.Namespace) -> int:
    joints, input_joints = (SKELETONS[name] if name else None for name in (args.skeleton, args.input_skeleton))
    done = convert(args.input, args.output, args.form, args.source_form, joints, input_joints, args.strict)
    print(_summary(done, args.output))
    for kind, heading in _HEADINGS.items():
        losses = done.report.of_kind(kind)
        if losses:
            print(heading)
            for loss in losses:
                print(f"  {loss}")
    if done.report.lossless:
        print("nothing was lost")
    return 0 if done.written else 1


def _summary(done: Conversion, output: Path) -> str:
    found = ", ".join(f"{count} {form}" for form, count in done.found.items())
    files = f"{sum(done.found.values())} file{'s' * (sum(done.found.values()) != 1)} ({found})"
    sequences = f"{done.num_sequences} sequence{'s' * (done.num_sequences != 1)}"
    if not done.written:
        return f"read {files}, {sequences}; nothing was written, as {done.form} would not hold everything"
    count = len(done.outputs)
    joints = f" with the joints of {', '.join(done.joints)}" if done.joints else ""
    return f"read {files}, {sequences}; wrote {count} {done.form} file{'s' * (count != 1)}{joints}: {output}"
