"""Captured postures: CMU motion captures and MakeHuman's static poses, in one representation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from posetrack.errors import FormatError
from posetrack.structures import FloatArray
from posetrack.synthetic.humans.formats import read_amc, read_asf, read_bvh
from posetrack.synthetic.humans.formats.asf_amc import AMC_FPS
from posetrack.synthetic.humans.posture import PELVIS, Posture
from posetrack.synthetic.humans.rotations import unit

EVERY = 4  # keep every n-th captured frame
MOTION_FPS = AMC_FPS / EVERY
WALK_SPEED = (0.5, 4.5)  # leg lengths per second
_RIG_TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # MakeHuman's BVH files have z up


@dataclass(frozen=True, eq=False)
class Motion:
    """A sequence of postures.

    Attributes:
        name: name such as ``02_01``.
        postures: T postures at ``MOTION_FPS``; a static pose has one.
    """

    name: str
    postures: Posture

    def __len__(self) -> int:
        return len(self.postures)

    def travels(self) -> bool:
        """Whether this is a walk or run on level ground: upright, at walking or running speed, pelvis at an even height."""
        root = self.postures.root
        if len(root) < MOTION_FPS:
            return False
        step = np.linalg.norm(np.diff(root[:, [0, 2]], axis=0), axis=1) * MOTION_FPS
        upright = self.postures.trunk[:, PELVIS, 1, 1]
        return bool(
            WALK_SPEED[0] < np.median(step) < WALK_SPEED[1] and np.ptp(root[:, 1]) < 0.25 and upright.min() > 0.8
        )  # fmt: skip


def read_motions(folder: Path) -> list[Motion]:
    """Read all motions below ``mocap``, and the static poses in ``poses`` that fit the rig.

    Raises:
        InputError, FormatError: a file cannot be read or is malformed.
    """
    motions = []
    for skeleton in sorted((folder / "mocap").glob("*/*.asf")):
        motions += [read_capture(skeleton, path) for path in sorted(skeleton.parent.glob("*.amc"))]
    for path in sorted((folder / "poses").glob("*.bvh")):
        posture = read_pose(path)
        if posture is not None:
            motions.append(Motion(path.stem, posture))
    return motions


def read_capture(skeleton: Path, path: Path) -> Motion:
    """Read one CMU capture as postures.

    The trunk keeps the rotations of the captured bones, limbs keep their directions, so that a body with other
    proportions makes the same movement.
    """
    asf = read_asf(skeleton)
    wanted = {f"{side}{bone}" for side in "lr" for bone in ("humerus", "radius", "femur", "tibia", "foot")}
    lacking = (wanted | {"thorax", "head"}) - asf.bones.keys()
    if lacking:
        raise FormatError(f"{skeleton}: lacks the bones {', '.join(sorted(lacking))}")
    turns, ends = asf.solve(read_amc(path, asf, EVERY))
    limbs = np.stack(
        [
            np.stack([unit(ends[side + bone][:, 1] - ends[side + bone][:, 0]) for side in "lr"], axis=1)
            for bone in ("humerus", "radius", "femur", "tibia", "foot")
        ],
        axis=1,
    )
    leg = asf.bones["lfemur"].length + asf.bones["ltibia"].length
    trunk = np.stack([turns["root"], turns["thorax"], turns["head"]], axis=1)
    return Motion(path.stem, Posture(trunk, limbs, ends["root"][:, 0] / leg))


def read_pose(path: Path) -> Posture | None:
    """Read a static pose made for the rig; None if the file has another skeleton."""
    turns, places = read_bvh(path).solve()
    chains = [("upperarm01", "lowerarm01"), ("lowerarm01", "wrist"), ("upperleg01", "lowerleg01"),
              ("lowerleg01", "foot"), ("foot", "toe2-1")]  # fmt: skip
    names = {f"{name}.{side}" for pair in chains for name in pair for side in "LR"} | {"root", "spine01", "head"}
    if not names <= places.keys():
        return None
    up = _RIG_TO_Y_UP
    trunk = np.stack([up @ turns[bone] @ up.T for bone in ("root", "spine01", "head")], axis=1)
    limbs = np.stack([np.stack([_towards(places, a, b, side) for side in "LR"], axis=1) for a, b in chains], axis=1)
    leg = np.linalg.norm(places["upperleg01.L"] - places["lowerleg01.L"], axis=1) * 2
    root = (places["root"] @ up.T) / leg[:, None]
    return Posture(trunk, limbs @ up.T, root - root[:1] + np.array([0.0, 1.0, 0.0]))


def _towards(places: dict[str, FloatArray], start: str, end: str, side: str) -> FloatArray:
    return unit(places[f"{end}.{side}"] - places[f"{start}.{side}"])
