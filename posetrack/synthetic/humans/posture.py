"""Postures independent of a body: orientations of trunk and head, and directions of the limbs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.rotations import unit

PELVIS, CHEST, HEAD = 0, 1, 2
UPPER_ARM, FOREARM, THIGH, SHIN, FOOT = range(5)
LEFT, RIGHT = 0, 1
NUM_LIMBS = 5
SIDE_SIGN = (1.0, -1.0)  # facing +z, a person's left is at +x
_MIRROR = np.diag([-1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Posture:
    """A posture, or several of them (T, ...); y is up, and x is to the left of a person facing +z.

    Attributes:
        trunk: (..., 3, 3, 3) rotations of pelvis, chest and head from standing upright facing +z.
        limbs: (..., 5, 2, 3) unit vectors along upper arm, forearm, thigh, shin and foot, left and right.
        root: (..., 3) position of the pelvis in leg lengths; (0, 1, 0) when standing.
    """

    trunk: FloatArray
    limbs: FloatArray
    root: FloatArray

    def __len__(self) -> int:
        return len(self.trunk)

    def __getitem__(self, index: int | slice) -> Posture:
        return Posture(self.trunk[index], self.limbs[index], self.root[index])

    def mirrored(self) -> Posture:
        """Swap left and right."""
        return Posture(
            _MIRROR @ self.trunk @ _MIRROR, (self.limbs @ _MIRROR)[..., ::-1, :], self.root @ _MIRROR
        )  # fmt: skip

    def turned(self, rotation: FloatArray) -> Posture:
        """Rotate the whole posture in the world by ``rotation`` (3, 3)."""
        return Posture(rotation @ self.trunk, self.limbs @ rotation.T, self.root @ rotation.T)

    def with_upper_body_of(self, other: Posture) -> Posture:
        """Take chest, head and arms from another posture, relative to this pelvis."""
        turn = self.trunk[PELVIS] @ other.trunk[PELVIS].T
        trunk = np.stack([self.trunk[PELVIS], turn @ other.trunk[CHEST], turn @ other.trunk[HEAD]])
        limbs = np.concatenate([other.limbs[:THIGH] @ turn.T, self.limbs[THIGH:]])
        return replace(self, trunk=trunk, limbs=limbs)


def blend(first: Posture, second: Posture, share: float) -> Posture:
    """Interpolate by ``share`` from one posture to another that is close to it."""
    mixed = (1 - share) * first.trunk + share * second.trunk
    u, _, vt = np.linalg.svd(mixed)
    limbs = unit((1 - share) * first.limbs + share * second.limbs)
    return Posture(u @ vt, limbs, (1 - share) * first.root + share * second.root)
