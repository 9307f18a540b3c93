"""What a user sets of the tracker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TrackerConfig:
    """How poses are linked over time.

    Attributes:
        similarity: what makes two poses alike: overlap of their boxes (``iou``), closeness of their joints
            (``oks``), or both (``mix``).
        oks_weight: share of OKS in ``mix``; the rest is IoU.
        association: ``greedy`` takes the most alike pair first, as SimpleBaseline does; ``hungarian`` the
            pairing with the greatest sum.
        match_threshold: pairs less alike than this are never the same person. Low, because the people of
            successive frames who are most alike mostly are the same: 0.1 switched a fifth fewer ids than 0.2
            on drawn scenes (``benchmarks/bench_tracking.py``) and gave about as many people another's id.
        max_gap_frames: a person may be missing for so many frames and keep the id.
        pose_threshold: poses that score less are left out. Poses without a score count as 1.
        new_track_threshold: a pose that matches nobody starts a track only if it scores at least this;
            otherwise it is left out. Not below ``pose_threshold``.
        joint_threshold: joints that score less are left out (MOTA counts every wrong joint; for the
            best mAP take 0). The papers, for boxes and joints of their networks, take 0.5 and 0.4.
    """

    similarity: Literal["iou", "oks", "mix"] = "mix"
    oks_weight: float = 0.5
    association: Literal["greedy", "hungarian"] = "hungarian"
    match_threshold: float = 0.1
    max_gap_frames: int = 15
    pose_threshold: float = 0.25
    new_track_threshold: float = 0.3
    joint_threshold: float = 0.3

    def __post_init__(self) -> None:
        for name, known in (("similarity", ("iou", "oks", "mix")), ("association", ("greedy", "hungarian"))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(known)}")
        for name in ("oks_weight", "match_threshold", "pose_threshold", "new_track_threshold", "joint_threshold"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}, expected a number from 0 to 1")
        if self.max_gap_frames < 0:
            raise ValueError(f"max_gap_frames is {self.max_gap_frames}, expected 0 or more")
        if self.new_track_threshold < self.pose_threshold:
            raise ValueError(
                f"new_track_threshold is {self.new_track_threshold}, expected at least pose_threshold "
                f"({self.pose_threshold})"
            )
