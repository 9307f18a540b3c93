"""Boxes from files: every format is recognised by its content and matched to its frames; mismatches are errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from posetrack.detection import Detector, FileDetectorConfig, GroundTruthDetectorConfig, build_detector
from posetrack.errors import FormatError, InputError
from posetrack.geometry import box_iou, joints_box
from posetrack.io import read_posetrack18, write_posetrack17, write_posetrack18
from posetrack.io.coco import read_coco_boxes
from posetrack.io.coco_sequences import read_coco_sequences
from posetrack.io.sources import open_source
from posetrack.structures import POSETRACK18, Frame, FrameBoxes, FramePoses, SequenceInfo, SequencePoses

SEQUENCE = "003418_mpii_test"
HW = (120, 160)
IMAGE = np.zeros((*HW, 3), dtype=np.uint8)
REAL = Path(__file__).parents[2].parent / "shared" / "real"
BOX, OTHER = [10.0, 20.0, 50.0, 90.0], [70.0, 20.0, 110.0, 100.0]
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not here")


def frame(index: int, folder: str = f"images/val/{SEQUENCE}", source_index: int = -1) -> Frame:
    return Frame(index, IMAGE, None, f"{folder}/{index if source_index < 0 else source_index:06d}.jpg", source_index)


def from_file(path: Path, **options: Any) -> Detector:
    return build_detector(FileDetectorConfig(path=str(path), **options))


def lists(found: list[FrameBoxes]) -> list[list[list[float]]]:
    return [boxes.xyxy.tolist() for boxes in found]


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def entry(image_id: int, box: list[float], score: float, category: int = 1) -> dict[str, Any]:
    """An entry of a COCO results file."""
    x, y, x2, y2 = box
    return {"image_id": image_id, "category_id": category, "bbox": [x, y, x2 - x, y2 - y], "score": score}


def people(index: int, boxes: list[list[float]], scores: float = np.nan) -> FramePoses:
    """One person per box, with joints on a diagonal through its middle half; score NaN = no box in the file."""
    n, k = len(boxes), POSETRACK18.num_joints
    table = np.array(boxes, dtype=np.float64).reshape(n, 4)
    along = np.linspace(0.25, 0.75, k)[None, :, None]
    xy = table[:, None, :2] * (1 - along) + table[:, None, 2:] * along
    return FramePoses(index, HW, table, np.full(n, scores), xy, np.full((n, k), np.nan), np.ones((n, k), dtype=bool),
                      track_ids=np.arange(n), head_boxes_xyxy=table / 4)  # fmt: skip


def sequence(*frames: FramePoses, folder: str = f"images/val/{SEQUENCE}") -> SequencePoses:
    names = tuple(f"{folder}/{index:06d}.jpg" for index in range(len(frames)))
    return SequencePoses(SequenceInfo(SEQUENCE, names, HW), POSETRACK18, frames)


def test_a_crowd_is_no_person(tmp_path: Path) -> None:
    entry = {"image_id": 1, "category_id": 1, "keypoints": []}
    entries = [entry | {"id": 1, "bbox": [1, 2, 30, 40]}, entry | {"id": 2, "bbox": [0, 0, 90, 90], "iscrowd": 1}]
    (tmp_path / "boxes.json").write_text(json.dumps({"images": [{"id": 1}], "annotations": entries}))
    assert read_coco_boxes(tmp_path / "boxes.json")[1].xyxy.tolist() == [[1, 2, 31, 42]]


def test_coco_results_by_posetracks_image_number(tmp_path: Path) -> None:
    image_id = 10034180000
    entries = [entry(image_id, BOX, 0.5), entry(image_id, OTHER, 0.9), entry(image_id + 2, BOX, 0.8)]
    path = text(tmp_path / "boxes", json.dumps(entries))  # no suffix: the content decides
    assert lists(from_file(path).detect([frame(0), frame(1), frame(2)])) == [[OTHER, BOX], [], [BOX]]


def test_coco_results_by_index_of_the_whole_video(tmp_path: Path) -> None:
    path = text(tmp_path / "boxes.json", json.dumps([entry(i, [i, 0, 40, 40], 0.9) for i in (3, 5)]))
    found = from_file(path).detect([frame(i, "street", source_index=i + 3) for i in range(3)])
    assert lists(found) == [[[3, 0, 40, 40]], [], [[5, 0, 40, 40]]]
    assert [boxes.frame_index for boxes in found] == [0, 1, 2]


def test_coco_results_keep_persons_above_the_threshold_once(tmp_path: Path) -> None:
    shifted = [value + 2 for value in BOX]
    entries = [entry(0, BOX, 0.9), entry(0, shifted, 0.8), entry(0, OTHER, 0.2), entry(0, OTHER, 0.9, category=2)]
    path = text(tmp_path / "boxes.json", "\ufeff \n" + json.dumps(entries))
    assert lists(from_file(path, score_threshold=0.3, nms_iou=0.7).detect([frame(0, "street")])) == [[BOX]]
    assert len(from_file(path, score_threshold=0.0, nms_iou=1.0).detect([frame(0, "street")])[0]) == 3
    assert len(from_file(path, score_threshold=0.0, nms_iou=1.0, max_people=2).detect([frame(0, "street")])[0]) == 2


def test_coco_annotations_by_the_name_of_the_image(tmp_path: Path) -> None:
    images = [{"id": 7, "file_name": "street/b.jpg"}, {"id": 9, "file_name": "street/a.jpg"}]
    boxes = [{"image_id": 9, "category_id": 1, "bbox": [10, 20, 40, 70]}]
    path = text(tmp_path / "boxes.json", json.dumps({"images": images, "annotations": boxes, "categories": []}))
    frames = [Frame(0, IMAGE, None, "street/a.jpg"), Frame(1, IMAGE, None, "street/b.jpg")]
    assert lists(from_file(path).detect(frames)) == [[BOX], []]
    with pytest.raises(InputError, match="boxes.json: has no frame 'street/c.jpg'"):
        from_file(path).detect([Frame(0, IMAGE, None, "street/c.jpg")])


def test_bare_file_names_are_those_of_any_folder(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}]
    boxes = [{"image_id": 1, "bbox": [10, 20, 40, 70]}]
    path = text(tmp_path / "boxes.json", json.dumps({"images": images, "annotations": boxes}))
    assert lists(from_file(path).detect([Frame(0, IMAGE, None, "somewhere/a.jpg")])) == [[BOX]]


def test_mot_text_counts_frames_and_pixels_from_1(tmp_path: Path) -> None:
    path = text(tmp_path / "det.txt", "2,-1,11,21,40,70,0.9,-1,-1,-1\n4,-1,71,21,40,80,-1,-1,-1,-1\n4,-1,1,1,9,9,0.1\n")
    one = from_file(path)
    assert lists(one.detect([frame(i, "street") for i in range(4)])) == [[], [BOX], [], [OTHER]]
    # Frame 3 of the video, even if it is the first of the selected range.
    assert lists(one.detect([frame(0, "street", source_index=3)])) == [[OTHER]]


@pytest.mark.parametrize("write", [write_posetrack18, write_posetrack17])
def test_posetrack_json_of_either_form(tmp_path: Path, write: Any) -> None:
    truth = sequence(people(0, [BOX, OTHER]), people(1, []), people(2, [OTHER]))
    write(tmp_path / "p.json", truth)
    found = from_file(tmp_path / "p.json").detect([frame(i) for i in range(3)])
    assert lists(found) == [[BOX, OTHER], [], [OTHER]]


def test_official_posetrack17_files_have_no_person_boxes_those_are_around_the_joints(tmp_path: Path) -> None:
    poses = people(0, [BOX, OTHER])
    write_posetrack17(tmp_path / "p.json", sequence(replace(poses, boxes_xyxy=np.full((2, 4), np.nan))))
    (found,) = from_file(tmp_path / "p.json").detect([frame(0)])
    assert found.xyxy == pytest.approx(joints_box(poses.joints_xy, poses.joint_valid, 1.15))


def test_the_folders_above_the_sequence_do_not_matter(tmp_path: Path) -> None:
    write_posetrack18(tmp_path / "p.json", sequence(people(0, [BOX])))
    assert lists(from_file(tmp_path / "p.json").detect([frame(0, f"images/test/{SEQUENCE}")])) == [[BOX]]


def test_ground_truth_around_the_joints_or_as_in_the_file(tmp_path: Path) -> None:
    close = [12.0, 20.0, 52.0, 90.0]  # IoU with BOX 0.9, but still two people
    write_posetrack18(tmp_path / "gt.json", sequence(people(0, [BOX, close])))
    around = build_detector(GroundTruthDetectorConfig(path=str(tmp_path / "gt.json"))).detect([frame(0)])
    # Joints from (20, 37.5) to (40, 72.5), plus a margin of 7.5 % on each side.
    assert around[0].xyxy[0] == pytest.approx([18.5, 34.875, 41.5, 75.125])
    stored = build_detector(GroundTruthDetectorConfig(path=str(tmp_path / "gt.json"), box="file")).detect([frame(0)])
    assert lists(stored) == [[BOX, close]]
    assert stored[0].scores.tolist() == [1.0, 1.0]


def test_a_person_without_joints_or_box_has_no_box(tmp_path: Path) -> None:
    poses = people(0, [BOX, OTHER])
    valid = poses.joint_valid.copy()
    valid[0] = False
    bare = replace(poses, boxes_xyxy=np.full((2, 4), np.nan), joint_valid=valid, joint_visible=valid)
    write_posetrack17(tmp_path / "gt.json", sequence(bare))
    for config in (
        FileDetectorConfig(path=str(tmp_path / "gt.json")),
        GroundTruthDetectorConfig(path=str(tmp_path / "gt.json")),
        GroundTruthDetectorConfig(path=str(tmp_path / "gt.json"), box="file"),
    ):
        assert len(build_detector(config).detect([frame(0)])[0]) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found none of them"),
        ("frame,id,x,y\n", "found none of them"),
        ("1,2,3\n", "line 1: 3 numbers, expected at least 6"),
        ("[]", "holds no boxes"),
        ("[{]", "the file was cut off"),
        ('[{"bbox": [1, 2, 3, 4]}]', "'image_id'"),
        ('[{"image_id": 1, "bbox": [1, 2, 3]}]', "'bbox' has 3 numbers, expected 4"),
        ('{"a": 1}', "found an object with the keys a"),
        ('{"images": [], "annotations": []}', "names no frames"),
        ('{"images": [{"id": 1}], "annotations": []}', "'file_name'"),
    ],
)
def test_bad_files(tmp_path: Path, content: str, message: str) -> None:
    path = text(tmp_path / "bad", content)
    with pytest.raises(InputError) as caught:
        from_file(path)
    assert str(path) in str(caught.value) and message in str(caught.value)


def test_no_file_a_folder_and_a_picture(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.json: no such file"):
        from_file(tmp_path / "none.json")
    with pytest.raises(InputError, match="is a folder"):
        from_file(tmp_path)
    (tmp_path / "picture").write_bytes(cv2.imencode(".png", IMAGE)[1].tobytes())
    with pytest.raises(FormatError, match="found none of them"):
        from_file(tmp_path / "picture")
    with pytest.raises(FormatError, match="expected PoseTrack17 JSON"):
        build_detector(GroundTruthDetectorConfig(path=str(text(tmp_path / "list.json", "[]"))))


def test_boxes_of_another_sequence_are_an_error_and_not_an_empty_video(tmp_path: Path) -> None:
    write_posetrack18(tmp_path / "p.json", sequence(people(0, [BOX])))
    with pytest.raises(InputError, match="p.json: has no frame 'images/val/000001_bonn_test/000000.jpg'"):
        from_file(tmp_path / "p.json").detect([frame(0, "images/val/000001_bonn_test")])
    with pytest.raises(InputError, match="p.json: has no frame 'images/val/003418_mpii_test/000001.jpg'"):
        from_file(tmp_path / "p.json").detect([frame(1)])
    path = text(tmp_path / "c.json", json.dumps([entry(10034180000, BOX, 0.9)]))
    with pytest.raises(InputError, match="c.json: has no boxes of 000001_bonn_test.*start at 10034180000"):
        from_file(path).detect([frame(0, "images/val/000001_bonn_test")])
    with pytest.raises(InputError, match="c.json: its image ids start at 10034180000: those are not frame indices"):
        from_file(path).detect([frame(0, "street")])


@needs_real
def test_the_real_detections_of_two_posetrack18_sequences() -> None:
    path = REAL / "posetrack18" / "annotations" / "human_detections.json"
    entries = json.loads(path.read_text())
    everything = from_file(path, score_threshold=0.0, nms_iou=1.0, max_people=10_000)
    usual = from_file(path, score_threshold=0.4)
    for name, image_id in (("003418_mpii_test", 10034180000), ("009473_mpii_test", 10094730000)):
        annotation = REAL / "posetrack18" / "annotations" / "val" / f"{name}.json"
        first = next(iter(open_source(str(annotation), data_root=str(REAL / "posetrack18"), frames=(0, 1))))
        scores = sorted((entry["score"] for entry in entries if entry["image_id"] == image_id), reverse=True)
        (found,) = everything.detect([first])
        assert found.scores.tolist() == pytest.approx(scores)
        # Every annotated person has a detection (in the crowd, most people are in ignore regions).
        truth = build_detector(GroundTruthDetectorConfig(path=str(annotation))).detect([first])[0]
        assert len(truth) == (read_posetrack18(annotation).frames[0].joint_valid.any(axis=1)).sum()
        assert (box_iou(truth.xyxy, usual.detect([first])[0].xyxy).max(axis=1) > 0.5).all()


@needs_real
def test_the_real_coco_annotations_by_name() -> None:
    path = REAL / "coco" / "person_keypoints.json"
    found = from_file(path).detect(list(open_source(str(REAL / "coco"))))
    (truth,) = read_coco_sequences(path)
    expected = {name: len(poses) for name, poses in zip(truth.info.frame_names, truth.frames, strict=True)}
    assert sum(map(len, found)) > 0
    assert [len(boxes) for boxes in found] == [expected[name] for name in sorted(expected)]
