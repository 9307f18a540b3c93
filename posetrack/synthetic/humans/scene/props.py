"""Random objects: furniture, poles, balls, bags, vehicles, and what people hold."""

from __future__ import annotations

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.drawing.material import random_color
from posetrack.synthetic.humans.drawing.things import Surface, ThingsBuilder
from posetrack.synthetic.humans.rotations import about, euler_yxz, unit

_UP = np.array([0.0, 1.0, 0.0])
CLUTTER = ("box", "boxes", "pole", "ball", "chair", "table", "bench", "bicycle", "car", "tree", "sign", "barrel", "fence",
           "figure", "plank")  # fmt: skip
HELD = ("ball", "bag", "paddle", "stick", "phone", "cup", "umbrella", "box")


def random_surface(rng: np.random.Generator, patterned: float = 0.35) -> Surface:
    """Sample an object's surface; ``patterned`` is the probability of a pattern."""
    pattern = int(rng.integers(1, 9)) if rng.random() < patterned else 0
    return Surface(random_color(rng), random_color(rng), pattern, float(np.exp(rng.uniform(np.log(0.15), np.log(2.0)))))


def add_clutter(builder: ThingsBuilder, rng: np.random.Generator, at: FloatArray, kind: str | None = None) -> None:
    """Add an object that stands at ``at`` (3,) on the ground."""
    kind = kind or str(rng.choice(CLUTTER))
    turn, u = euler_yxz(float(rng.uniform(-np.pi, np.pi)), 0, 0), rng.uniform
    surface, second = random_surface(rng), random_surface(rng)
    if kind == "box":
        size = np.exp(rng.uniform(np.log(1.5), np.log(14), 3))
        builder.box(at + _UP * size[1] / 2, size, turn, surface)
    elif kind == "boxes":
        for level in range(int(rng.integers(2, 4))):
            builder.box(at + _UP * (2 + 4 * level), np.array([u(3, 6), 4, u(3, 6)]), turn, random_surface(rng))
    elif kind == "pole":
        builder.pole(at, at + _UP * u(12, 60), u(0.2, 1.4), surface)
    elif kind == "ball":
        radius = u(0.6, 4)
        builder.ball(at + _UP * radius, np.full(3, radius), turn, surface)
    elif kind == "chair":
        add_seat(builder, rng, at + _UP * 4.4, turn, surface, back=True)
    elif kind == "table":
        _table(builder, at, turn, np.array([u(6, 18), u(5, 11), u(6, 10)]), surface, second)
    elif kind == "bench":
        builder.box(at + _UP * 4.3, np.array([u(10, 20), 0.4, 4]), turn, surface)
        builder.box(at + _UP * 2.1, np.array([u(8, 10), 4.2, 0.5]), turn, second)
    elif kind == "bicycle":
        _bicycle(builder, at, turn, surface, second)
    elif kind == "car":
        _car(builder, at, turn, surface, second)
    elif kind == "tree":
        builder.pole(at, at + _UP * 25, u(0.8, 2), Surface(np.array([0.3, 0.2, 0.12]), np.zeros(3)))
        for _ in range(4):
            green = Surface(np.array([u(0.05, 0.3), u(0.25, 0.6), u(0.05, 0.25)]), np.array([0.1, 0.2, 0.05]), 4, 1.5)
            builder.ball(at + _UP * 28 + rng.normal(0, 5, 3), u(5, 10, 3), turn, green)
    elif kind == "sign":
        builder.pole(at, at + _UP * 22, 0.35, surface)
        builder.box(at + _UP * u(16, 24), np.array([u(3, 9), u(3, 9), 0.3]), turn, second)
    elif kind == "barrel":
        builder.pole(at, at + _UP * u(5, 10), u(2, 4), surface)
    elif kind == "fence":
        for k in range(10):
            foot = at + turn @ np.array([(k - 5) * 2.5, 0, 0])
            builder.pole(foot, foot + _UP * 10, 0.25, surface)
        for y in (3, 9.5):
            builder.pole(at + turn @ np.array([-13.0, y, 0]), at + turn @ np.array([12.0, y, 0]), 0.3, surface)
    elif kind == "figure":  # a dummy's trunk, head and limbs: not a person, though it looks like one
        builder.pole(at, at + _UP * 9, u(0.4, 0.9), surface)
        builder.box(at + _UP * 11.5, np.array([u(3, 5), 5.5, 2]), turn, second)
        builder.ball(at + _UP * 15.6, np.array([0.9, 1.2, 1.0]), turn, random_surface(rng))
    else:  # a leaning plank
        axis = unit(rng.normal(0, 1, 3) * [1, 0, 1] + [0, u(0.5, 3), 0])
        builder.pole(at, at + axis * u(8, 20), u(0.2, 0.9), surface)


def add_seat(builder: ThingsBuilder, rng: np.random.Generator, top: FloatArray, turn: FloatArray, surface: Surface,
             *, back: bool) -> None:  # fmt: skip
    """Add a seat whose top is at ``top`` (3,) and whose front is along the z axis of ``turn``."""
    height = max(float(top[1]), 0.5)
    kind = rng.choice(("chair", "box", "stool", "bench"), p=(0.5, 0.2, 0.1, 0.2))
    width = 14.0 if kind == "bench" else rng.uniform(3.6, 5)
    if kind == "box":
        builder.box(top - _UP * height / 2, np.array([width, height, 4]), turn, surface)
        return
    builder.box(top - _UP * 0.25, np.array([width, 0.5, 4.2]), turn, surface)
    if kind == "stool":
        builder.pole(top - _UP * height, top, 0.4, surface)
        return
    for x in (-0.45, 0.45):
        for z in (-1.8, 1.8):
            foot = top + turn @ np.array([x * width, 0, z])
            builder.pole(foot - _UP * height, foot, 0.22, surface)
    if back and kind == "chair":
        builder.box(top + turn @ np.array([0, 2.2, -2.2]), np.array([width, 4.5, 0.35]), turn, surface)


def _table(builder: ThingsBuilder, at: FloatArray, turn: FloatArray, size: FloatArray, top: Surface, legs: Surface) -> None:
    builder.box(at + _UP * size[1], np.array([size[0], 0.5, size[2]]), turn, top)
    for x in (-0.45, 0.45):
        for z in (-0.45, 0.45):
            foot = at + turn @ np.array([x * size[0], 0, z * size[2]])
            builder.pole(foot, foot + _UP * size[1], 0.3, legs)


def _car(builder: ThingsBuilder, at: FloatArray, turn: FloatArray, body: Surface, cabin: Surface) -> None:
    builder.box(at + _UP * 6, np.array([42, 8, 17]), turn, body)
    builder.box(at + _UP * 12, np.array([22, 5, 15]), turn, cabin)
    for x in (-13, 13):
        for z in (-8.5, 8.5):
            builder.wheel(at + turn @ np.array([x, 3, z]), 2.4, 0.8, turn, Surface(np.full(3, 0.05), np.zeros(3)))


def _bicycle(builder: ThingsBuilder, at: FloatArray, turn: FloatArray, frame: Surface, tyre: Surface) -> None:
    back, front = (at + turn @ np.array([x, 3.4, 0]) for x in (-5.2, 5.2))
    saddle, handle = at + turn @ np.array([-2.5, 9, 0]), at + turn @ np.array([3.6, 9.6, 0])
    for hub in (back, front):
        builder.wheel(hub, 3.3, 0.22, turn, tyre)
    for start, end in ((back, saddle), (saddle, handle), (back, handle), (front, handle)):
        builder.pole(start, end, 0.2, frame)
    builder.box(saddle, np.array([2.2, 0.5, 1.2]), turn, tyre)
    builder.pole(handle - turn[:, 2] * 2.5, handle + turn[:, 2] * 2.5, 0.15, frame)


def add_worn(builder: ThingsBuilder, rng: np.random.Generator, shoulders: FloatArray, hips: FloatArray) -> None:
    """Add a backpack, or a bag with its strap over a shoulder.

    Args:
        shoulders, hips: (2, 3) left and right.
    """
    side, up = unit(shoulders[0] - shoulders[1]), unit(shoulders.mean(axis=0) - hips.mean(axis=0))
    front = unit(np.cross(side, up))
    turn = np.stack([unit(np.cross(up, front)), up, front], axis=1)
    surface, u = random_surface(rng, 0.2), rng.uniform
    if rng.random() < 0.5:
        size = np.array([u(2.4, 3.6), u(3, 5.2), u(1, 2.2)])
        middle = shoulders.mean(axis=0) - up * (0.45 * size[1] + 0.2) - front * (1.1 + size[2] / 2)
        builder.box(middle, size, turn, surface)
        return
    worn, over = (0, 1) if rng.random() < 0.5 else (1, 0)
    out = side if worn == 0 else -side
    top = shoulders[over if rng.random() < 0.6 else worn] + up * 0.45
    size = np.array([u(0.8, 1.6), u(1.6, 3.6), u(2, 4)])
    bag = hips[worn] + out * (0.75 + size[0] / 2) + front * u(-1, 1) - up * u(-0.5, 1.5)
    builder.box(bag, size, turn, surface)
    for way in (-1.0, 1.0):  # the strap, in front of and behind the trunk
        middle = (top + bag) / 2 + front * way * 1.35
        builder.pole(top, middle, 0.12, surface)
        builder.pole(middle, bag + up * size[1] / 2, 0.12, surface)


def add_held(builder: ThingsBuilder, rng: np.random.Generator, hand: FloatArray, along: FloatArray) -> None:
    """Add an object in a hand at ``hand`` (3,) that continues the hand's direction ``along`` (3,)."""
    kind, surface, u = str(rng.choice(HELD)), random_surface(rng), rng.uniform
    across = unit(np.cross(along, rng.normal(0, 1, 3)))
    turn = np.stack([across, along, np.cross(across, along)], axis=1)
    if kind == "ball":
        radius = u(0.4, 1.3)
        builder.ball(hand + along * radius, np.full(3, radius), turn, surface)
    elif kind == "bag":
        size = np.array([u(2, 5), u(2, 4.5), u(0.8, 2)])
        builder.box(hand - _UP * (size[1] / 2 + 1), size, euler_yxz(float(u(0, 3)), 0, 0), surface)
        builder.pole(hand, hand - _UP * 1.2, 0.1, surface)
    elif kind == "paddle":
        builder.pole(hand, hand + across * 3, 0.15, surface)
        builder.ball(hand + across * u(3.5, 6), np.array([1.2, 1.6, 0.2]), turn @ about(_UP, u(0, 3)), random_surface(rng))
    elif kind == "stick":
        length = u(3, 16)
        builder.pole(hand - across * length * u(0, 0.6), hand + across * length, u(0.08, 0.3), surface)
    elif kind == "umbrella":
        builder.pole(hand, hand + _UP * 8, 0.12, surface)
        builder.ball(hand + _UP * 8, np.array([5, 1.6, 5]), np.eye(3), random_surface(rng))
    elif kind == "box":
        builder.box(hand + along * 1.5, u(2, 5, 3), turn, surface)
    else:
        builder.box(hand + along * 0.5, np.array([0.75, 1.5, 0.15 if kind == "phone" else 0.8]), turn, surface)
