"""Check PoseTrack files before they are scored; see ``python tools/validate.py --help``."""

from posetrack.cli.validate import main

if __name__ == "__main__":
    raise SystemExit(main())
