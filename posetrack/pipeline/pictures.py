"""What the pictures say of each frame, for the tracker: the optical flow into it, and where a new shot begins."""

from __future__ import annotations

from posetrack.flow import CutDetector, PointFlow
from posetrack.structures import Frame
from posetrack.tracking import FrameContext


class Pictures:
    """Looks at the frames in order; remembers the last one.

    Args:
        flow: None = the tracker does not ask for it.
        cuts: None = the whole video is one shot.
    """

    def __init__(self, flow: PointFlow | None, cuts: CutDetector | None) -> None:
        self._flow = flow
        self._cuts = cuts
        self._previous: Frame | None = None

    def context(self, frame: Frame) -> FrameContext:
        """What is known of the next frame; the flow is computed when the tracker first asks for it.

        Raises:
            InputError: frames of different sizes in one shot, and the flow between them is wanted.
        """
        is_cut = self._cuts is not None and self._cuts.is_cut(frame)
        previous = None if is_cut else self._previous
        if self._flow is None:
            return FrameContext(is_cut=is_cut)
        self._previous = frame
        carry = None if previous is None else self._flow.between(previous, frame)
        return FrameContext(carry=carry, is_cut=is_cut)
