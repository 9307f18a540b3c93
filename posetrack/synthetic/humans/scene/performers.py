"""People moving in a scene: walkers on their paths, others busy in one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.character import Character
from posetrack.synthetic.humans.drawing import Actor, Material
from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.limits import within_limits
from posetrack.synthetic.humans.motions import MOTION_FPS, Motion
from posetrack.synthetic.humans.posture import FOREARM, SHIN, THIGH, UPPER_ARM, Posture, blend
from posetrack.synthetic.humans.postures import random_posture
from posetrack.synthetic.humans.retarget import bone_rotations
from posetrack.synthetic.humans.rig import bone_transforms
from posetrack.synthetic.humans.rotations import euler_yxz, jitter
from posetrack.synthetic.humans.scene.gait import Gait, facing_forward
from posetrack.synthetic.humans.scene.stage import Placed

_STYLE_DEG = 7.0  # how much one person's walk differs from another's, degrees
_ARM_STYLE = 2.0
_SWAY_HZ = 0.35


@dataclass(frozen=True, eq=False)
class Performer:
    """A person over T frames: bone transforms (T, B, 3, 4) in the world."""

    character: Character
    material: Material
    transforms: FloatArray

    def placed(self, frame: int) -> Placed:
        """The person as placed in a frame."""
        transforms = self.transforms[frame]
        actor = Actor(self.character, transforms, self.material)
        return Placed(actor, self.character.landmarks.posed(transforms), self.character.probe_positions(transforms))


def perform(
    library: HumanLibrary, character: Character, rng: np.random.Generator, postures: list[Posture],
    path_xz: FloatArray, yaws: FloatArray, *, heights: bool,
) -> Performer:  # fmt: skip
    """Apply a series of postures to a body.

    Args:
        library: the rig.
        character: the body.
        rng: random generator for hands and materials.
        postures: T postures facing +z.
        path_xz: (T, 2) position of the pelvis, decimetres.
        yaws: (T,) direction the person faces, radians.
        heights: if true, the pelvis rises and falls with the postures, with the 5th percentile of the lowest points on
            the ground; otherwise the lowest point of every frame is on the ground.
    """
    material, hands = Material.random(rng, character.outfit), int(rng.integers(2**31))
    leg = np.linalg.norm(character.heads[library.rig.index("upperleg01.L")] - character.heads[library.rig.index("foot.L")])
    transforms = np.empty((len(postures), len(library.rig.bones), 3, 4))
    floors = np.empty(len(postures))
    for frame, posture in enumerate(postures):
        turned = posture.turned(euler_yxz(float(yaws[frame]), 0, 0))
        # The same seed in every frame: what a posture does not specify (hands) must not flicker.
        turns = bone_rotations(library.rig, character.heads, character.toes, turned, np.random.default_rng(hands))
        root = np.array([path_xz[frame, 0], leg * turned.root[1] if heights else 0.0, path_xz[frame, 1]])
        transforms[frame] = bone_transforms(library.rig, character.heads, turns, root)
        floors[frame] = character.probe_positions(transforms[frame])[:, 1].min()
    transforms[:, :, 1, 3] -= np.percentile(floors, 5) if heights else floors[:, None]
    return Performer(character, material, transforms)


@dataclass(frozen=True, eq=False)
class Style:
    """A person's individual bearing: rotations of the trunk (3, 3, 3) and of the limbs (5, 2, 3, 3)."""

    trunk: FloatArray
    limbs: FloatArray

    @classmethod
    def random(cls, rng: np.random.Generator) -> Style:
        """Sample a style; arms vary more than legs."""
        limbs = np.array([[jitter(rng, _STYLE_DEG * (_ARM_STYLE if part in (UPPER_ARM, FOREARM) else 0.5 if part in
                          (THIGH, SHIN) else 1)) for _ in range(2)] for part in range(5)])  # fmt: skip
        return cls(np.array([jitter(rng, 0.5 * _STYLE_DEG) for _ in range(3)]), limbs)

    def on(self, posture: Posture) -> Posture:
        """Apply the style to a posture, within the joint limits."""
        limbs = (self.limbs @ posture.limbs[..., None])[..., 0]
        return within_limits(Posture(posture.trunk @ self.trunk, limbs, posture.root))


def walk(
    library: HumanLibrary, character: Character, rng: np.random.Generator, gait: Gait, times_s: FloatArray,
    crossing: tuple[FloatArray, float, float], turn_rate: float,
) -> Performer:  # fmt: skip
    """Create a walk at the gait's own speed, so that the feet do not slide.

    Args:
        times_s: (T,) times of the frames, seconds.
        crossing: a point (2,) on the ground, and the time (seconds) and direction (yaw) in which the person passes it.
        turn_rate: curvature of the path, radians per second.
    """
    place, moment, yaw = crossing
    leg = np.linalg.norm(character.heads[library.rig.index("upperleg01.L")] - character.heads[library.rig.index("foot.L")])
    pace = float(rng.uniform(0.85, 1.15))
    speed, style, phase = gait.speed * leg * pace, Style.random(rng), float(rng.uniform(0, 1))
    yaws = yaw + turn_rate * (times_s - moment)
    # The path is the integral of the direction and passes ``place`` at ``moment``.
    fine = np.linspace(min(times_s[0], moment), max(times_s[-1], moment), 400)
    bent = yaw + turn_rate * (fine - moment)
    steps = np.stack([np.sin(bent), np.cos(bent)], axis=1) * speed * (fine[1] - fine[0])
    way = np.cumsum(steps, axis=0)
    at = np.stack([np.interp(times_s, fine, way[:, k]) - np.interp(moment, fine, way[:, k]) for k in range(2)], axis=1)
    phases = phase + times_s * gait.speed * pace / gait.stride
    postures = [style.on(gait.at(float(p))) for p in phases]
    return perform(library, character, rng, postures, place + at, yaws, heights=True)


def stay(
    library: HumanLibrary, character: Character, rng: np.random.Generator, times_s: FloatArray, place: FloatArray, yaw: float
) -> Performer:
    """Create a person who stands, bends, sits or crouches, and moves a little."""
    kind = str(rng.choice(("stand", "stand", "stand", "bend", "crouch", "sit")))
    start, end = (random_posture(rng, kind) for _ in range(2))
    swing = 0.5 - 0.5 * np.cos(2 * np.pi * _SWAY_HZ * rng.uniform(0.4, 1.2) * times_s + rng.uniform(0, 6))
    legs = start.limbs[THIGH:]
    postures = []
    for share in swing:
        trunk = 0.5 * share  # trunk and arms go half way to the other posture; the legs stay
        mixed = _mix(start, end, float(trunk))
        postures.append(Posture(mixed.trunk, np.concatenate([mixed.limbs[:THIGH], legs]), mixed.root))
    yaws = np.full(len(times_s), yaw)
    return perform(library, character, rng, postures, np.tile(place, (len(times_s), 1)), yaws, heights=False)


def _mix(first: Posture, second: Posture, share: float) -> Posture:
    return within_limits(blend(first, second, share))


def act(
    library: HumanLibrary, character: Character, rng: np.random.Generator, motion: Motion, times_s: FloatArray,
    place: FloatArray, yaw: float,
) -> Performer:  # fmt: skip
    """Create a person who plays part of a captured motion, back and forth if it is too short."""
    frames = facing_forward(motion.postures)
    count = len(frames)
    start = int(rng.integers(max(count - int(times_s[-1] * MOTION_FPS), 1)))
    steps = (start + np.round(times_s * MOTION_FPS).astype(int)) % max(2 * count - 2, 1)
    indices = np.where(steps < count, steps, 2 * count - 2 - steps)
    leg = 0.5 * character.height
    mirrored = rng.random() < 0.5
    postures = [frames[int(i)].mirrored() if mirrored else frames[int(i)] for i in indices]
    roots = np.array([posture.root[[0, 2]] for posture in postures])
    cos, sin = np.cos(yaw), np.sin(yaw)
    moved = (roots - roots[0]) @ np.array([[cos, -sin], [sin, cos]]) * leg
    return perform(library, character, rng, postures, place + moved, np.full(len(times_s), yaw), heights=True)
