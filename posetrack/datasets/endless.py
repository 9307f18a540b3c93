"""An endless training stream over a cache that can be resumed at any position."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from torch.utils.data import Dataset

LOOK_AGAIN = 2000  # items per process between checks for new data


class TrainingData(Protocol):
    """Data with randomly augmented training items, which may grow."""

    def __len__(self) -> int: ...

    def look_again(self) -> None:
        """Pick up data added since the last call."""

    def training_item(self, index: int, rng: np.random.Generator) -> Any:
        """Return item ``index``, augmented using ``rng``."""


class Endless(Dataset[Any]):
    """``length`` items, from position ``first`` on, of a stream of randomly chosen items.

    Item ``n`` of the stream depends only on the seed and the data, not on the number of workers or on where training
    was resumed. Data still being generated are checked for additions from time to time, so that training may begin with
    the first of them.

    Args:
        data: at least one item.
        seed: random seed.
        first: position in the stream of this dataset's item 0.
        length: number of items in this dataset.
    """

    def __init__(self, data: TrainingData, seed: int, first: int, length: int) -> None:
        self._data, self._seed, self._first, self._length = data, seed, first, length
        self._given = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"item {index}, expected 0 to {len(self) - 1}")
        self._given += 1
        if self._given % LOOK_AGAIN == 0:
            self._data.look_again()
        rng = np.random.default_rng([self._seed, self._first + index])
        return self._data.training_item(int(rng.integers(len(self._data))), rng)
