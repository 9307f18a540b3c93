"""Labelled crops of one person each; every crop is reproducible from its seed and number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.geometry import box_to_center_scale
from posetrack.geometry.affine import SCALE_UNIT_PX
from posetrack.structures import FloatArray, ImageArray
from posetrack.synthetic.humans.cast import Casts
from posetrack.synthetic.humans.character import Character
from posetrack.synthetic.humans.drawing import Camera, Painter
from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.scene.effects import develop
from posetrack.synthetic.humans.scene.render import pixels_inside, render
from posetrack.synthetic.humans.scene.stage import Placed, compose
from posetrack.synthetic.humans.scene.truth import VISIBLE, PersonTruth, person_truth

MIN_VISIBLE_JOINTS = 5
MIN_VISIBLE_SHARE = 0.15
MIN_KEPT_AREA = 0.2  # of the person's box, when an image border cuts it
BLOCK = 250  # crops that share a cast and a file
_TRIES = 30
_BIG = 1e6


@dataclass(frozen=True)
class CropConfig:
    """Which crops are made.

    Attributes:
        seed: seed of all random choices.
        image_hw: height and width in pixels.
        margin: size relative to the test-time crop; leaves room for rotation and scaling in training.
        pictures: folder of background images, or None.
    """

    seed: int = 0
    image_hw: tuple[int, int] = (256, 192)
    margin: float = 1.25
    pictures: str | None = None

    def __post_init__(self) -> None:
        if min(self.image_hw) < 16 or not 0.5 <= self.margin <= 10 or self.seed < 0:
            raise ValueError(
                f"image_hw is {self.image_hw}, margin {self.margin}, seed {self.seed}; "
                "expected 16 pixels or more, a margin from 0.5 to 10, a seed of 0 or more"
            )


@dataclass(frozen=True, eq=False)
class Crop:
    """A crop; all coordinates are in its pixels, with (0, 0) at the centre of the top-left one.

    Attributes:
        image: (H, W, 3) uint8 RGB; black beyond the border of the simulated source image.
        truth: labels; ``visibility`` is 0 beyond that border.
        box_xyxy: (4,) body box, clipped to the border.
        mask: (H, W) uint8: 0 background, 1 the person, 2 and up other people, 255 an object.
    """

    image: ImageArray
    truth: PersonTruth
    box_xyxy: FloatArray
    mask: npt.NDArray[np.uint8]


class CropMaker:
    """Makes crops; holds the assets, the OpenGL context and the most recent casts.

    Args:
        library: the assets.
        config: which crops.
    """

    def __init__(self, library: HumanLibrary, config: CropConfig) -> None:
        self.config = config
        self._library = library
        self._painter = Painter(len(library.rig.bones))
        self._pictures = find_pictures(config.pictures)
        self._casts = Casts(library, (config.seed, 2))

    def make(self, index: int) -> Crop:
        """Make crop number ``index``; on one machine it always has the same bytes."""
        rng = np.random.default_rng([self.config.seed, 1, index])
        cast = self._casts.of(index // BLOCK)
        for _ in range(_TRIES):
            crop = self._attempt(rng, cast)
            if crop is not None:
                return crop
        raise RuntimeError(f"no crop {index} of seed {self.config.seed} in {_TRIES} tries")

    def _attempt(self, rng: np.random.Generator, cast: list[Character]) -> Crop | None:
        scene = compose(self._library, rng, cast)
        framed = frame_person(rng, scene.people[0], scene.camera, self.config)
        if framed is None:
            return None
        camera, border = framed
        drawn = render(self._painter, scene, camera, rng, self._pictures)
        inside = pixels_inside(camera, drawn.picture, border)
        hero = scene.people[0]
        truth = person_truth(hero.points, hero.probes, 1, camera, drawn.picture, inside)
        if (truth.visibility == VISIBLE).sum() < MIN_VISIBLE_JOINTS or truth.visible_share < MIN_VISIBLE_SHARE:
            return None
        return Crop(_finished(rng, drawn.image, border), truth, _cut(truth.box_xyxy, border),
                    _small_mask(drawn.picture.owners, inside, self.config.image_hw))  # fmt: skip


def find_pictures(folder: str | None) -> list[Path]:
    """Find the images below a folder, sorted; none for ``None``.

    Raises:
        InputError: the folder does not exist or holds no image.
    """
    from posetrack.errors import InputError
    from posetrack.io.images import IMAGE_SUFFIXES

    if folder is None:
        return []
    found = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    if not found:
        raise InputError(f"{folder}: no images; expected a folder with {', '.join(IMAGE_SUFFIXES)}")
    return found


def frame_person(
    rng: np.random.Generator, person: Placed, camera: Camera, config: CropConfig
) -> tuple[Camera, FloatArray] | None:
    """Camera of a crop around a person, and the border (4,) of the simulated source image in crop pixels.

    In a quarter of the crops an image border cuts the person, as happens to people near the camera or at the side; the
    crop is then around the remaining part. None if too little remains or the person is behind the camera.
    """
    body, depth = camera.project(person.probes)
    if not np.isfinite(body).all() or depth.min() < 3:
        return None
    box = np.concatenate([body.min(axis=0), body.max(axis=0)])
    border = _random_border(rng, box)
    cut = _cut(box, border)
    if (cut[2:] - cut[:2]).min() < 1 or (cut[2:] - cut[:2]).prod() < MIN_KEPT_AREA * (box[2:] - box[:2]).prod():
        return None
    jitter = rng.normal(0, 0.03, 4) * np.tile(cut[2:] - cut[:2], 2)
    height, width = config.image_hw
    center, scale = box_to_center_scale((cut + jitter)[None], width / height)
    size = scale[0] * SCALE_UNIT_PX * config.margin
    window = np.concatenate([center[0] - size / 2, center[0] + size / 2])
    window[[1, 3]] = center[0][1] + np.array([-0.5, 0.5]) * size[0] * height / width
    factor = width / size[0]
    return camera.window(window + 0.5, config.image_hw), (border + 0.5 - np.tile(window[:2] + 0.5, 2)) * factor - 0.5


def _random_border(rng: np.random.Generator, box: FloatArray) -> FloatArray:
    border = np.array([-_BIG, -_BIG, _BIG, _BIG])
    width, height = box[2:] - box[:2]
    draw = rng.random()
    if draw < 0.15:  # from below: legs, up to the hips, or all but the head
        border[3] = box[1] + height * rng.uniform(0.3, 0.95)
    elif draw < 0.18:
        border[1] = box[1] + height * rng.uniform(0.02, 0.3)
    elif draw < 0.22:
        border[0] = box[0] + width * rng.uniform(0.05, 0.5)
    elif draw < 0.26:
        border[2] = box[2] - width * rng.uniform(0.05, 0.5)
    if rng.random() < 0.12:  # close to a border that does not cut
        side = int(rng.integers(4))
        size = width if side % 2 == 0 else height
        away = box[side] + (1 if side > 1 else -1) * size * rng.uniform(0.0, 0.15)
        border[side] = max(border[side], away) if side < 2 else min(border[side], away)
    return border


def _cut(box: FloatArray, border: FloatArray) -> FloatArray:
    return np.concatenate([np.maximum(box[:2], border[:2]), np.minimum(box[2:], border[2:])])


def _finished(rng: np.random.Generator, image: ImageArray, border: FloatArray) -> ImageArray:
    """Apply camera effects, then black out what lies beyond the source image's border."""
    image = develop(rng, image).copy()
    height, width = image.shape[:2]
    x, y = np.arange(width), np.arange(height)
    image[:, (x < border[0]) | (x > border[2])] = 0
    image[(y < border[1]) | (y > border[3])] = 0
    return image


def _small_mask(owners: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_], image_hw: tuple[int, int]) -> npt.NDArray[np.uint8]:
    small = cv2.resize(np.where(inside, owners, 0).astype(np.uint8), image_hw[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(small, dtype=np.uint8)
