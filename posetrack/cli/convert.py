"""``tools/convert.py``: files of poses from one format to another, and what did not survive."""

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
    Kind.ADDED: "in the output only, made up by a rule:",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    args = _parser().parse_args(argv)
    return run_command(lambda: _convert(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program("convert", "convert.py"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Convert poses between PoseTrack17, PoseTrack18, COCO, MOT and CSV, and say what was lost: what was\n"
        "written is read again and compared with the input, field by field.",
        epilog="formats:\n"
        "  posetrack17   annolist JSON, one file a sequence\n"
        "  posetrack18   COCO-like JSON of PoseTrack18, one file a sequence\n"
        "  coco          COCO keypoint annotations; the fields of PoseTrack18 as further keys; one file may hold\n"
        "                several sequences, told apart by vid_id or folder\n"
        "  coco-results  COCO keypoint results, a list of persons\n"
        "  mot           MOT challenge text, boxes only\n"
        "  csv           our table, one row a joint\n\n"
        "A file of one sequence becomes the file OUTPUT, a folder or a file of several sequences the folder OUTPUT; with\n"
        "--to coco and OUTPUT.json, one file. COCO joints become PoseTrack's with neck and head top derived from\n"
        "shoulders and nose. Exit status 0 with losses, 1 with losses and --strict, 2 after an error; nothing is written\n"
        "then.",
    )  # fmt: skip
    parser.add_argument("input", type=path_argument, metavar="INPUT", help="file, or folder of one file for each sequence")
    parser.add_argument("output", type=path_argument, metavar="OUTPUT", help="file or folder; what is there is replaced")
    parser.add_argument(
        "--from", dest="source_form", choices=FORMATS, metavar="FORMAT", help="of INPUT (default: told by its content)"
    )
    parser.add_argument(
        "--to", dest="form", choices=FORMATS, metavar="FORMAT", help="of OUTPUT (default: by its ending, .csv or .txt)"
    )
    parser.add_argument(
        "--skeleton", choices=list(SKELETONS), metavar="NAME",
        help=f"joints of OUTPUT, one of {', '.join(SKELETONS)} (default: posetrack17 and posetrack18 their own, otherwise "
        "those of INPUT)",
    )  # fmt: skip
    parser.add_argument(
        "--input-skeleton", choices=list(SKELETONS), metavar="NAME",
        help="joints of INPUT if it is coco-results, which does not name them",
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
