"""The weights that ship find drawn people they were not trained on, and are what the card says they are."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from posetrack.detection import BundledDetectorConfig, build_detector
from posetrack.geometry import apply_affine, box_iou, box_to_center_scale
from posetrack.models import get_entry
from posetrack.pose.preprocess import crop_batch, crop_matrices
from posetrack.structures import Frame, FramePoses
from posetrack.synthetic import Scene, SceneConfig

WEIGHTS = Path(str(resources.files("posetrack") / "assets" / "weights"))
SEEDS = (2_000_000_101, 2_000_000_102)  # training and its validation draw from 0 to 1,000,000,100
PCKH_MATCH_THRESHOLD = 0.5
HEAD_SIZE_FACTOR = 0.6  # of the head box's diagonal, as in the evaluation


def frames() -> Iterator[tuple[Frame, FramePoses]]:
    for seed in SEEDS:
        scene = Scene(SceneConfig(), seed)
        yield from (scene.render(index) for index in (10, 30, 50))


def test_both_files_together_are_small_and_have_a_card() -> None:
    files = sorted(WEIGHTS.glob("*.safetensors"))
    assert [file.name for file in files] == ["detector.safetensors", "pose.safetensors"]
    assert sum(file.stat().st_size for file in files) < 16e6
    card = (WEIGHTS / "CARD.md").read_text()
    assert all(file.name in card for file in files)


def test_visible_joints_of_drawn_people_are_found() -> None:
    entry = get_entry("bundled-pose")
    network, width = entry.load(), entry.input_wh[0] // 4
    right = total = 0
    for frame, truth in frames():
        centers, scales = box_to_center_scale(truth.boxes_xyxy, entry.input_wh[0] / entry.input_wh[1])
        matrices = crop_matrices(centers, scales, entry.input_wh, False)
        with torch.inference_mode():
            maps = network(torch.from_numpy(crop_batch([frame.image] * len(truth), matrices, entry.input_wh))).numpy()
        place = maps.reshape(*maps.shape[:2], -1).argmax(axis=2)
        heads = truth.head_boxes_xyxy
        near = PCKH_MATCH_THRESHOLD * HEAD_SIZE_FACTOR * np.hypot(heads[:, 2] - heads[:, 0], heads[:, 3] - heads[:, 1])
        for person, matrix in enumerate(matrices):
            peaks = np.stack([place[person] % width, place[person] // width], axis=1) * 4.0
            found = apply_affine(peaks, cv2.invertAffineTransform(matrix))
            seen = truth.joint_visible[person]
            distance = np.linalg.norm(found[seen] - truth.joints_xy[person][seen], axis=1)
            right, total = right + int((distance < near[person]).sum()), total + int(seen.sum())
    assert total > 200
    assert right / total == pytest.approx(1.0, abs=0.2)


def test_drawn_people_are_detected() -> None:
    detector = build_detector(BundledDetectorConfig(), "cpu")
    found = people = 0
    for frame, truth in frames():
        (boxes,) = detector.detect([Frame(0, frame.image, None, "0")])
        people += len(truth)
        found += int((box_iou(truth.boxes_xyxy, boxes.xyxy) > 0.5).any(axis=1).sum())
    assert people > 15
    assert found / people > 0.7
