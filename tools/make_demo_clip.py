"""Render the demo clip and its ground truth again, into posetrack/assets/demo/.

    python tools/make_demo_clip.py     # after third_party/fetch_humans.py, or with POSETRACK_HUMANS=DIR

Its people are not used for training.
"""

from pathlib import Path

from posetrack.synthetic import write_clip
from posetrack.synthetic.humans.drawing import Painter
from posetrack.synthetic.humans.fetch import find_humans
from posetrack.synthetic.humans.library import load_library
from posetrack.synthetic.humans.sequences import DEMO, DEMO_NAME, FPS, SceneInMotion

FOLDER = Path(__file__).resolve().parents[1] / "posetrack" / "assets" / "demo"

if __name__ == "__main__":
    library = load_library(find_humans())
    scene = SceneInMotion(library, Painter(len(library.rig.bones)), DEMO)
    print(write_clip(scene.frames(), FOLDER, DEMO_NAME, DEMO.image_hw, FPS))
