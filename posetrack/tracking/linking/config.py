"""User settings of offline linking; ``kind`` switches it on or off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from posetrack.config.setting_checks import check_least, check_positive, check_range


@dataclass(frozen=True, kw_only=True)
class NoLinkingConfig:
    """The tracker's ids stay as they are.

    Attributes:
        kind: ``none``.
    """

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class GlobalLinkingConfig:
    """Splits tracks at ID switches, joins them over gaps, removes false tracks and fills gaps.

    Person size is the square root of the box's area.

    Attributes:
        kind: ``global``.
        split: cut a track where it jumps, and where two tracks meet and continue along each other's path.
        jump: a step that deviates from the expected one by more than this many person sizes is a jump.
        meeting_iou: two people meet where the IoU of their boxes exceeds this.
        swap_margin: how much cheaper (in units of the cost below) the exchanged continuation must be for a cut. IDF1 at
            0.3, 0.5, 1, 1.5 is 80.7, 81.7, 81.9, 81.8 on simulated crowds with easy noise and 58.1, 58.7, 59.5, 59.6
            with hard noise: at a crossing, positions mostly repeat what the tracker has used already.
        join: connect ends of tracks to later beginnings.
        max_gap_frames: longest gap that is joined over.
        max_cost: joins that cost more than this are not made.
        window: motion, size and appearance are taken from this many poses next to the gap.
        fading: fraction of the velocity kept after each frame of the gap.
        drift: position error, in person sizes, that costs 1 over a gap of one frame; grows with the square root of the
            gap.
        pose_weight: weight of 1 - OKS with the expected pose.
        size_weight: weight of the logarithm of the size ratio.
        appearance_weight: weight of the difference in appearance: 0 = typical of one person in this sequence, 1 =
            typical of two people; not used where appearance does not distinguish people.
        gap_weight: weight of the gap as a fraction of ``max_gap_frames``.
        drop: remove tracks that are probably no person.
        min_poses: tracks with fewer poses are removed; in short shots about a quarter of the frames is enough.
        min_score: tracks whose mean score is below this fraction of the median score of the sequence are removed (what
            a score is worth differs between networks and videos).
        still_score: tracks that keep as still as the background need at least this fraction, in shots of 25 frames or
            more.
        still_sizes: a track that stays within this many person sizes stays in place,
        still_step: and if its median step per frame is at most this many, it keeps as still as the background: people
            with low scores jitter more.
        fill: put interpolated poses into gaps of tracks.
        max_fill_frames: longer gaps are not filled. On tuning seeds 3 frames change MOTA by -1.0, 0.9, 1.6 and -1.7
            (easy, medium, hard; medium at a quarter of the frame rate) if hidden joints are not annotated, by 1.8, 1.9,
            1.9, 1.8 if they are; 20 frames by -3.6, -0.9, -0.4, -5.7 and 2.7, 2.6, 2.4, -0.5.
        max_fill_step: gaps in which a person would move by more than this many person sizes per frame are not filled.
        fill_score: interpolated joints and poses score this fraction of the lower-scoring end.
    """

    kind: Literal["global"] = "global"
    split: bool = True
    jump: float = 1.0
    meeting_iou: float = 0.3
    swap_margin: float = 1.0
    join: bool = True
    max_gap_frames: int = 100
    max_cost: float = 3.0
    window: int = 25
    fading: float = 0.9
    drift: float = 0.25
    pose_weight: float = 0.5
    size_weight: float = 1.0
    appearance_weight: float = 4.0
    gap_weight: float = 0.5
    drop: bool = True
    min_poses: int = 5
    min_score: float = 0.5
    still_score: float = 0.7
    still_sizes: float = 0.4
    still_step: float = 0.04
    fill: bool = True
    max_fill_frames: int = 4
    max_fill_step: float = 0.3
    fill_score: float = 0.5

    def __post_init__(self) -> None:
        check_range(self, 0, 1, "meeting_iou", "fading", "min_score", "still_score", "fill_score")
        check_positive(self, "jump", "drift")
        check_least(self, 0, "max_gap_frames", "max_fill_frames", "max_cost", "swap_margin", "pose_weight", "size_weight",
                    "appearance_weight", "gap_weight", "still_sizes", "still_step", "max_fill_step")  # fmt: skip
        check_least(self, 1, "window", "min_poses")


LinkingConfig = GlobalLinkingConfig | NoLinkingConfig
