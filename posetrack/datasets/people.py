"""Training data of rendered people: crops and images from caches made by ``tools/make_people.py``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from posetrack.datasets.augment import Augmentation, mirror_boxes, plan_crops
from posetrack.datasets.drawn import Crop
from posetrack.errors import InputError
from posetrack.geometry import affine_matrices, apply_affines
from posetrack.structures import POSETRACK18, FloatArray, ImageArray, Skeleton
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.clutter import clutter
from posetrack.synthetic.humans.scene.truth import OUTSIDE, VISIBLE
from posetrack.synthetic.humans.shards import Shard, read_index, read_shard, shard_path
from posetrack.synthetic.humans.stills import read_stills

MIN_BOX_PX = 12.0  # longer side of the smallest person that a detector should find
MIN_VISIBLE_SHARE = 0.15
MIN_KEPT_AREA = 0.3  # minimum fraction of a box's area inside the part of the image that is shown
# A nearby person may fall below these fractions and still be plain to see: with a visible part this tall, and this many
# visible joints.
NEAR_PX = 40.0
NEAR_JOINTS = 5
NUM_CLUTTER = 48  # images
_ZOOM = (0.55, 1.6)  # range of the random zoom, relative to fitting the whole image

PlacedCrop = tuple[Tensor, Tensor, Tensor, Tensor]
Placed = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]


class _Images(Protocol):
    def __len__(self) -> int: ...

    def image(self, number: int) -> ImageArray:
        """(H, W, 3) uint8 RGB."""


_File = TypeVar("_File", bound=_Images)


class _Cache(Generic[_File]):
    """The files of a cache, with consecutive numbers for the items in them.

    Files are used from number 0 up to the first missing one. Several processes may write them out of order; this way, a
    training that saw some of them early and one started later number the items the same.
    """

    def __init__(self, folder: Path, kind: str, read: Callable[[Path], _File]) -> None:
        self._folder, self._kind, self._read = folder, kind, read
        self._shards: list[_File] = []
        self._ends = np.zeros(0, dtype=np.int64)
        self.look_again()
        if not self._shards:
            first = shard_path(folder, 0, kind).name
            raise InputError(f"{folder}: no {kind} yet, {first} is missing; make some with posetrack make_people {kind} -o {folder}")

    def look_again(self) -> None:
        """Append files written since the last call."""
        while (path := shard_path(self._folder, len(self._shards), self._kind)).exists():
            self._shards.append(self._read(path))
        self._ends = np.cumsum([len(shard) for shard in self._shards])

    def __len__(self) -> int:
        return int(self._ends[-1])

    @property
    def files(self) -> list[_File]:
        """The files found so far, in the order of their items."""
        return self._shards

    def place(self, index: int) -> tuple[_File, int]:
        """The file that holds an item, and the item's number in it."""
        if not 0 <= index < len(self):
            raise IndexError(f"item {index}, expected 0 to {len(self) - 1}")
        file = int(np.searchsorted(self._ends, index, side="right"))
        return self._shards[file], index - (int(self._ends[file - 1]) if file else 0)

    def image(self, index: int) -> ImageArray:
        """(H, W, 3) uint8 RGB."""
        file, number = self.place(index)
        return file.image(number)


class PeopleCrops(Dataset[Crop]):
    """The crops of a cache.

    An item is an image (H, W, 3) uint8 RGB, joints (K, 2) float32 in its pixels (0 where missing) and weights (K,)
    float32: 1 for visible joints inside the image the crop represents, ``hidden_weight`` for occluded ones inside it, 0
    for others. Items are the crops used for testing; for augmented ones see ``training_item``.

    Args:
        folder: folder of the cache; its files are used from number 0 up to the first missing one.
        input_wh: width and height of an item.
        augmentation: placement of training crops; None = as for testing.
        skeleton: posetrack18 or coco.
        hidden_weight: weight of occluded joints.

    Raises:
        InputError: there is no cache, or it holds no crops.
        FormatError: one of its files is damaged.
    """

    def __init__(
        self, folder: Path, input_wh: tuple[int, int], augmentation: Augmentation | None = None,
        skeleton: Skeleton = POSETRACK18, hidden_weight: float = 1.0,
    ) -> None:  # fmt: skip
        read_index(folder)
        self._cache = _Cache(folder, "crops", read_shard)
        self._input_wh, self._augmentation = input_wh, augmentation
        self._skeleton = skeleton
        self._rows = np.array([LABELS.index(joint) for joint in skeleton.joints])
        self._hidden_weight = hidden_weight

    def __len__(self) -> int:
        return len(self._cache)

    def look_again(self) -> None:
        """Pick up files written since the last call."""
        self._cache.look_again()

    def __getitem__(self, index: int) -> Crop:
        image, matrix, joints, weights = self._placed(index, None, np.random.default_rng(0))
        cut = cv2.warpAffine(image.numpy(), matrix.numpy(), self._input_wh, flags=cv2.INTER_LINEAR)
        return torch.from_numpy(np.asarray(cut, dtype=np.uint8)), joints, weights

    def training_item(self, index: int, rng: np.random.Generator) -> PlacedCrop:
        """An augmented item not yet cut out of its image; ``cut_out`` does that for a whole batch on the device.

        Returns:
            The cache's image (H', W', 3) uint8 RGB, the matrix (2, 3) float32 from its pixels to those of the item
            (including mirroring), and the item's joints and weights.
        """
        return self._placed(index, self._augmentation, rng)

    def placed(self, indices: npt.NDArray[np.int64], rng: np.random.Generator) -> Placed:
        """Matrices, joints and weights of B augmented items, as in ``training_item``, without the images."""
        return self._places(indices, self._augmentation, rng)

    @property
    def image_bytes(self) -> int:
        """Size of one decoded image in bytes."""
        return self._cache.image(0).nbytes

    @property
    def files(self) -> list[Shard]:
        """The files found so far; new ones are appended."""
        return self._cache.files

    def _placed(self, index: int, augmentation: Augmentation | None, rng: np.random.Generator) -> PlacedCrop:
        shard, number = self._cache.place(index)
        matrix, joints, weights = (torch.from_numpy(a[0]) for a in self._places(np.array([index]), augmentation, rng))
        return torch.from_numpy(np.ascontiguousarray(shard.image(number))), matrix, joints, weights

    def _places(
        self, indices: npt.NDArray[np.int64], augmentation: Augmentation | None, rng: np.random.Generator
    ) -> Placed:
        found = [self._cache.place(int(index)) for index in indices]
        boxes = np.stack([shard.boxes_xyxy[number] for shard, number in found]).astype(np.float64)
        if augmentation is not None and augmentation.seen_box_probability > 0:
            seen = np.stack([shard.visible_boxes_xyxy[number] for shard, number in found]).astype(np.float64)
            taken = (rng.random(len(found)) < augmentation.seen_box_probability) & np.isfinite(seen).all(axis=1)
            boxes = np.where(taken[:, None], seen, boxes)
        joints = np.stack([shard.joints_xy[number] for shard, number in found])[:, self._rows].astype(np.float64)
        visibility = np.stack([shard.visibility[number] for shard, number in found])[:, self._rows]
        valid = (visibility > OUTSIDE) & np.isfinite(joints).all(axis=2)
        joints[~valid] = 0
        weights = np.where(visibility == VISIBLE, 1.0, self._hidden_weight) * valid
        plans = plan_crops(boxes, joints, valid, self._skeleton, self._input_wh[0] / self._input_wh[1], augmentation, rng)
        matrices = affine_matrices(plans.centers, plans.scales, self._input_wh, plans.rotations_deg)
        matrices[plans.flips, 0] *= -1
        matrices[plans.flips, 0, 2] += self._input_wh[0] - 1.0
        joints = apply_affines(joints, matrices)
        order = np.where(plans.flips[:, None], self._skeleton.flip_order, np.arange(self._skeleton.num_joints))
        joints, weights = np.take_along_axis(joints, order[..., None], axis=1), np.take_along_axis(weights, order, axis=1)
        joints[weights == 0] = 0
        return matrices.astype(np.float32), joints.astype(np.float32), weights.astype(np.float32)


def cut_out(images: Tensor, matrices: Tensor, output_wh: tuple[int, int]) -> Tensor:
    """Cut out the crops of a batch on its device, like cv2.warpAffine: bilinear, black outside.

    Args:
        images: (B, H, W, 3) uint8.
        matrices: (B, 2, 3) maps from pixels of the images to those of the crops.
        output_wh: width and height of the crops.

    Returns:
        (B, 3, H', W') float, 0 to 1.
    """
    width, height = output_wh
    turned = torch.linalg.inv(matrices[:, :, :2].float())
    y, x = torch.meshgrid(
        torch.arange(height, device=images.device), torch.arange(width, device=images.device), indexing="ij"
    )
    pixels = torch.stack([x, y], dim=2).float() - matrices[:, None, None, :, 2]
    size = torch.tensor([images.shape[2], images.shape[1]], device=images.device)
    grid = (2 * (pixels @ turned[:, None].mT) + 1) / size - 1
    source = images.permute(0, 3, 1, 2).float() / 255
    return functional.grid_sample(source, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


class PeopleImages(Dataset[tuple[Tensor, Tensor]]):
    """Whole images: (3, H, W) uint8 with the boxes (N, 4) float32 of their people, in the form of ``DrawnImages``.

    Boxes enclose the whole body including occluded parts, clipped to the image; people who are tiny or barely visible
    have none, unless they are near and enough of them can be seen.

    Args:
        folder: folder of the cache; its files are used from number 0 up to the first missing one.
        image_hw: height and width of an item.
        window_hw: height and width of a training item; None = the same.

    Raises:
        InputError: there is no cache, or it holds no images.
        FormatError: one of its files is damaged.
    """

    def __init__(self, folder: Path, image_hw: tuple[int, int], window_hw: tuple[int, int] | None = None) -> None:
        read_index(folder)
        self._cache = _Cache(folder, "images", read_stills)
        self._image_hw, self._window_hw = image_hw, window_hw or image_hw

    def __len__(self) -> int:
        return len(self._cache)

    def look_again(self) -> None:
        """Pick up files written since the last call."""
        self._cache.look_again()

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self._cache.image(index)
        fit = self._fit(image)
        return self._item(index, image, np.array([[fit, 0.0, 0.0], [0.0, fit, 0.0]]), self._image_hw)

    def training_item(self, index: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A random window of the randomly scaled image; half of them are mirrored."""
        image = self._cache.image(index)
        zoom = self._fit(image) * float(np.exp(rng.uniform(*np.log(_ZOOM))))
        height, width = self._window_hw
        left, top = np.array([width - zoom * image.shape[1], height - zoom * image.shape[0]]) * rng.random(2)
        pixels, boxes = self._item(index, image, np.array([[zoom, 0.0, left], [0.0, zoom, top]]), self._window_hw)
        if rng.random() < 0.5:
            pixels = pixels.flip(2)
            boxes = torch.from_numpy(mirror_boxes(boxes.numpy(), width).astype(np.float32))
        return pixels, boxes

    def _fit(self, image: ImageArray) -> float:
        return float(min(self._image_hw[0] / image.shape[0], self._image_hw[1] / image.shape[1]))

    def _item(
        self, index: int, image: ImageArray, matrix: FloatArray, output_hw: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        shard, number = self._cache.place(index)
        rows = shard.people(number)
        placed = np.asarray(cv2.warpAffine(image, matrix, output_hw[::-1], flags=cv2.INTER_LINEAR), dtype=np.uint8)
        zoom, shift = np.diag(matrix), matrix[:, 2]
        boxes, seen = (np.nan_to_num(b[rows]).astype(np.float64) * np.tile(zoom, 2) + np.tile(shift, 2)
                       for b in (shard.boxes_xyxy, shard.visible_boxes_xyxy))  # fmt: skip
        joints = np.where(shard.visibility[rows, :, None] == VISIBLE, shard.joints_xy[rows], np.nan) * zoom + shift
        boxes = _boxes_shown(boxes, output_hw, shard.visible_share[rows].astype(np.float64), seen, joints)
        return torch.from_numpy(placed).permute(2, 0, 1), torch.from_numpy(boxes.astype(np.float32).reshape(-1, 4))


def clutter_pictures(image_hw: tuple[int, int], count: int = NUM_CLUTTER) -> Tensor:
    """(count, 3, H, W) float, 0 to 1: images without people, for patches laid over images of people."""
    pictures = [clutter(np.random.default_rng(number), image_hw) for number in range(count)]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def _boxes_shown(
    boxes: FloatArray, image_hw: tuple[int, int], visible_share: FloatArray, seen_boxes: FloatArray, seen_joints: FloatArray
) -> FloatArray:
    """Clip boxes to the image and drop those that are tiny, mostly cut off, or of barely visible people.

    Args:
        boxes: (N, 4) around whole bodies, pixels.
        image_hw: height and width of the part of the image that is shown.
        visible_share: (N,) visible fraction of the bodies.
        seen_boxes: (N, 4) around their visible parts; zero area where nothing is visible.
        seen_joints: (N, K, 2) visible joints; NaN = not visible.
    """
    limit = np.array([image_hw[1] - 1, image_hw[0] - 1] * 2, dtype=np.float64)
    cut, seen = np.clip(boxes, 0, limit), np.clip(seen_boxes, 0, limit)
    size, whole = cut[:, 2:] - cut[:, :2], boxes[:, 2:] - boxes[:, :2]
    share = size.prod(axis=1) / np.maximum(whole.prod(axis=1), 1e-9)
    inside = ((seen_joints >= 0) & (seen_joints <= limit[:2])).all(axis=2)
    near = (seen[:, 3] - seen[:, 1] >= NEAR_PX) & (inside.sum(axis=1) >= NEAR_JOINTS)
    kept = (size.min(axis=1) >= 3) & (size.max(axis=1) >= MIN_BOX_PX)
    return np.asarray(cut[kept & (near | ((share >= MIN_KEPT_AREA) & (visible_share >= MIN_VISIBLE_SHARE)))])
