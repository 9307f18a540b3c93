"""Converting poses from one skeleton to another."""

from dataclasses import replace

import numpy as np
import pytest
from io_builders import assert_same_poses, people, sequence_of

from posetrack.io import convert_poses, convert_sequence, derived_joints
from posetrack.io.posetrack_names import (
    folder_name,
    frame_number,
    is_posetrack_name,
    posetrack_image_id,
    recognise_skeleton,
    video_id,
)
from posetrack.structures import COCO, MPII, POSETRACK17, POSETRACK18, FramePoses


def _coco(**places: tuple[float, float, float]) -> FramePoses:
    """One person with the given joints (x, y, score)."""
    k = COCO.num_joints
    xy, scores, valid = np.full((1, k, 2), np.nan), np.full((1, k), np.nan), np.zeros((1, k), dtype=bool)
    for joint, (x, y, score) in places.items():
        slot = COCO.index(joint)
        xy[0, slot], scores[0, slot], valid[0, slot] = (x, y), score, True
    return FramePoses(4, (100, 200), np.array([[1.0, 2, 3, 4]]), np.array([0.5]), xy, scores, valid,
                      track_ids=np.array([9]))  # fmt: skip


def test_neck_and_head_top_as_detect_and_track_derives_them() -> None:
    """Neck = midpoint of the shoulders; head top = nose + (nose - neck); both get the shoulders' score."""
    poses = _coco(nose=(52, 30, 0.9), left_shoulder=(60, 50, 0.5), right_shoulder=(40, 54, 0.7), left_ear=(55, 28, 0.2))
    found = convert_poses(poses, COCO, POSETRACK18)
    neck, top = POSETRACK18.index("head_bottom"), POSETRACK18.index("head_top")
    assert found.joints_xy[0, neck].tolist() == [50, 52]
    assert found.joints_xy[0, top].tolist() == [54, 8]
    assert found.joint_scores[0, [neck, top]].tolist() == pytest.approx([0.6, 0.6])
    assert found.joints_xy[0, POSETRACK18.index("left_ear")].tolist() == [55, 28]
    assert found.joint_valid[0].sum() == 6
    assert (found.frame_index, found.image_hw, found.track_ids.tolist()) == (4, (100, 200), [9])
    assert found.boxes_xyxy.tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("missing", "neck", "top"),
    [("nose", True, False), ("left_shoulder", False, False), ("right_shoulder", False, False)],
)
def test_nothing_is_derived_from_joints_that_are_missing(missing: str, neck: bool, top: bool) -> None:
    places = {"nose": (52, 30, 0.9), "left_shoulder": (60, 50, 0.5), "right_shoulder": (40, 54, 0.7)}
    del places[missing]
    found = convert_poses(_coco(**places), COCO, POSETRACK17)
    slots = [POSETRACK17.index("head_bottom"), POSETRACK17.index("head_top")]
    assert found.joint_valid[0, slots].tolist() == [neck, top]


def test_hidden_joints_make_hidden_joints() -> None:
    poses = _coco(nose=(52, 30, 0.9), left_shoulder=(60, 50, 0.5), right_shoulder=(40, 54, 0.7))
    visible = poses.joint_visible.copy()
    visible[0, COCO.index("nose")] = False
    found = convert_poses(replace(poses, joint_visible=visible), COCO, POSETRACK18)
    assert found.joint_visible[0, POSETRACK18.index("head_bottom")]
    assert not found.joint_visible[0, POSETRACK18.index("head_top")]
    assert found.joint_valid[0, POSETRACK18.index("head_top")]


def test_without_derivation() -> None:
    found = convert_poses(people(0, 2, COCO), COCO, POSETRACK18, derive=False)
    missing = [POSETRACK18.joints[i] for i in np.flatnonzero(~found.joint_valid.any(axis=0))]
    assert missing == ["head_bottom", "head_top"]


def test_poses_of_other_joints_are_refused() -> None:
    with pytest.raises(ValueError, match="the poses have 15 joints, expected the 17 of coco"):
        convert_poses(people(0, 2, POSETRACK17), COCO, POSETRACK18)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (COCO, POSETRACK18, ("head_bottom", "head_top")),
        (COCO, POSETRACK17, ("head_bottom", "head_top")),
        (COCO, MPII, ("head_bottom", "head_top")),
        (POSETRACK18, POSETRACK17, ()),
        (POSETRACK17, COCO, ()),
        (MPII, POSETRACK18, ()),
        (COCO, COCO, ()),
    ],
)
def test_which_joints_are_derived(source, target, expected) -> None:
    assert derived_joints(source, target) == expected


def test_there_and_back_is_identity_for_the_joints_they_share() -> None:
    poses = people(0, 3)
    back = convert_poses(convert_poses(poses, POSETRACK18, POSETRACK17), POSETRACK17, POSETRACK18)
    assert_same_poses(back, replace(poses, joint_scores=np.where(poses.joint_valid, poses.joint_scores, np.nan)))
    assert convert_poses(poses, POSETRACK18, POSETRACK18) is poses


def test_nobody() -> None:
    assert len(convert_poses(FramePoses.empty(0, (10, 10), 17), COCO, POSETRACK17)) == 0


def test_a_sequence() -> None:
    sequence = sequence_of([1, 0], skeleton=COCO)
    found = convert_sequence(sequence, POSETRACK18)
    assert found.skeleton is POSETRACK18 and found.info is sequence.info
    assert [len(frame) for frame in found.frames] == [1, 0]


def test_names_and_numbers() -> None:
    assert posetrack_image_id("003418_mpii_test", 7) == 10034180007
    assert posetrack_image_id("000010_bonn_train", 120) == 20000100120
    assert posetrack_image_id("000001_mpiinew_test", 0) == 30000010000
    assert posetrack_image_id("003418_mpii", 3) == 10034180003
    for name in ("street", "003418_coco_test", "mpii_003418", "003418_mpiix", "1234567_mpii"):
        assert not is_posetrack_name(name)
    assert posetrack_image_id("003418_mpii_test", 10_000) is None
    assert (frame_number("a/b/000012.jpg"), frame_number("0012_crop.jpg"), frame_number("a/frame3.jpg")) == (
        12,
        12,
        None,
    )
    assert (folder_name("images/val/x/1.jpg"), folder_name("1.jpg")) == ("x", "")
    assert (video_id("003418_mpii_test"), video_id("my_video")) == ("003418", "my_video")


def test_recognised_by_names() -> None:
    skeleton, order = recognise_skeleton(
        ["upper_neck" if j == "head_bottom" else j for j in reversed(MPII.joints)], "f"
    )
    assert skeleton is MPII
    assert order.tolist() == list(range(15, -1, -1))
