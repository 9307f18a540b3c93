"""A cache as a stream for training that can be entered at any place."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from torch.utils.data import Dataset

LOOK_AGAIN = 2000  # items of a process


class TrainingData(Protocol):
    """Data whose items for training are made by chance, and that may grow."""

    def __len__(self) -> int: ...

    def look_again(self) -> None:
        """Take in what was added since."""

    def training_item(self, index: int, rng: np.random.Generator) -> Any:
        """Item ``index`` augmented by ``rng``."""


class Endless(Dataset[Any]):
    """``length`` items, from ``first`` on, of a stream of items chosen by chance.

    What item ``n`` of the stream is follows from the seed and the data alone: not from the number of workers, nor from
    where a stopped training goes on. Data that are still being made are looked at again from time to time, so that a
    training may begin with the first of them.

    Args:
        data: at least one item.
        seed: of all chance.
        first: place in the stream of this set's item 0.
        length: items of this set.
    """

    def __init__(self, data: TrainingData, seed: int, first: int, length: int) -> None:
        self._data, self._seed, self._first, self._length = data, seed, first, length
        self._given = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"item {index}, but there are 0 to {len(self) - 1}")
        self._given += 1
        if self._given % LOOK_AGAIN == 0:
            self._data.look_again()
        rng = np.random.default_rng([self._seed, self._first + index])
        return self._data.training_item(int(rng.integers(len(self._data))), rng)
