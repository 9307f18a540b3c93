"""Id switches of the tracker's settings on drawn scenes, and its speed.

    python benchmarks/bench_tracking.py [--scenes 10] [--every 1] [--lost 0.35]

The poses are the scenes' ground truth made worse as networks make it: a joint that is seen is lost with the chance
``--lost``, one that is hidden with 70 %; joints and boxes tremble; boxes are around what is seen of a person; one
person in twenty is missed. What is printed for each setting: switches (a person gets another id than before), takeovers
(an id goes to another person than before), ids given in all.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable

import numpy as np

from posetrack.geometry import joints_box
from posetrack.structures import POSETRACK18, FramePoses
from posetrack.synthetic.scene import Scene, SceneConfig
from posetrack.tracking import Tracker, TrackerConfig

FRAMES = 50
SCENE = SceneConfig(people=8, num_frames=FRAMES, occluders=2)
BOX_MARGIN = 1.25
TREMBLE_OF_JOINTS, TREMBLE_OF_BOXES = 0.01, 0.04  # of the person's size, standard deviation
MISSED_PERSON, LOST_IF_HIDDEN, MIN_JOINTS = 0.05, 0.7, 3


def degraded(truth: FramePoses, rng: np.random.Generator, lost: float) -> FramePoses:
    """What networks would make of a frame; ``track_ids`` stay those of the truth."""
    chance = rng.random(truth.joint_valid.shape)
    kept = truth.joint_valid & (chance > np.where(truth.joint_visible, lost, LOST_IF_HIDDEN))
    size = truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]
    seen = joints_box(truth.joints_xy, truth.joint_visible, BOX_MARGIN)
    boxes = seen + rng.normal(0, TREMBLE_OF_BOXES, seen.shape) * np.concatenate([size, size], axis=1)
    xy = truth.joints_xy + rng.normal(0, TREMBLE_OF_JOINTS, truth.joints_xy.shape) * size[:, 1:, None]
    there = (kept.sum(axis=1) >= MIN_JOINTS) & (truth.joint_visible.sum(axis=1) >= MIN_JOINTS)
    there &= rng.random(len(truth)) >= MISSED_PERSON
    scores = rng.uniform(0.4, 1.0, len(truth))
    poses = FramePoses(
        truth.frame_index, truth.image_hw, boxes, scores, xy, np.full(kept.shape, 0.8), kept, track_ids=truth.track_ids
    )
    return poses.select(there)


def count(scenes: Iterable[list[FramePoses]], config: TrackerConfig) -> tuple[int, int, int]:
    """Switches, takeovers and ids of a setting."""
    switches = takeovers = given = 0
    for frames in scenes:
        tracker = Tracker(config, POSETRACK18)
        id_of: dict[int, int] = {}
        person_of: dict[int, int] = {}
        for poses in frames:
            tracked = tracker.update(poses)
            for person, track in zip(poses.track_ids.tolist(), tracked.track_ids.tolist(), strict=True):
                switches += id_of.get(person, track) != track
                takeovers += person_of.get(track, person) != person
                id_of[person], person_of[track] = track, person
        given += tracker.num_tracks
    return switches, takeovers, given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=10)
    parser.add_argument("--every", type=int, default=1, help="take every n-th frame")
    parser.add_argument("--lost", type=float, default=0.35, help="share of the seen joints that is lost")
    options = parser.parse_args()
    scenes = []
    for seed in range(options.scenes):
        rng, scene = np.random.default_rng(seed), Scene(SCENE, seed)
        taken = range(0, FRAMES, options.every)
        scenes.append([degraded(scene.render(i)[1], rng, options.lost).at_frame(n) for n, i in enumerate(taken)])
    print(f"{'similarity':12}{'association':12}{'threshold':>10}{'switches':>10}{'takeovers':>10}{'ids':>6}")
    for similarity in ("iou", "oks", "mix"):
        for association in ("greedy", "hungarian"):
            for threshold in (0.05, 0.1, 0.2, 0.3):
                config = TrackerConfig(similarity=similarity, association=association, match_threshold=threshold)
                switches, takeovers, given = count(scenes, config)
                print(f"{similarity:12}{association:12}{threshold:10}{switches:10}{takeovers:10}{given:6}")
    start = time.perf_counter()
    count(scenes, TrackerConfig())
    frames = sum(map(len, scenes))
    people = sum(len(poses) for frames_ in scenes for poses in frames_) / frames
    print(f"{frames / (time.perf_counter() - start):.0f} frames/s with {people:.1f} people a frame")


if __name__ == "__main__":
    main()
