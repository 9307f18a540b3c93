"""Render people with exact ground truth; see ``python tools/make_people.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("make_people"))
