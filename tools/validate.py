"""Check PoseTrack files before they are scored; see ``python tools/validate.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("validate"))
