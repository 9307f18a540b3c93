"""Score tracked poses with PoseTrack's metrics; see ``python tools/eval.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("eval"))
