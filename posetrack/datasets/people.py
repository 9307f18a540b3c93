"""Training data of rendered people: crops and images from caches that ``tools/make_people.py`` filled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from posetrack.datasets.augment import Augmentation, mirror_boxes, mirror_joints, plan_crop
from posetrack.datasets.drawn import Crop
from posetrack.datasets.pixels import PixelAugmentation, change_pixels
from posetrack.errors import InputError
from posetrack.geometry import affine_matrix, apply_affine
from posetrack.structures import POSETRACK18, FloatArray, ImageArray, Skeleton
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.clutter import clutter
from posetrack.synthetic.humans.scene.truth import OUTSIDE, VISIBLE
from posetrack.synthetic.humans.shards import Shard, read_index, read_shard
from posetrack.synthetic.humans.stills import StillShard, read_stills

MIN_BOX_PX = 12.0  # the longer side of a person whom a detector should find
MIN_VISIBLE_SHARE = 0.15
MIN_KEPT_AREA = 0.3  # of a box, by the border of the part of an image that is shown
_ZOOM = (0.55, 1.6)  # an image is enlarged by this to what it would fill


class _Shards:
    """Numbers over all files of a cache."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._ends = np.cumsum(sizes)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def place(self, index: int) -> tuple[int, int]:
        """The file, and the number in it."""
        if not 0 <= index < len(self):
            raise IndexError(f"item {index}, but there are 0 to {len(self) - 1}")
        file = int(np.searchsorted(self._ends, index, side="right"))
        return file, index - (int(self._ends[file - 1]) if file else 0)


class PeopleCrops(Dataset[Crop]):
    """The crops of a cache.

    An item is an image (H, W, 3) uint8 RGB, joints (K, 2) float32 in its pixels (0 where there is none) and weights
    (K,) float32: 1 for joints that are inside the image the crop stands for, ``hidden_weight`` for those of them that
    cannot be seen, 0 for others. Augmentation differs from epoch to epoch: see ``item``.

    Args:
        folder: of the cache; all whole files in it are used.
        input_wh: width and height of an item.
        augmentation: where the crop lies; None = the crop that testing takes.
        pixels: how its pixels are changed; None = not.
        skeleton: which joints; posetrack18 or coco.
        seed: of the augmentation.
        hidden_weight: weight of joints that are hidden.

    Raises:
        InputError: there is no cache, or no crops in it.
        FormatError: a file of it is damaged.
    """

    def __init__(
        self, folder: Path, input_wh: tuple[int, int], augmentation: Augmentation | None = None,
        pixels: PixelAugmentation | None = None, skeleton: Skeleton = POSETRACK18, seed: int = 0,
        hidden_weight: float = 1.0,
    ) -> None:  # fmt: skip
        read_index(folder)
        self._shards: list[Shard] = [read_shard(path) for path in sorted(folder.glob("crops-*.npz"))]
        if not self._shards:
            raise InputError(f"{folder}: no crops yet; make some with tools/make_people.py crops -o {folder}")
        self._numbers = _Shards([len(shard) for shard in self._shards])
        self._input_wh = input_wh
        self._augmentation, self._pixels = augmentation, pixels
        self._skeleton = skeleton
        self._rows = np.array([LABELS.index(joint) for joint in skeleton.joints])
        self._seed, self._hidden_weight = seed, hidden_weight

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Crop:
        return self.item(index, 0)

    def item(self, index: int, epoch: int) -> Crop:
        """Item ``index`` as augmented in ``epoch``; the same whenever it is asked for."""
        file, number = self._numbers.place(index)
        rng = np.random.default_rng([self._seed, epoch, index])
        joints, weights = self._labels(file, number)
        width, height = self._input_wh
        box = self._shards[file].boxes_xyxy[number].astype(np.float64)
        plan = plan_crop(box, joints, weights > 0, self._skeleton, width / height, self._augmentation, rng)
        matrix = affine_matrix(plan.center, plan.scale, self._input_wh, plan.rotation_deg)
        image = self._cut(file, number, matrix)
        if self._pixels is not None:
            image = change_pixels(image, self._pixels, rng, lambda: self._other(rng))
        joints = apply_affine(joints, matrix)
        if plan.flip:
            image = image[:, ::-1]
            joints = mirror_joints(joints, width, self._skeleton)
            weights = weights[self._skeleton.flip_order]
        joints[weights == 0] = 0
        return (
            torch.from_numpy(np.ascontiguousarray(image)),
            torch.from_numpy(joints.astype(np.float32)),
            torch.from_numpy(weights.astype(np.float32)),
        )

    def _labels(self, file: int, number: int) -> tuple[FloatArray, FloatArray]:
        shard = self._shards[file]
        joints = shard.joints_xy[number][self._rows].astype(np.float64)
        visibility = shard.visibility[number][self._rows]
        valid = (visibility > OUTSIDE) & np.isfinite(joints).all(axis=1)
        joints[~valid] = 0
        return joints, np.where(visibility == VISIBLE, 1.0, self._hidden_weight) * valid

    def _cut(self, file: int, number: int, matrix: FloatArray) -> ImageArray:
        image = self._shards[file].image(number)
        return np.asarray(cv2.warpAffine(image, matrix, self._input_wh, flags=cv2.INTER_LINEAR), dtype=np.uint8)

    def _other(self, rng: np.random.Generator) -> ImageArray:
        """Any crop's picture, cut at no place in particular: what is laid over another."""
        file, number = self._numbers.place(int(rng.integers(len(self))))
        image = self._shards[file].image(number)
        width, height = self._input_wh
        shrink = np.array([[width / image.shape[1], 0, 0], [0, height / image.shape[0], 0]])
        return self._cut(file, number, shrink)


class PeopleImages(Dataset[tuple[Tensor, Tensor]]):
    """Whole images: (3, H, W) uint8 with the boxes (N, 4) float32 of their people, as ``DrawnImages`` gives them.

    Boxes are around the whole body, hidden parts included, cut at the image; people of whom little is seen, or who are
    tiny, have none.

    Args:
        folder: of the cache; all whole files in it are used.
        image_hw: height and width of an item.
        pixels: how pixels are changed. Then, by seed and epoch, an item is also a part of the image enlarged, or the
            image made smaller, and in half of the items mirrored. None = the image, resized.
        seed: of the augmentation.
        window_hw: with ``pixels``, an item is a window of this size of what it would be else; None = all of it.

    Raises:
        InputError: there is no cache, or no images in it.
        FormatError: a file of it is damaged.
    """

    def __init__(
        self, folder: Path, image_hw: tuple[int, int], pixels: PixelAugmentation | None = None, seed: int = 0,
        window_hw: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        read_index(folder)
        self._shards: list[StillShard] = [read_stills(path) for path in sorted(folder.glob("images-*.npz"))]
        if not self._shards:
            raise InputError(f"{folder}: no images yet; make some with tools/make_people.py images -o {folder}")
        self._numbers = _Shards([len(shard) for shard in self._shards])
        self._image_hw, self._pixels, self._seed = image_hw, pixels, seed
        self._window_hw = image_hw if pixels is None or window_hw is None else window_hw

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.item(index, 0)

    def item(self, index: int, epoch: int) -> tuple[Tensor, Tensor]:
        """Item ``index`` as augmented in ``epoch``; the same whenever it is asked for."""
        file, number = self._numbers.place(index)
        rng = np.random.default_rng([self._seed, epoch, index])
        shard = self._shards[file]
        image, rows = shard.image(number), shard.people(number)
        height, width = self._window_hw
        matrix = self._placed(image, rng)
        image = np.asarray(cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR), dtype=np.uint8)
        boxes = np.nan_to_num(shard.boxes_xyxy[rows]).astype(np.float64) * np.tile(np.diag(matrix), 2) + np.tile(matrix[:, 2], 2)
        boxes = _boxes_shown(boxes, (height, width), shard.visible_share[rows].astype(np.float64))
        if self._pixels is not None:
            image = change_pixels(image, self._pixels, rng, lambda: clutter(rng, (height, width)))
            if rng.random() < 0.5:
                image = image[:, ::-1]
                boxes = mirror_boxes(boxes, width)
        channels_first = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
        return channels_first, torch.from_numpy(boxes.astype(np.float32).reshape(-1, 4))

    def _placed(self, image: ImageArray, rng: np.random.Generator) -> FloatArray:
        """(2, 3): where the image's pixels go."""
        fit = min(self._image_hw[0] / image.shape[0], self._image_hw[1] / image.shape[1])
        if self._pixels is None:
            return np.array([[fit, 0.0, 0.0], [0.0, fit, 0.0]])
        zoom = fit * float(np.exp(rng.uniform(*np.log(_ZOOM))))
        height, width = self._window_hw
        room = np.array([width - zoom * image.shape[1], height - zoom * image.shape[0]])
        left, top = room * rng.random(2)
        return np.array([[zoom, 0.0, left], [0.0, zoom, top]])


def _boxes_shown(boxes: FloatArray, image_hw: tuple[int, int], visible_share: FloatArray) -> FloatArray:
    """Cut at the image; without those that are tiny, mostly cut away, or of somebody who is hardly seen."""
    limit = np.array([image_hw[1] - 1, image_hw[0] - 1] * 2, dtype=np.float64)
    cut = np.clip(boxes, 0, limit)
    size, whole = cut[:, 2:] - cut[:, :2], boxes[:, 2:] - boxes[:, :2]
    share = size.prod(axis=1) / np.maximum(whole.prod(axis=1), 1e-9)
    kept = (size.min(axis=1) >= 3) & (size.max(axis=1) >= MIN_BOX_PX)
    return np.asarray(cut[kept & (share >= MIN_KEPT_AREA) & (visible_share >= MIN_VISIBLE_SHARE)])
