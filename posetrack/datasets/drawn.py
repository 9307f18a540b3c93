"""Endless training data of drawn people."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from posetrack.datasets.augment import Augmentation, CropPlans, mirror_boxes, mirror_joints, plan_crops
from posetrack.geometry import affine_matrix, apply_affine
from posetrack.structures import POSETRACK18, FloatArray, FramePoses, ImageArray
from posetrack.synthetic import Scene, SceneConfig, random_image

Crop = tuple[Tensor, Tensor, Tensor]
MIN_VISIBLE_JOINTS = 4
MIN_PERSON_PX = 30.0  # longer side; in smaller people joints cannot be told apart
MIN_BOX_PX = 14.0
SCENE_FRAMES = 4  # frames per scene; drawing its panorama costs as much as one frame
RANDOM_IMAGES = 3  # per scene
_MIX = 200  # size of the shuffle buffer, so that crops of one image are spread out
_MIX_IMAGES = 120


def drawn_images(
    seed: int, image_hw: tuple[int, int] = (360, 640), most_people: int = 6
) -> Iterator[tuple[ImageArray, FramePoses]]:
    """Yield the images of one seed: frames of a scene with walkers, then people in random poses, sizes and positions.

    Args:
        seed: the same seed gives the same images.
        image_hw: height and width.
        most_people: maximum number of people in the images after the scene.

    Yields:
        (H, W, 3) uint8 RGB, and its exact ground truth.
    """
    rng = np.random.default_rng([seed, 31])
    shortest = float(np.exp(rng.uniform(np.log(0.2), np.log(0.5)))) * image_hw[0]
    config = SceneConfig(
        image_hw=image_hw,
        people=int(rng.integers(2, 8)),
        height_px=(shortest, shortest * float(rng.uniform(1.2, 2.2))),
        occluders=int(rng.integers(0, 4)),
        pan_px=float(rng.uniform(-0.23, 0.23)) * image_hw[1],
    )
    scene = Scene(config, seed)
    for index in rng.choice(config.num_frames, SCENE_FRAMES, replace=False):
        frame, truth = scene.render(int(index))
        yield frame.image, truth
    for number in range(RANDOM_IMAGES):
        yield random_image(RANDOM_IMAGES * seed + number, image_hw, most_people)


def people_crops(
    image: ImageArray, truth: FramePoses, input_wh: tuple[int, int], augmentation: Augmentation | None,
    rng: np.random.Generator,
) -> Iterator[Crop]:  # fmt: skip
    """Yield a crop of each person in an image, except tiny or barely visible ones.

    Args:
        image: (H, W, 3) uint8 RGB.
        truth: its people.
        input_wh: width and height of a crop.
        augmentation: None = no augmentation.
        rng: random generator for the augmentation.

    Yields:
        Image (H, W, 3) uint8 RGB, joints (K, 2) float32 in pixels of the crop (0 where missing), and weights (K,)
        float32, 1 = annotated.
    """
    for person in range(len(truth)):
        size = truth.boxes_xyxy[person, 2:] - truth.boxes_xyxy[person, :2]
        if truth.joint_visible[person].sum() < MIN_VISIBLE_JOINTS or size.max() < MIN_PERSON_PX:
            continue
        joints, valid = truth.joints_xy[person], truth.joint_valid[person]
        plan = plan_crops(
            truth.boxes_xyxy[person][None], joints[None], valid[None], POSETRACK18, input_wh[0] / input_wh[1], augmentation, rng
        )
        yield _cut(image, joints, valid, plan, input_wh)


def _cut(image: ImageArray, joints: FloatArray, valid: np.ndarray, plan: CropPlans, input_wh: tuple[int, int]) -> Crop:
    matrix = affine_matrix(plan.centers[0], plan.scales[0], input_wh, float(plan.rotations_deg[0]))
    crop = cv2.warpAffine(image, matrix, input_wh, flags=cv2.INTER_LINEAR)
    moved = apply_affine(joints, matrix)
    if plan.flips[0]:
        crop = crop[:, ::-1]
        moved = mirror_joints(moved, input_wh[0], POSETRACK18)
        valid = valid[POSETRACK18.flip_order]
    return (
        torch.from_numpy(np.ascontiguousarray(crop)),
        torch.from_numpy(np.nan_to_num(moved)).float(),
        torch.from_numpy(valid.astype(np.float32)),
    )


class DrawnCrops(IterableDataset[Crop]):
    """An endless stream of shuffled crops of drawn people.

    Args:
        first_seed: seed of the first image; later seeds count up, divided among the workers.
        input_wh: width and height of a crop.
        augmentation: None = no augmentation.
        repeats: how often each crop is used (drawing one costs more than a training step on it).
    """

    def __init__(
        self, first_seed: int, input_wh: tuple[int, int], augmentation: Augmentation | None, repeats: int = 3
    ) -> None:
        self._first_seed = first_seed
        self._input_wh = input_wh
        self._augmentation = augmentation
        self._repeats = repeats

    def __iter__(self) -> Iterator[Crop]:
        def crops(seed: int) -> Iterator[Crop]:
            rng = np.random.default_rng([seed, 77])
            for image, truth in drawn_images(seed):
                yield from people_crops(image, truth, self._input_wh, self._augmentation, rng)

        return _mixed((item for seed in _seeds(self._first_seed) for item in crops(seed)), _MIX, self._repeats)


class DrawnImages(IterableDataset[tuple[Tensor, Tensor]]):
    """An endless stream of drawn images (3, H, W) uint8 with the boxes (N, 4) float32 of their people.

    Args:
        first_seed: see ``DrawnCrops``.
        image_hw: height and width.
        repeats: see ``DrawnCrops``.
    """

    def __init__(self, first_seed: int, image_hw: tuple[int, int], repeats: int = 2) -> None:
        self._first_seed = first_seed
        self._image_hw = image_hw
        self._repeats = repeats

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        images = (item for seed in _seeds(self._first_seed) for item in images_with_boxes(seed, self._image_hw))
        return _mixed(images, _MIX_IMAGES, self._repeats)


def images_with_boxes(seed: int, image_hw: tuple[int, int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the images (3, H, W) uint8 of one seed, half of them mirrored, with their people's boxes (N, 4) float32."""
    rng = np.random.default_rng([seed, 5])
    for image, truth in drawn_images(seed, image_hw, most_people=8):
        size = truth.boxes_xyxy[:, 2:] - truth.boxes_xyxy[:, :2]
        keep = (size.min(axis=1) >= 3) & (size.max(axis=1) >= MIN_BOX_PX) & (truth.joint_visible.sum(axis=1) >= 3)
        boxes = truth.boxes_xyxy[keep]
        if rng.random() < 0.5:
            image = image[:, ::-1]
            boxes = mirror_boxes(boxes, image_hw[1])
        pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
        yield pixels, torch.from_numpy(boxes.astype(np.float32))


def _seeds(first: int) -> Iterator[int]:
    """Seeds counting up from ``first``; several workers take turns."""
    cv2.setNumThreads(1)
    worker = get_worker_info()
    start, step = (worker.id, worker.num_workers) if worker else (0, 1)
    seed = first + start
    while True:
        yield seed
        seed += step


def _mixed(items: Iterator, keep: int, repeats: int) -> Iterator:  # type: ignore[type-arg]
    """Shuffle items through a buffer of about ``keep`` items, yielding each ``repeats`` times."""
    rng = np.random.default_rng(keep)
    kept: list[list] = []  # type: ignore[type-arg]
    for item in items:
        kept.append([item, repeats])
        if len(kept) < keep:
            continue
        for _ in range(repeats):
            place = int(rng.integers(len(kept)))
            yield kept[place][0]
            kept[place][1] -= 1
            if kept[place][1] == 0:
                kept[place] = kept[-1]
                kept.pop()
