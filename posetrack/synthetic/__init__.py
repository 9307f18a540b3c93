"""Drawn people with exact ground truth: for tests, for the demo, for the bundled model."""

from posetrack.synthetic.images import random_image
from posetrack.synthetic.scene import Scene, SceneConfig, as_posetrack18

__all__ = ["Scene", "SceneConfig", "as_posetrack18", "random_image"]
