"""Draw the demo clip and its ground truth again: posetrack/assets/demo/.

    python tools/make_demo_clip.py

The seed lies outside those of training (below 1,000,000,000) and of its validation.
"""

from pathlib import Path

from posetrack.io import write_posetrack18
from posetrack.io.video_writer import VideoWriter
from posetrack.synthetic import Scene, SceneConfig, as_posetrack18

DEMO_SEED = 2_000_000_005
NAME = "900001_mpiinew_drawn"
FOLDER = Path(__file__).resolve().parents[1] / "posetrack" / "assets" / "demo"


def main() -> None:
    """Write the clip and the ground truth."""
    scene = Scene(SceneConfig(), DEMO_SEED)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with VideoWriter(FOLDER / f"{NAME}.mp4", scene.config.fps, scene.config.image_hw) as video:
        for frame, _ in scene.frames():
            video.write(frame.image)
    write_posetrack18(FOLDER / f"{NAME}.json", as_posetrack18(NAME, scene))


if __name__ == "__main__":
    main()
