"""Labelled images of several people for a detector; each is reproducible from its seed and number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import ImageArray
from posetrack.synthetic.humans.cast import Casts
from posetrack.synthetic.humans.crops import find_pictures
from posetrack.synthetic.humans.drawing import Painter
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.packed import PackedImages, as_boxes, read_arrays, rows, write_arrays
from posetrack.synthetic.humans.scene.crowd import compose_crowd
from posetrack.synthetic.humans.scene.effects import develop
from posetrack.synthetic.humans.scene.render import render
from posetrack.synthetic.humans.scene.truth import PersonTruth, person_truth

STILL_BLOCK = 50  # images that share a cast and a file
_SUPERSAMPLING = 1.25
_JPEG_QUALITY = 92
_FIELDS = ("jpeg", "jpeg_ends", "people_ends", "joints_xy", "visibility", "boxes_xyxy", "visible_boxes_xyxy",
           "visible_share")  # fmt: skip


@dataclass(frozen=True)
class StillConfig:
    """Which images are made: seed, height and width, folder of background images."""

    seed: int = 0
    image_hw: tuple[int, int] = (360, 640)
    pictures: str | None = None

    def __post_init__(self) -> None:
        if min(self.image_hw) < 16 or self.seed < 0:
            raise ValueError(f"image_hw is {self.image_hw}, seed {self.seed}; expected 16 pixels or more, a seed of 0 or more")


@dataclass(frozen=True, eq=False)
class Still:
    """An image (H, W, 3) uint8 RGB and the labels of its people, including fully hidden ones."""

    image: ImageArray
    people: tuple[PersonTruth, ...]


class StillMaker:
    """Makes images; see ``CropMaker``."""

    def __init__(self, library: HumanLibrary, config: StillConfig) -> None:
        self.config = config
        self._library = library
        self._painter = Painter(len(library.rig.bones))
        self._pictures = find_pictures(config.pictures)
        self._casts = Casts(library, (config.seed, 5))

    def make(self, index: int) -> Still:
        """Make image number ``index``; on one machine it always has the same bytes."""
        rng = np.random.default_rng([self.config.seed, 4, index])
        scene = compose_crowd(self._library, rng, self._casts.of(index // STILL_BLOCK), self.config.image_hw)
        drawn = render(self._painter, scene, scene.camera, rng, self._pictures, _SUPERSAMPLING)
        people = tuple(
            person_truth(person.points, person.probes, number, scene.camera, drawn.picture)
            for number, person in enumerate(scene.people, start=1)
        )
        return Still(develop(rng, drawn.image), people)


@dataclass(frozen=True, eq=False)
class StillShard:
    """The images of one file; the people of image i are rows ``people(i)`` of the arrays.

    Attributes:
        joints_xy: (P, 19, 2) float32 of ``LABELS``.
        visibility: (P, 19) uint8.
        boxes_xyxy: (P, 4) float32 around whole bodies, unclipped.
        visible_boxes_xyxy: (P, 4) float32 around the visible pixels; NaN if there are none.
        visible_share: (P,) float32.
    """

    joints_xy: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.uint8]
    boxes_xyxy: npt.NDArray[np.float32]
    visible_boxes_xyxy: npt.NDArray[np.float32]
    visible_share: npt.NDArray[np.float32]
    _people_ends: npt.NDArray[np.int64]
    _images: PackedImages

    def __len__(self) -> int:
        return len(self._images)

    def people(self, number: int) -> slice:
        """Rows of the people of an image."""
        return rows(self._people_ends, number)

    def image(self, number: int) -> ImageArray:
        """Decode an image to (H, W, 3) uint8 RGB."""
        return self._images.rgb(number)


def write_stills(path: Path, stills: Sequence[Still]) -> None:
    """Write a file of images atomically.

    Raises:
        OutputError: it cannot be written.
    """
    jpeg = PackedImages.of([s.image[..., ::-1] for s in stills], ".jpg", [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    people = [person for still in stills for person in still.people]
    arrays = {
        "jpeg": jpeg.data,
        "jpeg_ends": jpeg.ends,
        "people_ends": np.cumsum([len(s.people) for s in stills]),
        "joints_xy": np.array([p.joints_xy for p in people], np.float32).reshape(-1, len(LABELS), 2),
        "visibility": np.array([p.visibility for p in people], np.uint8).reshape(-1, len(LABELS)),
        "boxes_xyxy": as_boxes([p.box_xyxy for p in people]),
        "visible_boxes_xyxy": as_boxes([p.visible_box_xyxy for p in people]),
        "visible_share": np.array([p.visible_share for p in people], np.float32),
    }
    write_arrays(path, arrays)


def read_stills(path: Path) -> StillShard:
    """Read a file of images.

    Raises:
        InputError: the file does not exist.
        FormatError: the file is unreadable, truncated, damaged or not a file of images.
    """
    a = read_arrays(path, _FIELDS, "images")
    return StillShard(a["joints_xy"], a["visibility"], a["boxes_xyxy"], a["visible_boxes_xyxy"], a["visible_share"],
                      a["people_ends"], PackedImages(a["jpeg"], a["jpeg_ends"]))  # fmt: skip
