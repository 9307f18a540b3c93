"""One drawn person: joints are where the image shows them, and left and right are distinguishable."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.structures import POSETRACK18
from posetrack.synthetic.body import Angles, Proportions, solve
from posetrack.synthetic.figure import Canvas, Figure, Look
from posetrack.synthetic.postures import random_angles, walking

SIDE = 400
HEIGHT = 200.0
FOOT = (200.0, 340.0)
SKIN, SHIRT, TROUSERS = 0, 1, 2  # one colour channel each, so that they are recognisable despite shading
LOOK = Look(
    body=Proportions(), skin=(220, 0, 0), hair=(200, 200, 200), shirt=(0, 220, 0), trousers=(0, 0, 220),
    shoes=(90, 90, 90), stripe=None, long_sleeves=True, long_trousers=True, long_hair=False, skirt=False,
)  # fmt: skip
ARMS_OUT = Angles(raise_arm=(1.2, 1.2), elbow=(0.0, 0.0), spread=(0.2, 0.2))
seeds = st.integers(0, 2**31)


def drawn(angles: Angles, look: Look = LOOK, foot: tuple[float, float] = FOOT) -> tuple[Figure, Canvas]:
    canvas = Canvas(np.zeros((SIDE, SIDE, 3), dtype=np.uint8), np.zeros((SIDE, SIDE), dtype=np.uint8))
    figure = Figure(look, angles, foot, HEIGHT)
    figure.draw(canvas, 1)
    return figure, canvas


def pixel(canvas: Canvas, figure: Figure, joint: str) -> np.ndarray:
    column, row = np.round(figure.points[joint]).astype(int)
    return np.asarray(canvas.image[row, column].astype(int))


@pytest.mark.parametrize(
    ("part", "clothes"),
    [("shoulder", SHIRT), ("elbow", SHIRT), ("hand", SKIN), ("hip", TROUSERS), ("knee", TROUSERS)],
)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("yaw", [0.0, math.pi])
def test_the_pixel_at_a_joint_has_the_colour_of_what_is_worn_there(
    part: str, clothes: int, side: str, yaw: float
) -> None:
    figure, canvas = drawn(replace(ARMS_OUT, yaw=yaw))
    color = pixel(canvas, figure, f"{side}_{part}")
    assert color.argmax() == clothes
    assert color[clothes] > 100 and np.delete(color, clothes).max() == 0


def test_short_sleeves_and_trousers_show_skin_at_wrist_and_ankle() -> None:
    figure, canvas = drawn(ARMS_OUT, replace(LOOK, long_sleeves=False, long_trousers=False))
    for joint in ("left_wrist", "right_wrist", "left_ankle", "right_ankle"):
        assert pixel(canvas, figure, joint).argmax() == SKIN


def test_front_and_back_differ_by_face_and_side() -> None:
    (front, seen), (back, unseen) = drawn(ARMS_OUT), drawn(replace(ARMS_OUT, yaw=math.pi))
    assert front.points["left_shoulder"][0] > front.points["right_shoulder"][0]
    assert back.points["left_shoulder"][0] < back.points["right_shoulder"][0]
    assert pixel(seen, front, "nose").argmax() == SKIN and np.ptp(pixel(seen, front, "nose")) > 100
    assert np.ptp(pixel(unseen, back, "nose")) == 0  # grey, so hair


@pytest.mark.parametrize(("yaw", "near"), [(math.pi / 2, "right"), (-math.pi / 2, "left")])
def test_in_profile_the_near_leg_and_arm_are_lighter(yaw: float, near: str) -> None:
    far = "left" if near == "right" else "right"
    figure, canvas = drawn(Angles(yaw=yaw, hip=(0.6, -0.6), shoulder=(-0.9, 0.9)))
    assert figure.depth[f"{near}_knee"] > figure.depth[f"{far}_knee"]
    for joint in ("knee", "elbow"):
        assert pixel(canvas, figure, f"{near}_{joint}").max() > pixel(canvas, figure, f"{far}_{joint}").max() + 15
    toe, heel = figure.points[f"{near}_toe"], figure.points[f"{near}_heel"]
    assert (toe[0] - heel[0]) * math.sin(yaw) > 0  # the feet point the way the person faces


def test_the_trunk_hides_hands_before_the_belly_from_behind_only() -> None:
    # Any further inwards, the hands would meet and a sleeve would hide the other hand.
    before_the_belly = Angles(shoulder=(0.3, 0.3), raise_arm=(0.0, 0.0), elbow=(0.9, 0.9), elbow_turn=(-0.45, -0.45))
    front, seen = drawn(before_the_belly)
    back, hidden = drawn(replace(before_the_belly, yaw=math.pi))
    for side in ("left", "right"):
        assert pixel(seen, front, f"{side}_hand").argmax() == SKIN
        assert pixel(hidden, back, f"{side}_hand").argmax() in (SHIRT, TROUSERS)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_joints_lie_on_the_person_and_the_box_is_around_what_is_drawn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    figure, canvas = drawn(random_angles(rng), Look.random(rng))
    for joint in POSETRACK18.joints:
        if joint != "nose":  # turned away, it may stick out behind the head by a pixel
            column, row = np.round(figure.points[joint]).astype(int)
            assert canvas.labels[row, column] == 1, joint
    rows, columns = np.nonzero(canvas.labels)
    extent = np.array([columns.min(), rows.min(), columns.max(), rows.max()])
    outside = np.array([1, 1, -1, -1]) * (figure.box() - extent)
    assert outside.max() < 0.03 * HEIGHT + 1
    assert outside.min() > -0.02 * HEIGHT - 1
    joints = np.array([figure.points[name] for name in POSETRACK18.joints])
    assert (joints >= figure.box()[:2]).all() and (joints <= figure.box()[2:]).all()
    head = figure.head_box()
    assert (head[:2] >= figure.box()[:2] - 1e-9).all() and (head[2:] <= figure.box()[2:] + 1e-9).all()
    assert (figure.points["head_centre"] > head[:2]).all() and (figure.points["head_centre"] < head[2:]).all()


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_bones_keep_their_lengths_in_every_posture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    body = Proportions.random(rng)
    points = solve(body, random_angles(rng))
    for side in ("left", "right"):
        for a, b, length in (
            ("shoulder", "elbow", body.upper_arm), ("elbow", "wrist", body.forearm),
            ("hip", "knee", body.thigh), ("knee", "ankle", body.shin),
        ):  # fmt: skip
            assert np.linalg.norm(points[f"{side}_{a}"] - points[f"{side}_{b}"]) == pytest.approx(length, rel=1e-9)
    lowest = min(points[f"{side}_{part}"][1] for side in ("left", "right") for part in ("heel", "toe", "ankle"))
    assert lowest == pytest.approx(0.012)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_the_mirrored_posture_has_mirrored_joints_with_left_and_right_exchanged(seed: int) -> None:
    angles = random_angles(np.random.default_rng(seed))
    pairs = ("hip", "spread", "knee", "shoulder", "raise_arm", "elbow", "elbow_turn")
    mirrored = replace(
        angles, yaw=-angles.yaw, roll=-angles.roll, head_yaw=-angles.head_yaw,
        **{name: getattr(angles, name)[::-1] for name in pairs},
    )  # fmt: skip
    straight = Figure(LOOK, angles, FOOT, HEIGHT)
    joints = np.array([straight.points[name] for name in POSETRACK18.joints])
    other = Figure(LOOK, mirrored, FOOT, HEIGHT)
    flipped = np.array([other.points[name] for name in POSETRACK18.joints])[POSETRACK18.flip_order]
    np.testing.assert_allclose(flipped, [2 * FOOT[0], 0] + joints * [-1, 1], atol=1e-9)


@pytest.mark.parametrize("step", [0.25, 0.5])
def test_half_a_pixel_to_the_right_is_half_a_pixel_in_the_picture(step: float) -> None:
    color = (255, 255, 255)
    white = replace(LOOK, skin=color, hair=color, shirt=color, trousers=color, shoes=color)
    angles = walking(1.0, 0.7, 0.4)
    _, still = drawn(angles, white)
    moved_figure, moved = drawn(angles, white, (FOOT[0] + step, FOOT[1]))
    weight = [c.image[..., 0].astype(float) for c in (still, moved)]
    center = [(w.sum(axis=0) * np.arange(SIDE)).sum() / w.sum() for w in weight]
    assert center[1] - center[0] == pytest.approx(step, abs=0.08)
    before = Figure(white, angles, FOOT, HEIGHT).points["left_knee"]
    np.testing.assert_allclose(moved_figure.points["left_knee"] - before, [step, 0], atol=1e-9)


def test_size_and_place_scale_the_joints() -> None:
    small, large = (Figure(LOOK, ARMS_OUT, (10.0, 20.0), height) for height in (100.0, 250.0))
    for name in POSETRACK18.joints:
        np.testing.assert_allclose(large.points[name] - [10, 20], 2.5 * (small.points[name] - [10, 20]), atol=1e-9)
    assert small.points["head_top"][1] == pytest.approx(20 - 100, abs=8)
