"""PoseTrack18 JSON: round trips in both directions."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import NAME, SHARED, assert_same_poses, packed_files, people, sequence_of, sequences

from posetrack.io import read_info, read_poses, read_posetrack18, write_posetrack18
from posetrack.structures import COCO, NO_TRACK, POSETRACK17, POSETRACK18, FramePoses, Origin, SequencePoses

REAL = SHARED / "real" / "posetrack18" / "annotations" / "val"


def _same_but_boxes(found: dict, expected: dict) -> None:
    assert {k: v for k, v in found.items() if k != "bbox"} == {k: v for k, v in expected.items() if k != "bbox"}
    # x2 = x + w is preserved bitwise; several w give the same x2.
    x, y, w, h = expected["bbox"]
    a, b, c, d = found["bbox"]
    assert (a, b, a + c, b + d) == (x, y, x + w, y + h)
    assert found["bbox"] == pytest.approx(expected["bbox"], abs=1e-12)


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no real PoseTrack18 files in {REAL}")
@pytest.mark.parametrize("name", ["003418_mpii_test", "009473_mpii_test"])
def test_real_ground_truth_is_written_back_with_equal_content(name: str, tmp_path: Path) -> None:
    source = REAL / f"{name}.json"
    sequence = read_posetrack18(source)
    write_posetrack18(tmp_path / "again.json", sequence)
    assert json.loads((tmp_path / "again.json").read_text()) == json.loads(source.read_text())
    assert sequence.info.name == name
    assert len(sequence.ignore_regions[0]) > 0


@pytest.mark.parametrize("name", packed_files())
def test_parity_files_are_written_back_with_equal_content(name: str, tmp_path: Path) -> None:
    content = packed_files()[name]
    (tmp_path / "a.json").write_text(json.dumps(content))
    write_posetrack18(tmp_path / "b.json", read_posetrack18(tmp_path / "a.json"))
    again = json.loads((tmp_path / "b.json").read_text())
    assert again["images"] == content["images"]
    assert again["categories"] == content["categories"]
    assert len(again["annotations"]) == len(content["annotations"]) > 0
    for found, expected in zip(again["annotations"], content["annotations"], strict=True):
        # People were removed from the noisy predictions without renumbering the rest; ours are renumbered.
        unnumbered = {"id": 0} if "noisy" in name else {}
        _same_but_boxes(found | unnumbered, expected | unnumbered)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences())
def test_what_is_written_is_read_back(sequence: SequencePoses, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "a.json"
    write_posetrack18(path, sequence)
    again = read_posetrack18(path)
    assert again.skeleton == sequence.skeleton
    count = len(sequence.frames)
    expected = replace(
        sequence.info,
        image_ids=again.info.image_ids,
        frame_fields=again.info.frame_fields,
        image_hw=sequence.info.image_hw if count else None,  # sizes are stored with the images
    )
    assert again.info.__dict__ == expected.__dict__
    for a, b in zip(again.frames, sequence.frames, strict=True):
        none = np.isnan(b.boxes_xyxy).any(axis=1) & b.joint_valid.any(axis=1)
        assert_same_poses(a, b, leave_out=("boxes_xyxy", "head_boxes_xyxy"))
        # The file stores widths: x1 = -1 and x2 = 1e-300 give width 1, which reads back as x2 = 0.
        np.testing.assert_allclose(a.boxes_xyxy[~none], b.boxes_xyxy[~none], rtol=0, atol=1e-11)
        np.testing.assert_allclose(a.head_boxes_xyxy, b.head_boxes_xyxy, rtol=0, atol=1e-11)
    for mine, theirs in zip(again.ignore_regions, sequence.ignore_regions, strict=True):
        assert [p.tolist() for p in mine] == [p.tolist() for p in theirs]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences())
def test_reading_and_writing_again_changes_nothing(
    sequence: SequencePoses, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("hypothesis")
    write_posetrack18(folder / "1.json", sequence)
    once = read_posetrack18(folder / "1.json")
    write_posetrack18(folder / "2.json", once)
    twice = read_posetrack18(folder / "2.json")
    for a, b in zip(once.frames, twice.frames, strict=True):
        assert_same_poses(a, b)
    assert once.info.__dict__ == twice.info.__dict__


def test_ids_and_names_are_posetracks(tmp_path: Path) -> None:
    write_posetrack18(tmp_path / "a.json", sequence_of([2, 0, 1], name="000342_bonn_train"))
    data = json.loads((tmp_path / "a.json").read_text())
    ids = [20003420000, 20003420001, 20003420002]
    assert [image["id"] for image in data["images"]] == [image["frame_id"] for image in data["images"]] == ids
    assert [a["id"] for a in data["annotations"]] == [2000342000000, 2000342000001, 2000342000200]
    assert {image["nframes"] for image in data["images"]} == {3}
    assert {image["vid_id"] for image in data["images"]} == {"000342"}
    assert "info" not in data


def test_other_videos_are_numbered_from_zero_and_named_in_info(tmp_path: Path) -> None:
    sequence = sequence_of([1, 1])
    info = replace(sequence.info, name="street", frame_names=("frame_0.jpg", "frame_1.jpg"))
    write_posetrack18(tmp_path / "a.json", replace(sequence, info=info))
    data = json.loads((tmp_path / "a.json").read_text())
    assert [image["id"] for image in data["images"]] == [0, 1]
    assert data["info"] == {"sequence": "street"}
    assert read_posetrack18(tmp_path / "a.json").info.name == "street"


def test_image_ids_stay_unique_where_frame_numbers_are_not(tmp_path: Path) -> None:
    sequence = sequence_of([1, 1, 1])
    names = ("a/0007_crop.jpg", "a/0007_full.jpg", "a/0008.jpg")
    write_posetrack18(tmp_path / "a.json", replace(sequence, info=replace(sequence.info, frame_names=names)))
    again = read_posetrack18(tmp_path / "a.json")
    assert again.info.image_ids == (10123450007, 1, 10123450008)
    assert [len(frame) for frame in again.frames] == [1, 1, 1]


def test_more_than_a_hundred_people(tmp_path: Path) -> None:
    write_posetrack18(tmp_path / "a.json", sequence_of([130, 130]))
    ids = [a["id"] for a in json.loads((tmp_path / "a.json").read_text())["annotations"]]
    assert len(set(ids)) == len(ids) == 260
    assert max(ids) < 2**53
    assert [len(frame) for frame in read_posetrack18(tmp_path / "a.json").frames] == [130, 130]


def test_info_block_fps_timestamps_and_origin(tmp_path: Path) -> None:
    poses = replace(people(0, 3), origin=np.array([0, 1, 2], dtype=np.uint8))
    sequence = sequence_of([3])
    info = replace(sequence.info, fps=12.5, timestamps_s=(0.48,))
    block = {"schema_version": 1, "models": {"pose": "hrnet-w32"}}
    write_posetrack18(tmp_path / "a.json", replace(sequence, info=info, frames=(poses,)), info=block)
    data = json.loads((tmp_path / "a.json").read_text())
    assert [a.get("origin") for a in data["annotations"]] == [None, "propagated", "interpolated"]
    assert read_info(tmp_path / "a.json") == {"sequence": NAME, "fps": 12.5, **block}
    again = read_posetrack18(tmp_path / "a.json")
    assert again.info.fps == 12.5 and again.info.timestamps_s == (0.48,)
    assert again.frames[0].origin.tolist() == [Origin.OBSERVED, Origin.PROPAGATED, Origin.INTERPOLATED]


def test_what_an_absent_joint_is(tmp_path: Path) -> None:
    content = packed_files()["gt18_seq/003418_mpii_test.json"]
    keypoints = content["annotations"][0]["keypoints"]
    keypoints[:12] = [0, 0, 0, 0, 0, 1, 3, 4, 0, 0, 5, 0]
    (tmp_path / "a.json").write_text(json.dumps(content))
    poses = read_posetrack18(tmp_path / "a.json").frames[0]
    assert poses.joint_valid[0, :4].tolist() == [False, True, True, True]
    assert poses.joint_visible[0, :4].tolist() == [False, True, False, False]
    assert poses.joints_xy[0, 1].tolist() == [0, 0]
    assert np.isnan(poses.joints_xy[0, 0]).all()


def test_a_hidden_joint_at_the_origin_is_kept_as_visible(tmp_path: Path) -> None:
    sequence = sequence_of([1])
    poses = sequence.frames[0]
    xy, visible = poses.joints_xy.copy(), poses.joint_visible.copy()
    xy[0, 0], visible[0, 0] = 0.0, False
    changed = replace(poses, joints_xy=xy, joint_visible=visible)
    write_posetrack18(tmp_path / "a.json", replace(sequence, frames=(changed,)))
    again = read_posetrack18(tmp_path / "a.json").frames[0]
    assert again.joint_valid[0, 0] and again.joint_visible[0, 0]
    assert again.joints_xy[0, 0].tolist() == [0, 0]


def test_joint_names_in_any_order_and_by_other_names(tmp_path: Path) -> None:
    content = packed_files()["gt18_seq/009473_mpii_test.json"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    expected = read_posetrack18(tmp_path / "a.json")
    order = np.random.default_rng(3).permutation(17)
    names = content["categories"][0]["keypoints"]
    content["categories"][0]["keypoints"] = ["neck" if names[i] == "head_bottom" else names[i] for i in order]
    for person in content["annotations"]:
        person["keypoints"] = np.array(person["keypoints"], dtype=object).reshape(17, 3)[order].ravel().tolist()
    (tmp_path / "b.json").write_text(json.dumps(content))
    again = read_posetrack18(tmp_path / "b.json")
    assert again.skeleton is POSETRACK18
    for a, b in zip(again.frames, expected.frames, strict=True):
        assert_same_poses(a, b)


@pytest.mark.parametrize("skeleton", [COCO, POSETRACK17])
def test_other_skeletons_are_recognised_by_their_joints(skeleton, tmp_path: Path) -> None:
    sequence = sequence_of([2], skeleton=skeleton)
    write_posetrack18(tmp_path / "a.json", sequence)
    again = read_posetrack18(tmp_path / "a.json")
    assert again.skeleton is skeleton
    assert_same_poses(again.frames[0], sequence.frames[0])


def test_poses_without_tracks(tmp_path: Path) -> None:
    sequence = sequence_of([3])
    bare = replace(sequence, frames=(sequence.frames[0].with_tracks([NO_TRACK, 5, NO_TRACK]),))
    write_posetrack18(tmp_path / "a.json", bare)
    written = [a["track_id"] for a in json.loads((tmp_path / "a.json").read_text())["annotations"]]
    assert written == [-1, 5, -3]  # unique in the frame, as the official evaluator requires
    assert read_posetrack18(tmp_path / "a.json").frames[0].track_ids.tolist() == [NO_TRACK, 5, NO_TRACK]


def test_a_pose_without_a_box_gets_the_one_around_its_joints(tmp_path: Path) -> None:
    xy = np.full((1, 17, 2), np.nan)
    xy[0, 0], xy[0, 5] = (10, 20), (110, 40)
    poses = FramePoses(0, (100, 200), np.full((1, 4), np.nan), np.full(1, np.nan), xy, np.full((1, 17), np.nan),
                       ~np.isnan(xy[..., 0]))  # fmt: skip
    write_posetrack18(tmp_path / "a.json", replace(sequence_of([1]), frames=(poses,)))
    person = json.loads((tmp_path / "a.json").read_text())["annotations"][0]
    assert person["bbox"] == [-5, 17, 130, 26]
    assert person["scores"] == [] and "score" not in person and "bbox_head" not in person


def test_partly_scored_joints_stay_numbers_for_the_official_evaluator(tmp_path: Path) -> None:
    sequence = sequence_of([1])
    poses = sequence.frames[0]
    scores = poses.joint_scores.copy()
    scores[0, 0] = scores[0, 3] = np.nan  # the nose is valid, the left ear is not
    write_posetrack18(tmp_path / "a.json", replace(sequence, frames=(replace(poses, joint_scores=scores),)))
    written = json.loads((tmp_path / "a.json").read_text())["annotations"][0]["scores"]
    assert written[0] == 0.0 and written[3] is None and written[1] == scores[0, 1]


def test_size_where_the_file_does_not_say(tmp_path: Path) -> None:
    content = packed_files()["gt18_seq/009473_mpii_test.json"]
    for image in content["images"]:
        del image["width"], image["height"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    sequence = read_poses(tmp_path / "a.json")
    assert sequence.info.image_hw is None
    height, width = sequence.frames[0].image_hw
    assert max(np.nanmax(f.joints_xy[..., 0]) for f in sequence.frames) <= width
    write_posetrack18(tmp_path / "b.json", sequence)
    assert "width" not in json.loads((tmp_path / "b.json").read_text())["images"][0]
