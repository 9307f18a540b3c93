"""COCO results and boxes: round trips, scoring by pycocotools, and an error for every fault."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import SHARED, frame_poses, people, sequence_of
from pycocotools.coco import COCO as PyCOCO

from posetrack.errors import FormatError
from posetrack.io import read_coco_boxes, read_coco_results, write_coco_results
from posetrack.io.coco_sequences import read_coco_sequences, write_coco_sequences
from posetrack.structures import COCO, POSETRACK18

DETECTIONS = SHARED / "real" / "posetrack18" / "annotations" / "human_detections.json"


@pytest.mark.real
@pytest.mark.skipif(not DETECTIONS.is_file(), reason=f"no real detections at {DETECTIONS}")
def test_real_detections() -> None:
    boxes, entries = read_coco_boxes(DETECTIONS), json.loads(DETECTIONS.read_text())
    assert {image_id: len(image.xyxy) for image_id, image in boxes.items()} == {10034180000: 100, 10094730000: 78}
    for image_id, image in boxes.items():
        expected = [entry for entry in entries if entry["image_id"] == image_id]
        x, y, w, h = np.array([entry["bbox"] for entry in expected]).T
        np.testing.assert_array_equal(image.xyxy, np.stack([x, y, x + w, y + h], axis=1))
        assert image.scores.tolist() == [entry["score"] for entry in expected]


def test_boxes_of_other_categories_are_left_out(tmp_path: Path) -> None:
    entries = [
        {"image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5},
        {"image_id": 1, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 0.9},
        {"image_id": 2, "bbox": [5, 6, 7, 8]},
    ]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    boxes = read_coco_boxes(tmp_path / "a.json")
    assert list(boxes) == [2]
    assert boxes[2].xyxy.tolist() == [[1, 2, 4, 6], [5, 6, 12, 14]]
    assert boxes[2].scores[0] == 0.5 and np.isnan(boxes[2].scores[1])


def test_boxes_of_an_annotation_file_include_images_that_hold_nobody(tmp_path: Path) -> None:
    sequence = sequence_of([2, 0])
    write_coco_sequences(tmp_path / "a.json", [sequence])
    boxes = read_coco_boxes(tmp_path / "a.json")
    assert {image_id: len(image.xyxy) for image_id, image in boxes.items()} == {10123450000: 2, 10123450001: 0}
    np.testing.assert_allclose(boxes[10123450000].xyxy, sequence.frames[0].boxes_xyxy, rtol=0, atol=1e-11)


def test_boxes_are_by_image_in_the_order_of_the_file(tmp_path: Path) -> None:
    entries = [{"image_id": i, "bbox": [score, 2, 3, 4], "score": score} for i, score in ((7, 1), (3, 2), (7, 0))]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    boxes = read_coco_boxes(tmp_path / "a.json")
    assert {i: image.scores.tolist() for i, image in boxes.items()} == {7: [1, 0], 3: [2]} and list(boxes) == [7, 3]
    assert boxes[7].xyxy.tolist() == [[1, 2, 4, 6], [0, 2, 3, 6]]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(poses=frame_poses(0, (480, 640), 17))
def test_results_are_read_back(poses: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "a.json"
    write_coco_results(path, {10: poses})
    again = read_coco_results(path).get(10, type(poses).empty(0, (1, 1), 17))
    at_origin = (poses.joints_xy == 0).all(axis=2) & ~(poses.joint_scores != 0)  # 0, 0, 0 means no joint
    np.testing.assert_array_equal(again.joint_valid, poses.joint_valid & ~at_origin)
    np.testing.assert_array_equal(again.joints_xy[again.joint_valid], poses.joints_xy[again.joint_valid])
    known = again.joint_valid & ~np.isnan(poses.joint_scores)
    np.testing.assert_array_equal(again.joint_scores[known], poses.joint_scores[known])
    assert (again.joint_scores[again.joint_valid & ~known] == 1).all()
    np.testing.assert_array_equal(again.track_ids, poses.track_ids)


def test_pycocotools_scores_our_results(tmp_path: Path) -> None:
    """A perfect result gets AP 1 from pycocotools."""
    from pycocotools.cocoeval import COCOeval

    truth = sequence_of([3], skeleton=COCO)
    write_coco_sequences(tmp_path / "gt.json", [truth])
    write_coco_results(tmp_path / "dt.json", {10123450000: truth.frames[0]})
    with contextlib.redirect_stdout(io.StringIO()):
        gt = PyCOCO(str(tmp_path / "gt.json"))
        evaluation = COCOeval(gt, gt.loadRes(str(tmp_path / "dt.json")), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


BAD = {
    "object": ({"a": 1}, read_coco_boxes, "'images' is missing"),
    "results object": ({"a": 1}, read_coco_results, "expected a COCO results file: a list"),
    "entry text": (["x"], read_coco_boxes, "results[0]: found the string 'x'"),
    "no image": ([{"bbox": [1, 2, 3, 4]}], read_coco_boxes, "results[0]: the key 'image_id' is missing"),
    "no box": ([{"image_id": 1}], read_coco_boxes, "results[0]: the key 'bbox' is missing"),
    "box of 3": ([{"image_id": 1, "bbox": [1, 2, 3]}], read_coco_boxes, "results[0]: 'bbox' has 3 numbers, expected 4"),
    "second entry": (
        [{"image_id": 1, "category_id": 2}, {"image_id": 1, "bbox": [1, 2, 3, None]}],
        read_coco_boxes,
        "results[1]: 'bbox'[3] is null",
    ),
    "id text": ([{"image_id": "1", "bbox": [1, 2, 3, 4]}], read_coco_boxes, "'image_id' is the string '1'"),
    "34 numbers": ([{"image_id": 1, "keypoints": [1] * 34}], read_coco_results, "34 numbers, expected 51 numbers"),
    "list of annotations": ([], read_coco_sequences, "found a list of 0, expected the object of a COCO"),
    "no keypoint category": (
        {"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]},
        read_coco_sequences,
        "0 categories have 'keypoints'",
    ),
    "unknown image": (
        {
            "images": [],
            "annotations": [{"image_id": 4, "keypoints": [0] * 51}],
            "categories": [{"keypoints": list(COCO.joints)}],
        },
        read_coco_sequences,
        "annotations[0] (image_id 4): 'image_id' is not the 'id' of any of the images",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_malformed(case: str, tmp_path: Path) -> None:
    content, reader, words = BAD[case]
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(FormatError) as caught:
        reader(tmp_path / "a.json")
    assert words in str(caught.value) and str(tmp_path / "a.json") in str(caught.value)


def test_results_of_another_skeleton(tmp_path: Path) -> None:
    write_coco_results(tmp_path / "a.json", {1: people(0, 2, POSETRACK18)})
    assert read_coco_results(tmp_path / "a.json", POSETRACK18)[1].joint_valid.sum() == 30
