"""PoseTrack17 JSON: round trips, and files written by other programs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from io_builders import assert_same_poses, sequence_of, sequences

from posetrack.errors import OutputError
from posetrack.io import read_info, read_poses, read_posetrack17, write_posetrack17
from posetrack.structures import COCO, POSETRACK17, POSETRACK18, SequencePoses


def _frame(persons: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"image": [{"name": "images/bonn/000001_bonn/00000001.jpg"}], "annorect": persons, **more}


def _point(joint: int, **more: Any) -> dict[str, Any]:
    return {"id": [joint], "x": [10 + joint], "y": [20.5], **more}


def _read(tmp_path: Path, *frames: dict[str, Any]) -> SequencePoses:
    (tmp_path / "a.json").write_text(json.dumps({"annolist": list(frames)}))
    return read_posetrack17(tmp_path / "a.json")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=sequences(skeletons=(POSETRACK17,)))
def test_what_is_written_is_read_back(sequence: SequencePoses, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hypothesis") / "a.json"
    write_posetrack17(path, sequence)
    again = read_poses(path)
    assert again.skeleton is POSETRACK17
    size = sequence.info.image_hw if sequence.frames else None
    expected = replace(sequence.info, frame_fields=again.info.frame_fields, image_hw=size)
    assert again.info.__dict__ == expected.__dict__
    for a, b in zip(again.frames, sequence.frames, strict=True):
        # The format cannot store the score of a missing joint.
        there = replace(b, joint_scores=np.where(b.joint_valid, b.joint_scores, np.nan))
        assert_same_poses(a, there, leave_out=("boxes_xyxy",))
        np.testing.assert_allclose(a.boxes_xyxy, b.boxes_xyxy, rtol=0, atol=1e-11)
    for mine, theirs in zip(again.ignore_regions, sequence.ignore_regions, strict=True):
        assert [p.tolist() for p in mine] == [p.tolist() for p in theirs]


def test_numbers_of_the_form(tmp_path: Path) -> None:
    write_posetrack17(tmp_path / "a.json", sequence_of([1, 0]), info={"fps": 25})
    frames = json.loads((tmp_path / "a.json").read_text())["annolist"]
    assert [frame["imgnum"] for frame in frames] == [[1], [2]]
    assert [frame["is_labeled"] for frame in frames] == [[1], [1]]
    assert frames[1]["annorect"] == []
    person = frames[0]["annorect"][0]
    assert [point["id"] for point in person["annopoints"][0]["point"]] == [[i] for i in range(15)]
    assert person["x2"][0] - person["x1"][0] == pytest.approx(30)  # the head box
    assert read_info(tmp_path / "a.json")["fps"] == 25
    assert read_posetrack17(tmp_path / "a.json").info.fps == 25


def test_imgnum_is_kept(tmp_path: Path) -> None:
    sequence = _read(tmp_path, _frame([], imgnum=[41]), _frame([], imgnum=[45]))
    write_posetrack17(tmp_path / "b.json", sequence)
    frames = json.loads((tmp_path / "b.json").read_text())["annolist"]
    assert [frame["imgnum"] for frame in frames] == [[41], [45]]


def test_what_posetrack18_says_of_a_frame_is_kept(tmp_path: Path) -> None:
    frames = [_frame([], vid_id="000001", nframes=90, image_id=[7 + i], width=[640], height=[480]) for i in range(2)]
    sequence = _read(tmp_path, *frames)
    assert sequence.info.image_hw == (480, 640) and sequence.info.image_ids == (7, 8)
    write_posetrack17(tmp_path / "b.json", sequence)
    for frame, expected in zip(json.loads((tmp_path / "b.json").read_text())["annolist"], frames, strict=True):
        assert {key: frame[key] for key in expected} == expected


def test_sizes_are_not_made_up(tmp_path: Path) -> None:
    write_posetrack17(tmp_path / "b.json", _read(tmp_path, _frame([{"track_id": [1], "annopoints": []}])))
    assert "width" not in (tmp_path / "b.json").read_text()


def test_no_list_of_joints_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    persons = [{"track_id": [0], "annopoints": []}, {"track_id": [1], "annopoints": [{"point": []}]}]
    sequence = _read(tmp_path, _frame([*persons, {"track_id": [2]}]))
    assert sequence.frames[0].joints_listed.tolist() == [False, True, False]
    write_posetrack17(tmp_path / "b.json", sequence)
    written = json.loads((tmp_path / "b.json").read_text())["annolist"][0]["annorect"]
    assert [person["annopoints"] for person in written] == [[], [{"point": []}], []]


def test_ground_truth_without_visibility_and_predictions_without_head(tmp_path: Path) -> None:
    points = [_point(0), _point(13, is_visible=[0]), _point(14, score=[0.25], is_visible=[])]
    frame = _read(tmp_path, _frame([{"track_id": [7], "score": [0.5], "annopoints": [{"point": points}]}])).frames[0]
    assert np.flatnonzero(frame.joint_valid[0]).tolist() == [0, 13, 14]
    assert frame.joint_visible[0, [0, 13, 14]].tolist() == [True, False, True]
    assert frame.joint_scores[0, 14] == 0.25 and np.isnan(frame.joint_scores[0, 0])
    assert frame.scores.tolist() == [0.5] and np.isnan(frame.head_boxes_xyxy).all()


def test_what_jsonlab_and_detect_and_track_write(tmp_path: Path) -> None:
    """A single object in place of a one-element list, bare numbers, the image as a string."""
    person = {"track_id": 3, "annopoints": {"point": {"id": 0, "x": 1, "y": 2}}, "x1": 1, "y1": 2, "x2": 3, "y2": 4}
    sequence = _read(tmp_path, {"image": "images/a/1.jpg", "annorect": person})
    frame = sequence.frames[0]
    assert frame.track_ids.tolist() == [3] and frame.joints_xy[0, 0].tolist() == [1, 2]
    assert frame.head_boxes_xyxy.tolist() == [[1, 2, 3, 4]]
    assert sequence.info.frame_names == ("images/a/1.jpg",) and sequence.info.name == "a"


def test_regions(tmp_path: Path) -> None:
    corners = [{"x": [1], "y": [2]}, {"x": [3.5], "y": [4]}, {"x": [5], "y": [6]}]
    sequence = _read(tmp_path, _frame([], ignore_regions=[{"point": corners}]), _frame([], ignore_regions=[]))
    assert [p.tolist() for p in sequence.ignore_regions[0]] == [[[1, 2], [3.5, 4], [5, 6]]]
    assert sequence.ignore_regions[1] == ()


def test_posetrack18_joints_fit_and_the_ears_are_left_out(tmp_path: Path) -> None:
    source = sequence_of([2])
    write_posetrack17(tmp_path / "a.json", source)
    again = read_posetrack17(tmp_path / "a.json").frames[0]
    slots = [POSETRACK18.index(joint) for joint in POSETRACK17.joints]
    np.testing.assert_array_equal(again.joints_xy, source.frames[0].joints_xy[:, slots])


def test_coco_joints_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="coco lacks head_bottom, head_top; convert the poses first"):
        write_posetrack17(tmp_path / "a.json", sequence_of([1], skeleton=COCO))
    assert list(tmp_path.iterdir()) == []
