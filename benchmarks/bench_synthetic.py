"""Drawing speed of the synthetic people in images per second, on one core.

    python benchmarks/bench_synthetic.py [--frames 120]

Measures processor time, so that other load on the machine has little effect.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import cv2

from posetrack.synthetic import Scene, SceneConfig, random_image


def rate(draw: Callable[[int], object], count: int) -> float:
    """Return calls per second of processor time."""
    draw(0)
    start = time.process_time()
    for index in range(count):
        draw(index)
    return count / (time.process_time() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=120)
    frames = parser.parse_args().frames
    cv2.setNumThreads(1)
    for people in (1, 4, 8):
        scene = Scene(SceneConfig(people=people, num_frames=frames), seed=0)
        print(f"scene, 640x360, {people} people: {rate(scene.render, frames):6.1f} frames/s")
    print(f"random_image, 640x360, 1 to 6 people: {rate(random_image, frames):6.1f} images/s")


if __name__ == "__main__":
    main()
