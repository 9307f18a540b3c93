"""Train a model on drawn people; see ``python tools/train.py --help``."""

from posetrack.cli.train import main

if __name__ == "__main__":
    raise SystemExit(main())
