"""Convert pose files between formats; see ``python tools/convert.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("convert"))
