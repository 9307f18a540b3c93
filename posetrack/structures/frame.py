"""One decoded image of a sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ImageArray = npt.NDArray[np.uint8]
_SAME = -1  # same as ``index``


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded image.

    Attributes:
        index: 0-based index in the sequence.
        image: (H, W, 3) uint8 **RGB**, upright (rotation flags already applied).
        timestamp_s: presentation time in seconds, or None if the source has no clock.
        name: name of the frame in files (``images/val/<sequence>/000000.jpg``).
        source_index: 0-based index in the whole source, which differs from ``index`` when only part of it is read;
            box files use this index. Default: ``index``.
        begins_shot: a new shot begins here (``posetrack.flow.mark_cuts``): positions do not carry over into it.
    """

    index: int
    image: ImageArray
    timestamp_s: float | None
    name: str
    source_index: int = _SAME
    begins_shot: bool = False

    def __post_init__(self) -> None:
        image = self.image
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"image of frame {self.index} is {image.dtype} {image.shape}, expected uint8 (H, W, 3), RGB")
        if self.source_index == _SAME:
            object.__setattr__(self, "source_index", self.index)

    @property
    def image_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.image.shape[0], self.image.shape[1]
