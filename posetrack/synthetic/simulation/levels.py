"""How bad the estimator is: three levels of the noise model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoiseLevel:
    """Chances are per frame (and person, or joint) at the full frame rate.

    Attributes:
        jitter: standard deviation of a visible hip's error, of the standing height; see ``JITTER_OF``.
        outlier: a joint is far off for a while.
        dropout: a visible joint is not found; of hidden ones ten times as many, at most half.
        jump: a hidden joint is put on the overlapping person's; of visible ones a seventh as many.
        swap: left and right are exchanged, of people seen from the side twice as many.
        miss: a person who is wholly visible is missed.
        miss_visible: share of the joints visible at which half of the people are missed.
        miss_height_px: standing height at which half of the people are missed.
        merge: people whose boxes overlap by more than a third become one pose.
        duplicate: a person is found twice.
        random_false: false persons a frame that last for a frame or two.
        lasting_false: false persons of a sequence of 6 s that stay in their place.
        box: standard deviation of a box's sides, of its size.
        score: standard deviation of the scores' own error.
        appearance: length of the noise on a descriptor of length 1.
        camera_px: error of the estimated camera motion, pixels a frame at the image's border.
        camera_lost: the estimate fails and is the identity.
    """

    jitter: float
    outlier: float
    dropout: float
    jump: float
    swap: float
    miss: float
    miss_visible: float
    miss_height_px: float
    merge: float
    duplicate: float
    random_false: float
    lasting_false: float
    box: float
    score: float
    appearance: float
    camera_px: float
    camera_lost: float


LEVELS = {
    "easy": NoiseLevel(
        jitter=0.007, outlier=0.006, dropout=0.01, jump=0.15, swap=0.004, miss=0.01, miss_visible=0.22,
        miss_height_px=35, merge=0.03, duplicate=0.02, random_false=0.08, lasting_false=1.0, box=0.02, score=0.06,
        appearance=0.5, camera_px=0.3, camera_lost=0.0,
    ),
    "medium": NoiseLevel(
        jitter=0.011, outlier=0.015, dropout=0.03, jump=0.3, swap=0.012, miss=0.03, miss_visible=0.3,
        miss_height_px=50, merge=0.1, duplicate=0.05, random_false=0.25, lasting_false=3.0, box=0.035, score=0.10,
        appearance=0.8, camera_px=0.7, camera_lost=0.01,
    ),
    "hard": NoiseLevel(
        jitter=0.017, outlier=0.035, dropout=0.06, jump=0.45, swap=0.03, miss=0.08, miss_visible=0.4,
        miss_height_px=65, merge=0.2, duplicate=0.1, random_false=0.6, lasting_false=6.0, box=0.055, score=0.14,
        appearance=1.2, camera_px=1.5, camera_lost=0.03,
    ),
}  # fmt: skip
