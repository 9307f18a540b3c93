"""Score tracked poses as PoseTrack does; see ``python tools/eval.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("eval"))
