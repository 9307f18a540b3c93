"""Data sets for the evaluation benchmarks: PoseTrack18 files of walking people, with predictions.

There are two kinds of people. ``drawn_walks``: people in drawn scenes (``posetrack.synthetic``), exact ground truth
with people who cross, occlude each other and leave; a few scenes are drawn and reused, with different errors in the
predictions. ``plain_walks``: random shapes moving in straight lines, in any number, where drawing is too slow.
Predictions are the ground truth with noise, missing joints and people, and switched ids.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from posetrack.structures import POSETRACK18
from posetrack.synthetic import FIRST_HELD_OUT_SEED, Scene, SceneConfig

FRAMES = 52  # 170 sequences of 52 frames have as many labelled frames as PoseTrack18 val
IMAGE_WH = (1920.0, 1080.0)


def drawn_walks(scenes: int, people: int, frames: int = FRAMES) -> list[np.ndarray]:
    """Return (frames, people, 17, 2) joints in pixels of each drawn scene, NaN = absent."""
    walks = []
    for number in range(scenes):
        walk = np.full((frames, people, 17, 2), np.nan)
        scene = Scene(SceneConfig(num_frames=frames, people=people), FIRST_HELD_OUT_SEED + 1000 + number)
        for t, (_, truth) in enumerate(scene.frames()):
            walk[t, truth.track_ids] = np.where(truth.joint_valid[..., None], truth.joints_xy, np.nan)
        walks.append(walk)
    return walks


def plain_walks(rng: np.random.Generator, people: int, frames: int = FRAMES) -> np.ndarray:
    """Return (frames, people, 17, 2) joints of randomly shaped people, in pixels; a tenth of the joints is absent."""
    start, speed = rng.uniform((100, 100), IMAGE_WH, (people, 1, 2)), rng.normal(0, 4, (people, 1, 2))
    shape = rng.uniform(-60, 60, (people, 17, 2))
    walk = start + speed * np.arange(frames)[:, None, None, None] + shape
    return np.where(rng.random((frames, people, 17, 1)) < 0.1, np.nan, walk)


def make_sequence(rng: np.random.Generator, number: int, walk: np.ndarray) -> tuple[dict, dict]:
    """Return ground truth and prediction of a sequence as PoseTrack18 JSON; ``walk`` is (frames, people, 17, 2)."""
    frames, people = walk.shape[:2]
    first = 10_000_000_000 + number * 10_000
    images = [
        {"id": first + t, "frame_id": first + t, "vid_id": f"{number:06d}", "nframes": frames, "is_labeled": True,
         "file_name": f"images/val/{number:06d}_mpii_test/{t:06d}.jpg"} for t in range(frames)
    ]  # fmt: skip
    ids = np.arange(people)
    truth, pred = [], []
    for t in range(frames):
        guess = walk[t] + rng.normal(0, 6, walk[t].shape)
        if rng.random() < 0.1 and people > 1:
            ids[rng.permutation(people)[:2]] = people + 2 * t, people + 2 * t + 1
        for n in np.flatnonzero(np.isfinite(walk[t, :, :, 0]).any(axis=1)).tolist():
            one = {"image_id": first + t, "category_id": 1, "id": (first + t) * 100 + n}
            head = np.nanmin(walk[t, n], axis=0).round(1).tolist()
            truth.append({**one, "track_id": n, "scores": [], "keypoints": _keypoints(walk[t, n]),
                          "bbox_head": [*head, 24.0, 30.0]})  # fmt: skip
            if rng.random() < 0.9:
                lost = np.where(rng.random((17, 1)) < 0.05, np.nan, guess[n])
                pred.append({**one, "track_id": int(ids[n]), "scores": rng.random(17).round(5).tolist(),
                             "keypoints": _keypoints(lost)})  # fmt: skip
    categories = [{"id": 1, "name": "person", "supercategory": "person", "keypoints": list(POSETRACK18.joints),
                   "skeleton": []}]  # fmt: skip
    return tuple({"images": images, "annotations": a, "categories": categories} for a in (truth, pred))


def _keypoints(joints: np.ndarray) -> list[float]:
    there = np.isfinite(joints).all(axis=1)
    there[3:5] = False  # ears are never annotated
    return np.column_stack([np.where(there[:, None], joints.round(2), 0.0), there]).ravel().tolist()


def write_files(root: Path, walks: Sequence[np.ndarray], sequences: int) -> list[str]:
    """Write a data set to ``root/gt`` and ``root/pred``, cycling through the walks; return the file names."""
    rng = np.random.default_rng(0)
    names = []
    for number in range(1, sequences + 1):
        names.append(f"{number:06d}_mpii_test.json")
        round_, walk = divmod(number - 1, len(walks))
        sides = make_sequence(rng, number, walks[walk] + round_)  # moved: tools/eval.py refuses the same truth twice
        for side, content in zip(("gt", "pred"), sides, strict=True):
            (root / side).mkdir(parents=True, exist_ok=True)
            (root / side / names[-1]).write_text(json.dumps(content))
    return names
