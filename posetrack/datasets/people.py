"""Training data of rendered people: crops and images from caches that ``tools/make_people.py`` filled."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from posetrack.datasets.augment import Augmentation, plan_crop
from posetrack.datasets.drawn import Crop
from posetrack.errors import InputError
from posetrack.geometry import affine_matrix, apply_affine
from posetrack.structures import POSETRACK18, Skeleton
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import OUTSIDE, VISIBLE
from posetrack.synthetic.humans.shards import Shard, read_index, read_shard
from posetrack.synthetic.humans.stills import StillShard, read_stills

MIN_BOX_PX = 12.0  # the longer side of a person whom a detector should find
MIN_VISIBLE_SHARE = 0.15


class PeopleCrops(Dataset[Crop]):
    """The crops of a cache.

    Item ``i`` is an image (H, W, 3) uint8 RGB, joints (K, 2) float32 in its pixels (0 where there is none) and weights
    (K,) float32: 1 for joints that are inside the image the crop stands for, ``hidden_weight`` for those of them that
    cannot be seen, 0 for others. The same item differs from epoch to epoch by augmentation; see ``set_epoch``.

    Args:
        folder: of the cache; all whole files in it are used.
        input_wh: width and height of an item.
        augmentation: None = the crop that testing takes.
        skeleton: which joints; posetrack18 or coco.
        seed: of the augmentation.
        hidden_weight: weight of joints that are hidden.

    Raises:
        InputError: there is no cache, or no crops in it.
        FormatError: a file of it is damaged.
    """

    def __init__(
        self, folder: Path, input_wh: tuple[int, int], augmentation: Augmentation | None,
        skeleton: Skeleton = POSETRACK18, seed: int = 0, hidden_weight: float = 1.0,
    ) -> None:  # fmt: skip
        read_index(folder)
        self._shards: list[Shard] = [read_shard(path) for path in sorted(folder.glob("crops-*.npz"))]
        if not self._shards:
            raise InputError(f"{folder}: no crops yet; make some with tools/make_people.py crops -o {folder}")
        self._ends = np.cumsum([len(shard) for shard in self._shards])
        self._input_wh = input_wh
        self._augmentation = augmentation
        self._skeleton = skeleton
        self._rows = np.array([LABELS.index(joint) for joint in skeleton.joints])
        self._seed, self._epoch, self._hidden_weight = seed, 0, hidden_weight

    def __len__(self) -> int:
        return int(self._ends[-1])

    def set_epoch(self, epoch: int) -> None:
        """Items are augmented anew in another epoch, and alike in the same one."""
        self._epoch = epoch

    def __getitem__(self, index: int) -> Crop:
        if not 0 <= index < len(self):
            raise IndexError(f"crop {index}, but there are 0 to {len(self) - 1}")
        place = int(np.searchsorted(self._ends, index, side="right"))
        shard = self._shards[place]
        number = index - (int(self._ends[place - 1]) if place else 0)
        rng = np.random.default_rng([self._seed, self._epoch, index])
        joints = shard.joints_xy[number][self._rows].astype(np.float64)
        visibility = shard.visibility[number][self._rows]
        valid = (visibility > OUTSIDE) & np.isfinite(joints).all(axis=1)
        joints[~valid] = 0
        width, height = self._input_wh
        plan = plan_crop(shard.boxes_xyxy[number].astype(np.float64), joints, valid, self._skeleton, width / height,
                         self._augmentation, rng)  # fmt: skip
        matrix = affine_matrix(plan.center, plan.scale, self._input_wh, plan.rotation_deg)
        image = cv2.warpAffine(shard.image(number), matrix, self._input_wh, flags=cv2.INTER_LINEAR)
        moved = apply_affine(joints, matrix)
        weights = np.where(visibility == VISIBLE, 1.0, self._hidden_weight) * valid
        if plan.flip:
            image = image[:, ::-1]
            moved = np.stack([width - 1 - moved[:, 0], moved[:, 1]], axis=1)[self._skeleton.flip_order]
            weights = weights[self._skeleton.flip_order]
        moved[weights == 0] = 0
        return (
            torch.from_numpy(np.ascontiguousarray(image)),
            torch.from_numpy(moved.astype(np.float32)),
            torch.from_numpy(weights.astype(np.float32)),
        )


class PeopleImages(Dataset[tuple[Tensor, Tensor]]):
    """Whole images: (3, H, W) uint8 with the boxes (N, 4) float32 of their people, as ``DrawnImages`` gives them.

    Boxes are around the whole body, hidden parts included, cut at the image; people of whom little is seen, or who are
    tiny, have none. In half of the items, by seed and epoch, the image is mirrored.

    Args:
        folder: of the cache; all whole files in it are used.
        seed: of the mirroring; None = no mirroring.

    Raises:
        InputError: there is no cache, or no images in it.
        FormatError: a file of it is damaged.
    """

    def __init__(self, folder: Path, seed: int | None = 0) -> None:
        read_index(folder)
        self._shards: list[StillShard] = [read_stills(path) for path in sorted(folder.glob("images-*.npz"))]
        if not self._shards:
            raise InputError(f"{folder}: no images yet; make some with tools/make_people.py images -o {folder}")
        self._ends = np.cumsum([len(shard) for shard in self._shards])
        self._seed, self._epoch = seed, 0

    def __len__(self) -> int:
        return int(self._ends[-1])

    def set_epoch(self, epoch: int) -> None:
        """See ``PeopleCrops.set_epoch``."""
        self._epoch = epoch

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if not 0 <= index < len(self):
            raise IndexError(f"image {index}, but there are 0 to {len(self) - 1}")
        place = int(np.searchsorted(self._ends, index, side="right"))
        shard = self._shards[place]
        number = index - (int(self._ends[place - 1]) if place else 0)
        image, rows = shard.image(number), shard.people(number)
        height, width = image.shape[:2]
        limit = np.array([width - 1, height - 1] * 2, dtype=np.float32)
        boxes = np.clip(np.nan_to_num(shard.boxes_xyxy[rows]), 0, limit)
        size = boxes[:, 2:] - boxes[:, :2]
        boxes = boxes[(size.min(axis=1) >= 3) & (size.max(axis=1) >= MIN_BOX_PX)
                      & (shard.visible_share[rows] >= MIN_VISIBLE_SHARE)]  # fmt: skip
        if self._seed is not None and np.random.default_rng([self._seed, self._epoch, index]).random() < 0.5:
            image = image[:, ::-1]
            boxes = boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + np.array([width - 1, 0, width - 1, 0])
        pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
        return pixels, torch.from_numpy(boxes.astype(np.float32).reshape(-1, 4))
