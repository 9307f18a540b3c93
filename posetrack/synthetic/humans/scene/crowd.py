"""Compose whole images of several people at all distances, as input for a detector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.character import Character
from posetrack.synthetic.humans.drawing import Camera, Light, ThingsBuilder
from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.scene.choose import bystander_posture, sample_posture
from posetrack.synthetic.humans.scene.props import add_clutter
from posetrack.synthetic.humans.scene.seating import seat_under
from posetrack.synthetic.humans.scene.stage import Composition, Placed, equip, place_person
from posetrack.synthetic.humans.scene.surroundings import add_place

_COUNTS = (0.06, 0.15, 0.18, 0.17, 0.14, 0.11, 0.08, 0.06, 0.05)  # probability of 0, 1, 2, ... people
_NEAREST, _FARTHEST = 14.0, 160.0  # decimetres
_PLACES = ("nothing", "ground", "street", "room", "hall")
_PLACE_SHARES = (0.2, 0.16, 0.3, 0.18, 0.16)


def compose_crowd(
    library: HumanLibrary, rng: np.random.Generator, cast: Sequence[Character], image_hw: tuple[int, int]
) -> Composition:
    """Compose people from ``cast`` for a camera with image size ``image_hw``; at least 6 % of the images have nobody."""
    height = float(rng.choice((rng.uniform(11, 19), rng.uniform(19, 50), rng.uniform(3, 11)), p=(0.6, 0.28, 0.12)))
    focal = image_hw[0] * float(np.exp(rng.uniform(np.log(0.8), np.log(2.4))))
    pitch = float(np.clip((height - 9) / 80, -0.1, 0.5) + rng.normal(0, 0.05))
    eye = np.array([0.0, height, 0.0])
    target = eye + np.array([0.0, -np.sin(pitch), -np.cos(pitch)])
    camera = Camera.looking_at(eye, target, float(rng.normal(0, 0.2 if rng.random() < 0.1 else 0.03)), focal, image_hw)
    builder = ThingsBuilder()
    people = _people(library, rng, cast, camera)
    for person in people:
        if rng.random() < 0.8:
            seat_under(builder, rng, person.points)
        equip(builder, rng, person)
    ahead = np.array([0.0, 0.0, -1.0])
    middle = np.mean([p.middle for p in people], axis=0) if people else 45 * ahead
    for _ in range(int(rng.integers(0, 5))):
        add_clutter(builder, rng, _on_ground(rng, camera, float(rng.uniform(25, 90))))
    place = str(rng.choice(_PLACES, p=_PLACE_SHARES))
    clear = 25.0 if place == "room" else 6.0
    add_place(builder, rng, place, middle, ahead, clear)
    return Composition(tuple(people), builder.result(), Light.random(rng, ahead), camera, place, 45.0)


def _people(
    library: HumanLibrary, rng: np.random.Generator, cast: Sequence[Character], camera: Camera
) -> list[Placed]:
    people: list[Placed] = []
    base = float(np.exp(rng.uniform(np.log(_NEAREST), np.log(_FARTHEST))))
    for _ in range(int(rng.choice(len(_COUNTS), p=_COUNTS))):
        if people and rng.random() < 0.35:  # near an existing person
            beside = people[int(rng.integers(len(people)))].middle * [1, 0, 1]
            at = beside + rng.normal(0, 1, 3) * [6, 0, 4]
        else:
            distance = float(np.clip(base * np.exp(rng.normal(0, 0.45)), _NEAREST, _FARTHEST))
            at = _on_ground(rng, camera, distance)
        if -at[2] < _NEAREST:
            continue
        pick = sample_posture if rng.random() < 0.4 else bystander_posture
        people.append(place_person(library, rng, cast[int(rng.integers(len(cast)))], pick(library, rng), at))
    return people


def _on_ground(rng: np.random.Generator, camera: Camera, distance: float) -> FloatArray:
    """Sample a ground position at that distance ahead, within the width of the image."""
    half = 0.46 * camera.image_hw[1] / camera.focal_px * distance
    return np.array([rng.uniform(-half, half), 0.0, -distance])
