"""The ``posetrack`` command: one word chooses what to do."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from posetrack._version import __version__

COMMANDS = {
    "run": "track the people of a video: poses.json, overlay.mp4",
    "demo": "the whole pipeline on a short clip that ships with the package, scored",
    "track": "link poses over time again, without running a network",
    "draw": "draw any file of poses on its video",
    "eval": "score tracked poses as PoseTrack does: mAP and MOTA",
    "validate": "check PoseTrack files before they are scored",
    "convert": "poses from one format to another: PoseTrack17, PoseTrack18, COCO, MOT, CSV",
    "models": "list the models, their weights, licences and published scores",
    "train": "train a model on people made by program",
    "make_people": "render people with exact ground truth, to train on and to test by",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its own ``--help`` says the rest. Returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        print("usage: posetrack COMMAND ...\n\nMulti-person pose tracking.\n\ncommands:")
        width = max(map(len, COMMANDS)) + 2
        for name, text in COMMANDS.items():
            print(f"  {name:{width}}{text}")
        print("\nposetrack COMMAND --help explains each.")
        return 0
    if words[0] == "--version":
        print(f"posetrack {__version__}")
        return 0
    if words[0] not in COMMANDS:
        print(f"posetrack: unknown command {words[0]!r}, expected one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    return start(words[0], words[1:])


def start(name: str, argv: Sequence[str] | None = None) -> int:
    """Import a command and run it; an interrupt while its libraries are loaded, which takes seconds, is no traceback.

    Args:
        name: of a module of this package.
        argv: its words; None = those of the process.
    """
    try:
        module = importlib.import_module(f"posetrack.cli.{name}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130  # 128 + SIGINT
    return int(module.main(argv))
