"""Evaluate models on real people: the figures of the bundled models' card.

    python benchmarks/real_people.py ANNOTATIONS.json[:IMAGES] ... [--pose key=value ...]
        [--detector-weights FILE | --no-detector] [--sheet FILE.png]

The files are COCO keypoint or PoseTrack18 annotations; images are looked up below IMAGES, or beside the file. A folder
of rendered crops or images (tools/make_people.py) gives the same metrics for comparison; joints inside the image count.
PCKh@0.5, in ground-truth boxes: share of the annotated joints found within half a head size. The head size is 0.6 of
the head box's diagonal; without a head box, 0.75 of the distance from head_bottom to head_top; if these are not
annotated, the larger of 0.38 of the trunk's length and half the shoulder width. OKS AP is COCO's, in the same boxes.
The detector is evaluated alone, and with its boxes refined and rescored by the joints found in them, as in a run: the
number of people found (IoU above 0.5) among those at least 80 pixels tall with six joints or more, at a given number of
false positives per image: boxes on nobody annotated, or a second box on somebody (except in crowd or ignore regions).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from posetrack.config import load_config
from posetrack.detection import BundledDetectorConfig, Detector, build_detector
from posetrack.evaluation.detections import JudgedBoxes, judge_boxes, people_found
from posetrack.evaluation.oks_ap import evaluate_oks_ap
from posetrack.io.coco_sequences import read_coco_sequences
from posetrack.io.images import read_image
from posetrack.io.skeletons import convert_poses
from posetrack.pose import PoseConfig, PoseEstimator, build_estimator
from posetrack.structures import (
    POSETRACK18,
    BoolArray,
    FloatArray,
    Frame,
    FrameBoxes,
    FramePoses,
    SequenceInfo,
    SequencePoses,
)
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import OUTSIDE
from posetrack.synthetic.humans.shards import Shard, read_shard
from posetrack.synthetic.humans.stills import StillShard, read_stills
from posetrack.visualization import draw_overlay

TALL_PX = 80
MIN_JOINTS = 6
MIN_BOX_PX = 4
LEAST_SCORE = 0.2  # of a detected box
ALARMS = (0.5, 1.0, 2.0)  # false positives per image
GROUPS = ("head", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@dataclass(frozen=True)
class Source:
    """One annotation file and the images of its frames."""

    name: str
    truth: SequencePoses
    images: list[np.ndarray]


def read_sources(arguments: Sequence[str]) -> Iterator[Source]:
    """Yield each sequence of each file."""
    for argument in arguments:
        path, _, folder = argument.partition(":")
        if Path(path).is_dir():
            yield rendered_source(Path(path))
            continue
        root = Path(folder) if folder else Path(path).parent
        for sequence in read_coco_sequences(path):
            images = [read_image(root / name) for name in sequence.info.frame_names]
            yield Source(Path(path).stem, sequence, images)


def rendered_source(folder: Path) -> Source:
    """Return the crops or images of a cache, one per frame."""
    images, frames = [], []
    for path in sorted(folder.glob("*.npz")):
        shard = read_shard(path) if path.name.startswith("crops") else read_stills(path)
        for n in range(len(shard)):
            people = slice(n, n + 1) if isinstance(shard, Shard) else shard.people(n)
            heads = shard.head_boxes_xyxy[people] if isinstance(shard, Shard) else None
            images.append(shard.image(n))
            frames.append(_rendered_truth(len(frames), images[-1].shape[:2], shard, people, heads))
    names = tuple(f"images/{folder.name}/{index:06d}.jpg" for index in range(len(frames)))
    info = SequenceInfo(folder.name, names, images[0].shape[:2], None)
    return Source(folder.name, SequencePoses(info, POSETRACK18, tuple(frames)), images)


def _rendered_truth(
    index: int, image_hw: tuple[int, int], shard: Shard | StillShard, people: slice, heads: FloatArray | None
) -> FramePoses:
    rows = [LABELS.index(joint) for joint in POSETRACK18.joints]
    boxes = np.clip(shard.boxes_xyxy[people], 0, [image_hw[1] - 1, image_hw[0] - 1] * 2)
    here = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= MIN_BOX_PX  # some people of an image stand outside it
    inside = shard.visibility[people][here][:, rows] > OUTSIDE
    if heads is None:  # whole images: people who are mostly hidden are not required
        inside &= shard.visible_share[people][here, None] >= 0.5
    joints = np.where(inside[..., None], shard.joints_xy[people][here][:, rows], np.nan)
    none = np.full(inside.shape, np.nan)
    truth = FramePoses(index, image_hw, boxes[here], none[:, 0], joints, none, inside)
    return truth if heads is None else replace(truth, head_boxes_xyxy=heads[here])


def head_sizes(truth: FramePoses, joints: Sequence[str]) -> FloatArray:
    """(N,) pixels, see above; NaN = unknown."""

    def distance(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.linalg.norm(a - b, axis=-1)

    def middle(part: str) -> FloatArray:
        return (at[f"left_{part}"] + at[f"right_{part}"]) / 2

    nowhere = np.full((len(truth), 2), np.nan)
    at = {name: truth.joints_xy[:, k] for k, name in enumerate(joints)}
    head = truth.head_boxes_xyxy
    size = 0.6 * np.hypot(head[:, 2] - head[:, 0], head[:, 3] - head[:, 1])
    upright = 0.75 * distance(at.get("head_bottom", nowhere), at.get("head_top", nowhere))
    trunk = 0.38 * distance(middle("shoulder"), middle("hip"))
    breadth = 0.5 * distance(at["left_shoulder"], at["right_shoulder"])
    size = np.where(np.isfinite(size) & (size > 1), size, upright)
    return np.asarray(np.where(np.isfinite(size) & (size > 1), size, np.fmax(trunk, breadth)))


def estimate(source: Source, estimator: PoseEstimator) -> list[FramePoses]:
    """Return the poses in the ground-truth boxes, person by person, of all frames."""
    found = []
    for index, (image, truth) in enumerate(zip(source.images, source.truth.frames, strict=True)):
        frame = Frame(index, image, None, str(index))
        (poses,) = estimator.estimate([frame], [FrameBoxes(index, image.shape[:2], truth.boxes_xyxy, np.ones(len(truth)))])
        found.append(poses)
    return found


def joints_right(source: Source, found: list[FramePoses], estimator: PoseEstimator) -> tuple[FloatArray, list[str]]:
    """(people, joints) 1 = correct, 0 = wrong, NaN = not annotated; for the joints in both skeletons, with names."""
    names = [name for name in source.truth.skeleton.joints if name in estimator.skeleton.joints]
    own = [estimator.skeleton.index(name) for name in names]
    theirs = [source.truth.skeleton.index(name) for name in names]
    rows = []
    for truth, poses in zip(source.truth.frames, found, strict=True):
        away = np.linalg.norm(poses.joints_xy[:, own] - truth.joints_xy[:, theirs], axis=-1)
        size = head_sizes(truth, source.truth.skeleton.joints)[:, None]
        known = truth.joint_valid[:, theirs] & np.isfinite(size)
        rows.append(np.where(known, away < 0.5 * size, np.nan))
    return np.concatenate(rows), names


def average_precision(source: Source, found: list[FramePoses], estimator: PoseEstimator) -> float:
    """Return the OKS AP of the poses."""
    skeleton = source.truth.skeleton
    frames = [convert_poses(poses, estimator.skeleton, skeleton) for poses in found]
    return evaluate_oks_ap([source.truth], [replace(source.truth, frames=frames)]).ap


def detect(source: Source, detector: Detector, estimator: PoseEstimator) -> Iterator[tuple[JudgedBoxes, JudgedBoxes]]:
    """Yield the judged detections of each image, of the detector alone and with the joints."""
    for index, (image, truth) in enumerate(zip(source.images, source.truth.frames, strict=True)):
        frame = Frame(index, image, None, str(index))
        boxes = detector.detect([frame])
        (poses,) = estimator.estimate([frame], boxes)
        regions = source.truth.ignore_regions[index]
        yield (_judged(boxes[0].xyxy, boxes[0].scores, truth, regions),
               _judged(poses.boxes_xyxy, poses.scores, truth, regions))  # fmt: skip


def _judged(
    boxes_xyxy: FloatArray, scores: FloatArray, truth: FramePoses, regions: Sequence[FloatArray]
) -> JudgedBoxes:
    excused = np.array([_excused(box, regions) for box in boxes_xyxy], dtype=bool)
    return judge_boxes(boxes_xyxy, scores, truth.boxes_xyxy, _counts(truth), excused)


def _counts(truth: FramePoses) -> BoolArray:
    tall = truth.boxes_xyxy[:, 3] - truth.boxes_xyxy[:, 1] >= TALL_PX
    return np.asarray(tall & (truth.joint_valid.sum(axis=1) >= MIN_JOINTS))


def _excused(box: FloatArray, regions: Sequence[FloatArray]) -> bool:
    middle = (float(box[[0, 2]].mean()), float(box[[1, 3]].mean()))
    return any(cv2.pointPolygonTest(r.astype(np.float32).reshape(-1, 1, 2), middle, False) >= 0 for r in regions)


def sheet(path: Path, drawn: list[np.ndarray]) -> None:
    """Write all images with their poses, in rows, as one image."""
    small = [cv2.resize(image, (int(360 * image.shape[1] / image.shape[0]), 360)) for image in drawn]
    rows: list[list[np.ndarray]] = [[]]
    for image in small:
        if rows[-1] and sum(i.shape[1] for i in rows[-1]) + image.shape[1] > 2400:
            rows.append([])
        rows[-1].append(image)
    lines = [np.hstack(row) for row in rows]
    width = max(line.shape[1] for line in lines)
    whole = np.vstack([np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0))) for line in lines])
    cv2.imwrite(str(path), whole[..., ::-1])


def print_detections(sources: Sequence[Source], arguments: argparse.Namespace) -> None:
    """Print how many people the detector finds, alone and with the joints."""
    detector = build_detector(BundledDetectorConfig(weights=arguments.detector_weights, score_threshold=LEAST_SCORE), "cpu")
    estimator = build_estimator(load_config(PoseConfig, None, arguments.pose), "cpu", refine=True)
    both = [pair for source in sources for pair in detect(source, detector, estimator)]
    of = sum(int(_counts(truth).sum()) for source in sources for truth in source.truth.frames)
    for what, images in zip(("detector", "with joints"), zip(*both, strict=True), strict=True):
        found_at = ", ".join(f"{people_found(images, alarms)} with {alarms:g}" for alarms in ALARMS)
        print(f"{what:16s}{of:4d} people, found: {found_at} false positives per image")


def main() -> None:
    """Print the metrics."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", nargs="+")
    parser.add_argument("--pose", action="append", default=[], metavar="key=value", help="settings of the pose stage")
    parser.add_argument("--detector-weights")
    parser.add_argument("--no-detector", action="store_true")
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    config = load_config(PoseConfig, None, ["oks_nms=null", *arguments.pose])
    estimator = build_estimator(config, "cpu")
    right: dict[str, list[float]] = {name: [] for name in estimator.skeleton.joints}
    drawn, people = [], 0
    sources = list(read_sources(arguments.annotations))
    for source in sources:
        found = estimate(source, estimator)
        hits, names = joints_right(source, found, estimator)
        for name, column in zip(names, hits.T, strict=True):
            right[name] += column[np.isfinite(column)].tolist()
        ap = average_precision(source, found, estimator)
        judged = np.isfinite(hits).any(axis=1).sum()
        people += judged
        print(f"{source.name:16s}{judged:4d} people  PCKh@0.5 {100 * np.nanmean(hits):5.1f}  OKS AP {ap:5.1f}")
        drawn += [draw_overlay(i, p, estimator.skeleton) for i, p in zip(source.images, found, strict=True)]
    everything = [value for values in right.values() for value in values]
    print(f"{'all joints':16s}{people:4d} people  PCKh@0.5 {100 * np.mean(everything):5.1f}")
    for group in GROUPS:
        values = [value for name, values in right.items() if group in name for value in values]
        if values:
            print(f"  {group:14s}{len(values):4d} joints  {100 * np.mean(values):5.1f}")
    if not arguments.no_detector:
        print_detections(sources, arguments)
    if arguments.sheet:
        sheet(arguments.sheet, drawn)


if __name__ == "__main__":
    main()
