"""How good the bundled models are on drawn people they have not seen: the figures of their card.

    python benchmarks/bundled_models.py [--pose-weights FILE] [--detector-weights FILE] [--scenes 3] [--every 6]

The scenes are those of 60 frames, 640x360, five people, with seeds from 777001. PCKh@0.5: share of the joints inside the
image found within half a head (0.6 of the head box's diagonal), in boxes of the ground truth, decoded as in a run. The
detector's AP is the area under its curve at an overlap of 0.5, each person found once.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from posetrack.detection import BundledDetectorConfig, Detector, build_detector
from posetrack.evaluation.average_precision import average_precision
from posetrack.geometry import box_iou
from posetrack.pose import PoseConfig, PoseEstimator, build_estimator
from posetrack.structures import POSETRACK18, Frame, FrameBoxes, FramePoses
from posetrack.synthetic.scene import Scene, SceneConfig

FIRST_SEED = 777_001
PCKH_MATCH_THRESHOLD = 0.5
HEAD_SIZE_FACTOR = 0.6
IOU_MATCH_THRESHOLD = 0.5
LEGS = np.array([name.endswith(("_knee", "_ankle")) for name in POSETRACK18.joints])
PARTNER = np.asarray(POSETRACK18.flip_order)
PAIRED = PARTNER != np.arange(len(PARTNER))


def held_out_frames(scenes: int, every: int) -> list[tuple[Frame, FramePoses]]:
    """Every ``every``-th frame of the scenes, and its ground truth."""
    config = SceneConfig()
    drawn = [Scene(config, seed) for seed in range(FIRST_SEED, FIRST_SEED + scenes)]
    return [scene.render(index) for scene in drawn for index in range(0, config.num_frames, every)]


def pose_figures(estimator: PoseEstimator, frames: list[tuple[Frame, FramePoses]]) -> dict[str, float]:
    """Shares of joints found, by kind, and of paired joints put where the other side's is."""
    right, exchanged, visible = [], [], []
    for frame, truth in frames:
        boxes = FrameBoxes(frame.index, frame.image_hw, truth.boxes_xyxy, np.ones(len(truth)))
        (poses,) = estimator.estimate([frame], [boxes])
        heads = truth.head_boxes_xyxy
        size = HEAD_SIZE_FACTOR * np.hypot(heads[:, 2] - heads[:, 0], heads[:, 3] - heads[:, 1])[:, None]
        near = PCKH_MATCH_THRESHOLD * size
        own = np.linalg.norm(poses.joints_xy - truth.joints_xy, axis=-1) < near
        other = np.linalg.norm(poses.joints_xy - truth.joints_xy[:, PARTNER], axis=-1) < near
        right.append(np.where(truth.joint_valid, own, np.nan))
        both = truth.joint_valid & truth.joint_valid[:, PARTNER] & PAIRED
        exchanged.append(np.where(both, other & ~own, np.nan))
        visible.append(truth.joint_visible)
    found, seen = np.concatenate(right), np.concatenate(visible)
    return {
        "people": len(found),
        "all joints": np.nanmean(found),
        "visible": np.nanmean(found[seen]),
        "hidden": np.nanmean(found[~seen]),
        "knees and ankles": np.nanmean(found[:, LEGS]),
        "the others": np.nanmean(found[:, ~LEGS]),
        "taken for the other side's": np.nanmean(np.concatenate(exchanged)),
    }


def detector_figures(detector: Detector, frames: list[tuple[Frame, FramePoses]]) -> dict[str, float]:
    """AP, and recall and precision from some scores on."""
    scores, labels, people = [], [], 0
    for number, (frame, truth) in enumerate(frames):
        (boxes,) = detector.detect([replace(frame, index=number)])
        overlap = box_iou(boxes.xyxy, truth.boxes_xyxy)
        people += len(truth)
        for row in np.argsort(-boxes.scores, kind="stable"):
            best = int(overlap[row].argmax()) if len(truth) else -1
            hit = best >= 0 and overlap[row, best] > IOU_MATCH_THRESHOLD
            scores.append(boxes.scores[row])
            labels.append(hit)
            if hit:
                overlap[:, best] = 0.0
    score, label = np.array(scores), np.array(labels, dtype=bool)
    figures = {"people": people, "AP": average_precision(score, label, people).average_precision}
    for least in (0.3, 0.4, 0.5):
        kept = label[score >= least]
        figures |= {f"recall at {least}": kept.sum() / people, f"precision at {least}": kept.mean()}
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose-weights")
    parser.add_argument("--detector-weights")
    parser.add_argument("--scenes", type=int, default=3)
    parser.add_argument("--every", type=int, default=6)
    arguments = parser.parse_args()
    frames = held_out_frames(arguments.scenes, arguments.every)
    estimator = build_estimator(PoseConfig(weights=arguments.pose_weights, oks_nms=None), "cpu")
    detector = build_detector(BundledDetectorConfig(weights=arguments.detector_weights, score_threshold=0.05), "cpu")
    for title, figures in (
        ("pose, PCKh@0.5", pose_figures(estimator, frames)), ("detector", detector_figures(detector, frames))
    ):  # fmt: skip
        print(title)
        for name, value in figures.items():
            print(f"  {name:28s}{value:8d}" if isinstance(value, int) else f"  {name:28s}{value:8.3f}")


if __name__ == "__main__":
    main()
