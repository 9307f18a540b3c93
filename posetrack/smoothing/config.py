"""User settings of smoothing; ``kind`` chooses the filter.

Frequencies are in hertz and widths in seconds, so that a setting means the same at every frame rate; if the frame rate
is unknown, 25 frames per second are assumed.
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
    """Before the filter, puts each joint at the likeliest of its candidate places (``pose.candidates``).

    Attributes:
        enabled: false = every joint stays at the highest peak of its heatmap.
        spread: how far a joint ordinarily moves in 1/25 s relative to the person's own motion, in person sizes (the
            diagonal of the box around the joints); grows with the square root of time.
        most: the cost of a move is capped at that of this many ``spread``.
        near: a left and a right joint closer than this, in person sizes, are suspected of being the same joint.
        near_cost: the cost of such a pair where both coincide, added to the negative logarithms of the scores.
        longest_step_s: if a person is not seen for longer than this, nothing is concluded from the motion; so at frame
            rates below its inverse motion plays no part.
        score_sigma_s: a joint is present where its scores, averaged with a Gaussian of this standard deviation in
            seconds, reach ``tracker.joint_threshold``.
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
    """Before the filter, swaps back limbs whose left and right the network exchanged for some frames.

    Attributes:
        enabled: false = limbs stay as they are.
        spread: how far a joint ordinarily moves in 1/25 s, in person sizes (the diagonal of the box around the joints);
            grows with the square root of time; raised for limbs that usually move more.
        most: the cost of one joint's move is capped at that of this many ``spread``.
        change_cost: cost of a change between swapped and not swapped, as half a squared move in units of ``spread``.
        frame_cost: cost of each swapped frame for a pair of joints that score 1: swaps too long for the motion at both
            their ends to pay for are left alone.
        longest_step_s: if a joint is not seen for longer than this, nothing is concluded from its motion; so at frame
            rates below its inverse nothing is swapped.
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
        max_gap_frames: a joint missing for more than this many frames in a row starts anew: nothing is carried over the
            gap.
        candidates: choice among several places for each joint; done first.
        mirror: correction of swapped left and right; done next.
    """

    max_gap_frames: int = 5
    candidates: CandidatesConfig = field(default_factory=CandidatesConfig)
    mirror: MirrorConfig = field(default_factory=MirrorConfig)

    def __post_init__(self) -> None:
        if self.max_gap_frames < 0:
            raise ValueError(f"max_gap_frames is {self.max_gap_frames}, expected 0 or more")


@dataclass(frozen=True, kw_only=True)
class AutoConfig(_Common):
    """Kalman smoother whose strength is fitted to each joint by maximum likelihood; outliers are down-weighted.

    Attributes:
        kind: ``auto``.
        strength: the fitted cutoff frequency is divided by this: more than 1 smooths more than the likeliest value.
            Network errors are correlated from frame to frame, which the likelihood takes for motion.
        min_cutoff_hz: lowest cutoff: no joint is smoothed more than this.
        max_cutoff_hz: highest cutoff: every joint is smoothed at least this much.
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
    """Rauch-Tung-Striebel smoother with a nearly-constant-velocity model; outliers are down-weighted.

    Attributes:
        kind: ``kalman``.
        cutoff_hz: motions at this frequency keep half their amplitude, slower ones more.
    """

    kind: Literal["kalman"] = "kalman"
    cutoff_hz: float = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "cutoff_hz")


@dataclass(frozen=True, kw_only=True)
class OneEuroConfig(_Common):
    """The filter of Casiez et al. 2012: smooths slow motions strongly, fast ones little; causal.

    Attributes:
        kind: ``one-euro``.
        min_cutoff_hz: cutoff frequency of a joint at rest.
        beta: how much the cutoff grows with speed: hertz per person size per second, the size being the diagonal of the
            box around the joints (its median over the track; if forward only, over what has been seen so far).
        speed_cutoff_hz: cutoff frequency of the speed estimate.
        both_ways: average a forward and a backward pass, which cancels the lag; false = forward only, as
            ``OnlineSmoother`` gives live.
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
    """Live only: a Kalman smoother that waits for some frames. Swapped left and right are not corrected.

    Attributes:
        kind: ``fixed-lag``.
        cutoff_hz: motions at this frequency keep half their amplitude, slower ones more, as the lag grows.
        lag_frames: how many later frames to wait for; 0 = a plain Kalman filter.
        max_gap_frames: a joint missing for more than this many frames in a row starts anew.
        robust: down-weight samples far from their prediction.
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
    """Local linear fit to the neighbouring samples with Gaussian weights.

    Attributes:
        kind: ``gaussian``.
        sigma_s: standard deviation of the Gaussian, seconds.
        robust: down-weight samples that stand out against a Kalman smoother; false = the plain filter.
    """

    kind: Literal["gaussian"] = "gaussian"
    sigma_s: float = 0.03
    robust: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "sigma_s")


@dataclass(frozen=True, kw_only=True)
class SavitzkyGolayConfig(_Common):
    """Local polynomial fit to the neighbouring samples with equal weights: keeps peaks better than a Gaussian.

    Attributes:
        kind: ``savitzky-golay``.
        window_s: length of the window, seconds.
        degree: degree of the polynomial.
        robust: down-weight samples that stand out against a Kalman smoother; false = the plain filter.
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
    """Weighted median of the neighbouring samples: removes outliers, leaves jitter.

    It does not halve jitter without a loss of AP: in ``benchmarks/smoothing.py`` a window of 0.12 s leaves 63 % of it,
    and one of 0.2 s leaves as much, with 1.5 AP less.

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
    """Butterworth filter run forward and backward, so that nothing is delayed.

    Attributes:
        kind: ``butterworth``.
        cutoff_hz: motions at this frequency keep half their amplitude.
        order: order of the filter; higher = sharper cutoff.
        robust: down-weight samples that stand out against a Kalman smoother; false = the plain filter.
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
