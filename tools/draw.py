"""Draw a pose file on its video; see ``python tools/draw.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("draw"))
