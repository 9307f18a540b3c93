"""Furniture that people sit on and at is placed correctly."""

from __future__ import annotations

import numpy as np
import pytest

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.drawing.things import Things, ThingsBuilder
from posetrack.synthetic.humans.landmarks import POINTS
from posetrack.synthetic.humans.rotations import euler_yxz
from posetrack.synthetic.humans.scene.seating import (
    Seat, add_counter, add_table_before, add_wheelchair, fits_wheelchair, seat_of,
)  # fmt: skip

RANDOM = list(range(12))


def sitter(yaw: float, knee_y: float = 5.0) -> FloatArray:
    """(P, 3) landmarks: pelvis 5 decimetres above the ground, thighs level unless ``knee_y`` is lower."""
    points = np.zeros((len(POINTS), 3))
    named = {"pelvis": (0, 5, 0), "chest": (0, 9, 0.3), "left_hip": (0.9, 5, 0), "right_hip": (-0.9, 5, 0),
             "left_knee": (1, knee_y, 4), "right_knee": (-1, knee_y, 4)}  # fmt: skip
    for name, place in named.items():
        points[POINTS.index(name)] = euler_yxz(yaw, 0, 0) @ np.array(place)
    return points + [20.0, 0, -7]


def built(builder: ThingsBuilder) -> Things:
    things = builder.result()
    assert things is not None
    return things


def in_seat(things: Things, seat: Seat) -> FloatArray:
    """(N, 3) vertices relative to the seat: sideways, height above the ground, forward."""
    moved = things.vertices["position"] - seat.top * [1, 0, 1]
    return np.asarray(moved @ seat.turn)


@pytest.mark.parametrize("yaw", [0.0, 1.0, -2.5])
def test_who_sits_has_a_seat_that_faces_as_the_thighs_do(yaw: float) -> None:
    seat = seat_of(sitter(yaw))
    assert seat is not None and seat.top[1] == pytest.approx(3.85)
    np.testing.assert_allclose(seat.turn[:, 2], [np.sin(yaw), 0, np.cos(yaw)], atol=1e-9)
    assert seat_of(sitter(yaw, knee_y=1.0)) is None
    lying = sitter(yaw)
    lying[POINTS.index("chest")] = lying[POINTS.index("pelvis")] - 4 * seat.turn[:, 2]
    assert seat_of(lying) is None


@pytest.mark.parametrize("number", RANDOM)
def test_wheels_stand_on_the_ground_beside_the_sitter(number: int) -> None:
    seat, builder = seat_of(sitter(0.7)), ThingsBuilder()
    assert seat is not None
    add_wheelchair(builder, np.random.default_rng(number), seat)
    at = in_seat(built(builder), seat)
    assert -0.3 < at[:, 1].min() < 0.1 and at[:, 1].max() < 11
    np.testing.assert_allclose(at[:, 0].max(), -at[:, 0].min(), atol=0.1)
    above = at[(at[:, 1] > 5) & (at[:, 2] > 0)]  # no wheel intersects the thighs
    assert (np.abs(above[:, 0]) > 1.9).all()


def surface(seat: Seat, lean: float) -> tuple[FloatArray, FloatArray]:
    """Surface samples of a trunk 2.4 dm deep that leans forward by ``lean`` per dm of height, and of thighs up to 5.9 dm."""
    y, z = (a.ravel() for a in np.meshgrid(np.linspace(4, 13, 30), np.linspace(-1.2, 1.2, 9)))
    x = np.zeros_like(y)
    trunk = np.stack([x, y - seat.top[1], z + 0.3 + lean * (y - 4)], axis=1)
    thighs = np.stack([x, np.minimum(y, 5.9) - seat.top[1], 2 + z], axis=1)
    return seat.top + trunk @ seat.turn.T, seat.top + thighs @ seat.turn.T


@pytest.mark.parametrize("number", RANDOM)
def test_a_table_is_over_the_thighs_and_before_the_belly(number: int) -> None:
    seat = seat_of(sitter(-1.2))
    assert seat is not None
    for lean in (0.0, 0.4):
        builder, (trunk, thighs) = ThingsBuilder(), surface(seat, lean)
        add_table_before(builder, np.random.default_rng(number), seat, trunk, thighs)
        at = in_seat(built(builder), seat)
        board = at[:24]  # the first box is the table top
        low, high = board[:, 1].min(), board[:, 1].max()
        assert 5.9 < low and high < 8.5
        leaning = (trunk - seat.top * [1, 0, 1]) @ seat.turn
        before = leaning[(leaning[:, 1] > low) & (leaning[:, 1] < high), 2].max(initial=0.0)
        assert max(1.3, before + 0.2) < board[:, 2].min() < 4.6 and board[:, 0].min() < -1.2 and board[:, 0].max() > 1.2
        assert at[:, 1].min() == pytest.approx(0, abs=1e-6)


def test_no_table_is_before_one_who_leans_over_it() -> None:
    seat, builder = seat_of(sitter(0.5)), ThingsBuilder()
    assert seat is not None
    for number in RANDOM:
        add_table_before(builder, np.random.default_rng(number), seat, *surface(seat, 2.0))
    assert builder.result() is None


def test_a_wheelchair_has_a_seat_as_high_as_one() -> None:
    assert fits_wheelchair(Seat(np.array([0.0, 3.0, 0]), np.eye(3))) and not fits_wheelchair(Seat(np.array([0, 2.4, 0]), np.eye(3)))


@pytest.mark.parametrize("number", RANDOM)
def test_a_counter_hides_what_is_below_it(number: int) -> None:
    builder, at = ThingsBuilder(), np.array([3.0, 0, 2])
    add_counter(builder, np.random.default_rng(number), at, np.eye(3))
    block = built(builder).vertices["position"][:24] - at
    assert block[:, 1].min() == pytest.approx(0, abs=1e-6) and 3 <= block[:, 1].max() <= 11
    assert block[:, 0].min() < -1.7 and block[:, 0].max() > 1.7
