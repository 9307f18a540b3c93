"""Render a composition: supersample, darken contacts, put it on a backdrop and scale down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from posetrack.structures import BoolArray, ImageArray
from posetrack.synthetic.humans.drawing import Camera, Painter, Picture
from posetrack.synthetic.humans.drawing.things import THING_OWNER
from posetrack.synthetic.humans.scene.clutter import clutter, cluttered
from posetrack.synthetic.humans.scene.effects import contact_darkening
from posetrack.synthetic.humans.scene.stage import Composition, Placed
from posetrack.synthetic.humans.scene.surroundings import backdrop

SUPERSAMPLING = 1.5  # rendered pixels per output pixel, along each side
_CONTACT_RADIUS = 1.2  # decimetres
_CLUTTER_BEHIND = {"nothing": 0.45}  # probability, by place, that clutter replaces the backdrop
_CLUTTER_OVER = 0.45


@dataclass(frozen=True, eq=False)
class Rendered:
    """A camera's image (H, W, 3) uint8 RGB, and the larger picture from which it was made."""

    image: ImageArray
    picture: Picture


def render(
    painter: Painter, composition: Composition, camera: Camera, rng: np.random.Generator, pictures: list[Path],
    supersampling: float = SUPERSAMPLING, scenery: ImageArray | None = None,
) -> Rendered:  # fmt: skip
    """Render a composition.

    Args:
        painter: the painter of this process.
        composition: what to render.
        camera: the camera; its ``image_hw`` is the image size.
        rng: random generator for backdrop and clutter.
        pictures: images for the backdrop; may be empty.
        supersampling: see ``SUPERSAMPLING``.
        scenery: the backdrop (H, W, 3); None = random.
    """
    large = camera.enlarged(supersampling)
    hero = composition.people[0] if composition.people else None
    middle = hero.middle if hero else camera.position - 40 * camera.rotation[2]
    actors = [
        replace(person.actor, number=number)
        for number, person in enumerate(composition.people, start=1)
        if _may_be_seen(person, camera)
    ]
    picture = painter.draw(actors, composition.things, composition.light, large, (middle, composition.shadow_radius))
    distance = float(np.linalg.norm(camera.position - middle))
    darker = contact_darkening(picture.depth, _CONTACT_RADIUS * large.focal_px / distance)
    by_chance = scenery is None
    if scenery is None:
        scenery = _scenery(rng, composition, camera, pictures)
    drawn = cv2.resize(picture.image * darker[..., None], camera.image_hw[::-1], interpolation=cv2.INTER_AREA)
    nothing = (picture.owners == 0).astype(np.float32)
    share = cv2.resize(nothing, camera.image_hw[::-1], interpolation=cv2.INTER_AREA)[..., None]
    image = np.clip(drawn + share * scenery, 0, 255).astype(np.uint8)
    if by_chance and rng.random() < _CLUTTER_OVER:
        people = ((picture.owners > 0) & (picture.owners < THING_OWNER)).astype(np.float32)
        covered = np.asarray(cv2.resize(people, camera.image_hw[::-1], interpolation=cv2.INTER_AREA), dtype=np.float32)
        image = cluttered(rng, image, covered)
    return Rendered(image, picture)


def _scenery(rng: np.random.Generator, composition: Composition, camera: Camera, pictures: list[Path]) -> ImageArray:
    if rng.random() < _CLUTTER_BEHIND.get(composition.place, 0.0):
        return clutter(rng, camera.image_hw)
    return backdrop(rng, camera.image_hw, camera.horizon_y(), pictures, composition.place)


def _may_be_seen(person: Placed, camera: Camera) -> bool:
    """Whether part of the person is in front of the camera and in the image, or near enough to cast shadows into it."""
    xy, depth = camera.project(person.probes)
    size = np.array(camera.image_hw[::-1])
    with np.errstate(invalid="ignore"):
        inside = ((xy > -0.15 * size) & (xy < 1.15 * size)).all(axis=1)
    return bool((inside & (depth > 1)).any())


def pixels_inside(camera: Camera, picture: Picture, border_xyxy: np.ndarray) -> BoolArray:
    """(H, W) which pixels of the larger picture lie inside ``border_xyxy`` (4,), given in pixels of the image."""
    height, width = picture.owners.shape
    scale = height / camera.image_hw[0]
    x, y = (np.arange(width) + 0.5) / scale - 0.5, (np.arange(height) + 0.5) / scale - 0.5
    columns = (x >= border_xyxy[0]) & (x <= border_xyxy[2])
    rows = (y >= border_xyxy[1]) & (y <= border_xyxy[3])
    return np.asarray(rows[:, None] & columns)
