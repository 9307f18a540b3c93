"""What a user sets of smoothing; ``kind`` chooses the filter.

Frequencies are in hertz and widths in seconds, so that a setting means the same at every frame rate; where the frame
rate is not known, 25 frames a second are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from posetrack.config.setting_checks import check_positive


@dataclass(frozen=True)
class NoSmoothingConfig:
    """Poses stay as they are.

    Attributes:
        kind: ``none``.
    """

    kind: Literal["none"] = "none"


@dataclass(frozen=True)
class CandidatesConfig:
    """Each joint is put at the likeliest of the places where the network may have seen it (``pose.candidates``), first of all.

    Attributes:
        enabled: false = it stays at the highest peak of its heatmap.
        spread: how far a joint may move in a 25th of a second without being remarkable, beside the person's own motion, in
            person sizes (the diagonal of the box around the joints); grows with the square root of time.
        most: a move counts at most as one of so many ``spread``.
        near: a left and a right joint that are no farther apart than this, in person sizes, are suspect of being one.
        near_cost: what that costs where they are at one place, beside the logarithms of the scores.
        longest_step_s: a person who is not seen for longer than so many seconds has moved who knows where: nothing is
            concluded from it, and at frame rates below its inverse motion says nothing.
        score_sigma_s: a joint is there where its scores, averaged with a Gaussian of this standard deviation, reach
            ``tracker.joint_threshold``.
    """

    enabled: bool = True
    spread: float = 0.06
    most: float = 4.0
    near: float = 0.06
    near_cost: float = 1.0
    longest_step_s: float = 0.125
    score_sigma_s: float = 0.1

    def __post_init__(self) -> None:
        check_positive(self, "spread", "most", "near", "longest_step_s", "score_sigma_s")
        if not 0 <= self.near_cost < float("inf"):
            raise ValueError(f"near_cost is {self.near_cost}, expected 0 or more")


@dataclass(frozen=True)
class MirrorConfig:
    """Limbs whose left and right a network exchanged for some frames are exchanged back before the filter.

    Attributes:
        enabled: false = they stay as they are.
        spread: how far a joint may move in a 25th of a second without being remarkable, in person sizes (the diagonal
            of the box around the joints); grows with the square root of time; of limbs that usually move more it is
            what they usually move.
        most: one joint's move counts at most as one of so many ``spread``.
        change_cost: what a change of state costs, as half a squared move in units of ``spread``.
        frame_cost: what each exchanged frame costs, of a pair of joints that score 1: exchanges that last longer than
            the motion at both their ends pays for stay.
        longest_step_s: a joint that is not seen for longer than so many seconds has moved who knows where: nothing is
            concluded from it, and at frame rates below its inverse nothing is exchanged.
    """

    enabled: bool = True
    spread: float = 0.04
    most: float = 4.0
    change_cost: float = 3.0
    frame_cost: float = 1.5
    longest_step_s: float = 0.125

    def __post_init__(self) -> None:
        check_positive(self, "spread", "most", "change_cost", "frame_cost", "longest_step_s")


@dataclass(frozen=True, kw_only=True)
class _Common:
    """Settings of every filter.

    Attributes:
        max_gap_frames: a joint that is missing for more frames than this in a row starts anew: nothing is carried
            over the gap.
        candidates: which place of several each joint has, chosen first.
        mirror: left and right put right then.
    """

    max_gap_frames: int = 5
    candidates: CandidatesConfig = field(default_factory=CandidatesConfig)
    mirror: MirrorConfig = field(default_factory=MirrorConfig)

    def __post_init__(self) -> None:
        if self.max_gap_frames < 0:
            raise ValueError(f"max_gap_frames is {self.max_gap_frames}, expected 0 or more")


@dataclass(frozen=True, kw_only=True)
class AutoConfig(_Common):
    """The Kalman smoother with the strength that the data of each joint make likeliest; outliers lose weight.

    Attributes:
        kind: ``auto``.
        strength: the cutoff frequency found is divided by this: more than 1 smooths more than the likeliest. Errors
            of networks are alike from frame to frame, which the likelihood takes for motion.
        min_cutoff_hz: no joint is smoothed more than so.
        max_cutoff_hz: every joint is smoothed at least so much.
    """

    kind: Literal["auto"] = "auto"
    strength: float = 0.7
    min_cutoff_hz: float = 0.5
    max_cutoff_hz: float = 16.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "strength", "min_cutoff_hz", "max_cutoff_hz")
        if self.min_cutoff_hz > self.max_cutoff_hz:
            raise ValueError(
                f"min_cutoff_hz is {self.min_cutoff_hz}, expected at most max_cutoff_hz, {self.max_cutoff_hz}"
            )


@dataclass(frozen=True, kw_only=True)
class KalmanConfig(_Common):
    """The Rauch-Tung-Striebel smoother of points that move at nearly constant velocity; outliers lose weight.

    Attributes:
        kind: ``kalman``.
        cutoff_hz: motions this fast keep half their amplitude, slower ones more.
    """

    kind: Literal["kalman"] = "kalman"
    cutoff_hz: float = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "cutoff_hz")


@dataclass(frozen=True, kw_only=True)
class OneEuroConfig(_Common):
    """The filter of Casiez et al. 2012: smooths slow motions much, fast ones little; looks only back.

    Attributes:
        kind: ``one-euro``.
        min_cutoff_hz: cutoff frequency of a joint at rest.
        beta: how much the cutoff grows with the speed: hertz for each person size a second, the size being the
            diagonal of the box around the joints (its median over the track; forward only, as known so far).
        speed_cutoff_hz: cutoff frequency of the speed itself.
        both_ways: the mean of a pass forward and one back, which cancels the lag of either; false = forward only,
            what ``OnlineSmoother`` gives live.
    """

    kind: Literal["one-euro"] = "one-euro"
    min_cutoff_hz: float = 1.0
    beta: float = 12.0
    speed_cutoff_hz: float = 1.0
    both_ways: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "min_cutoff_hz", "speed_cutoff_hz")
        if not 0 <= self.beta < float("inf"):
            raise ValueError(f"beta is {self.beta}, expected a number from 0")


@dataclass(frozen=True, kw_only=True)
class FixedLagConfig:
    """Live only: the Kalman smoother that waits for some frames. Left and right are not put right.

    Attributes:
        kind: ``fixed-lag``.
        cutoff_hz: motions this fast keep half their amplitude, slower ones more, as the lag grows.
        lag_frames: how many later frames are waited for; 0 = the Kalman filter.
        max_gap_frames: a joint that is missing for more frames than this in a row starts anew.
        robust: samples far from where they are foreseen lose weight.
    """

    kind: Literal["fixed-lag"] = "fixed-lag"
    cutoff_hz: float = 6.0
    lag_frames: int = 2
    max_gap_frames: int = 5
    robust: bool = True

    def __post_init__(self) -> None:
        check_positive(self, "cutoff_hz")
        for name in ("lag_frames", "max_gap_frames"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 or more")


@dataclass(frozen=True, kw_only=True)
class GaussianConfig(_Common):
    """A line through the samples around, weighted by a Gaussian.

    Attributes:
        kind: ``gaussian``.
        sigma_s: standard deviation of the Gaussian, seconds.
        robust: samples that stand out against a Kalman smoother lose weight; false = the plain filter.
    """

    kind: Literal["gaussian"] = "gaussian"
    sigma_s: float = 0.03
    robust: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "sigma_s")


@dataclass(frozen=True, kw_only=True)
class SavitzkyGolayConfig(_Common):
    """A polynomial through the samples around, all alike: keeps peaks better than a Gaussian.

    Attributes:
        kind: ``savitzky-golay``.
        window_s: length of the window, seconds.
        degree: of the polynomial.
        robust: samples that stand out against a Kalman smoother lose weight; false = the plain filter.
    """

    kind: Literal["savitzky-golay"] = "savitzky-golay"
    window_s: float = 0.2
    degree: int = 2
    robust: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "window_s")
        if not 0 <= self.degree <= 5:
            raise ValueError(f"degree is {self.degree}, expected a number from 0 to 5")


@dataclass(frozen=True, kw_only=True)
class MedianConfig(_Common):
    """The weighted median of the samples around: takes outliers away, leaves trembling.

    It does not halve jitter without a loss of AP: on ``benchmarks/smoothing.py`` a window of 0.12 s leaves 63 % of it,
    and one of 0.2 s as much, with 1.5 AP less.

    Attributes:
        kind: ``median``.
        window_s: length of the window, seconds.
    """

    kind: Literal["median"] = "median"
    window_s: float = 0.12

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "window_s")


@dataclass(frozen=True, kw_only=True)
class ButterworthConfig(_Common):
    """The Butterworth filter run forward and back, so that nothing is delayed.

    Attributes:
        kind: ``butterworth``.
        cutoff_hz: motions this fast keep half their amplitude.
        order: of the filter: the greater, the sharper the cutoff.
        robust: samples that stand out against a Kalman smoother lose weight; false = the plain filter.
    """

    kind: Literal["butterworth"] = "butterworth"
    cutoff_hz: float = 6.0
    order: int = 2
    robust: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "cutoff_hz")
        if not 1 <= self.order <= 4:
            raise ValueError(f"order is {self.order}, expected a number from 1 to 4")


FilterConfig = (
    AutoConfig
    | KalmanConfig
    | OneEuroConfig
    | GaussianConfig
    | SavitzkyGolayConfig
    | MedianConfig
    | ButterworthConfig
)
SmoothingConfig = FilterConfig | NoSmoothingConfig
OnlineConfig = OneEuroConfig | FixedLagConfig
