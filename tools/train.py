"""Train a model on rendered or drawn people; see ``python tools/train.py --help``."""

from posetrack.cli.main import start

if __name__ == "__main__":
    raise SystemExit(start("train"))
