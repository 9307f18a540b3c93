"""Three levels of the noise model: how bad the simulated estimator is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoiseLevel:
    """Noise parameters; probabilities are per frame (and person, or joint) at the full frame rate.

    Attributes:
        jitter: standard deviation of a visible hip's error, as a fraction of the standing height; see ``JITTER_OF``.
        outlier: probability that a joint is far off for a while, for a hip; scaled by ``JITTER_OF``.
        dropout: probability that a visible joint is not found; ten times as high for hidden ones, at most 0.5.
        jump: probability that a hidden joint lands on the overlapping person's; 0.15 times as high for visible ones,
            and lower where boxes overlap by less than half.
        swap: probability of a left-right swap; halved for people facing the camera or away, doubled in profile.
        miss: probability of missing a fully visible person.
        miss_visible: share of visible joints at which half of the people are missed.
        miss_height_px: standing height at which half of the people are missed.
        merge: probability that two people whose boxes overlap by more than a third become one pose.
        duplicate: probability that a person is detected twice.
        random_false: false positives per frame that are unrelated from frame to frame.
        lasting_false: false positives per 6 s that stay in one place.
        box: standard deviation of each box edge, relative to the box size.
        score: standard deviation of the noise on scores.
        appearance: length of the noise on a descriptor of length 1.
        camera_px: error of the estimated camera motion, pixels per frame at the image border.
        camera_lost: probability that the camera estimate fails and is the identity.
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
