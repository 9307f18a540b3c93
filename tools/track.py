"""Track poses over time without running a network; see ``python tools/track.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("track"))
