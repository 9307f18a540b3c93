"""What people sit on and at stands where it should."""

from __future__ import annotations

import numpy as np
import pytest

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.drawing.things import Things, ThingsBuilder
from posetrack.synthetic.humans.landmarks import POINTS
from posetrack.synthetic.humans.rotations import euler_yxz
from posetrack.synthetic.humans.scene.seating import Seat, add_counter, add_table_before, add_wheelchair, seat_of

RANDOM = list(range(12))


def sitter(yaw: float, knee_y: float = 5.0) -> FloatArray:
    """(P, 3): the pelvis 5 decimetres above the ground, the thighs level unless ``knee_y`` is lower."""
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
    """(N, 3) vertices right of, above the ground, and before the middle of the seat."""
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
    above = at[(at[:, 1] > 5) & (at[:, 2] > 0)]  # no wheel goes through the thighs
    assert (np.abs(above[:, 0]) > 1.9).all()


@pytest.mark.parametrize("number", RANDOM)
def test_a_table_is_over_the_thighs_and_before_the_belly(number: int) -> None:
    points, builder = sitter(-1.2), ThingsBuilder()
    seat = seat_of(points)
    assert seat is not None
    add_table_before(builder, np.random.default_rng(number), seat, points)
    at = in_seat(built(builder), seat)
    boards = at[:24]  # the first box
    assert 5.3 < boards[:, 1].min() and boards[:, 1].max() < 9
    assert 1.3 < boards[:, 2].min() < 3.3 and boards[:, 0].min() < -1.2 and boards[:, 0].max() > 1.2
    assert at[:, 1].min() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("number", RANDOM)
def test_a_counter_hides_what_is_below_it(number: int) -> None:
    builder, at = ThingsBuilder(), np.array([3.0, 0, 2])
    add_counter(builder, np.random.default_rng(number), at, np.eye(3))
    block = built(builder).vertices["position"][:24] - at
    assert block[:, 1].min() == pytest.approx(0, abs=1e-6) and 3 <= block[:, 1].max() <= 11
    assert block[:, 0].min() < -1.7 and block[:, 0].max() > 1.7
