"""Rendered crops held in GPU memory, from which whole batches are taken.

Reading, decoding and placing one crop takes a CPU a millisecond; a GPU trains on ten in that time. So each crop is
decoded once, and a batch then needs only a few operations over all of its crops.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from posetrack.datasets.people import PeopleCrops
from posetrack.errors import InputError
from posetrack.structures import ImageArray
from posetrack.synthetic.humans.shards import Shard

LOOK_AGAIN = 10  # batches between checks for new crops
_BLOCK = 4096  # crops per memory block

HeldBatch = tuple[Tensor, Tensor, Tensor, Tensor]


class HeldCrops:
    """The crops of a cache on a device; files written meanwhile are decoded in parallel with training.

    Args:
        crops: the cache, with the augmentation that places training crops.
        device: where the images are kept: 150 KB per crop of 192x256.
        most: maximum number of crops kept; later ones are left out.

    Raises:
        InputError: there is not enough memory for a single crop.
    """

    def __init__(self, crops: PeopleCrops, device: torch.device, most: int) -> None:
        if most < 1:
            raise InputError(f"{device}: no memory for crops; free some, or train without it (CUDA_VISIBLE_DEVICES=)")
        self._crops, self._device, self._most = crops, device, most
        self._pool = ThreadPoolExecutor(min(os.cpu_count() or 1, 8))
        self._coming: deque[Future[ImageArray]] = deque()
        self._asked = self._count = 0
        self._blocks: list[Tensor] = []
        self._look(wait=True)

    def __len__(self) -> int:
        return self._count

    def look_again(self) -> None:
        """Pick up crops written and decoded since the last call."""
        self._crops.look_again()
        self._look(wait=False)

    def batch(self, count: int, rng: np.random.Generator) -> HeldBatch:
        """Return ``count`` random crops on the device, in the form of ``PeopleCrops.training_item``."""
        chosen = np.sort(rng.integers(self._count, size=count))
        labels = self._crops.placed(chosen, rng)
        images = torch.empty((count, *self._blocks[0].shape[1:]), dtype=torch.uint8, device=self._device)
        for number, block in enumerate(self._blocks):
            first, last = np.searchsorted(chosen, [number * _BLOCK, (number + 1) * _BLOCK])
            if last > first:
                rows = torch.from_numpy(chosen[first:last] - number * _BLOCK).to(self._device)
                torch.index_select(block, 0, rows, out=images[first:last])
        matrices, joints, weights = (torch.from_numpy(a).to(self._device) for a in labels)
        return images, matrices, joints, weights

    def _look(self, *, wait: bool) -> None:
        files = self._crops.files
        if self._count < self._most:
            self._coming.extend(self._pool.submit(_decoded, file) for file in files[self._asked :])
            self._asked = len(files)
        while self._count < self._most and self._coming and (wait or self._coming[0].done()):
            self._take(self._coming.popleft().result())
        if self._count == self._most:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._coming.clear()
            if len(self._crops) > self._most:
                warnings.warn(f"{self._device} has room for {self._most} crops; later ones are not trained on", stacklevel=2)

    def _take(self, images: ImageArray) -> None:
        """Append images, as many as there is room for."""
        images = images[: self._most - self._count]
        while len(images):
            place = self._count % _BLOCK
            if place == 0:
                self._blocks.append(torch.empty((_BLOCK, *images.shape[1:]), dtype=torch.uint8, device=self._device))
            part = torch.from_numpy(images[: _BLOCK - place])
            self._blocks[-1][place : place + len(part)] = part.to(self._device)
            self._count, images = self._count + len(part), images[len(part) :]


class HeldBatches(Dataset[HeldBatch]):
    """Batches ``first`` to ``first + length`` of a training; each depends only on the seed, its number and the data."""

    def __init__(self, crops: HeldCrops, batch_size: int, seed: int, first: int, length: int) -> None:
        self._crops, self._batch_size, self._seed, self._first, self._length = crops, batch_size, seed, first, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> HeldBatch:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index}, expected 0 to {len(self) - 1}")
        if index % LOOK_AGAIN == LOOK_AGAIN - 1:
            self._crops.look_again()
        return self._crops.batch(self._batch_size, np.random.default_rng([self._seed, self._first + index]))


def room_on(device: torch.device, image_bytes: int) -> int:
    """Number of crops that fit into 60 % of the free memory."""
    free, _ = torch.cuda.mem_get_info(device)
    return int(0.6 * free) // image_bytes


def _decoded(file: Shard) -> ImageArray:
    return np.stack([file.image(number) for number in range(len(file))])
