"""Dense optical flow between consecutive frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posetrack.structures.skeleton import BoolArray

FlowArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FlowField:
    """Dense optical flow from frame t to frame t+1; the arrays are read-only.

    Attributes:
        displacement_xy: (H, W, 2) float32 pixels; the pixel (x, y) of frame t is at (x, y) + displacement in t+1.
        valid: (H, W) bool; false where the flow is unknown (occluded, not in the file, failed its check).

    Raises:
        ValueError: the shapes do not agree, or a valid displacement is not finite.
    """

    displacement_xy: FlowArray
    valid: BoolArray

    def __post_init__(self) -> None:
        # Views, not copies: a 720p field is 7 MB and serves a single pair of frames.
        displacement = np.asarray(self.displacement_xy, dtype=np.float32).view()
        valid = np.asarray(self.valid, dtype=np.bool_).view()
        if displacement.ndim != 3 or displacement.shape[2] != 2 or 0 in displacement.shape:
            raise ValueError(f"displacement_xy has shape {displacement.shape}, expected (height, width, 2)")
        if valid.shape != displacement.shape[:2]:
            raise ValueError(f"valid has shape {valid.shape}, expected {displacement.shape[:2]}, as displacement_xy")
        if not np.isfinite(displacement).all(where=valid[..., None]):
            raise ValueError("displacement_xy: a valid displacement is not finite; such pixels must not be valid")
        for name, array in (("displacement_xy", displacement), ("valid", valid)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def image_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.displacement_xy.shape[0], self.displacement_xy.shape[1]
