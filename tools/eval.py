"""Score tracked poses as PoseTrack does; see ``python tools/eval.py --help``."""

from posetrack.cli.eval import main

if __name__ == "__main__":
    raise SystemExit(main())
