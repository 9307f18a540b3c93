"""Convert pose files from one format to another; see ``python tools/convert.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("convert"))
