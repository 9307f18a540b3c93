"""Boxes refined by the joints found in them."""

from __future__ import annotations

import numpy as np
import pytest

from posetrack.config import load_config
from posetrack.detection import BundledDetectorConfig, build_detector
from posetrack.geometry import box_iou
from posetrack.models import get_entry
from posetrack.pipeline.build import build_stages
from posetrack.pipeline.config import RunConfig
from posetrack.pose import PoseConfig, build_estimator
from posetrack.pose.person_boxes import reach_the_ends, refine_boxes, without_doubles
from posetrack.structures import COCO, POSETRACK17, POSETRACK18, FloatArray
from tests.demo_clip import TRUTH, demo_frames

HW = (200, 300)
POSE_WEIGHTS = get_entry("bundled-pose").path
# Around the head top (100, 20), the ankles (90 and 110, 180) and the wrists (x 70 and 130).
WHOLE = np.array([66.0, 16.0, 134.0, 188.0])
JOINTS = np.array([[100.0, 20], [70, 100], [130, 100], [90, 180], [110, 180]])


def test_half_a_person_becomes_most_of_the_whole() -> None:
    upper, left = [60.0, 14, 140, 100], [64.0, 14, 100, 190]
    boxes = np.array([upper, left])
    refined = refine_boxes(boxes, np.stack([JOINTS] * 2), np.ones((2, 5)), HW)
    before, after = box_iou(boxes, WHOLE[None])[:, 0], box_iou(refined, WHOLE[None])[:, 0]
    assert (before < 0.6).all() and (after > 0.7).all()


def test_a_box_that_is_right_stays() -> None:
    (refined,) = refine_boxes(WHOLE[None], JOINTS[None], np.ones((1, 5)), HW)
    np.testing.assert_allclose(refined, WHOLE, atol=4)


def test_joints_that_are_hardly_there_move_nothing() -> None:
    scores = np.array([[0.9, 0.1, 0.1, 0.9, 0.9], [0.1] * 5])
    moved, stays = refine_boxes(np.stack([WHOLE] * 2), np.stack([JOINTS] * 2), scores, HW)
    assert moved[0] > WHOLE[0] and moved[2] < WHOLE[2]  # between the width of the ankles and the detector's
    np.testing.assert_array_equal(stays, WHOLE)


def test_boxes_end_at_the_image_and_nobody_is_nobody() -> None:
    (refined,) = refine_boxes(np.array([[0.0, 0, 290, 199]]), JOINTS[None] + [-90.0, 30], np.ones((1, 5)), HW)
    assert (refined[:2] >= 0).all() and (refined[2:] <= [299, 199]).all()
    assert refine_boxes(np.zeros((0, 4)), np.zeros((0, 5, 2)), np.zeros((0, 5)), HW).shape == (0, 4)


def test_of_boxes_that_are_one_person_s_the_best_stays() -> None:
    beside = WHOLE + [60.0, 0, 60, 0]
    boxes = np.stack([WHOLE + [0.0, 0, 0, 10], WHOLE, beside])
    joints = np.stack([JOINTS + 20, JOINTS, JOINTS + [60.0, 0]])  # the first two differ mainly in their joints
    scores = np.array([0.3, 0.5, 0.4])
    assert without_doubles(boxes, joints, np.ones((3, 5)), scores).tolist() == [1, 2]


def test_boxes_of_the_same_joints_are_one_person_s() -> None:
    """Low-scoring joints are ignored: the half figure's ankles lie elsewhere."""
    half = np.array([66.0, 16, 134, 100])
    joints = np.stack([JOINTS, JOINTS + [[0.0, 1], [1, 0], [2, 2], [40, 0], [-40, 0]]])
    sure, unsure = np.ones(5), np.array([1.0, 1, 1, 0.2, 0.2])
    boxes, scores = np.stack([WHOLE, half]), np.array([0.5, 0.4])
    assert without_doubles(boxes, joints, np.stack([sure, unsure]), scores).tolist() == [0]
    assert without_doubles(boxes, joints, np.stack([sure, sure]), scores).tolist() == [0, 1]  # only 3 of 5 joints agree
    assert len(without_doubles(np.zeros((0, 4)), np.zeros((0, 5, 2)), np.zeros((0, 5)), np.zeros(0))) == 0


def test_joints_reach_from_head_to_foot() -> None:
    assert reach_the_ends(POSETRACK18) and reach_the_ends(POSETRACK17) and not reach_the_ends(COCO)


def test_the_bundled_detectors_boxes_come_nearer_to_the_people() -> None:
    pairs = demo_frames(12)
    detector = build_detector(BundledDetectorConfig(), "cpu")

    def overlap(refine: bool) -> FloatArray:
        estimator = build_estimator(PoseConfig(appearance=False), "cpu", refine=refine)
        best = []
        for frame, truth in pairs:
            (poses,) = estimator.estimate([frame], detector.detect([frame]))
            best.append(box_iou(truth.boxes_xyxy, poses.boxes_xyxy).max(axis=1))
        return np.concatenate(best)

    before, after = overlap(False), overlap(True)
    assert np.median(after) > np.median(before) + 0.01, (np.median(before), np.median(after))


@pytest.mark.parametrize(
    ("settings", "moved"),
    [
        ([], True),
        (["detector.refine=false"], False),
        (["pose.skeleton=coco", "pose.model=hrnet-medium", f"pose.weights={POSE_WEIGHTS}"], False),
        (["detector.kind=ground-truth", f"detector.path={TRUTH}"], False),
    ],
    ids=["bundled", "not wanted", "joints without a head top", "boxes from elsewhere"],
)
def test_in_a_run_only_the_bundled_detectors_boxes_move(settings: list[str], moved: bool) -> None:
    stages = build_stages(load_config(RunConfig, None, settings))
    ((frame, _),) = demo_frames(100)
    boxes = stages.detector.detect([frame])
    (poses,) = stages.estimator.estimate([frame], boxes)
    away = np.abs(poses.boxes_xyxy[:, None] - boxes[0].xyxy[None]).max(axis=2).min(axis=1)
    assert len(poses) >= 3 and ((away > 0).all() if moved else (away == 0).all())
