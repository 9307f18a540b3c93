"""Image information for the tracker: optical flow and camera motion, neither across a cut."""

from __future__ import annotations

import numpy as np

from posetrack.flow import CameraConfig, PointFlow, estimate_camera_motion
from posetrack.structures import FloatArray, Frame
from posetrack.tracking import FrameContext


class Pictures:
    """Analyses the frames in order; remembers the last one.

    Args:
        flow: optical flow; None = the tracker does not need it.
        camera: camera motion settings; None = assume a static camera.
    """

    def __init__(self, flow: PointFlow | None, camera: CameraConfig | None = None) -> None:
        self._flow = flow
        self._camera = camera
        self._previous: Frame | None = None
        self._people = np.zeros((0, 4))

    def renewed(self) -> Pictures:
        """A fresh instance with the same settings, for another video."""
        return Pictures(self._flow, self._camera)

    def context(self, frame: Frame, boxes_xyxy: FloatArray) -> FrameContext:
        """The context of the next frame; the flow is computed when the tracker first uses it.

        Args:
            frame: the next frame.
            boxes_xyxy: (N, 4) people in it, to exclude from the background.

        Raises:
            InputError: frames within a shot differ in size, and flow or camera motion is needed.
        """
        is_cut = frame.begins_shot
        previous = None if is_cut else self._previous
        people, self._people = self._people, boxes_xyxy
        if self._flow is None and self._camera is None:
            return FrameContext(is_cut=is_cut)
        self._previous = frame
        if previous is None:
            return FrameContext(is_cut=is_cut)
        carry = None if self._flow is None else self._flow.between(previous, frame)
        if self._camera is None:
            return FrameContext(carry=carry)
        motion = estimate_camera_motion(previous, frame, people, self._camera)
        return FrameContext(carry=carry, camera=motion.affine.astype(np.float32).astype(np.float64))
