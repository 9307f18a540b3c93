"""From actors, objects and a camera to exact ground truth: joints, visibility, boxes, heads, ids; nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from posetrack.structures import POSETRACK18, BoolArray, FloatArray
from posetrack.synthetic.simulation.actors import Actor
from posetrack.synthetic.simulation.occlusion import body_boxes, hidden_by_objects, hidden_by_people
from posetrack.synthetic.simulation.stage import CameraMotion, Stage, apply_maps, relative_maps

_K = POSETRACK18.num_joints


@dataclass(frozen=True)
class Thing:
    """An upright object that hides what is behind it: centre X, depth Z, width and height, metres."""

    x: float
    z: float
    width: float
    height: float


@dataclass(frozen=True)
class Cast:
    """The contents of a scenario.

    Attributes:
        actors: the people; the index of each is its track id.
        things: the objects.
        camera: the camera motion.
        alike: 0 = everybody is dressed differently, 1 = all are dressed the same; see ``appearance``.
    """

    actors: Sequence[Actor]
    things: Sequence[Thing] = ()
    camera: CameraMotion = field(default_factory=CameraMotion)
    alike: float = 0.0


@dataclass(frozen=True, eq=False)
class Simulation:
    """A sequence of T frames with P people and exact ground truth.

    Attributes:
        name: scenario and seed.
        seed: seed of all random choices.
        image_hw: height and width in pixels.
        fps: frames per second.
        joints_xy: (T, P, 17, 2) pixels, PoseTrack18 with ears, also outside the image.
        in_image: (T, P, 17) whether the joint is inside the image.
        visible: (T, P, 17) whether the joint is inside the image with no person or object in front of it.
        hidden_share: (T, P, P) share of the joints of person i that lie behind person j.
        boxes_xyxy: (T, P, 4) around the whole body, unclipped.
        head_boxes_xyxy: (T, P, 4) around the head, unclipped.
        height_px: (T, P) standing heights in pixels.
        yaw: (T, P) radians, 0 faces the viewer.
        depth_m: (T, P) distance from the camera.
        camera: (T, 2, 3) affine map of the background from the previous frame into this one; identity for the first.
        alike: see ``Cast``.
    """

    name: str
    seed: int
    image_hw: tuple[int, int]
    fps: float
    joints_xy: FloatArray
    in_image: BoolArray
    visible: BoolArray
    hidden_share: FloatArray
    boxes_xyxy: FloatArray
    head_boxes_xyxy: FloatArray
    height_px: FloatArray
    yaw: FloatArray
    depth_m: FloatArray
    camera: FloatArray
    alike: float = 0.0

    @property
    def num_frames(self) -> int:
        """Number of frames T."""
        return len(self.joints_xy)

    @property
    def num_people(self) -> int:
        """Number of people P over the whole sequence."""
        return int(self.joints_xy.shape[1])


def film(name: str, cast: Cast, stage: Stage, num_frames: int, fps: float, seed: int) -> Simulation:
    """Project the cast into the camera's image.

    Args:
        name: name of the sequence.
        cast: the people, each over ``num_frames`` frames, and the objects.
        stage: the camera at rest.
        num_frames: length in frames.
        fps: frames per second.
        seed: seed of the camera motion.
    """
    maps = cast.camera.maps(np.random.default_rng([seed, 77]), num_frames, fps, stage.image_hw)
    zoom = np.sqrt(np.abs(np.linalg.det(maps[:, :, :2])))
    ground = np.stack([actor.ground_xz for actor in cast.actors], axis=1)
    heights_m = np.array([actor.height_m for actor in cast.actors])
    scale = stage.scale(ground[..., 1]) * heights_m
    seen = np.stack([actor.seen() for actor in cast.actors], axis=1)
    resting = stage.ground_xy(ground)[:, :, None] + seen * scale[..., None, None] * (1.0, -1.0)
    points = apply_maps(maps, resting)
    height = scale * zoom[:, None]
    joints, depth = points[:, :, :_K], ground[..., 1]
    image_h, image_w = stage.image_hw
    # A pixel extends half a pixel to each side of its centre; drawn scenes round the same way.
    in_image = np.asarray(((joints > -0.5) & (joints < np.array([image_w, image_h]) - 0.5)).all(axis=-1))
    hidden, share = hidden_by_people(joints, points, height, depth)
    boxes, depths = _thing_boxes(cast.things, stage, maps)
    hidden |= hidden_by_objects(joints, depth, boxes, depths)
    size = height * np.array([actor.body.head for actor in cast.actors])
    half = size[..., None] * (0.4, 0.5)
    centre = points[:, :, _K]
    return Simulation(
        name=name, seed=seed, image_hw=stage.image_hw, fps=fps, joints_xy=joints, in_image=in_image,
        visible=in_image & ~hidden, hidden_share=share, boxes_xyxy=body_boxes(points, height),
        head_boxes_xyxy=np.concatenate([centre - half, centre + half], axis=-1), height_px=height,
        yaw=np.stack([actor.yaw for actor in cast.actors], axis=1), depth_m=depth, camera=relative_maps(maps),
        alike=cast.alike,
    )  # fmt: skip


def _thing_boxes(things: Sequence[Thing], stage: Stage, maps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes (T, O, 4) in pixels and depths (O,) in metres of the objects."""
    corners = []
    for thing in things:
        x, y = stage.ground_xy(np.array([thing.x, thing.z]))
        scale = float(stage.scale(thing.z))
        half, tall = thing.width * scale / 2.0, thing.height * scale
        corners.append([(x - half, y - tall), (x + half, y - tall), (x + half, y), (x - half, y)])
    points = np.array(corners, dtype=np.float64).reshape(1, len(things), 4, 2)
    moved = apply_maps(maps, np.broadcast_to(points, (len(maps), *points.shape[1:])))
    boxes = np.concatenate([moved.min(axis=2), moved.max(axis=2)], axis=-1)
    return boxes, np.array([thing.z for thing in things], dtype=np.float64)
