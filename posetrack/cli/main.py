"""The ``posetrack`` command and its subcommands."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from posetrack._version import __version__

COMMANDS = {
    "run": "track the people in a video: poses.json, overlay.mp4",
    "demo": "run the whole pipeline on a short bundled clip and score it",
    "track": "track poses again, without running a network",
    "draw": "draw a pose file on its video",
    "eval": "score tracked poses as PoseTrack does: mAP and MOTA",
    "validate": "check PoseTrack files before they are scored",
    "convert": "convert poses between PoseTrack17, PoseTrack18, COCO, MOT and CSV",
    "models": "list the models with their weights, licences and published scores",
    "train": "train a model on rendered or drawn people",
    "make_people": "render people with exact ground truth, for training and testing",
}

# How often libgomp polls before a waiting thread sleeps (default 300,000). PyTorch's threads meet after every layer, and
# where another program keeps one core busy, polling takes its turn on that core: with one of two cores busy a run was 1.8
# times slower than with this value, and no faster with idle cores.
_SPIN_COUNT = "2000"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, which has its own ``--help``; return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        print("usage: posetrack COMMAND ...\n\nMulti-person pose tracking.\n\ncommands:")
        width = max(map(len, COMMANDS)) + 2
        for name, text in COMMANDS.items():
            print(f"  {name:{width}}{text}")
        print("\nFor help on a command: posetrack COMMAND --help")
        return 0
    if words[0] == "--version":
        print(f"posetrack {__version__}")
        return 0
    if words[0] not in COMMANDS:
        print(f"posetrack: unknown command {words[0]!r}, expected one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    return start(words[0], words[1:])


def start(name: str, argv: Sequence[str] | None = None) -> int:
    """Import a command and run it, without a traceback if interrupted during the import, which takes seconds.

    Args:
        name: name of a module in this package.
        argv: its arguments; None = those of the process.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)  # read when torch is imported
    try:
        module = importlib.import_module(f"posetrack.cli.{name}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130  # 128 + SIGINT
    return int(module.main(argv))
