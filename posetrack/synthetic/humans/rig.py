"""The bones that move a body: MakeHuman's 163 reduced to 39; faces and toes do not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray, IntArray
from posetrack.synthetic.humans.formats import Rig

SIDES = ("L", "R")
_TRUNK = ("root", "spine05", "spine04", "spine03", "spine02", "spine01", "neck01", "neck02", "neck03", "head")
_LIMBS = ("pelvis", "upperleg01", "upperleg02", "lowerleg01", "lowerleg02", "foot", "clavicle", "shoulder01",
          "upperarm01", "upperarm02", "lowerarm01", "lowerarm02", "wrist")  # fmt: skip
# The four fingers bend as one: our bones, each combining several of MakeHuman's.
_FINGERS = {"knuckles": "finger{}-1", "fingers": "finger{}-2"}
MAX_INFLUENCES = 4


@dataclass(frozen=True, eq=False)
class BodyRig:
    """A skeleton for the body mesh.

    Attributes:
        bones: B names, parents first.
        parents: (B,) int64, -1 for the root.
        head_vertices: for each bone, the vertices whose mean is the point it rotates about.
        weights: (V, B) float64, rows sum to 1.
    """

    bones: tuple[str, ...]
    parents: IntArray
    head_vertices: tuple[IntArray, ...]
    weights: FloatArray

    def index(self, bone: str) -> int:
        """Index of a bone by name."""
        return self.bones.index(bone)

    def heads(self, vertices: FloatArray) -> FloatArray:
        """(B, 3) points about which the bones of a body (V, 3) rotate."""
        return np.array([vertices[index].mean(axis=0) for index in self.head_vertices])

    def share(self, weights: FloatArray, *prefixes: str) -> FloatArray:
        """(N,) total weight, in ``weights`` (N, B), of the bones whose names begin with one of the prefixes."""
        return np.asarray(weights[:, [i for i, b in enumerate(self.bones) if b.startswith(prefixes)]].sum(axis=1))


def reduce_rig(rig: Rig) -> BodyRig:
    """Reduce a rig to the bones in use; weights of removed bones go to the nearest kept ancestor."""
    kept = [*_TRUNK, *(f"{name}.{side}" for side in SIDES for name in _LIMBS)]
    kept = [bone for bone in rig.bones if bone in kept]
    fingers = [f"{name}.{side}" for side in SIDES for name in _FINGERS]
    bones = (*kept, *fingers)
    source = {name: i for i, name in enumerate(rig.bones)}

    def owner(bone: str) -> str:
        finger, _, side = bone.partition(".")
        if finger[:6] == "finger" and finger[6] != "1":
            return f"{'knuckles' if finger.endswith('-1') else 'fingers'}.{side}"
        while bone not in kept:
            bone = rig.bones[rig.parents[source[bone]]]
        return bone

    weights = np.zeros((len(rig.weights), len(bones)))
    for name, column in source.items():
        weights[:, bones.index(owner(name))] += rig.weights[:, column]
    heads = [rig.head_vertices[source[bone]] for bone in kept]
    for bone in fingers:
        name, side = bone.split(".")
        joints = [f"{_FINGERS[name].format(finger)}.{side}" for finger in range(2, 6)]
        heads.append(np.concatenate([rig.head_vertices[source[joint]] for joint in joints]))
    return BodyRig(bones, np.array([_parent(rig, bone, bones) for bone in bones]), tuple(heads), weights)


def _parent(rig: Rig, bone: str, bones: tuple[str, ...]) -> int:
    name, _, side = bone.partition(".")
    if name in _FINGERS:
        return bones.index(f"wrist.{side}" if name == "knuckles" else f"knuckles.{side}")
    above = rig.parents[rig.bones.index(bone)]
    while above >= 0 and rig.bones[above] not in bones:
        above = rig.parents[above]
    return bones.index(rig.bones[above]) if above >= 0 else -1


def bone_transforms(rig: BodyRig, heads: FloatArray, rotations: FloatArray, root_at: FloatArray) -> FloatArray:
    """Compute the transform of each bone from the rest pose.

    Args:
        rig: the bones.
        heads: (B, 3) bone heads of the body at rest.
        rotations: (B, 3, 3) rotation of each bone from its rest pose, in the world.
        root_at: (3,) position of the root's head.

    Returns:
        (B, 3, 4) matrices M; a point p at rest goes to M[:, :3] @ p + M[:, 3].
    """
    moved = np.empty((len(heads), 3, 4))
    moved[:, :, :3] = rotations
    for bone, parent in enumerate(rig.parents):
        at = root_at if parent < 0 else moved[parent, :, :3] @ heads[bone] + moved[parent, :, 3]
        moved[bone, :, 3] = at - rotations[bone] @ heads[bone]
    return moved


def skin(points: FloatArray, weights: FloatArray, transforms: FloatArray) -> FloatArray:
    """Linear blend skinning: points (N, 3) at rest with weights (N, B) -> (N, 3) posed."""
    blended = (weights @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)
    return np.asarray((blended[:, :, :3] @ points[:, :, None])[:, :, 0] + blended[:, :, 3])


def strongest(weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """The four strongest bones: indices and weights (N, 4), each row of weights summing to 1."""
    order = np.argsort(-weights, axis=1)[:, :MAX_INFLUENCES]
    shares = np.take_along_axis(weights, order, axis=1)
    return order, shares / shares.sum(axis=1, keepdims=True)
