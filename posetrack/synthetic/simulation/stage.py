"""The stage: flat ground seen by a camera that pans, shakes, rolls and zooms.

The ground is measured in metres: X to the right of the camera axis, Z away from the camera. Each person is projected
by weak perspective, scaled by their depth Z. Camera motion acts on the image as an affine map, which is what a
tracker would estimate from the background.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray


@dataclass(frozen=True)
class Stage:
    """The camera at rest.

    Attributes:
        image_hw: height and width in pixels.
        focal_px: focal length in pixels.
        camera_height_m: height above the ground in metres.
        horizon: row of the horizon, as a fraction of the image height from the top.
    """

    image_hw: tuple[int, int] = (720, 1280)
    focal_px: float = 1400.0
    camera_height_m: float = 2.2
    horizon: float = 0.33

    def scale(self, depth_m: FloatArray | float) -> FloatArray:
        """Pixels per metre at these depths."""
        return np.asarray(self.focal_px / np.asarray(depth_m, dtype=np.float64))

    def half_width(self, depth_m: float) -> float:
        """Half of the width visible at this depth, metres."""
        return float(self.image_hw[1] / 2.0 / self.scale(depth_m))

    def ground_xy(self, ground_xz: FloatArray) -> FloatArray:
        """Project ground positions (..., 2) in metres to pixels (..., 2)."""
        scale = self.scale(ground_xz[..., 1])
        height, width = self.image_hw
        x = width / 2.0 + ground_xz[..., 0] * scale
        return np.stack([x, self.horizon * height + self.camera_height_m * scale], axis=-1)


@dataclass(frozen=True)
class CameraMotion:
    """Camera motion over a sequence.

    Attributes:
        pan_px: how far the image moves sideways over the whole sequence.
        sway_px: amplitude of the swaying on the way.
        shake_px: standard deviation of the camera shake.
        roll_rad: standard deviation of the slow roll about the camera axis.
        zoom: magnification at the end, relative to the start.
    """

    pan_px: float = 0.0
    sway_px: float = 0.0
    shake_px: float = 0.0
    roll_rad: float = 0.0
    zoom: float = 1.0

    def maps(self, rng: np.random.Generator, num_frames: int, fps: float, image_hw: tuple[int, int]) -> FloatArray:
        """(T, 2, 3) affine map from the resting camera's image into each frame, pixels."""
        share = np.linspace(0.0, 1.0, num_frames) if num_frames > 1 else np.zeros(1)
        seconds = np.arange(num_frames) / fps
        phase = rng.uniform(0, 2 * np.pi, 2)
        shift = smooth(rng.normal(0, 1, (num_frames, 2)), 2.0) * self.shake_px * 2.5
        shift[:, 0] += self.pan_px * (share - 0.5) + self.sway_px * np.sin(2 * np.pi * seconds / 4.0 + phase[0])
        shift[:, 1] += 0.3 * self.sway_px * np.sin(2 * np.pi * seconds / 3.1 + phase[1])
        angle = self.roll_rad * smooth(rng.normal(0, 1, (num_frames, 1)), 8.0)[:, 0] * 5.0
        zoom = np.exp(share * np.log(self.zoom))
        cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
        turn = np.stack([np.stack([cos, -sin], axis=-1), np.stack([sin, cos], axis=-1)], axis=1)
        centre = np.array([image_hw[1], image_hw[0]]) / 2.0
        move = centre - turn @ centre + shift
        return np.concatenate([turn, move[..., None]], axis=2)


def smooth(values: FloatArray, width: float) -> FloatArray:
    """Gaussian blur over the first axis of (T, C) values; ``width`` is the standard deviation in frames."""
    reach = int(np.ceil(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)


def apply_maps(maps: FloatArray, points_xy: FloatArray) -> FloatArray:
    """Apply each frame's affine map (T, 2, 3) to its points (T, ..., 2)."""
    extra = points_xy.ndim - 2
    turn = maps[:, :, :2].reshape((len(maps), *(1,) * extra, 2, 2))
    move = maps[:, :, 2].reshape((len(maps), *(1,) * extra, 2))
    return np.asarray((turn @ points_xy[..., None])[..., 0] + move)


def relative_maps(maps: FloatArray) -> FloatArray:
    """(T, 2, 3) maps from the previous frame into each frame; identity for the first."""
    full = np.concatenate([maps, np.broadcast_to([[[0.0, 0.0, 1.0]]], (len(maps), 1, 3))], axis=1)
    result = np.broadcast_to(np.eye(3), full.shape).copy()
    result[1:] = full[1:] @ np.linalg.inv(full[:-1])
    return result[:, :2]
