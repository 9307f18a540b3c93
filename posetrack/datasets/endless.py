"""A finite data set as a stream that can be entered at any place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset


class EpochData(Protocol):
    """Data whose items differ from epoch to epoch by augmentation."""

    def __len__(self) -> int: ...

    def item(self, index: int, epoch: int) -> Any:
        """Item ``index`` as it is in ``epoch``."""


class Endless(Dataset[Any]):
    """``length`` items, from ``first`` on, of the stream that is the data in another order each epoch, again and again.

    What item ``n`` of the stream is follows from the seed alone: not from the number of workers, nor from where a
    stopped training goes on.

    Args:
        data: at least one item.
        seed: of the orders.
        first: place in the stream of this set's item 0.
        length: items of this set.
    """

    def __init__(self, data: EpochData, seed: int, first: int, length: int) -> None:
        self._data, self._seed, self._first, self._length = data, seed, first, length
        self._order = lru_cache(maxsize=2)(self._new_order)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"item {index}, but there are 0 to {len(self) - 1}")
        epoch, place = divmod(self._first + index, len(self._data))
        return self._data.item(int(self._order(epoch)[place]), epoch)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_order"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_data"], state["_seed"], state["_first"], state["_length"])  # type: ignore[misc]

    def _new_order(self, epoch: int) -> npt.NDArray[np.int64]:
        return np.random.default_rng([self._seed, epoch, 41]).permutation(len(self._data))
