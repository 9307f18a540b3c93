"""Link poses over time without running a network; see ``python tools/track.py --help``."""

from posetrack.cli.track import main

if __name__ == "__main__":
    raise SystemExit(main())
