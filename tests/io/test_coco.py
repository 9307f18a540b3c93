"""COCO JSON: equal to pycocotools' reading, written and read again, and every fault named."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import SHARED, assert_same_poses, frame_poses, people
from pycocotools.coco import COCO as PyCOCO

from posetrack.errors import FormatError
from posetrack.io import (
    CocoImage,
    CocoKeypoints,
    ImageBoxes,
    read_coco_boxes,
    read_coco_keypoints,
    read_coco_results,
    write_coco_boxes,
    write_coco_keypoints,
    write_coco_results,
)
from posetrack.structures import COCO, POSETRACK18

REAL = SHARED / "real" / "coco" / "person_keypoints.json"
DETECTIONS = SHARED / "real" / "posetrack18" / "annotations" / "human_detections.json"


def _py_coco(path: Path) -> PyCOCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return PyCOCO(str(path))


def _images() -> CocoKeypoints:
    """Two images, the second without anybody; hidden joints, missing ones, a crowd."""
    poses = replace(people(0, 2, COCO), scores=np.full(2, np.nan), joint_scores=np.full((2, 17), np.nan),
                    track_ids=np.full(2, -1), head_boxes_xyxy=np.full((2, 4), np.nan))  # fmt: skip
    valid, visible = poses.joint_valid.copy(), poses.joint_visible.copy()
    valid[0, 3], visible[1, 5] = False, False
    poses = replace(poses, joint_valid=valid, joint_visible=visible)
    first = CocoImage(785, "000000000785.jpg", poses, np.array([120.5, 33.0]), np.array([False, True]))
    nobody = replace(type(poses).empty(1, (50, 60), 17))
    return CocoKeypoints(COCO, (first, CocoImage(12, "b.jpg", nobody, np.zeros(0), np.zeros(0, dtype=bool))))


def test_annotations_are_read_back_and_pycocotools_reads_the_same(tmp_path: Path) -> None:
    written = _images()
    write_coco_keypoints(tmp_path / "a.json", written)
    again = read_coco_keypoints(tmp_path / "a.json")
    assert again.skeleton is COCO
    for a, b in zip(again.images, written.images, strict=True):
        assert (a.image_id, a.file_name, a.poses.image_hw) == (b.image_id, b.file_name, b.poses.image_hw)
        assert_same_poses(a.poses, b.poses)
        assert a.areas.tolist() == b.areas.tolist() and a.is_crowd.tolist() == b.is_crowd.tolist()
    theirs = _py_coco(tmp_path / "a.json")
    assert theirs.getImgIds() == [12, 785] or theirs.getImgIds() == [785, 12]
    people_of = theirs.loadAnns(theirs.getAnnIds(imgIds=[785]))
    assert [a["iscrowd"] for a in people_of] == [0, 1]
    flags = np.array([a["keypoints"] for a in people_of]).reshape(2, 17, 3)[..., 2]
    assert (flags[0, 3], flags[1, 5], flags[0, 0]) == (0, 1, 2)


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_file(), reason=f"no real COCO annotations at {REAL}")
def test_real_annotations(tmp_path: Path) -> None:
    ours, theirs = read_coco_keypoints(REAL), _py_coco(REAL)
    assert [image.image_id for image in ours.images] == [image["id"] for image in theirs.dataset["images"]]
    for image in ours.images:
        expected = theirs.loadAnns(theirs.getAnnIds(imgIds=[image.image_id]))
        assert [int(n) for n in image.poses.joint_valid.sum(axis=1)] == [a["num_keypoints"] for a in expected]
        assert image.areas.tolist() == [a["area"] for a in expected]
        x1, y1, w, h = np.array([a["bbox"] for a in expected]).T
        np.testing.assert_array_equal(image.poses.boxes_xyxy, np.stack([x1, y1, x1 + w, y1 + h], axis=1))
    write_coco_keypoints(tmp_path / "a.json", ours)
    again = json.loads((tmp_path / "a.json").read_text())["annotations"]
    for a, b in zip(again, theirs.dataset["annotations"], strict=True):
        assert {key: a[key] for key in ("keypoints", "bbox", "area", "num_keypoints", "image_id")} == {
            key: b[key] for key in ("keypoints", "bbox", "area", "num_keypoints", "image_id")
        }


@pytest.mark.real
@pytest.mark.skipif(not DETECTIONS.is_file(), reason=f"no real detections at {DETECTIONS}")
def test_real_detections_are_written_back_with_equal_content(tmp_path: Path) -> None:
    boxes = read_coco_boxes(DETECTIONS)
    assert {image_id: len(image.xyxy) for image_id, image in boxes.items()} == {10034180000: 100, 10094730000: 78}
    write_coco_boxes(tmp_path / "a.json", boxes)
    assert json.loads((tmp_path / "a.json").read_text()) == json.loads(DETECTIONS.read_text())


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
    write_coco_keypoints(tmp_path / "a.json", _images())
    boxes = read_coco_boxes(tmp_path / "a.json")
    assert {image_id: len(image.xyxy) for image_id, image in boxes.items()} == {785: 2, 12: 0}


def test_boxes_written_and_read(tmp_path: Path) -> None:
    boxes = {
        7: ImageBoxes(np.array([[1.5, 2.25, 10.75, 20.0]]), np.array([np.nan])),
        3: ImageBoxes(np.ones((1, 4)), np.ones(1)),
    }
    write_coco_boxes(tmp_path / "a.json", boxes)
    again = read_coco_boxes(tmp_path / "a.json")
    assert list(again) == [7, 3]
    np.testing.assert_array_equal(again[7].xyxy, boxes[7].xyxy)
    assert np.isnan(again[7].scores[0]) and again[3].scores.tolist() == [1]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(poses=frame_poses(0, (480, 640), 17))
def test_results_are_read_back(poses: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "a.json"
    write_coco_results(path, {10: poses})
    again = read_coco_results(path).get(10, type(poses).empty(0, (1, 1), 17))
    at_origin = (poses.joints_xy == 0).all(axis=2) & ~(poses.joint_scores != 0)  # 0, 0, 0 is no joint
    np.testing.assert_array_equal(again.joint_valid, poses.joint_valid & ~at_origin)
    np.testing.assert_array_equal(again.joints_xy[again.joint_valid], poses.joints_xy[again.joint_valid])
    known = again.joint_valid & ~np.isnan(poses.joint_scores)
    np.testing.assert_array_equal(again.joint_scores[known], poses.joint_scores[known])
    assert (again.joint_scores[again.joint_valid & ~known] == 1).all()
    np.testing.assert_array_equal(again.track_ids, poses.track_ids)


def test_pycocotools_scores_our_results(tmp_path: Path) -> None:
    """A perfect result gets AP 1 from COCO's own program."""
    from pycocotools.cocoeval import COCOeval

    poses = people(0, 3, COCO)
    truth = CocoKeypoints(COCO, (CocoImage(5, "a.jpg", poses, np.full(3, 5e4), np.zeros(3, dtype=bool)),))
    write_coco_keypoints(tmp_path / "gt.json", truth)
    write_coco_results(tmp_path / "dt.json", {5: poses})
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
    "entry text": (["x"], read_coco_boxes, "results[0]: found the text 'x'"),
    "no image": ([{"bbox": [1, 2, 3, 4]}], read_coco_boxes, "results[0]: the key 'image_id' is missing"),
    "no box": ([{"image_id": 1}], read_coco_boxes, "results[0]: the key 'bbox' is missing"),
    "box of 3": ([{"image_id": 1, "bbox": [1, 2, 3]}], read_coco_boxes, "results[0]: 'bbox' has 3 numbers, expected 4"),
    "second entry": (
        [{"image_id": 1, "category_id": 2}, {"image_id": 1, "bbox": [1, 2, 3, None]}],
        read_coco_boxes,
        "results[1]: 'bbox'[3] is null",
    ),
    "id text": ([{"image_id": "1", "bbox": [1, 2, 3, 4]}], read_coco_boxes, "'image_id' is the text '1'"),
    "34 numbers": ([{"image_id": 1, "keypoints": [1] * 34}], read_coco_results, "34 numbers, expected 51 numbers"),
    "list of annotations": ([], read_coco_keypoints, "found a list of 0, expected the object of a COCO"),
    "no keypoint category": (
        {"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]},
        read_coco_keypoints,
        "0 categories have 'keypoints'",
    ),
    "unknown image": (
        {
            "images": [],
            "annotations": [{"image_id": 4, "keypoints": [0] * 51}],
            "categories": [{"keypoints": list(COCO.joints)}],
        },
        read_coco_keypoints,
        "annotations[0]: 'image_id' is not the 'id' of any of the images",
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
