"""Crops of rendered people as training data; the cache is written by hand, so nothing is rendered."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from posetrack.datasets.augment import Augmentation
from posetrack.datasets.endless import Endless
from posetrack.datasets.held import HeldBatches, HeldCrops
from posetrack.datasets.people import PeopleCrops, PeopleImages, cut_out
from posetrack.errors import InputError
from posetrack.structures import COCO, POSETRACK18
from posetrack.synthetic.humans.crops import Crop, CropConfig
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import PersonTruth
from posetrack.synthetic.humans.shards import open_cache, shard_path, write_shard
from posetrack.synthetic.humans.stills import Still, StillConfig, write_stills


def dot_crop(number: int) -> Crop:
    """A dark image with a bright dot at the nose; the left wrist is hidden, the right one outside."""
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


def trained_on(data: PeopleCrops, index: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut-out training image (H, W, 3), 0 to 255, and its joints."""
    image, matrix, joints, _ = data.training_item(index, np.random.default_rng(seed))
    return cut_out(image[None], matrix[None], (72, 96))[0].permute(1, 2, 0) * 255, joints


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_joints_follow_the_picture(folder: Path, augmentation: Augmentation | None) -> None:
    data = PeopleCrops(folder, (72, 96), augmentation)
    assert len(data) == 6
    nose, shown = POSETRACK18.index("nose"), 0
    for seed in range(5):
        for index in range(6):
            image, joints = trained_on(data, index, seed)
            assert image.shape == (96, 72, 3) and joints.shape == (17, 2)
            x, y = joints[nose].round().int().tolist()
            if 1 <= x < 71 and 1 <= y < 95:
                shown += 1
                assert image[y - 1 : y + 2, x - 1 : x + 2].max() > 150
    assert shown > 15


def test_items_for_tests_and_those_cut_out_without_augmentation_are_alike(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96))
    for index in range(6):
        image, joints, weights = data[index]
        assert image.shape == (96, 72, 3) and image.dtype == torch.uint8 and weights.shape == (17,)
        again, same = trained_on(data, index, 0)
        assert torch.equal(joints, same) and (again - image).abs().max() < 6  # OpenCV's interpolation weights have five bits


def test_weights_of_hidden_and_absent_joints(folder: Path) -> None:
    _, joints, weights = PeopleCrops(folder, (72, 96), skeleton=COCO, hidden_weight=0.5)[0]
    left, right = COCO.index("left_wrist"), COCO.index("right_wrist")
    assert weights[left] == 0.5 and weights[right] == 0 and (joints[right] == 0).all()
    assert weights.sum() == 15.5


def test_augmentation_follows_from_the_seed(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96), Augmentation())
    first, again, other = (data.training_item(4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[2], other[2])
    with pytest.raises(IndexError, match="item 6, expected 0 to 5"):
        data[6]


def test_a_stream_can_be_entered_anywhere(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96), Augmentation())
    whole, rest = Endless(data, 3, 0, 20), Endless(data, 3, 13, 7)
    assert (len(whole), len(rest)) == (20, 7)
    assert all(torch.equal(whole[13 + k][2], rest[k][2]) for k in range(7))
    in_worker = pickle.loads(pickle.dumps(rest))
    assert torch.equal(in_worker[2][0], rest[2][0])
    assert len({tuple(whole[k][2].flatten().tolist()) for k in range(20)}) == 20
    with pytest.raises(IndexError, match="item 20"):
        whole[20]


def test_boxes_of_what_is_seen_are_taken_as_often_as_asked(tmp_path: Path) -> None:
    whole, seen = np.array([20.0, 10, 76, 110]), np.array([30.0, 20, 60, 60])
    made = dot_crop(0)
    hidden = replace(made, truth=replace(made.truth, visible_box_xyxy=seen))
    nowhere = replace(made, truth=replace(made.truth, visible_box_xyxy=np.full(4, np.nan)))
    open_cache(tmp_path, CropConfig(image_hw=(128, 96)))
    write_shard(shard_path(tmp_path, 0), [hidden, nowhere])
    still = Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, seen_box_probability=0.3)
    data = PeopleCrops(tmp_path, (72, 96), still)
    matrices, _, _ = data.placed(np.zeros(400, dtype=np.int64), np.random.default_rng(0))
    scales = np.round(matrices[:, 0, 0], 4)
    larger = scales.max()
    assert len(set(scales.tolist())) == 2 and 0.24 < (scales == larger).mean() < 0.36
    for scale, box in ((larger, seen), (scales.min(), whole)):
        matrix = matrices[scales == scale][0]
        np.testing.assert_allclose(matrix @ [*box.reshape(2, 2).mean(axis=0), 1.0], [35.5, 47.5], atol=1.0)
    assert len(set(data.placed(np.ones(50, dtype=np.int64), np.random.default_rng(0))[0][:, 0, 0].tolist())) == 1


def test_a_stream_takes_in_what_is_written_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posetrack.datasets.endless.LOOK_AGAIN", 10)
    data = PeopleCrops(folder, (72, 96))
    stream = Endless(data, 3, 0, 200)
    write_shard(shard_path(folder, 2), [dot_crop(20)])
    noses = {float(stream[k][2][POSETRACK18.index("nose"), 0]) for k in range(9)}
    assert len(data) == 6
    later = {float(stream[k][2][POSETRACK18.index("nose"), 0]) for k in range(9, 120)}
    assert len(data) == 7 and len(later) == 7 and max(later) > max(noses)


def test_files_written_out_of_order_are_numbered_as_by_one_that_comes_later(folder: Path) -> None:
    """A file after a gap is used only once the missing files before it exist."""
    early = PeopleCrops(folder, (72, 96))
    write_shard(shard_path(folder, 3), [dot_crop(30)])
    early.look_again()
    assert len(early) == 6
    write_shard(shard_path(folder, 2), [dot_crop(20)])
    early.look_again()
    late = PeopleCrops(folder, (72, 96))
    assert len(early) == len(late) == 8
    assert all(torch.equal(a, b) for index in range(8) for a, b in zip(early[index], late[index], strict=True))
    shard_path(folder, 0).unlink()
    with pytest.raises(InputError, match="no crops yet, crops-000000.npz is missing"):
        PeopleCrops(folder, (72, 96))


def test_what_there_is_no_room_for_is_left_alone(folder: Path) -> None:
    """The second file's images are undecodable, and are never decoded."""
    path = shard_path(folder, 1)
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | {"jpeg": np.zeros_like(arrays["jpeg"])}))
    data = PeopleCrops(folder, (72, 96), Augmentation())
    with pytest.warns(UserWarning, match="cpu has room for 3 crops"):
        held = HeldCrops(data, torch.device("cpu"), most=3)
    with pytest.warns(UserWarning, match="cpu has room for 3 crops"):
        held.look_again()
    assert len(held) == 3 and held.batch(5, np.random.default_rng(0))[0].shape == (5, 128, 96, 3)
    with pytest.raises(InputError, match="cpu: no memory for crops"):
        HeldCrops(data, torch.device("cpu"), most=0)


def test_held_crops_are_those_of_the_cache_and_grow_with_it(folder: Path) -> None:
    data = PeopleCrops(folder, (72, 96), Augmentation())
    held = HeldCrops(data, torch.device("cpu"), most=7)
    batches = HeldBatches(held, 40, seed=3, first=5, length=20)
    images, matrices, joints, weights = batches[2]
    assert images.shape == (40, 128, 96, 3) and matrices.shape == (40, 2, 3) and joints.shape == (40, 17, 2)
    assert weights.shape == (40, 17) and all(torch.equal(a, b) for a, b in zip(batches[2], (images, matrices, joints, weights), strict=True))
    nose, shown = POSETRACK18.index("nose"), 0
    for image, (x, y) in zip(cut_out(images, matrices, (72, 96)), joints[:, nose].round().int().tolist(), strict=True):
        if 1 <= x < 71 and 1 <= y < 95:
            shown += 1
            assert image[:, y - 1 : y + 2, x - 1 : x + 2].max() > 0.58
    assert shown > 10
    write_shard(shard_path(folder, 2), [dot_crop(20), dot_crop(21)])
    with pytest.warns(UserWarning, match="cpu has room for 7 crops; later ones are not trained on"):
        while len(held) < 7:
            held.look_again()
        assert len(data) == 8 and len(HeldCrops(data, torch.device("cpu"), most=7)) == 7
    with pytest.raises(IndexError, match="batch 20"):
        batches[20]


def test_no_cache_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"fill a cache with posetrack make_people"):
        PeopleCrops(tmp_path, (72, 96))
    open_cache(tmp_path, CropConfig())
    with pytest.raises(InputError, match="no crops yet"):
        PeopleCrops(tmp_path, (72, 96))


def test_somebody_near_whose_body_is_mostly_below_the_image_has_a_box(tmp_path: Path) -> None:
    """A near person whose head and shoulders are visible has a box; an equally near hidden one and a small one have none."""

    def person(seen_joints: int, seen: list[float], share: float) -> PersonTruth:
        joints = np.full((len(LABELS), 2), 200.0)
        joints[:seen_joints] = np.linspace([30, 20], [60, 70], seen_joints)
        visibility = np.where(np.arange(len(LABELS)) < seen_joints, 2, 0)
        body = np.array([20.0, 15, 75, 300])
        return PersonTruth(joints, visibility, body, np.array(seen), body, share)

    near, hidden, little = person(6, [20, 15, 75, 79], 0.1), person(3, [20, 15, 75, 79], 0.1), person(6, [20, 15, 75, 40], 0.1)
    open_cache(tmp_path, StillConfig(image_hw=(80, 100)), "images")
    image = np.zeros((80, 100, 3), dtype=np.uint8)
    write_stills(shard_path(tmp_path, 0, "images"), [Still(image, (one,)) for one in (near, hidden, little)])
    data = PeopleImages(tmp_path, (80, 100))
    assert [data[index][1].tolist() for index in range(3)] == [[[20, 15, 75, 79]], [], []]
    shown = PeopleImages(tmp_path, (80, 100), window_hw=(60, 60))
    counts = {len(shown.training_item(0, np.random.default_rng(seed))[1]) for seed in range(20)}
    assert counts == {0, 1}  # a window may miss the person


def test_images_with_boxes(tmp_path: Path) -> None:
    """A wide box is clipped to the image; a hidden and a tiny person have none."""
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
    mirrored, widths = set(), set()
    for seed in range(12):
        pixels, boxes = data.training_item(1, np.random.default_rng(seed))
        for x0, y0, x1, y1 in boxes.tolist():
            mirrored.add(bool(pixels[0, :, :5].max() < pixels[0, :, -5:].max()))
            widths.add(round((x1 - x0) / (y1 - y0), 2))
            assert pixels[0, int((y0 + y1) / 2), int((x0 + x1) / 2)] > 100  # the person is in the bright half
    assert mirrored == {False, True} and len(widths) > 1
    windows = PeopleImages(tmp_path, (60, 80), window_hw=(44, 48))
    shown = [windows.training_item(1, np.random.default_rng(seed)) for seed in range(30)]
    assert {tuple(pixels.shape) for pixels, _ in shown} == {(3, 44, 48)}
    heights = [y1 - y0 for _, boxes in shown for _, y0, _, y1 in boxes.tolist()]
    assert heights and max(heights) == 43  # the scale of the whole image, clipped to the window
    with pytest.raises(InputError, match="no crops yet"):
        PeopleCrops(tmp_path, (72, 96))
