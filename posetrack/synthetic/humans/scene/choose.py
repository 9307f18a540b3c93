"""Choose postures from captures, static poses and procedural ones."""

from __future__ import annotations

import numpy as np

from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.limits import perturbed
from posetrack.synthetic.humans.motions import Motion
from posetrack.synthetic.humans.posture import Posture
from posetrack.synthetic.humans.postures import random_posture
from posetrack.synthetic.humans.rotations import euler_yxz

_MADE_UP, _STATIC = 0.55, 0.08  # shares of procedural and static postures; the rest are captured
_BORROWED = 0.2  # share of captured and static postures with another upper body
_CALM = ("stand", "step", "sit", "bend")
_CALM_SHARES = (0.45, 0.35, 0.15, 0.05)


def sample_posture(library: HumanLibrary, rng: np.random.Generator) -> Posture:
    """Sample any posture, randomly turned, and mirrored in half of the cases."""
    draw = rng.random()
    if draw < _MADE_UP:
        posture = random_posture(rng)
    else:
        posture = _captured(library, rng, static=draw < _MADE_UP + _STATIC)
        if rng.random() < _BORROWED:
            posture = posture.with_upper_body_of(random_posture(rng))
        posture = perturbed(posture, rng, float(rng.choice((2.0, 6.0, 12.0))))
    return anyway(posture, rng)


def bystander_posture(library: HumanLibrary, rng: np.random.Generator) -> Posture:
    """Sample a bystander's posture: most stand, walk or sit."""
    if rng.random() < 0.7:
        return anyway(random_posture(rng, str(rng.choice(_CALM, p=_CALM_SHARES))), rng)
    return sample_posture(library, rng)


def anyway(posture: Posture, rng: np.random.Generator) -> Posture:
    """Turn a posture by a random yaw, and mirror it in half of the cases."""
    posture = posture.mirrored() if rng.random() < 0.5 else posture
    return posture.turned(euler_yxz(float(rng.uniform(-np.pi, np.pi)), 0, 0))


def _captured(library: HumanLibrary, rng: np.random.Generator, *, static: bool) -> Posture:
    """Sample a frame of a motion; all motions are equally likely, so that long ones do not crowd out short ones."""
    motions = [m for m in library.motions if (len(m) == 1) == static]
    motion: Motion = motions[int(rng.integers(len(motions)))]
    return motion.postures[int(rng.integers(len(motion)))]
