"""Endless walks and runs: one closed cycle cut out of a capture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.structures import FloatArray
from posetrack.synthetic.humans.motions import MOTION_FPS, Motion
from posetrack.synthetic.humans.posture import PELVIS, Posture, blend
from posetrack.synthetic.humans.rotations import euler_yxz, unit

_CYCLE_FRAMES = (16, 48)  # length of a run and of a slow walk, at ``MOTION_FPS``


@dataclass(frozen=True, eq=False)
class Gait:
    """A gait cycle of two steps.

    Attributes:
        postures: C postures of a person moving towards +z; the root's x and z are 0.
        stride: distance covered per cycle, leg lengths.
    """

    postures: Posture
    stride: float

    @property
    def speed(self) -> float:
        """Speed in leg lengths per second."""
        return self.stride / len(self.postures) * MOTION_FPS

    def at(self, phase: float) -> Posture:
        """The posture at a phase, where a cycle has length 1."""
        count = len(self.postures)
        place = (phase % 1.0) * count
        low = int(place) % count
        return blend(self.postures[low], self.postures[(low + 1) % count], place - int(place))


def find_gait(motion: Motion) -> Gait:
    """Find the best closed cycle of a walk or run.

    Raises:
        ValueError: the motion is too short.
    """
    postures = facing_forward(motion.postures)
    low, high = _CYCLE_FRAMES
    high = min(high, len(postures) - 2)
    if high < low:
        raise ValueError(f"motion {motion.name} has {len(postures)} frames, expected {low + 2} or more")
    flat = np.concatenate([postures.limbs.reshape(len(postures), -1), postures.trunk.reshape(len(postures), -1)], axis=1)
    best, start, length = np.inf, 0, low
    for frames in range(low, high + 1):
        gaps = np.linalg.norm(flat[frames:] - flat[:-frames], axis=1) * (1 + 0.004 * frames)  # prefer one cycle to two
        if gaps.min() < best:
            best, start, length = float(gaps.min()), int(gaps.argmin()), frames
    cycle, after = postures[start : start + length], postures[start + length]
    stride = float(np.linalg.norm((after.root - cycle.root[0])[[0, 2]]))
    return Gait(_closed(cycle, after), stride)


def facing_forward(postures: Posture) -> Posture:
    """Turn a motion so that its pelvis faces +z on average."""
    ahead = postures.trunk[:, PELVIS, :, 2].mean(axis=0)
    return postures.turned(euler_yxz(-float(np.arctan2(ahead[0], ahead[2])), 0, 0))


def _closed(cycle: Posture, after: Posture) -> Posture:
    """Close a cycle by spreading the gap between end and beginning over it."""
    share = (np.arange(len(cycle)) / len(cycle))[:, None, None]
    limbs = unit(cycle.limbs + share[..., None] * (cycle.limbs[0] - after.limbs))
    mixed = cycle.trunk + share[..., None] * (cycle.trunk[0] - after.trunk)
    u, _, vt = np.linalg.svd(mixed)
    root: FloatArray = np.zeros_like(cycle.root)
    root[:, 1] = cycle.root[:, 1] + share[:, 0, 0] * (cycle.root[0, 1] - after.root[1])
    return Posture(u @ vt, limbs, root)
