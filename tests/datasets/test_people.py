"""Crops of rendered people as training data; the cache is written by hand, so that nothing is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posetrack.datasets.augment import Augmentation
from posetrack.datasets.people import PeopleCrops, PeopleImages
from posetrack.errors import InputError
from posetrack.structures import COCO, POSETRACK18
from posetrack.synthetic.humans.crops import Crop, CropConfig
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import PersonTruth
from posetrack.synthetic.humans.shards import open_cache, shard_path, write_shard
from posetrack.synthetic.humans.stills import Still, StillConfig, write_stills


def dot_crop(number: int) -> Crop:
    """A dark picture with a bright dot at the nose; the left wrist is hidden, the right one outside."""
    image = np.full((128, 96, 3), 20, dtype=np.uint8)
    x, y = 40 + number, 30
    image[y - 2 : y + 3, x - 2 : x + 3] = 255
    joints = np.tile([48.0, 64.0], (len(LABELS), 1)) + np.arange(len(LABELS))[:, None]
    joints[LABELS.index("nose")] = x, y
    visibility = np.full(len(LABELS), 2)
    visibility[LABELS.index("left_wrist")], visibility[LABELS.index("right_wrist")] = 1, 0
    box = np.array([20.0, 10, 76, 110])
    return Crop(image, PersonTruth(joints, visibility, box, box, box, 1.0), box, np.ones((128, 96), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    open_cache(tmp_path, CropConfig(image_hw=(128, 96)))
    for block in range(2):
        write_shard(shard_path(tmp_path, block), [dot_crop(3 * block + k) for k in range(3)])
    return tmp_path


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_joints_follow_the_picture(folder: Path, augmentation: Augmentation | None) -> None:
    data = PeopleCrops(folder, (72, 96), augmentation)
    assert len(data) == 6
    nose = POSETRACK18.index("nose")
    for index in range(6):
        image, joints, weights = data[index]
        assert image.shape == (96, 72, 3) and joints.shape == (17, 2) and weights.shape == (17,)
        x, y = joints[nose].round().int().tolist()
        if 1 <= x < 71 and 1 <= y < 95:
            assert image[y - 1 : y + 2, x - 1 : x + 2].max() > 150


def test_weights_of_hidden_and_absent_joints(folder: Path) -> None:
    _, joints, weights = PeopleCrops(folder, (72, 96), None, COCO, hidden_weight=0.5)[0]
    left, right = COCO.index("left_wrist"), COCO.index("right_wrist")
    assert weights[left] == 0.5 and weights[right] == 0 and (joints[right] == 0).all()
    assert weights.sum() == 15.5


def test_epochs_differ_and_repeat(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96), Augmentation())
    first = data[4][1]
    data.set_epoch(1)
    second = data[4][1]
    data.set_epoch(0)
    assert not np.allclose(first, second) and np.allclose(first, data[4][1])
    with pytest.raises(IndexError, match="crop 6, but there are 0 to 5"):
        data[6]


def test_no_cache_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"fill a cache with tools/make_people.py"):
        PeopleCrops(tmp_path, (72, 96), None)
    open_cache(tmp_path, CropConfig())
    with pytest.raises(InputError, match="no crops yet"):
        PeopleCrops(tmp_path, (72, 96), None)


def test_images_with_boxes(tmp_path: Path) -> None:
    """A wide box is cut at the image; a person who is hidden, and a tiny one, have none."""
    image = np.zeros((60, 80, 3), dtype=np.uint8)
    image[:, :40] = 200

    def person(box: list[float], share: float) -> PersonTruth:
        joints, at = np.zeros((len(LABELS), 2)), np.array(box, dtype=float)
        return PersonTruth(joints, np.zeros(len(LABELS), dtype=np.int64), at, at, at, share)

    open_cache(tmp_path, StillConfig(image_hw=(60, 80)), "images")
    people = (person([-10, 5, 30, 55], 0.9), person([40, 5, 70, 55], 0.0), person([50, 5, 54, 12], 1.0))
    write_stills(shard_path(tmp_path, 0, "images"), [Still(image, ()), Still(image, people)])
    data = PeopleImages(tmp_path, seed=None)
    assert len(data) == 2 and data[0][1].shape == (0, 4)
    pixels, boxes = data[1]
    assert pixels.shape == (3, 60, 80) and boxes.tolist() == [[0, 5, 30, 55]]
    mirrored = PeopleImages(tmp_path, seed=0)
    seen = set()
    for epoch in range(12):
        mirrored.set_epoch(epoch)
        pixels, boxes = mirrored[1]
        seen.add(tuple(boxes[0].tolist()))
        assert (pixels[0, 30, 5] > 100) == (boxes[0, 0] == 0)
    assert seen == {(0.0, 5.0, 30.0, 55.0), (49.0, 5.0, 79.0, 55.0)}
    with pytest.raises(InputError, match="no crops yet"):
        PeopleCrops(tmp_path, (72, 96), None)
