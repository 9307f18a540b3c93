"""Simulated crowds: exact poses of many people over time, and what a top-down pose estimator would output for them.

Nothing is drawn, so hundreds of frames are simulated per second. For ``benchmarks/tracking.py`` and tests::

    simulation = simulate("crossings", seed=1)
    truth = truth_of(simulation, annotate="visible")  # SequencePoses
    frames = detect(simulation, "hard")  # one DetectedFrame per frame: poses, their true identities, appearance, camera
"""

from posetrack.synthetic.simulation.crowd import Cast, Simulation, Thing, film
from posetrack.synthetic.simulation.detections import (
    FIRST_LASTING_FALSE,
    RANDOM_FALSE,
    DetectedFrame,
    every_nth,
    without_doubles,
)
from posetrack.synthetic.simulation.levels import LEVELS, NoiseLevel
from posetrack.synthetic.simulation.noise import detect
from posetrack.synthetic.simulation.scenarios import SCENARIOS, simulate
from posetrack.synthetic.simulation.stage import CameraMotion, Stage
from posetrack.synthetic.simulation.truth import truth_of

__all__ = [
    "FIRST_LASTING_FALSE",
    "LEVELS",
    "RANDOM_FALSE",
    "SCENARIOS",
    "CameraMotion",
    "Cast",
    "DetectedFrame",
    "NoiseLevel",
    "Simulation",
    "Stage",
    "Thing",
    "detect",
    "every_nth",
    "film",
    "simulate",
    "truth_of",
    "without_doubles",
]
