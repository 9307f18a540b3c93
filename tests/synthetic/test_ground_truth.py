"""Labels of people who are hidden, cut off or gone, against the ownership of pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posetrack.structures import POSETRACK18, FramePoses, ImageArray
from posetrack.synthetic.body import Angles, Proportions
from posetrack.synthetic.figure import Canvas, Color, Figure, Look
from posetrack.synthetic.images import MIN_JOINTS, OCCLUDER_LABEL, draw_box_occluder, label_people

HW = (300, 400)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
KNEE, SHOULDER = POSETRACK18.index("left_knee"), POSETRACK18.index("left_shoulder")


def plain(color: Color) -> Look:
    """A single-coloured person (the face is not drawn when turned away)."""
    return Look(
        body=Proportions(), skin=color, hair=color, shirt=color, trousers=color, shoes=color, stripe=None,
        long_sleeves=True, long_trousers=True, long_hair=False, skirt=False,
    )  # fmt: skip


def person(color: Color, x: float, foot_y: float = 260.0, height: float = 200.0) -> Figure:
    return Figure(plain(color), Angles(yaw=np.pi), (x, foot_y), height)


def picture(*figures: Figure, wall: tuple[float, float, float, float] | None = None) -> tuple[ImageArray, FramePoses]:
    canvas = Canvas(np.zeros((*HW, 3), dtype=np.uint8), np.zeros(HW, dtype=np.uint8))
    for label, figure in enumerate(figures, start=1):
        figure.draw(canvas, label)
    if wall is not None:
        draw_box_occluder(canvas, *wall, BLUE)
        assert (canvas.labels == OCCLUDER_LABEL).any()
    ids = [10 * label for label in range(1, len(figures) + 1)]
    return canvas.image, label_people(7, list(figures), ids, canvas.labels, HW)


def at(image: ImageArray, xy: np.ndarray) -> np.ndarray:
    column, row = np.round(xy).astype(int)
    return np.asarray(image[row, column].astype(int))


def test_a_joint_is_visible_exactly_where_its_own_person_is_seen() -> None:
    image, truth = picture(person(RED, 180), person(GREEN, 205))
    assert truth.track_ids.tolist() == [10, 20] and truth.frame_index == 7
    assert truth.joint_visible[1].all()
    behind = truth.joint_visible[0]
    assert 3 < behind.sum() < POSETRACK18.num_joints - 3
    for visible, xy in zip(behind, truth.joints_xy[0], strict=True):
        # Anti-aliasing mixes colours at edges; the stronger colour owns the pixel.
        color = at(image, xy)
        assert bool(color[0] > color[1]) == bool(visible)


def test_a_wall_hides_the_legs_and_the_joints_stay_known() -> None:
    image, truth = picture(person(RED, 200), wall=(200.0, 280.0, 160.0, 110.0))
    assert truth.joint_valid.all()
    assert not truth.joint_visible[0, KNEE] and truth.joint_visible[0, SHOULDER]
    assert at(image, truth.joints_xy[0, KNEE]).tolist() == list(BLUE)
    _, alone = picture(person(RED, 200))
    np.testing.assert_array_equal(truth.joints_xy, alone.joints_xy)
    np.testing.assert_array_equal(truth.boxes_xyxy, alone.boxes_xyxy)


def test_a_person_nobody_can_see_is_left_out() -> None:
    _, truth = picture(person(RED, 200), person(GREEN, 330), wall=(200.0, 290.0, 160.0, 280.0))
    assert truth.track_ids.tolist() == [20]


def test_a_person_cut_off_by_the_border_keeps_what_is_inside() -> None:
    figure = person(RED, 0.0)
    _, truth = picture(figure)
    inside = np.array([figure.points[name][0] >= -0.5 for name in POSETRACK18.joints])
    assert MIN_JOINTS <= inside.sum() < POSETRACK18.num_joints
    np.testing.assert_array_equal(truth.joint_valid[0], inside)
    assert np.isnan(truth.joints_xy[0][~inside]).all()
    assert truth.boxes_xyxy[0, 0] == 0 and figure.box()[0] < 0
    np.testing.assert_array_equal(truth.head_boxes_xyxy[0], figure.head_box())  # the unit of PCKh, so not clipped


@pytest.mark.parametrize(("shift", "people"), [(0.0, 1), (400.0, 0)])
def test_a_person_outside_is_left_out(shift: float, people: int) -> None:
    _, truth = picture(person(RED, 200.0 + shift))
    assert len(truth) == people


def test_too_few_joints_inside_are_left_out() -> None:
    figure = person(RED, 200.0, foot_y=260.0)
    ankles = min(figure.points[f"{side}_ankle"][1] for side in ("left", "right"))
    only_ankles = person(RED, 200.0, foot_y=260.0 - ankles + 1.0)
    _, truth = picture(only_ankles)
    assert len(truth) == 0
    with_knees = person(RED, 200.0, foot_y=260.0 - figure.points["left_knee"][1] + 1.0)
    _, truth = picture(with_knees)
    assert truth.joint_valid.sum() == 4 and truth.joint_valid[0, KNEE]


def test_nobody_is_an_empty_frame() -> None:
    _, truth = picture()
    assert len(truth) == 0 and truth.num_joints == POSETRACK18.num_joints and truth.image_hw == HW


def test_the_order_of_drawing_decides_who_hides_whom() -> None:
    red, green = person(RED, 190), person(GREEN, 200)
    _, one = picture(red, green)
    _, other = picture(green, red)
    assert one.joint_visible[1].all() and other.joint_visible[1].all()
    assert not one.joint_visible[0].all() and not other.joint_visible[0].all()


def test_clothes_do_not_change_the_truth() -> None:
    bright = Figure(replace(plain(RED), stripe=GREEN, long_hair=True), Angles(yaw=np.pi), (200.0, 260.0), 200.0)
    (_, a), (_, b) = picture(bright), picture(person(BLUE, 200.0))
    np.testing.assert_array_equal(a.joints_xy, b.joints_xy)
    assert a.joint_visible.all()
