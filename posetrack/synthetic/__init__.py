"""Drawn people with exact ground truth: for tests, for the demo, for the bundled model."""

from posetrack.synthetic.images import random_image
from posetrack.synthetic.scene import Scene, SceneConfig
from posetrack.synthetic.sequences import (
    FIRST_HELD_OUT_SEED,
    as_annotated,
    as_posetrack18,
    write_clip,
    write_sequence,
)

__all__ = [
    "FIRST_HELD_OUT_SEED",
    "Scene",
    "SceneConfig",
    "as_annotated",
    "as_posetrack18",
    "random_image",
    "write_clip",
    "write_sequence",
]
