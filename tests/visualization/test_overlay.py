"""The overlay: what is drawn, where and in which colour, and what is not drawn."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from posetrack.structures import COCO, MPII, NO_TRACK, POSETRACK17, POSETRACK18, FramePoses, Origin, Skeleton
from posetrack.synthetic.scene import Scene, SceneConfig
from posetrack.visualization import Trails, draw_overlay, track_color
from posetrack.visualization.colors import side_color

HW = (200, 320)
LEFT_WRIST = POSETRACK18.index("left_wrist")


def person(
    joints: dict[str, tuple[float, float]], track_id: int = 0, frame: int = 0, box: Any = None, **changes: Any
) -> FramePoses:
    """One person (PoseTrack18) with only these joints."""
    xy = np.full((1, 17, 2), np.nan)
    for name, point in joints.items():
        xy[0, POSETRACK18.index(name)] = point
    poses = FramePoses(
        frame, HW, np.full((1, 4), np.nan) if box is None else np.array([box], dtype=float), np.ones(1), xy,
        np.ones((1, 17)), ~np.isnan(xy[..., 0]), track_ids=np.array([track_id]),
    )  # fmt: skip
    return replace(poses, **changes)


def grey() -> np.ndarray:
    return np.full((*HW, 3), 128, dtype=np.uint8)


def changed(picture: np.ndarray) -> np.ndarray:
    return np.asarray((picture != grey()).any(axis=2))


def test_the_frame_is_not_changed_and_nobody_leaves_it_as_it_is() -> None:
    image = grey()
    draw_overlay(image, person({"nose": (50, 50)}), POSETRACK18, Trails(5))
    np.testing.assert_array_equal(image, grey())
    empty = draw_overlay(image, FramePoses.empty(0, HW, 17), POSETRACK18, Trails(5))
    np.testing.assert_array_equal(empty, image)
    assert empty is not image


def test_a_joint_is_where_it_is_said_to_be() -> None:
    """The centre of a dot is the joint, with (0, 0) at the centre of the top-left pixel."""
    picture = draw_overlay(grey(), person({"nose": (100, 60)}, NO_TRACK), POSETRACK18)
    rows, columns = np.nonzero(changed(picture))
    assert (rows.mean(), columns.mean()) == pytest.approx((60, 100), abs=0.3)
    assert tuple(picture[60, 100]) == side_color(NO_TRACK, "middle")


def test_left_and_right_are_told_apart() -> None:
    picture = draw_overlay(
        grey(),
        person({"left_elbow": (60, 50), "left_wrist": (60, 150), "right_elbow": (200, 50), "right_wrist": (200, 150)}),
        POSETRACK18,
    )
    left, right = picture[100, 60].astype(int), picture[100, 200].astype(int)
    assert left.sum() > right.sum() + 150
    row = picture[100].astype(int).sum(axis=1)
    assert row[50:70].max() > 600  # the white edge
    assert row[190:210].min() < 120  # the black edge


def test_missing_and_unlikely_joints_are_not_drawn_and_unscored_ones_are() -> None:
    points = {"left_elbow": (60.0, 50.0), "left_wrist": (60.0, 150.0)}
    low = np.ones((1, 17))
    low[0, LEFT_WRIST] = 0.1
    picture = draw_overlay(grey(), person(points, NO_TRACK, joint_scores=low), POSETRACK18)
    assert changed(picture)[50, 60] and not changed(picture)[80:].any()
    unscored = person(points, NO_TRACK, joint_scores=np.full((1, 17), np.nan))
    assert changed(draw_overlay(grey(), unscored, POSETRACK18))[150, 60]


def test_a_pose_that_was_not_seen_is_hollow() -> None:
    """The image is large enough for the ring to have an inside."""
    image = np.full((1000, 1600, 3), 128, dtype=np.uint8)
    seen = person({"nose": (800, 500)}, NO_TRACK, image_hw=(1000, 1600))
    for origin, filled in ((Origin.OBSERVED, True), (Origin.PROPAGATED, True), (Origin.INTERPOLATED, False)):
        picture = draw_overlay(image, replace(seen, origin=np.array([origin])), POSETRACK18)
        drawn = (picture[480:520, 780:820] != 128).any(axis=2)
        assert drawn.any()
        assert drawn[20, 20] == filled


def test_the_label_is_in_the_image_and_in_the_colour_of_the_id() -> None:
    for x, y in ((100.0, 100.0), (0.0, 0.0), (319.0, 199.0), (-50.0, -500.0), (1e9, 1e9)):
        picture = draw_overlay(grey(), person({"left_ear": (x, y)}, 123), POSETRACK18)
        plate = (picture == track_color(123)).all(axis=2)
        assert plate.sum() > 100


def test_labels_of_people_close_together_do_not_cover_each_other() -> None:
    one, two = person({"nose": (100, 100)}, 0), person({"nose": (103, 101)}, 1)
    both = FramePoses(
        0, HW, np.full((2, 4), np.nan), np.ones(2), np.concatenate([one.joints_xy, two.joints_xy]), np.ones((2, 17)),
        np.concatenate([one.joint_valid, two.joint_valid]), track_ids=np.array([0, 1]),
    )  # fmt: skip
    together = draw_overlay(grey(), both, POSETRACK18)
    for track_id, alone in ((0, one), (1, two)):
        plate = (draw_overlay(grey(), alone, POSETRACK18) == track_color(track_id)).all(axis=2).sum()
        assert (together == track_color(track_id)).all(axis=2).sum() > 0.8 * plate


def test_the_box_shows_its_corners() -> None:
    picture = draw_overlay(grey(), person({"nose": (160, 100)}, NO_TRACK, box=(100, 50, 220, 150)), POSETRACK18)
    drawn = changed(picture)
    assert drawn[50, 100] and drawn[50, 220] and drawn[150, 100] and drawn[150, 220]
    assert not drawn[50, 150:170].any()


def test_ids_keep_their_colours_and_differ_from_their_neighbours() -> None:
    colors = np.array([track_color(i) for i in range(33)], dtype=int)
    assert len({tuple(c) for c in colors}) == 33
    for first in range(33 - 4):
        near = colors[first : first + 4]
        apart = np.abs(near[:, None] - near[None]).sum(axis=2)[np.triu_indices(4, 1)]
        assert apart.min() > 60
    assert track_color(7) == track_color(7)
    assert track_color(10**12)


def test_a_trail_fades_and_ends() -> None:
    trails = Trails(10)
    for frame in range(21):
        picture = draw_overlay(grey(), person({"nose": (20.0 + 10 * frame, 150)}, frame=frame), POSETRACK18, trails)
    strength = np.abs(picture[150].astype(int) - 128).sum(axis=1)
    assert strength[205] > strength[165] > strength[135] > 0  # the nose is at 220
    assert not strength[:110].any()  # older than ten frames


def test_no_trail_across_an_absence_and_none_at_length_0() -> None:
    for trails, frames in ((Trails(40), (0, 20)), (Trails(0), (0, 1))):
        for frame in frames:
            picture = draw_overlay(grey(), person({"nose": (20.0 + 200 * (frame > 0), 150)}, frame=frame),
                                   POSETRACK18, trails)  # fmt: skip
        assert not changed(picture)[150, 50:200].any()


def test_trails_do_not_gather_the_people_of_the_past() -> None:
    trails = Trails(5)
    for frame in range(500):
        trails.add(person({"nose": (50, 50)}, track_id=frame, frame=frame), POSETRACK18)
    assert len(trails._paths) < 50


@pytest.mark.parametrize("hw", [(1, 1), (2, 300), (300, 2), (4000, 3000)])
@pytest.mark.parametrize("skeleton", [COCO, MPII, POSETRACK17, POSETRACK18], ids=lambda s: s.name)
def test_any_size_any_skeleton_and_joints_far_outside(hw: tuple[int, int], skeleton: Skeleton) -> None:
    rng = np.random.default_rng(0)
    k = skeleton.num_joints
    joints = rng.normal(0, 1, (4, k, 2)) * np.array([1.0, 1e3, 1e6, 1e12])[:, None, None]
    boxes = np.concatenate([joints.min(axis=1), joints.max(axis=1)], axis=1)
    boxes[1] = np.nan
    poses = FramePoses(0, hw, boxes, np.ones(4), joints, np.ones((4, k)), rng.random((4, k)) > 0.2,
                       track_ids=np.array([0, 1, NO_TRACK, 10**9]))  # fmt: skip
    trails = Trails(5)
    for frame in range(3):
        picture = draw_overlay(np.zeros((*hw, 3), np.uint8), poses.at_frame(frame), skeleton, trails)
    assert picture.shape == (*hw, 3) and picture.dtype == np.uint8


def test_a_person_without_joints_has_a_box_and_a_label() -> None:
    picture = draw_overlay(grey(), person({}, 3, box=(100, 80, 150, 180)), POSETRACK18)
    assert (picture == track_color(3)).all(axis=2)[50:78].sum() > 25


@pytest.mark.slow
def test_it_is_fast_enough_to_keep_up() -> None:
    """Over 100 frames of 720p with six people per second on one core; half of that is required on shared machines."""
    scene = Scene(SceneConfig(image_hw=(720, 1280), people=6, height_px=(200.0, 420.0)), 9)
    frames = [scene.render(index) for index in range(25)]
    cv2.setNumThreads(1)
    trails, best = Trails(25), np.inf
    for frame, poses in frames:
        start = time.process_time()
        draw_overlay(frame.image, poses, POSETRACK18, trails)
        best = min(best, time.process_time() - start) if len(poses) >= 5 else best
    assert best < 0.02
