"""Scenarios: one function each, drawing all random choices from the setting's generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from posetrack.synthetic.simulation.actors import Actor, dancer, walker
from posetrack.synthetic.simulation.crowd import Cast, Simulation, Thing, film
from posetrack.synthetic.simulation.stage import CameraMotion, Stage

FPS = 25.0
SECONDS = 6.0
HANDHELD = CameraMotion(shake_px=0.8)
Path = list[tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class Setting:
    """Inputs of a scenario: random generator, stage, length in seconds and frame rate."""

    rng: np.random.Generator
    stage: Stage
    seconds: float
    fps: float

    @property
    def num_frames(self) -> int:
        """Number of frames T."""
        return max(round(self.seconds * self.fps), 1)

    def u(self, low: float, high: float) -> float:
        """Sample uniformly between ``low`` and ``high``."""
        return float(self.rng.uniform(low, high))

    def side(self) -> float:
        """Sample -1 or 1."""
        return float(self.rng.choice((-1.0, 1.0)))

    def walk(self, path: Path, facing: float | None = None) -> Actor:
        """Create a person who walks along a path."""
        return walker(self.rng, path, self.num_frames, self.fps, facing)

    def across(self, z: float, speed: float, side: float, at_s: float | None = None, at_x: float = 0.0) -> Path:
        """A path straight across that passes ``at_x`` at time ``at_s``; side 1 goes right."""
        meet = self.u(0.3, 0.7) * self.seconds if at_s is None else at_s
        drift = self.u(-0.15, 0.15)
        return [
            (t, at_x + side * speed * (t - meet), max(z + drift * (t - meet), 2.5)) for t in (-1.0, self.seconds + 1.0)
        ]


def _walkers(s: Setting, count: int, near: float = 6.0, far: float = 13.0, speed: tuple[float, float] = (1.0, 1.6)) -> list[Actor]:
    """Create people who walk across at various depths."""
    paths = [s.across(s.u(near, far), s.u(*speed), s.side(), at_x=s.u(-2, 2)) for _ in range(count)]
    return [s.walk(path) for path in paths]


def crossings(s: Setting) -> Cast:
    """People walk in both directions at nearly the same depth and pass each other."""
    actors = []
    for _ in range(int(s.rng.integers(3, 6))):
        z, meet, x = s.u(6, 11), s.u(0.25, 0.75) * s.seconds, s.u(-1.5, 1.5)
        for side in (-1.0, 1.0):
            actors.append(s.walk(s.across(z + s.u(-0.6, 0.6), s.u(1.0, 1.7), side, meet + s.u(-0.3, 0.3), x)))
    return Cast(actors, camera=HANDHELD)


def long_occlusion(s: Setting) -> Cast:
    """People are hidden for one to four seconds behind walls and a standing group."""
    things = [Thing(s.u(-2.5, 2.5), s.u(5.5, 7.5), s.u(0.8, 2.2), s.u(1.6, 2.4)) for _ in range(2)]
    actors = _walkers(s, int(s.rng.integers(3, 6)), 8.0, 12.0)
    for thing in things:  # one person stops behind each and comes out on either side
        x, z = thing.x * 9.5 / thing.z, s.u(8.5, 10.5)
        side, stop, wait = s.side(), s.u(1.5, 3.0), s.u(0.8, 3.0)
        out = side if s.rng.random() < 0.5 else -side
        path = [(0.0, x - side * 1.3 * stop, z), (stop, x, z), (stop + wait, x, z), (stop + wait + 4, x + out * 5.2, z)]
        actors.append(s.walk(path))
    middle = s.u(-1.5, 1.5)
    actors += [s.walk([(0.0, middle + 0.45 * i, 6.5 + s.u(-0.3, 0.3))]) for i in range(3)]
    return Cast(actors, things, HANDHELD)


def groups(s: Setting) -> Cast:
    """Groups of three to five stay together and meet other groups."""
    actors = []
    for side in (1.0, -1.0, s.side()):
        z, speed, meet, x = s.u(6.5, 11), s.u(1.0, 1.5), s.u(0.3, 0.7) * s.seconds, s.u(-1.5, 1.5)
        base = s.across(z, speed, side, meet, x)
        for _ in range(int(s.rng.integers(3, 6))):
            dx, dz = s.u(-0.9, 0.9), s.u(-0.8, 0.8)
            wander = [(t, px + dx + s.u(-0.15, 0.15), pz + dz) for t, px, pz in base]
            actors.append(s.walk(wander))
    return Cast(actors, camera=HANDHELD, alike=0.2)


def reentry(s: Setting) -> Cast:
    """People leave at the side, turn round after a while and come back; others walk across."""
    actors = []
    for _ in range(int(s.rng.integers(3, 6))):
        z, side, speed, leave = s.u(6, 10), s.side(), s.u(1.1, 1.6), s.u(1.2, 3.0)
        edge, away = s.stage.half_width(z) + 0.5, s.u(0.4, 2.5)
        actors.append(s.walk([(0.0, side * (edge - speed * leave), z), (leave, side * edge, z),
                              (leave + away, side * edge, z + s.u(-0.5, 0.5)),
                              (leave + away + 5, side * (edge - 5 * speed), z)]))  # fmt: skip
    return Cast(actors + _walkers(s, 3), camera=HANDHELD)


def moving_camera(s: Setting) -> Cast:
    """The camera pans, sways, shakes, rolls and zooms."""
    motion = CameraMotion(s.side() * s.u(200, 700), s.u(0, 90), s.u(1, 5), s.u(0, 0.006), float(np.exp(s.u(-0.5, 0.5))))
    return Cast(_walkers(s, int(s.rng.integers(6, 10)), 6.5, 14.0), camera=motion)


def crowd(s: Setting) -> Cast:
    """Twenty to fifty people, most of them far away, walk and stand all over the place."""
    count = int(s.rng.integers(20, 51))
    actors = [s.walk([(0.0, s.u(-5, 5), s.u(9, 22))], s.u(-3.1, 3.1)) for _ in range(count // 4)]
    return Cast(actors + _walkers(s, count - len(actors), 7.0, 22.0, (0.8, 1.6)), camera=HANDHELD, alike=0.1)


def side_by_side(s: Setting) -> Cast:
    """Pairs walk side by side at the same speed, one overtaking the other slowly."""
    actors = []
    for _ in range(4):
        z, speed, side, meet = s.u(6.5, 11), s.u(1.0, 1.5), s.side(), s.u(0.3, 0.7) * s.seconds
        for gain, dz in ((0.0, 0.0), (s.u(-0.15, 0.15), s.u(0.3, 0.6))):
            actors.append(s.walk(s.across(z + dz, speed + gain, side, meet)))
    return Cast(actors, camera=HANDHELD, alike=0.3)


def fast(s: Setting) -> Cast:
    """Runners near the camera, and two walkers."""
    motion = CameraMotion(sway_px=s.u(0, 60), shake_px=s.u(0.5, 2.5))
    actors: list[Actor] = []
    for _ in range(int(s.rng.integers(4, 8))):
        z, speed, side = s.u(4.5, 8), s.u(3.0, 6.0), s.side()
        back, turn = s.stage.half_width(z) + s.u(0.5, 3.0), s.u(0.5, 1.5)
        length = 2 * back / speed
        corners = [(turn + i * length, side * back * (-1.0) ** (i + 1), z + s.u(-0.7, 0.7)) for i in range(8)]
        actors.append(s.walk(corners))
    return Cast(actors + _walkers(s, 2, 7, 10), camera=motion, alike=0.2)


def embrace(s: Setting) -> Cast:
    """Two people embrace, others stand around, and walkers pass behind and in front of them."""
    x, z = s.u(-1.2, 1.2), s.u(5.5, 7.5)
    pair = [s.walk([(0.0, x, z)], np.pi / 2 + s.u(-0.4, 0.4)),
            s.walk([(0.0, x + s.u(0.18, 0.32), z + s.u(0.05, 0.3))], -np.pi / 2 + s.u(-0.4, 0.4))]  # fmt: skip
    standing = [s.walk([(0.0, s.u(-2.5, 2.5), s.u(7, 10))], s.u(-3, 3)) for _ in range(2)]
    return Cast([*pair, *standing, *_walkers(s, 4, 7.5, 11), *_walkers(s, 1, 4.5, 5.2)], camera=HANDHELD)


def turns(s: Setting) -> Cast:
    """Pairs walk towards each other; one or both turn back where they meet, after a short stop."""
    actors = []
    for _ in range(3):
        z, meet, x = s.u(6.5, 10.5), s.u(0.3, 0.6) * s.seconds, s.u(-1.5, 1.5)
        both = s.rng.random() < 0.6
        for number, side in enumerate((-1.0, 1.0)):
            speed, back = s.u(1.0, 1.7), -1.0 if both or number == 0 else 1.0
            depth, wait = z + 0.4 * number, s.u(0.0, 0.5)
            stop = x - side * s.u(-0.1, 0.25)
            actors.append(s.walk([(0.0, stop - side * speed * meet, depth), (meet, stop, depth),
                                  (meet + wait, stop, depth), (meet + wait + 6, stop + back * side * 6 * speed, depth)]))  # fmt: skip
    return Cast(actors + _walkers(s, 2), camera=HANDHELD)


def dancers(s: Setting) -> Cast:
    """A troupe in similar clothes dances, mostly in step, and may swap places; team sports look alike."""
    count, z, tempo, seed = int(s.rng.integers(4, 8)), s.u(6.5, 8.5), s.u(1.5, 3.0), int(s.rng.integers(1 << 30))
    places = np.linspace(-0.8, 0.8, count) * s.stage.half_width(z) * 0.9
    actors: list[Actor] = []
    when = np.arange(0.0, s.seconds + 1.5, 1.5)
    order = np.stack([s.rng.permutation(count) if i else np.arange(count) for i in range(len(when))])
    mixed = s.rng.random() < 0.6
    for person in range(count):
        slots = [int(np.flatnonzero(row == person)[0]) if mixed else person for row in order]
        path = [(float(t), float(places[slot]) + s.u(-0.2, 0.2), z + s.u(-0.8, 0.8)) for t, slot in zip(when, slots, strict=True)]
        common = np.random.default_rng(seed) if s.rng.random() < 0.6 else None
        actors.append(dancer(s.rng, path, s.num_frames, s.fps, tempo, common))
    standing = [s.walk([(0.0, s.u(-3, 3), s.u(10, 13))], 0.0) for _ in range(3)]
    return Cast(actors + standing, camera=CameraMotion(sway_px=s.u(0, 40), shake_px=1.0), alike=0.75)


SCENARIOS: dict[str, Callable[[Setting], Cast]] = {
    f.__name__: f
    for f in (crossings, long_occlusion, groups, reentry, moving_camera, crowd, side_by_side, fast, embrace, turns, dancers)
}  # fmt: skip
_LONGER: dict[str, Any] = {"long_occlusion": 1.5, "reentry": 1.5}


def simulate(scenario: str, seed: int, seconds: float = SECONDS, fps: float = FPS, stage: Stage | None = None) -> Simulation:
    """Simulate a sequence; the same arguments give the same numbers.

    Args:
        scenario: one of ``SCENARIOS``.
        seed: seed of all random choices.
        seconds: length; ``long_occlusion`` and ``reentry`` are half as long again.
        fps: frames per second.
        stage: the camera at rest.

    Raises:
        ValueError: there is no such scenario.
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"scenario is {scenario!r}, expected one of {', '.join(SCENARIOS)}")
    stage = Stage() if stage is None else stage
    rng = np.random.default_rng([seed, list(SCENARIOS).index(scenario)])
    setting = Setting(rng, stage, seconds * _LONGER.get(scenario, 1.0), fps)
    return film(f"{scenario}-{seed}", SCENARIOS[scenario](setting), stage, setting.num_frames, fps, seed)
