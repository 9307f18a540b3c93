"""Render people with exact ground truth; see ``python tools/make_people.py --help``."""

from posetrack.cli.make_people import main

if __name__ == "__main__":
    raise SystemExit(main())
