"""Videos in COCO format: lossless, readable by pycocotools; merged files are split into sequences."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import NAME, SHARED, assert_same_poses, packed_files, people, sequence_of, sequences
from pycocotools.coco import COCO as PyCOCO

from posetrack.errors import FormatError, OutputError
from posetrack.io import read_posetrack18, write_posetrack18
from posetrack.io.coco_sequences import parse_sequences, read_coco_sequences, write_coco_sequences
from posetrack.structures import COCO, POSETRACK17, FramePoses, SequencePoses

REAL = SHARED / "real" / "coco" / "person_keypoints.json"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences())
def test_what_is_written_is_read_back(sequence: SequencePoses, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "a.json"
    write_coco_sequences(path, [sequence])
    (again,) = read_coco_sequences(path)
    assert again.skeleton is sequence.skeleton
    size = sequence.info.image_hw if sequence.frames else None
    made = {"image_ids": again.info.image_ids, "frame_fields": again.info.frame_fields, "image_hw": size}
    assert again.info.__dict__ == replace(sequence.info, **made).__dict__  # type: ignore[arg-type]
    for a, b in zip(again.frames, sequence.frames, strict=True):
        assert_same_poses(a, b, leave_out=("boxes_xyxy", "head_boxes_xyxy"))
        np.testing.assert_allclose(a.head_boxes_xyxy, b.head_boxes_xyxy, rtol=0, atol=1e-11)
        given_box = ~np.isnan(b.boxes_xyxy).any(axis=1)  # the others get the box around the joints
        np.testing.assert_allclose(a.boxes_xyxy[given_box], b.boxes_xyxy[given_box], rtol=0, atol=1e-11)
    for mine, theirs in zip(again.ignore_regions, sequence.ignore_regions, strict=True):
        assert [p.tolist() for p in mine] == [p.tolist() for p in theirs]


def test_a_hidden_joint_at_the_origin_is_kept(tmp_path: Path) -> None:
    """PoseTrack18 cannot express it: 0, 0, 0 means no joint there."""
    poses = people(0, 1)
    xy, visible = poses.joints_xy.copy(), poses.joint_visible.copy()
    xy[0, 0], visible[0, 0] = 0, False
    sequence = replace(sequence_of([1]), frames=(replace(poses, joints_xy=xy, joint_visible=visible),))
    write_coco_sequences(tmp_path / "a.json", [sequence])
    assert_same_poses(read_coco_sequences(tmp_path / "a.json")[0].frames[0], sequence.frames[0], ("boxes_xyxy",))


def _py_coco(path: Path) -> PyCOCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return PyCOCO(str(path))


def test_pycocotools_reads_the_same(tmp_path: Path) -> None:
    sequence = sequence_of([2, 0, 1], skeleton=COCO)
    write_coco_sequences(tmp_path / "a.json", [sequence])
    theirs = _py_coco(tmp_path / "a.json")
    ids = [image["id"] for image in theirs.dataset["images"]]
    assert [len(theirs.getAnnIds(imgIds=[image_id])) for image_id in ids] == [2, 0, 1]
    for image_id, frame in zip(ids, sequence.frames, strict=True):
        for person, annotation in enumerate(theirs.loadAnns(theirs.getAnnIds(imgIds=[image_id]))):
            triples = np.array(annotation["keypoints"]).reshape(17, 3)
            np.testing.assert_array_equal(triples[:, :2], frame.joints_xy[person])
            assert (triples[:, 2] == 2).all() and annotation["num_keypoints"] == 17
            assert annotation["area"] == annotation["bbox"][2] * annotation["bbox"][3] > 0
            assert annotation["iscrowd"] == 0 and annotation["track_id"] == person


def test_hidden_and_missing_joints_are_cocos(tmp_path: Path) -> None:
    poses = people(0, 2, COCO)
    valid, visible = poses.joint_valid.copy(), poses.joint_visible.copy()
    valid[0, 3], visible[1, 5] = False, False
    frame = replace(poses, joint_valid=valid, joint_visible=visible)
    write_coco_sequences(tmp_path / "a.json", [replace(sequence_of([2], skeleton=COCO), frames=(frame,))])
    annotations = json.loads((tmp_path / "a.json").read_text())["annotations"]
    flags = np.array([a["keypoints"] for a in annotations]).reshape(2, 17, 3)[..., 2]
    assert (flags[0, 3], flags[1, 5], flags[0, 0]) == (0, 1, 2)
    assert [a["num_keypoints"] for a in annotations] == [16, 17]


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_file(), reason=f"no real COCO annotations at {REAL}")
def test_real_annotations(tmp_path: Path) -> None:
    (ours,), theirs = read_coco_sequences(REAL), _py_coco(REAL)
    assert ours.info.image_ids == tuple(image["id"] for image in theirs.dataset["images"])
    for image_id, poses in zip(ours.info.image_ids, ours.frames, strict=True):
        expected = theirs.loadAnns(theirs.getAnnIds(imgIds=[image_id]))
        assert [int(n) for n in poses.joint_valid.sum(axis=1)] == [a["num_keypoints"] for a in expected]
        x1, y1, w, h = np.array([a["bbox"] for a in expected]).T
        np.testing.assert_array_equal(poses.boxes_xyxy, np.stack([x1, y1, x1 + w, y1 + h], axis=1))
    write_coco_sequences(tmp_path / "a.json", [ours])
    again = json.loads((tmp_path / "a.json").read_text())["annotations"]
    for a, b in zip(again, theirs.dataset["annotations"], strict=True):
        for key in ("keypoints", "bbox", "num_keypoints", "image_id"):
            assert a[key] == b[key], key


def test_merged_and_taken_apart(tmp_path: Path) -> None:
    several = [sequence_of([2, 1], "000342_mpii"), sequence_of([0, 3], "000342_bonn"), sequence_of([1], "my street")]
    write_coco_sequences(tmp_path / "a.json", several)
    again = read_coco_sequences(tmp_path / "a.json")
    assert [s.info.name for s in again] == ["000342_mpii", "000342_bonn", "my street"]
    ids = [image["id"] for image in json.loads((tmp_path / "a.json").read_text())["images"]]
    assert len(set(ids)) == len(ids) == 5
    for mine, theirs in zip(again, several, strict=True):
        assert mine.info.frame_names == theirs.info.frame_names
        for a, b in zip(mine.frames, theirs.frames, strict=True):
            assert_same_poses(a, b, leave_out=("boxes_xyxy",))


def test_image_ids_of_two_sequences_that_are_the_same_are_counted_anew(tmp_path: Path) -> None:
    write_coco_sequences(tmp_path / "a.json", [sequence_of([1, 1], "one"), sequence_of([2, 0], "two")])
    assert [image["id"] for image in json.loads((tmp_path / "a.json").read_text())["images"]] == [0, 1, 2, 3]
    again = read_coco_sequences(tmp_path / "a.json")
    assert [[len(frame) for frame in s.frames] for s in again] == [[1, 1], [2, 0]]


def _merged_posetrack18() -> tuple[dict[str, Any], dict[str, Any]]:
    """The parity files merged as by mmpose (one interleaved list of images, one list of annotations), and separate."""
    files = {n: content for n, content in packed_files().items() if n.startswith("gt18_seq_ign/")}
    images = [image for group in zip(*(f["images"] for f in files.values()), strict=True) for image in group]
    persons = [person for f in files.values() for person in f["annotations"]]
    first = next(iter(files.values()))
    return {"categories": first["categories"], "images": images, "annotations": persons}, files


def test_posetrack18_merged_as_mmpose_does(tmp_path: Path) -> None:
    merged, files = _merged_posetrack18()
    found = parse_sequences(merged, "merged.json")
    assert [s.info.name for s in found] == [Path(name).stem for name in files]
    for sequence, content in zip(found, files.values(), strict=True):
        (tmp_path / "a.json").write_text(json.dumps(content))
        alone = read_posetrack18(tmp_path / "a.json")
        assert sequence.info.__dict__ == alone.info.__dict__
        write_posetrack18(tmp_path / "b.json", sequence)
        write_posetrack18(tmp_path / "c.json", alone)
        assert (tmp_path / "b.json").read_bytes() == (tmp_path / "c.json").read_bytes()


def test_other_categories_are_left_out(tmp_path: Path) -> None:
    write_coco_sequences(tmp_path / "a.json", [sequence_of([1])])
    content = json.loads((tmp_path / "a.json").read_text())
    content["categories"].append({"id": 18, "name": "dog"})
    content["annotations"].append({"image_id": content["images"][0]["id"], "category_id": 18, "bbox": [1, 2, 3, 4]})
    (found,) = parse_sequences(content, "a.json", coco_flags=True)
    assert [len(frame) for frame in found.frames] == [1]


def test_faults_of_merged_files() -> None:
    merged, _ = _merged_posetrack18()
    stranger = merged | {"annotations": [*merged["annotations"], merged["annotations"][0] | {"image_id": 5}]}
    with pytest.raises(FormatError, match=r"m.json: annotations\[84\]: 'image_id' is not the 'id' of any"):
        parse_sequences(stranger, "m.json")
    images = [{"id": i, "file_name": name} for i, name in enumerate(["a/img1/1.jpg", "b/img1/1.jpg", "c/1.jpg"])]
    with pytest.raises(FormatError, match=r"images\[1\]: the folders a/img1 and b/img1 have the same name"):
        parse_sequences(merged | {"images": images, "annotations": []}, "m.json")


def test_what_cannot_be_one_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="one file has one set of joints"):
        write_coco_sequences(tmp_path / "a.json", [sequence_of([1], "a"), sequence_of([1], "b", POSETRACK17)])
    with pytest.raises(OutputError, match=f"two sequences are named {NAME}"):
        write_coco_sequences(tmp_path / "a.json", [sequence_of([1]), sequence_of([2])])
    assert list(tmp_path.iterdir()) == []


def test_nobody_in_a_frame_without_size(tmp_path: Path) -> None:
    sequence = sequence_of([0])
    unknown = replace(sequence, info=replace(sequence.info, image_hw=None), frames=(FramePoses.empty(0, (1, 1), 17),))
    write_coco_sequences(tmp_path / "a.json", [unknown])
    assert read_coco_sequences(tmp_path / "a.json")[0].info.image_hw is None


def test_an_id_of_images_of_two_sequences_is_refused() -> None:
    """Its people could belong to either sequence."""
    merged, _ = _merged_posetrack18()
    images = [dict(image) for image in merged["images"]]  # the sequences alternate
    images[1]["id"] = images[0]["id"]
    with pytest.raises(FormatError, match=f"a.json: id {images[0]['id']} is used by images of two sequences"):
        parse_sequences(merged | {"images": images}, "a.json")
