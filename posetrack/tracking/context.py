"""What a tracker may know about a frame besides its poses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posetrack.structures import FloatArray

Carry = Callable[[FloatArray], FloatArray]
"""Maps (N, K, 2) pixel positions from the previous frame into this one; NaN = no joint, or lost."""


@dataclass(frozen=True, eq=False)
class FrameContext:
    """Information from the images of a frame; all of it may be missing.

    Attributes:
        carry: moves points from the previous frame into this one along the optical flow; None = no flow, or the first
            frame.
        camera: (2, 3) float64 affine map of the background from the previous frame into this one; None = no motion.
        is_cut: a new shot starts with this frame, so no track continues into it.
    """

    carry: Carry | None = None
    camera: FloatArray | None = None
    is_cut: bool = False


NOTHING_KNOWN = FrameContext()
