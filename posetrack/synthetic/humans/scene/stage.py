"""Compose a scene: a main person, others around, objects in between, a place, a light and a camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.character import Character
from posetrack.synthetic.humans.drawing import Actor, Camera, Light, Material, Things, ThingsBuilder
from posetrack.synthetic.humans.landmarks import POINTS
from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.posture import Posture
from posetrack.synthetic.humans.retarget import bone_rotations
from posetrack.synthetic.humans.rig import bone_transforms
from posetrack.synthetic.humans.rotations import euler_yxz
from posetrack.synthetic.humans.postures import random_posture
from posetrack.synthetic.humans.scene.choose import anyway, bystander_posture, sample_posture
from posetrack.synthetic.humans.scene.props import add_clutter, add_held, add_worn, random_surface
from posetrack.synthetic.humans.scene.seating import (
    add_counter, add_table_before, add_wheelchair, fits_wheelchair, seat_of, seat_under,
)  # fmt: skip
from posetrack.synthetic.humans.scene.surroundings import PLACE_SHARES, PLACES, add_place

_COMPANY = (0.34, 0.26, 0.16, 0.09, 0.05, 0.03, 0.02, 0.02, 0.02, 0.01)  # probability of 0, 1, 2, ... other people
_IN_FRONT = ("box", "boxes", "pole", "table", "chair", "fence", "bicycle", "plank", "barrel", "bench", "sign", "ball")
_CALM = 0.3  # probability that the main person has a bystander's posture
_SITS = 0.06  # additional probability that the main person sits
_WHEELCHAIR, _TABLE, _COUNTER = 0.2, 0.25, 0.05  # per sitting person; per sitting person; per scene
_ALIKE = 0.12  # share of others with the main person's body and clothes: a team, a dancing couple
_LIVELY = 0.25  # share of others with any posture, not a bystander's
_LEAST_TO_CAMERA = 7.0  # decimetres
_TRUNK, _THIGHS = ("root", "spine", "pelvis", "clavicle", "neck", "head"), ("upperleg",)  # bones


@dataclass(frozen=True, eq=False)
class Placed:
    """A person in the world: actor, landmarks (P, 3) and surface sample (M, 3), decimetres."""

    actor: Actor
    points: FloatArray
    probes: FloatArray

    @property
    def middle(self) -> FloatArray:
        """(3,) centre of the bounding box."""
        return np.asarray((self.probes.min(axis=0) + self.probes.max(axis=0)) / 2)


@dataclass(frozen=True, eq=False)
class Composition:
    """A scene; the main person comes first."""

    people: tuple[Placed, ...]
    things: Things | None
    light: Light
    camera: Camera
    place: str
    shadow_radius: float


def place_person(
    library: HumanLibrary, rng: np.random.Generator, character: Character, posture: Posture, at: FloatArray,
    material: Material | None = None,
) -> Placed:  # fmt: skip
    """Place a person with the pelvis vertically above ``at`` and the lowest point at its height."""
    rotations = bone_rotations(library.rig, character.heads, character.toes, posture, rng)
    transforms = bone_transforms(library.rig, character.heads, rotations, np.zeros(3))
    shift = at - [0, character.probe_positions(transforms)[:, 1].min(), 0]
    transforms = transforms.copy()
    transforms[:, :, 3] += shift
    material = Material.random(rng, character.outfit) if material is None else material
    points, probes = character.landmarks.posed(transforms), character.probe_positions(transforms)
    return Placed(Actor(character, transforms, material), points, probes)


def compose(library: HumanLibrary, rng: np.random.Generator, cast: Sequence[Character]) -> Composition:
    """Compose a random scene with people from ``cast``."""
    builder = ThingsBuilder()
    posture = _hero_posture(library, rng)
    lift = float(rng.uniform(1, 6)) if rng.random() < 0.05 else 0.0
    hero = place_person(library, rng, _pick(rng, cast), posture, np.array([0, lift, 0]))
    place = str(rng.choice(PLACES, p=PLACE_SHARES))
    camera = random_camera(rng, hero.middle, grounded=place != "nothing")
    ahead = -camera.rotation[2] * [1, 0, 1] + 1e-6
    ahead /= np.linalg.norm(ahead)
    right = np.array([-ahead[2], 0, ahead[0]])
    people = [hero, *_company(library, rng, cast, hero, camera, ahead, right)]
    if lift == 0:
        _furnish(library, builder, rng, people, ahead, right)
    for person in people[:4]:
        equip(builder, rng, person)
    if rng.random() < 0.24:
        _occluder(builder, rng, hero, camera, ahead, right)
    add_place(builder, rng, place, hero.middle, ahead)
    light = Light.random(rng, ahead)
    return Composition(tuple(people), builder.result(), light, camera, place, 16.0 if len(people) == 1 else 22.0)


def _hero_posture(library: HumanLibrary, rng: np.random.Generator) -> Posture:
    if rng.random() < _SITS:
        return anyway(random_posture(rng, "sit"), rng)
    pick = bystander_posture if rng.random() < _CALM else sample_posture
    return pick(library, rng)


def _furnish(
    library: HumanLibrary, builder: ThingsBuilder, rng: np.random.Generator, people: Sequence[Placed], ahead: FloatArray,
    right: FloatArray,
) -> None:  # fmt: skip
    """Add seats, wheelchairs and tables for sitting people, and sometimes a counter in front of the main person."""
    for person in people:
        seat = seat_of(person.points)
        if seat is None or rng.random() < 0.15:
            continue
        if rng.random() < _WHEELCHAIR and fits_wheelchair(seat):
            add_wheelchair(builder, rng, seat)
        else:
            seat_under(builder, rng, person.points)
        if rng.random() < _TABLE:
            add_table_before(builder, rng, seat, *table_parts(library, person))
    if rng.random() < _COUNTER:
        hero = people[0]
        nearest = float(((hero.probes - hero.middle) @ ahead).min())
        at = (hero.middle + ahead * (nearest - rng.uniform(0.3, 5))) * [1, 0, 1]
        turn = np.stack([right, [0, 1, 0], -ahead], axis=1) @ euler_yxz(float(rng.normal(0, 0.3)), 0, 0)
        add_counter(builder, rng, at, turn)


def table_parts(library: HumanLibrary, person: Placed) -> tuple[FloatArray, FloatArray]:
    """The parts of a person's surface sample on trunk and head (N, 3), and on the thighs (M, 3)."""
    weights = person.actor.character.probes[1]
    trunk, thighs = (library.rig.share(weights, *bones) > 0.5 for bones in (_TRUNK, _THIGHS))
    return person.probes[trunk], person.probes[thighs]


def _pick(rng: np.random.Generator, cast: Sequence[Character]) -> Character:
    return cast[int(rng.integers(len(cast)))]


def random_camera(rng: np.random.Generator, target: FloatArray, *, grounded: bool) -> Camera:
    """Sample a camera aimed at ``target``: level, high, low or from above; near to far; sometimes rolled."""
    distance = float(np.exp(rng.uniform(np.log(19), np.log(130))))
    lift = float(
        rng.choice(
            (rng.normal(0.05, 0.1), rng.uniform(0.2, 0.9), rng.uniform(-0.35, -0.05), rng.uniform(0.9, 1.4)),
            p=(0.56, 0.28, 0.12, 0.04),
        )
    )
    azimuth = rng.uniform(0, 2 * np.pi)
    away = np.array([np.sin(azimuth) * np.cos(lift), np.sin(lift), np.cos(azimuth) * np.cos(lift)])
    position = target + distance * away
    if grounded:
        position[1] = max(position[1], 1.0)
    roll = float(rng.normal(0, 0.35 if rng.random() < 0.12 else 0.05))
    return Camera.looking_at(position, target, roll, 1000.0, (1000, 1000))


def _company(
    library: HumanLibrary, rng: np.random.Generator, cast: Sequence[Character], hero: Placed, camera: Camera,
    ahead: FloatArray, right: FloatArray,
) -> list[Placed]:  # fmt: skip
    others = []
    for _ in range(int(rng.choice(len(_COMPANY), p=_COMPANY))):
        side = float(rng.choice((-1.0, 1.0)))
        kind = rng.random()
        if kind < 0.27:  # in contact
            offset = right * side * rng.uniform(1.2, 4.5) + ahead * rng.normal(0, 1.7)
        elif kind < 0.5:
            offset = right * side * rng.uniform(4, 11) + ahead * rng.normal(0, 4)
        elif kind < 0.8:  # behind
            offset = right * rng.normal(0, 9) + ahead * rng.uniform(4, 60)
        else:  # in front, partly hiding the main person or to one side
            offset = right * side * rng.uniform(0.5, 6) - ahead * rng.uniform(1.5, 10)
        at = (hero.middle + offset) * [1, 0, 1]
        if np.linalg.norm(at - camera.position * [1, 0, 1]) < _LEAST_TO_CAMERA:
            continue
        alike = rng.random() < _ALIKE
        character, material = (hero.actor.character, hero.actor.material) if alike else (_pick(rng, cast), None)
        pick = sample_posture if rng.random() < _LIVELY else bystander_posture
        others.append(place_person(library, rng, character, pick(library, rng), at, material))
    return others


def equip(builder: ThingsBuilder, rng: np.random.Generator, person: Placed) -> None:
    """Sometimes add an object in a hand, on the back or over a shoulder."""
    if rng.random() < 0.16:
        worn = [[person.points[POINTS.index(f"{side}_{part}")] for side in ("left", "right")] for part in ("shoulder", "hip")]
        add_worn(builder, rng, *np.array(worn))
    for side in ("left", "right"):
        if rng.random() < 0.09:
            wrist, hand = (person.points[POINTS.index(f"{side}_{part}")] for part in ("wrist", "hand"))
            along = (hand - wrist) / max(float(np.linalg.norm(hand - wrist)), 1e-6)
            add_held(builder, rng, hand + 0.3 * along, along)


def _occluder(builder: ThingsBuilder, rng: np.random.Generator, hero: Placed, camera: Camera, ahead: FloatArray,
              right: FloatArray) -> None:  # fmt: skip
    """Add one or two objects between the camera and the main person."""
    reach = float(np.linalg.norm((camera.position - hero.middle) * [1, 0, 1]))
    for _ in range(int(rng.integers(1, 3))):
        near = rng.uniform(2.5, max(min(9.0, reach - 4), 3.0))
        at = hero.middle * [1, 0, 1] - ahead * near + right * rng.normal(0, 3)
        if rng.random() < 0.25:  # off the ground: a branch, a board, a handrail
            start = at + [0, rng.uniform(2, 16), 0]
            builder.pole(start - right * rng.uniform(2, 9), start + right * rng.uniform(2, 9) + [0, rng.normal(0, 2), 0],
                         rng.uniform(0.15, 1.0), random_surface(rng))  # fmt: skip
        else:
            add_clutter(builder, rng, at, str(rng.choice(_IN_FRONT)))
