"""Crops and images of drawn people: joints stay on the person under every augmentation."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from posetrack.datasets import (
    Augmentation, DrawnCrops, DrawnImages, gaussian_targets, images_with_boxes, people_crops, target_centers,
)  # fmt: skip
from posetrack.datasets.augment import CropPlans, plan_crops
from posetrack.structures import POSETRACK18, BoolArray, FramePoses

INPUT_WH = (96, 128)
COLORS = np.random.default_rng(0).integers(60, 256, (POSETRACK18.num_joints, 3))
MIRRORED_COLORS = COLORS[POSETRACK18.flip_order]
STRONG = Augmentation(scale=0.2, rotation_deg=30.0, flip_probability=0.5, half_body_probability=0.0)


def dotted_person() -> tuple[np.ndarray, FramePoses]:
    """A black image with a disc in a distinct colour at each joint."""
    rng = np.random.default_rng(3)
    image = np.zeros((240, 200, 3), dtype=np.uint8)
    grid = np.array([(60 + 28 * (i % 4), 50 + 30 * (i // 4)) for i in range(POSETRACK18.num_joints)], dtype=float)
    joints = grid + rng.uniform(-2, 2, grid.shape).round()
    for (x, y), color in zip(joints.astype(int), COLORS, strict=True):
        image[y - 5 : y + 6, x - 5 : x + 6] = color
    valid = np.ones((1, POSETRACK18.num_joints), dtype=bool)
    box = np.array([[*(joints.min(axis=0) - 10), *(joints.max(axis=0) + 10)]])
    return image, FramePoses(
        0, (240, 200), box, np.ones(1), joints[None], np.ones(valid.shape), valid, track_ids=np.zeros(1)
    )


@pytest.mark.parametrize("seed", range(12))
def test_joints_follow_the_picture(seed: int) -> None:
    image, truth = dotted_person()
    ((crop, joints, weights),) = people_crops(image, truth, INPUT_WH, STRONG, np.random.default_rng(seed))
    inside = ((joints > 2) & (joints < torch.tensor(INPUT_WH) - 3)).all(dim=1)
    assert inside.sum() > 5 and weights.all()
    at_joints = crop[joints[:, 1].round().long().clamp(0, 127), joints[:, 0].round().long().clamp(0, 95)].numpy()
    # A mirrored crop swaps left and right, so the colours are those of the other side.
    differences = [np.abs(at_joints[inside].astype(int) - c[inside]).max() for c in (COLORS, MIRRORED_COLORS)]
    assert min(differences) < 40 < max(differences)


def test_a_mirrored_crop_renames_left_and_right() -> None:
    image, truth = dotted_person()
    always = Augmentation(scale=0.0, rotate_probability=0.0, flip_probability=1.0, half_body_probability=0.0)
    never = Augmentation(scale=0.0, rotate_probability=0.0, flip_probability=0.0, half_body_probability=0.0)
    ((mirrored, moved, _),) = people_crops(image, truth, INPUT_WH, always, np.random.default_rng(0))
    ((straight, joints, _),) = people_crops(image, truth, INPUT_WH, never, np.random.default_rng(0))
    torch.testing.assert_close(mirrored, straight.flip(1))
    left, right = POSETRACK18.index("left_wrist"), POSETRACK18.index("right_wrist")
    assert moved[left, 0] == pytest.approx(INPUT_WH[0] - 1 - float(joints[right, 0]), abs=1e-4)
    assert moved[left, 1] == pytest.approx(float(joints[right, 1]), abs=1e-4)


def plans_of(truth: FramePoses, valid: BoolArray, augmentation: Augmentation | None, seed: int, count: int = 1) -> CropPlans:
    """``count`` crop plans of the first person."""
    boxes, joints = (np.repeat(a[:1], count, axis=0) for a in (truth.boxes_xyxy, truth.joints_xy))
    return plan_crops(boxes, joints, np.tile(valid, (count, 1)), POSETRACK18, 0.75, augmentation, np.random.default_rng(seed))


def test_augmentation_stays_within_its_limits() -> None:
    _, truth = dotted_person()
    augmentation = Augmentation(scale=0.35, rotation_deg=45.0, half_body_probability=0.0)
    plain = plans_of(truth, truth.joint_valid[0], None, 1)
    plans = plans_of(truth, truth.joint_valid[0], augmentation, 1, 600)
    factors = plans.scales[:, 0] / plain.scales[0, 0]
    assert factors.min() == pytest.approx(0.65) and factors.max() == pytest.approx(1.35)
    assert np.abs(plans.rotations_deg).max() <= 90 and (plans.rotations_deg != 0).mean() == pytest.approx(0.6, abs=0.08)
    assert plans.flips.mean() == pytest.approx(0.5, abs=0.08)
    assert plain.rotations_deg[0] == 0 and not plain.flips[0]


def test_half_body_changes_the_crop_of_whole_people_only() -> None:
    _, truth = dotted_person()
    only_half = Augmentation(scale=0.0, rotate_probability=0.0, flip_probability=0.0, half_body_probability=1.0)
    few = truth.joint_valid[0] & (np.arange(POSETRACK18.num_joints) < 8)
    whole, kept = plans_of(truth, few, None, 2), plans_of(truth, few, only_half, 2)
    half = plans_of(truth, truth.joint_valid[0], only_half, 2)
    np.testing.assert_allclose(kept.scales, whole.scales)
    assert half.centers[0, 1] != pytest.approx(whole.centers[0, 1], abs=1.0)


def test_the_same_seed_gives_the_same_data() -> None:
    def first() -> list[torch.Tensor]:
        return [item for pair in islice(DrawnImages(60, (48, 80)), 6) for item in pair]

    for a, b in zip(first(), first(), strict=True):
        torch.testing.assert_close(a, b)


def test_crops_come_mixed_and_as_often_as_asked() -> None:
    crops = list(islice(DrawnCrops(40, (12, 16), None, repeats=2), 60))
    prints = [tuple(image.flatten()[:90].tolist()) for image, _, _ in crops]
    assert len(set(prints)) > 40 and max(prints.count(p) for p in prints) <= 2


def test_images_come_with_boxes_inside_them() -> None:
    for image, boxes in islice(DrawnImages(50, (96, 160)), 5):
        assert image.shape == (3, 96, 160) and image.dtype == torch.uint8
        assert boxes.dtype == torch.float32 and boxes.shape[1:] == (4,)
        assert (boxes[:, :2] >= 0).all() and (boxes[:, 2] <= 159).all() and (boxes[:, 3] <= 95).all()
        assert (boxes[:, 2:] - boxes[:, :2] >= 3).all()


def test_an_image_without_people_has_no_boxes() -> None:
    found = [boxes for seed in range(8) for _, boxes in images_with_boxes(seed, (96, 160))]
    counts = [len(boxes) for boxes in found]
    assert 0 in counts and max(counts) > 2
    assert found[counts.index(0)].shape == (0, 4)


def test_unbiased_targets_peak_where_the_joint_is() -> None:
    joints = torch.tensor([[[21.0, 30.6], [-2.0, 47.5]]])  # (5.25, 7.65) and (-0.5, 11.875) in heatmap pixels
    centers = target_centers(joints, 4, unbiased=True)
    targets, weights = gaussian_targets(centers, torch.ones(1, 2), (16, 12), 1.5, unbiased=True)
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(12), indexing="ij")
    for n, (x, y) in enumerate(((5.25, 7.65), (-0.5, 11.875))):
        torch.testing.assert_close(targets[0, n], torch.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4.5))
    assert weights.tolist() == [[1.0, 1.0]]
    assert target_centers(joints, 4).tolist() == [[[5.0, 8.0], [0.0, 12.0]]]  # as in the official code


def test_joints_that_are_missing_teach_nothing() -> None:
    centers = torch.tensor([[[5.0, 5.0], [5.0, 5.0]]])
    targets, weights = gaussian_targets(centers, torch.tensor([[1.0, 0.0]]), (12, 10), 1.5)
    assert targets[0, 0, 5, 5] == 1 and targets[0, 1].sum() == 0
    assert weights.tolist() == [[1.0, 0.0]]
