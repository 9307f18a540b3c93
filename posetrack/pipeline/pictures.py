"""What the pictures say of each frame, for the tracker: optical flow and motion of the camera, neither over a cut."""

from __future__ import annotations

import numpy as np

from posetrack.flow import CameraConfig, PointFlow, estimate_camera_motion
from posetrack.structures import FloatArray, Frame
from posetrack.tracking import FrameContext


class Pictures:
    """Looks at the frames in order; remembers the last one.

    Args:
        flow: None = the tracker does not ask for it.
        camera: None = it stands.
    """

    def __init__(self, flow: PointFlow | None, camera: CameraConfig | None = None) -> None:
        self._flow = flow
        self._camera = camera
        self._previous: Frame | None = None
        self._people = np.zeros((0, 4))

    def renewed(self) -> Pictures:
        """The same flow, for the frames of another video."""
        return Pictures(self._flow, self._camera)

    def context(self, frame: Frame, boxes_xyxy: FloatArray) -> FrameContext:
        """What is known of the next frame; the flow is computed when the tracker first asks for it.

        Args:
            frame: the next one.
            boxes_xyxy: (N, 4) people in it, who do not belong to the background.

        Raises:
            InputError: frames of different sizes in one shot, and the flow or the camera's motion is wanted.
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
