"""A street where people walk, cross, leave and come back, seen by a moving camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from posetrack.structures import Frame, FramePoses
from posetrack.synthetic.background import draw_background, draw_occluder
from posetrack.synthetic.figure import Canvas, Figure, Look
from posetrack.synthetic.images import MOST_PEOPLE, camera_noise, draw_box_occluder, label_people
from posetrack.synthetic.postures import walking

STRIDE_PER_HEIGHT = 0.86  # two steps of an adult walk, in body heights


@dataclass(frozen=True)
class SceneConfig:
    """The contents of a scene.

    Attributes:
        image_hw: height and width in pixels.
        num_frames: length in frames.
        fps: frames per second.
        people: number of people.
        height_px: smallest and largest standing height in pixels.
        occluders: number of objects that stand in front of some of the people.
        pan_px: how far the camera pans over the scene, pixels.
        shake_px: standard deviation of the camera shake, pixels.
    """

    image_hw: tuple[int, int] = (360, 640)
    num_frames: int = 60
    fps: float = 12.5
    people: int = 5
    height_px: tuple[float, float] = (120.0, 230.0)
    occluders: int = 1
    pan_px: float = 60.0
    shake_px: float = 0.4

    def __post_init__(self) -> None:
        low, high = self.height_px
        wrong = [
            text
            for bad, text in (
                (min(self.image_hw) < 1, f"image_hw is {self.image_hw}, expected two positive numbers"),
                (self.num_frames < 1, f"num_frames is {self.num_frames}, expected 1 or more"),
                (not self.fps > 0, f"fps is {self.fps}, expected more than 0"),
                (not 0 <= self.people <= MOST_PEOPLE, f"people is {self.people}, expected 0 to {MOST_PEOPLE}"),
                (not 0 < low <= high, f"height_px is {self.height_px}, expected (shortest, tallest), more than 0"),
                (self.occluders < 0, f"occluders is {self.occluders}, expected 0 or more"),
                (self.shake_px < 0, f"shake_px is {self.shake_px}, expected 0 or more"),
            )
            if bad
        ]
        if wrong:
            raise ValueError("SceneConfig: " + "; ".join(wrong))


@dataclass(frozen=True)
class _Walker:
    """One person's path through the scene, in pixels of the panorama."""

    look: Look
    height_px: float
    foot_y: float
    start_x: float
    speed: float
    phase: float
    vigour: float
    turn: float
    light: float

    def figure(self, seconds: float, camera_x: float, camera_y: float) -> Figure:
        """The person at a time, as seen from a camera at that position (pixels of the panorama)."""
        x = self.start_x + self.speed * seconds
        stride = STRIDE_PER_HEIGHT * self.height_px
        phase = self.phase + 2 * np.pi * abs(self.speed) * seconds / stride
        yaw = (np.pi / 2 if self.speed > 0 else -np.pi / 2) + self.turn
        head = (0.35 * float(np.sin(0.7 * seconds + self.phase)), 0.05)
        return Figure(
            self.look,
            walking(phase, self.vigour, yaw, head=head),
            (x - camera_x, self.foot_y - camera_y),
            self.height_px,
        )


class Scene:
    """A drawn sequence; the same configuration and seed give the same bytes.

    Args:
        config: the contents.
        seed: seed of all random choices.
    """

    def __init__(self, config: SceneConfig, seed: int) -> None:
        self.config = config
        self.seed = seed
        rng = np.random.default_rng([seed, config.num_frames, config.people])
        height, width = config.image_hw
        self._margin = int(abs(config.pan_px) / 2 + 6 * config.shake_px + 8)
        horizon = rng.uniform(0.35, 0.5)
        self._panorama = draw_background(rng, height + 2 * self._margin, width + 2 * self._margin, horizon)
        shake = cv2.GaussianBlur(rng.normal(0, 2.5 * config.shake_px, (config.num_frames, 2)), (1, 9), 2.0)
        pan = (np.linspace(-0.5, 0.5, config.num_frames) if config.num_frames > 1 else np.zeros(1)) * config.pan_px
        self._camera_xy = np.stack([pan, np.zeros_like(pan)], axis=1) + shake.reshape(-1, 2)
        self._walkers = sorted((self._walker(rng, i) for i in range(config.people)), key=lambda w: w.foot_y)
        self._occluders = [self._occluder(rng) for _ in range(config.occluders)]
        self._gain = rng.uniform(0.85, 1.1) * rng.uniform(0.96, 1.04, 3)
        self._noise = float(rng.uniform(1.0, 4.0))

    def _walker(self, rng: np.random.Generator, index: int) -> _Walker:
        config = self.config
        height, width = config.image_hw
        low, high = config.height_px
        tall = float(rng.uniform(low, high))
        # On flat ground, people who are larger in the image are nearer, and their feet are lower.
        nearness = (tall - low) / max(high - low, 1.0)
        foot = height * (0.72 + 0.24 * nearness) + rng.normal(0, 0.01) * height
        stands = index % 5 == 4
        speed = 0.0 if stands else float(rng.choice((-1, 1)) * rng.uniform(0.45, 0.8) * tall)
        middle = width * rng.uniform(0.25, 0.75)
        seconds = config.num_frames / config.fps
        turn = float(rng.uniform(-np.pi, np.pi) if stands else rng.normal(0, 0.35))
        return _Walker(
            look=Look.random(rng),
            height_px=tall,
            foot_y=float(foot),
            start_x=float(middle - speed * seconds * rng.uniform(0.3, 0.7)),
            speed=speed,
            phase=float(rng.uniform(0, 2 * np.pi)),
            vigour=0.0 if stands else abs(speed) / tall / 0.62 * 0.75,
            turn=turn,
            light=float(rng.uniform(0.9, 1.08)),
        )

    def _occluder(self, rng: np.random.Generator) -> tuple[float, float, float, float, tuple[int, int, int]]:
        height, width = self.config.image_hw
        size = float(np.mean(self.config.height_px))
        color, wide, tall = draw_occluder(rng, size)
        return float(rng.uniform(0.25, 0.75) * width), height * float(rng.uniform(0.8, 0.95)), wide, tall, color

    def render(self, index: int) -> tuple[Frame, FramePoses]:
        """Render frame ``index`` and its exact ground truth (PoseTrack18 skeleton with ears).

        Raises:
            IndexError: there is no such frame.
        """
        config = self.config
        if not 0 <= index < config.num_frames:
            raise IndexError(f"frame {index}, expected 0 to {config.num_frames - 1}")
        height, width = config.image_hw
        camera_x, camera_y = self._camera_xy[index]
        shift = np.array([[1, 0, -self._margin - camera_x], [0, 1, -self._margin - camera_y]])
        view = cv2.warpAffine(self._panorama, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
        canvas = Canvas(np.asarray(view, dtype=np.uint8), np.zeros(config.image_hw, dtype=np.uint8))
        figures = [w.figure(index / config.fps, camera_x, camera_y) for w in self._walkers]
        things = [(w.foot_y, label) for label, w in enumerate(self._walkers, start=1)]
        things += [(o[1], -number) for number, o in enumerate(self._occluders, start=1)]
        for _, label in sorted(things):
            if label > 0:
                figures[label - 1].draw(canvas, label, self._walkers[label - 1].light)
            else:
                x, foot, wide, tall, color = self._occluders[-label - 1]
                draw_box_occluder(canvas, x - camera_x, foot - camera_y, wide, tall, color)
        truth = label_people(index, figures, list(range(len(figures))), canvas.labels, config.image_hw)
        rng = np.random.default_rng([self.seed, 1, index])
        picture = camera_noise(rng, canvas.image, self._gain, 0.0, self._noise)
        return Frame(index, picture, index / config.fps, f"{index:06d}.jpg"), truth

    def frames(self) -> Iterator[tuple[Frame, FramePoses]]:
        """All frames in order."""
        return (self.render(index) for index in range(self.config.num_frames))
