"""A pinhole camera in the renderer's world (decimetres, y up)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.rotations import unit

NEAR, FAR = 1.5, 1500.0  # decimetres


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        rotation: (3, 3) from world to view: x right, y up, looking along -z.
        position: (3,) in the world, decimetres.
        focal_px: focal length in pixels.
        center_xy: (2,) principal point; the centre of the top-left pixel is (0, 0).
        image_hw: height and width in pixels.
    """

    rotation: FloatArray
    position: FloatArray
    focal_px: float
    center_xy: FloatArray
    image_hw: tuple[int, int]

    @classmethod
    def looking_at(
        cls, position: FloatArray, target: FloatArray, roll: float, focal_px: float, image_hw: tuple[int, int]
    ) -> Camera:
        """Create a camera at ``position`` with ``target`` in the middle of the image; ``roll`` in radians."""
        back = unit(position - target)
        right = unit(np.cross(np.array([0.0, 1, 0]) if abs(back[1]) < 0.999 else np.array([0.0, 0, -1]), back))
        up = np.cross(back, right)
        cos, sin = np.cos(roll), np.sin(roll)
        rotation = np.stack([cos * right + sin * up, cos * up - sin * right, back])
        center = np.array([(image_hw[1] - 1) / 2, (image_hw[0] - 1) / 2])
        return cls(rotation, position, focal_px, center, image_hw)

    def view(self, points: FloatArray) -> FloatArray:
        """Transform world points (..., 3) to camera coordinates; the depth is -z."""
        return np.asarray((points - self.position) @ self.rotation.T)

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Project to pixels (..., 2) and depths (...) in decimetres; points behind the camera get NaN pixels."""
        seen = self.view(points)
        depth = -seen[..., 2]
        safe = np.where(depth > NEAR / 2, depth, np.nan)
        xy = np.stack([seen[..., 0], -seen[..., 1]], axis=-1) / safe[..., None] * self.focal_px + self.center_xy
        return xy, depth

    def window(self, box_xyxy: FloatArray, image_hw: tuple[int, int]) -> Camera:
        """Crop: the camera whose image is the part ``box_xyxy`` (4,), in pixel edges, of this one's.

        The box must have the aspect ratio of ``image_hw``.
        """
        scale = image_hw[0] / (box_xyxy[3] - box_xyxy[1])
        center = (self.center_xy + 0.5 - box_xyxy[:2]) * scale - 0.5
        return replace(self, focal_px=self.focal_px * scale, center_xy=center, image_hw=image_hw)

    def enlarged(self, factor: float) -> Camera:
        """The same view with ``factor`` times as many pixels along each side."""
        height, width = self.image_hw
        hw = (round(height * factor), round(width * factor))
        return self.window(np.array([-0.5, -0.5, width - 0.5, height - 0.5]) + 0.5, hw)

    def horizon_y(self) -> float:
        """Row where the horizon crosses the middle column; may lie far outside the image."""
        up = self.rotation @ np.array([0.0, 1, 0])
        return float(self.center_xy[1] + self.focal_px * -up[2] / (up[1] if abs(up[1]) > 1e-3 else 1e-3))
