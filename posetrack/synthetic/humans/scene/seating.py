"""Furniture people sit on and at: chairs, wheelchairs, and tables and counters with objects on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.drawing.things import ThingsBuilder
from posetrack.synthetic.humans.landmarks import POINTS
from posetrack.synthetic.humans.rotations import euler_yxz
from posetrack.synthetic.humans.scene.props import add_seat, random_surface

_UP = np.array([0.0, 1.0, 0.0])
_CLEAR = 0.3  # decimetres between the surface sample and a table; the true surface is slightly beyond the sample
_FARTHEST_EDGE = 4.5  # decimetres; a table farther from the seat does not belong to it
_LEAST_WHEELCHAIR = 2.5  # decimetres, seat height; lower seats leave no room for the casters
_SPOKES = 6


@dataclass(frozen=True, eq=False)
class Seat:
    """A seat: its centre (3,), and a rotation (3, 3) whose z axis is the direction the person faces."""

    top: FloatArray
    turn: FloatArray


def seat_of(points: FloatArray) -> Seat | None:
    """Seat of a person with level thighs and an upright trunk; None for others.

    Args:
        points: (P, 3) of ``POINTS`` in the world.
    """
    at = dict(zip(POINTS, points, strict=True))
    thighs = np.array([at[f"{side}_knee"] - at[f"{side}_hip"] for side in ("left", "right")])
    trunk = at["chest"] - at["pelvis"]
    level = (thighs[:, 1] > -0.5 * np.linalg.norm(thighs, axis=1)).all()
    if not level or trunk[1] < 0.7 * np.linalg.norm(trunk):
        return None
    facing = thighs.sum(axis=0) * [1, 0, 1]
    facing = facing / max(float(np.linalg.norm(facing)), 1e-6)
    turn = euler_yxz(float(np.arctan2(facing[0], facing[2])), 0, 0)
    return Seat(at["pelvis"] - [0, 1.15, 0] - 0.3 * facing, turn)


def seat_under(builder: ThingsBuilder, rng: np.random.Generator, points: FloatArray) -> None:
    """Add a seat under a person with points (P, 3) who sits; nothing under others."""
    seat = seat_of(points)
    if seat is not None:
        add_seat(builder, rng, seat.top, seat.turn, random_surface(rng), back=rng.random() < 0.7)


def fits_wheelchair(seat: Seat) -> bool:
    """Whether the seat is high enough for a wheelchair."""
    return float(seat.top[1]) > _LEAST_WHEELCHAIR


def add_wheelchair(builder: ThingsBuilder, rng: np.random.Generator, seat: Seat) -> None:
    """Add a wheelchair: spoked or disc wheels, casters, back, and sometimes arm and foot rests."""
    u, turn = rng.uniform, seat.turn
    cloth, frame, tyre = random_surface(rng, 0.2), random_surface(rng, 0.1), random_surface(rng, 0.1)
    width, radius, height = u(4.0, 5.0), u(2.4, 3.3), float(seat.top[1])

    def at(x: float, y: float, z: float) -> FloatArray:
        """World position of a point beside (x), above (y) and in front of (z) the seat centre."""
        return np.asarray(seat.top + turn @ np.array([x, y, z]))

    builder.box(seat.top - _UP * 0.2, np.array([width, 0.4, 4.2]), turn, cloth)
    back = u(2.5, 6)
    builder.box(at(0, back / 2, -2.2), np.array([width, back, 0.25]), turn, cloth)
    disc = rng.random() < 0.4
    rolling = np.stack([turn[:, 2], _UP, -turn[:, 0]], axis=1)
    for side in (-1.0, 1.0):
        x = side * (width / 2 + 0.35)
        hub, across = at(x, radius - height, -0.9), turn[:, 0]
        builder.wheel(hub, radius, 0.16, rolling, tyre)
        if disc:
            builder.pole(hub - 0.06 * across, hub + 0.06 * across, 0.88 * radius, cloth)
        for angle in np.linspace(0, np.pi, _SPOKES, endpoint=False):
            spoke = radius * (np.cos(angle) * rolling[:, 0] + np.sin(angle) * rolling[:, 1])
            builder.pole(hub - spoke, hub + spoke, 0.04, frame)
        builder.wheel(at(x, 0.7 - height, 2.4), 0.7, 0.2, rolling, tyre)
        builder.pole(at(x, 0.7 - height, 2.4), at(x, 0, 2.0), 0.15, frame)
        builder.pole(at(x, back, -2.2), at(x, back, -3.4), 0.15, frame)
        if rng.random() < 0.6:
            builder.box(at(x, u(1.8, 2.6), 0), np.array([0.5, 0.3, u(2.5, 4)]), turn, frame)
        if rng.random() < 0.6:
            builder.pole(at(x, 0, 2.0), at(x * 0.8, 0.4 - height, 3.6), 0.15, frame)
            builder.box(at(x * 0.5, 0.3 - height, 3.8), np.array([1.4, 0.15, 1.5]), turn, frame)


def add_table_before(
    builder: ThingsBuilder, rng: np.random.Generator, seat: Seat, trunk: FloatArray, thighs: FloatArray
) -> None:
    """Add a table with objects over a sitting person's thighs; none if the trunk leans too far forward.

    Args:
        builder: receives the table.
        rng: random generator.
        seat: where the person sits.
        trunk: (N, 3) surface sample of trunk and head.
        thighs: (M, 3) surface sample of the thighs.
    """
    u = rng.uniform
    low = float(thighs[:, 1].max()) + _CLEAR + u(0, 1.4)
    size = np.array([u(7, 24), u(0.2, 0.6), u(5, 13)])
    top = low + size[1]
    at_board = trunk[(trunk[:, 1] > low - _CLEAR) & (trunk[:, 1] < top + _CLEAR)]
    before = float(((at_board - seat.top) @ seat.turn[:, 2]).max(initial=0.0)) + _CLEAR
    begins = max(u(1.4, 3.2), before)
    if begins > _FARTHEST_EDGE:
        return
    edge = seat.top + seat.turn[:, 2] * begins
    middle = (edge + seat.turn @ np.array([u(-0.3, 0.3) * size[0], 0, size[2] / 2])) * [1, 0, 1]
    surface, below = random_surface(rng), random_surface(rng)
    builder.box(middle + _UP * (top - size[1] / 2), size, seat.turn, surface)
    if rng.random() < 0.4:  # closed front panel
        builder.box(middle + _UP * top / 2 + seat.turn[:, 2] * 0.4 * size[2], np.array([size[0], top, 0.2]), seat.turn, below)
    else:
        for x in (-0.46, 0.46):
            for z in (-0.45, 0.45):
                foot = middle + seat.turn @ np.array([x * size[0], 0, z * size[2]])
                builder.pole(foot, foot + _UP * top, 0.25, below)
    _laid_on(builder, rng, middle + _UP * top, size, seat.turn)


def add_counter(builder: ThingsBuilder, rng: np.random.Generator, at: FloatArray, turn: FloatArray) -> None:
    """Add a counter, bench back, board or low wall at ``at`` (3,) on the ground; its wide side faces the z axis."""
    u = rng.uniform
    size = np.array([u(9, 45), u(3, 11), u(0.3, 6)])
    middle = at + turn @ np.array([u(-0.3, 0.3) * size[0], 0, 0])
    builder.box(middle + _UP * size[1] / 2, size, turn, random_surface(rng))
    if rng.random() < 0.6:
        edge = np.array([size[0] + 0.6, 0.4, size[2] + 0.6])
        builder.box(middle + _UP * size[1], edge, turn, random_surface(rng))
    _laid_on(builder, rng, middle + _UP * (size[1] + 0.2), size, turn)


def _laid_on(builder: ThingsBuilder, rng: np.random.Generator, middle: FloatArray, size: FloatArray, turn: FloatArray) -> None:
    """Add up to six objects on a board whose upper side is centred at ``middle``."""
    u = rng.uniform
    for _ in range(int(rng.integers(0, 7))):
        at = middle + turn @ np.array([u(-0.45, 0.45) * size[0], 0, u(-0.4, 0.4) * size[2]])
        surface, kind = random_surface(rng), rng.random()
        if kind < 0.3:  # bottles, glasses, cups
            builder.pole(at, at + _UP * u(0.6, 3), u(0.25, 0.55), surface)
        elif kind < 0.5:  # plates, cakes
            builder.pole(at, at + _UP * u(0.1, 1.4), u(0.8, 2.2), surface)
        elif kind < 0.65:  # a screen
            builder.box(at + _UP * 1.1, np.array([u(2.5, 5), 2.2, 0.15]), turn @ euler_yxz(u(-0.6, 0.6), u(-0.3, 0.3), 0), surface)
        elif kind < 0.75:
            radius = u(0.3, 1.2)
            builder.ball(at + _UP * radius, np.full(3, radius), turn, surface)
        else:
            box = np.array([u(0.5, 4), u(0.1, 2), u(0.5, 3)])
            builder.box(at + _UP * box[1] / 2, box, euler_yxz(u(0, 3), 0, 0), surface)
