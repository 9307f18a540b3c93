"""What a user sets of offline linking; ``kind`` chooses whether it is done."""

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
    """Tracklets are split where ids were stolen, joined over gaps, dropped where nobody is, and their gaps filled.

    Attributes:
        kind: ``global``.
        split: cut a track where it jumps, and where two meet and go on in each other's way.
        jump: a step of more than so many sizes (root of the box's area) beyond the expected one is a jump.
        meeting_iou: two people whose boxes overlap more than this meet.
        swap_margin: how much better (in units of the cost below) the other way of going on must be for a cut. IDF1 at
            0.3, 0.5, 1, 1.5 is 80.7, 81.7, 81.9, 81.8 on simulated crowds of easy noise and 58.1, 58.7, 59.5, 59.6 of
            hard noise: what places alone say of a crossing is mostly what the tracker went by already.
        join: tie ends of tracks to later beginnings.
        max_gap_frames: a person may be missing for so many frames and be joined.
        max_cost: dearer joins are not made.
        window: motion, size and appearance are those of so many poses beside the gap.
        fading: share of the speed that is left after each frame of the gap.
        drift: how many sizes of error of the expected place cost 1 over a gap of one frame; grows with the root of
            the gap.
        pose_weight: of 1 - OKS with the expected pose.
        size_weight: of the logarithm of the ratio of sizes.
        appearance_weight: of how unlike people look: 0 = as one person does to himself in this sequence, 1 = as two
            people do; nothing is added where the appearance does not tell people apart.
        gap_weight: of the gap as a share of ``max_gap_frames``.
        drop: leave out tracks that look like nobody.
        min_poses: tracks with fewer poses are left out; in shots of few frames a quarter of these is enough.
        min_score: tracks whose poses on average score less than this share of the median of the sequence are left out
            (what a score is worth differs from network to network and from video to video).
        still_score: tracks that keep as still as the background must score at least this share of it, in shots of 25
            frames or more.
        still_sizes: who stays within so many sizes stays in place.
        still_step: and who moves by no more than so many from frame to frame, half of the time, is of the background:
            people who score little tremble more.
        fill: put interpolated poses in the gaps of tracks.
        max_fill_frames: longer gaps stay. On tuning seeds 3 frames are worth -1.0, 0.9, 1.6 and -1.7 MOTA (easy, medium,
            hard; medium at a quarter of the frame rate) where hidden joints are not annotated, and 1.8, 1.9, 1.9, 1.8
            where they are; 20 frames -3.6, -0.9, -0.4, -5.7 and 2.7, 2.6, 2.4, -0.5.
        max_fill_step: gaps stay over which a person would move by more than so many sizes a frame.
        fill_score: interpolated joints and poses score this share of the worse end.
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
