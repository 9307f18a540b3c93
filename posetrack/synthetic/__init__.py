"""Drawn people with exact ground truth: for tests, for the demo, for the bundled model."""

from posetrack.synthetic.images import random_image

__all__ = ["random_image"]
