"""Track the people in a video; see ``python tools/run_video.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("run"))
