"""Crops of rendered people as training data; the cache is written by hand, so that nothing is drawn."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from posetrack.datasets.augment import Augmentation
from posetrack.datasets.endless import Endless
from posetrack.datasets.people import PeopleCrops, PeopleImages
from posetrack.datasets.pixels import PixelAugmentation, change_pixels
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
    _, joints, weights = PeopleCrops(folder, (72, 96), skeleton=COCO, hidden_weight=0.5)[0]
    left, right = COCO.index("left_wrist"), COCO.index("right_wrist")
    assert weights[left] == 0.5 and weights[right] == 0 and (joints[right] == 0).all()
    assert weights.sum() == 15.5


def test_epochs_differ_and_repeat(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96), Augmentation(), PixelAugmentation(light=0.2, patches=3))
    first, second = data.item(4, 0), data.item(4, 1)
    assert not np.allclose(first[1], second[1])
    assert all(torch.equal(a, b) for a, b in zip(first, data.item(4, 0), strict=True))
    with pytest.raises(IndexError, match="item 6, but there are 0 to 5"):
        data[6]


def test_a_stream_can_be_entered_anywhere_and_shows_every_item_once_an_epoch(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96), Augmentation())
    whole, rest = Endless(data, 3, 0, 20), Endless(data, 3, 13, 7)
    assert (len(whole), len(rest)) == (20, 7)
    assert all(torch.equal(whole[13 + k][1], rest[k][1]) for k in range(7))
    in_worker = pickle.loads(pickle.dumps(rest))
    assert torch.equal(in_worker[2][0], rest[2][0])
    counted = Endless(Counting(), 3, 0, 12)
    first, second = [counted[k] for k in range(6)], [counted[k] for k in range(6, 12)]
    assert {index for index, _ in first} == {index for index, _ in second} == set(range(6))
    assert [epoch for _, epoch in first + second] == [0] * 6 + [1] * 6 and first[0][0] is not None
    assert [index for index, _ in first] != [index for index, _ in second]
    with pytest.raises(IndexError, match="item 12"):
        counted[12]


class Counting:
    """Says which item is asked for."""

    def __len__(self) -> int:
        return 6

    def item(self, index: int, epoch: int) -> tuple[int, int]:
        return index, epoch


def test_no_cache_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"fill a cache with tools/make_people.py"):
        PeopleCrops(tmp_path, (72, 96))
    open_cache(tmp_path, CropConfig())
    with pytest.raises(InputError, match="no crops yet"):
        PeopleCrops(tmp_path, (72, 96))


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
    data = PeopleImages(tmp_path, (60, 80))
    assert len(data) == 2 and data[0][1].shape == (0, 4)
    pixels, boxes = data[1]
    assert pixels.shape == (3, 60, 80) and boxes.tolist() == [[0, 5, 30, 55]]
    changed = PeopleImages(tmp_path, (60, 80), PixelAugmentation())
    mirrored, widths = set(), set()
    for epoch in range(12):
        pixels, boxes = changed.item(1, epoch)
        for x0, y0, x1, y1 in boxes.tolist():
            mirrored.add(bool(pixels[0, :, :5].max() < pixels[0, :, -5:].max()))
            widths.add(round((x1 - x0) / (y1 - y0), 2))
            assert pixels[0, int((y0 + y1) / 2), int((x0 + x1) / 2)] > 100  # the person stands on the bright half
    assert mirrored == {False, True} and len(widths) > 1
    windows = PeopleImages(tmp_path, (60, 80), PixelAugmentation(), window_hw=(44, 48))
    shown = [windows.item(1, epoch) for epoch in range(30)]
    assert {tuple(pixels.shape) for pixels, _ in shown} == {(3, 44, 48)}
    heights = [y1 - y0 for _, boxes in shown for _, y0, _, y1 in boxes.tolist()]
    assert heights and max(heights) == 43  # as tall as in the whole, and cut
    patched = PeopleImages(tmp_path, (60, 80), PixelAugmentation(patches=3))
    colors = [len(np.unique(patched.item(0, epoch)[0].numpy())) for epoch in range(8)]
    assert max(colors) > 20 > min(colors)  # clutter over some of the images, which are of two colours else
    with pytest.raises(InputError, match="no crops yet"):
        PeopleCrops(tmp_path, (72, 96))


def test_pixels_are_changed_by_measure() -> None:
    image = np.random.default_rng(0).integers(60, 180, (64, 48, 3)).astype(np.uint8)
    rng = np.random.default_rng(1)
    assert (change_pixels(image, PixelAugmentation(), rng) == image).all()
    grey = change_pixels(image, PixelAugmentation(grey_probability=1), rng)
    assert (grey[..., :1] == grey).all() and not (image[..., :1] == image).all()
    soft = change_pixels(image, PixelAugmentation(blur_probability=1), rng).astype(float)
    assert np.abs(np.diff(soft, axis=0)).mean() < np.abs(np.diff(image.astype(float), axis=0)).mean()
    light = [change_pixels(image, PixelAugmentation(light=0.4), rng).mean() for _ in range(40)]
    assert np.std(light) > 15 and abs(np.mean(light) - image.mean()) < 30
    covered = [(change_pixels(image, PixelAugmentation(patches=1), rng) != image).any(axis=2).mean() for _ in range(40)]
    assert min(covered) == 0 and 0.01 < max(covered) < 0.2
