"""What a tracker may know of a frame besides its poses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posetrack.structures import FloatArray

Carry = Callable[[FloatArray], FloatArray]
"""(N, K, 2) pixels of the frame before to where they are in this frame; NaN = no joint, or lost."""


@dataclass(frozen=True, eq=False)
class FrameContext:
    """What the pictures say of a frame; all of it may be missing.

    Attributes:
        carry: moves points from the frame before into this one along the optical flow; None = no flow, or the first
            frame.
        camera: (2, 3) float64 affine map of the background from the frame before into this one; None = it stands.
        is_cut: a new shot starts with this frame: nobody of before is in it.
    """

    carry: Carry | None = None
    camera: FloatArray | None = None
    is_cut: bool = False


NOTHING_KNOWN = FrameContext()
