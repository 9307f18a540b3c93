"""Scaling of the default tracker's time with the number of people, and of its memory with the number of frames."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

import numpy as np

from posetrack.structures import POSETRACK18, FramePoses
from posetrack.tracking import Tracker, TrackerConfig

PEOPLE = (10, 20, 50, 100)
FRAMES = 200
MEMORY_PEOPLE, MEMORY_FRAMES = 10, (1_000, 10_000, 50_000, 100_000)
TARGETS_MS = {10: 0.5, 100: 15.0}
_IMAGE_HW = (1080, 1920)


def walk(people: int, frames: int, seed: int, stay: int | None = None) -> list[FramePoses]:
    """Simulate people who walk about a 1080p image, with jittering joints.

    Args:
        people: number in every frame.
        frames: number of frames.
        seed: random seed.
        stay: number of frames after which each person is replaced by another elsewhere, so that new ids are always
            needed.
    """
    rng = np.random.default_rng(seed)
    height = rng.uniform(120, 300, people)
    shape = rng.normal(0, 1, (people, 17, 2)) * (0.1, 0.28)
    place, pace = rng.uniform((0, 200), (1920, 900), (people, 2)), rng.normal(0, 3, (people, 2))
    result = []
    for t in range(frames):
        if stay is not None:
            leaving = (t + np.arange(people) * stay // people) % stay == 0
            place[leaving] = rng.uniform((0, 200), (1920, 900), (int(leaving.sum()), 2))
        place = (place + pace) % (1920, 1080)
        xy = place[:, None] + height[:, None, None] * (shape + rng.normal(0, 0.01, shape.shape))
        boxes = np.concatenate([xy.min(axis=1), xy.max(axis=1)], axis=1)
        result.append(FramePoses(
            t, _IMAGE_HW, boxes, rng.uniform(0.6, 0.9, people), xy, rng.uniform(0.4, 1, (people, 17)),
            np.ones((people, 17), dtype=bool),
        ))  # fmt: skip
    return result


def time_of(people: int) -> float:
    """Return milliseconds per frame, the median over the frames."""
    tracker, spent = Tracker(TrackerConfig(), POSETRACK18), []
    for frame in walk(people, FRAMES, seed=people):
        start = time.process_time()
        tracker.update(frame)
        spent.append(time.process_time() - start)
    return 1000 * float(np.median(spent[20:]))


def memory() -> None:
    """Print the peak memory after each number of frames; run in a separate process."""
    frames = walk(MEMORY_PEOPLE, 1_000, seed=3, stay=100)
    tracker = Tracker(TrackerConfig(), POSETRACK18)
    for t in range(MEMORY_FRAMES[-1]):
        tracker.update(frames[t % len(frames)].at_frame(t))
        if t + 1 in MEMORY_FRAMES:
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"| {t + 1:,} | {used:.1f} | {tracker.num_tracks:,} |", flush=True)


def report_speed() -> None:
    """Print both tables, measured on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("| people | ms/frame | target | relative to people² (10 = 1) |\n|---|---|---|---|")
    first = None
    for people in PEOPLE:
        spent = time_of(people)
        share = spent / people**2
        first = first or share
        target = f"{TARGETS_MS[people]:g}" if people in TARGETS_MS else ""
        print(f"| {people} | {spent:.2f} | {target} | {share / first:.2f} |", flush=True)
    print("\n| frames | peak memory, MB | ids given |\n|---|---|---|", flush=True)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, __file__], check=True, env=environment)


if __name__ == "__main__":
    memory()
