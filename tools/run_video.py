"""Track the people of a video; see ``python tools/run_video.py --help``."""

from posetrack.cli.run import main

if __name__ == "__main__":
    raise SystemExit(main())
