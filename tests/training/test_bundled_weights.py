"""The bundled weights find joints of people they were not trained on, and match the model card."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from posetrack.geometry import apply_affine, box_to_center_scale
from posetrack.models import get_entry
from posetrack.pose.preprocess import crop_batch, crop_matrices
from tests.demo_clip import demo_frames

WEIGHTS = Path(str(resources.files("posetrack") / "assets" / "weights"))
PCKH_MATCH_THRESHOLD = 0.5
HEAD_SIZE_FACTOR = 0.6  # of the head box diagonal, as in the evaluation


def test_both_files_together_are_small_and_have_a_card() -> None:
    files = sorted(WEIGHTS.glob("*.safetensors"))
    assert [file.name for file in files] == ["detector.safetensors", "pose.safetensors"]
    assert sum(file.stat().st_size for file in files) < 24e6
    card = (WEIGHTS / "CARD.md").read_text()
    assert all(file.name in card for file in files)


def test_visible_joints_of_people_who_were_not_trained_on_are_found() -> None:
    entry = get_entry("bundled-pose")
    network, width = entry.load(), entry.input_wh[0] // 4
    right = total = 0
    for frame, truth in demo_frames(every=6):
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
