"""Draw the demo clip and its ground truth again: posetrack/assets/demo/.

    python tools/make_demo_clip.py

Nothing is trained on its seed (``posetrack.synthetic.FIRST_HELD_OUT_SEED``).
"""

from pathlib import Path

from posetrack.synthetic import DEMO_NAME, DEMO_SEED, Scene, SceneConfig, write_clip

FOLDER = Path(__file__).resolve().parents[1] / "posetrack" / "assets" / "demo"

if __name__ == "__main__":
    print(write_clip(Scene(SceneConfig(), DEMO_SEED), FOLDER, DEMO_NAME))
