"""Characters shared by a block of crops or images, because making one takes as long as drawing it several times."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from posetrack.synthetic.humans.character import Character, make_character
from posetrack.synthetic.humans.library import HumanLibrary

CAST = 16  # characters per block
_KEPT = 2  # casts kept in memory


class Casts:
    """Characters by block; those of the most recent blocks are kept.

    Args:
        library: the assets.
        seed: the seed, and a number that separates these casts from others with the same seed.
    """

    def __init__(self, library: HumanLibrary, seed: tuple[int, int]) -> None:
        self._library = library
        self._seed = seed
        self._casts: OrderedDict[int, list[Character]] = OrderedDict()

    def of(self, block: int) -> list[Character]:
        """The characters of a block, always the same ones."""
        if block not in self._casts:
            seeds = ([*self._seed, block, number] for number in range(CAST))
            self._casts[block] = [make_character(self._library, np.random.default_rng(seed)) for seed in seeds]
            if len(self._casts) > _KEPT:
                self._casts.popitem(last=False)
        return self._casts[block]
