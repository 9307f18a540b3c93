"""What a user sets of the tracker; ``kind`` chooses which one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from posetrack.config.setting_checks import check_choices, check_least, check_range


@dataclass(frozen=True)
class TrackerConfig:
    """The default tracker: how poses are linked over time. Each part can be switched off.

    What each part does to the figures on simulated crowds is in ``docs/tracking.md``, with the commands. The thresholds
    on scores are those of this project's networks; other networks' scores are worth something else. IDF1 on tuning
    seeds 2 and 3 (easy, medium, hard; medium at a quarter of the frame rate) is 84.7, 77.4, 65.5; 78.4; with
    ``confident_joints`` false 84.1, 77.3, 64.3; 77.4; with ``max_gap_frames`` 15 84.1, 76.8, 64.1; 78.3; with neither,
    no ``overlap_caution`` and no ``stay_inside`` 83.4, 75.5, 63.1; 76.0.

    Attributes:
        kind: ``default``.
        similarity: what makes two poses alike: overlap of their boxes (``iou``), closeness of their joints
            (``oks``), or both (``mix``).
        oks_weight: share of OKS in ``mix``; the rest is IoU.
        confident_joints: in OKS a joint counts as much as both poses are sure of it; false = all alike.
        association: ``greedy`` takes the most alike pair first, as SimpleBaseline does; ``hungarian`` the
            pairing with the greatest sum.
        match_threshold: pairs less alike than this are never the same person.
        motion: people are expected where their velocity takes them; false = where they were.
        velocity_share: of a new measurement in the velocity; the rest is the old one.
        velocity_fading: what is left of the velocity after a frame in which the person is not seen.
        overlap_caution: how much less a new measurement says of the velocity where another person's box overlaps: its
            share is ``1 - overlap_caution * IoU`` of ``velocity_share``; 0 = off.
        stay_inside: whoever is not seen is expected inside the image: who walks out waits at the border.
        widening: how much more OKS forgives after each frame in which a person was not seen.
        appearance_weight: share of the appearance in the likeness of pairs that are near enough without it, where the
            poses come with one; 0 = off.
        memory: how slowly the appearance of a track changes, 0..1; and what is left of the score of a joint
            each time it is not seen.
        max_gap_frames: a person may be missing for so many frames and keep the id.
        confirm_after: a new track must be seen in so many frames in a row before it may be missing in one;
            1 = off.
        duplicate_oks: of two poses of a frame more alike than this the better stays; 1 = off.
        pose_threshold: poses that score less start no track and are matched last. Poses without a score count as 1.
        weak_threshold: poses that score less than this are left out; those between it and ``pose_threshold`` are
            given to people seen the frame before whom no good pose fits. Not below it = off.
        weak_match_threshold: as ``match_threshold``, for those.
        new_track_threshold: a pose that matches nobody starts a track only if it scores at least this;
            otherwise it is left out. Not below ``pose_threshold``.
        joint_threshold: joints that score less are left out (MOTA counts every wrong joint; for the
            best mAP take 0). The papers, for boxes and joints of their networks, take 0.5 and 0.4.
    """

    kind: Literal["default"] = "default"
    similarity: Literal["iou", "oks", "mix"] = "mix"
    oks_weight: float = 0.7
    confident_joints: bool = True
    association: Literal["greedy", "hungarian"] = "hungarian"
    match_threshold: float = 0.1
    motion: bool = True
    velocity_share: float = 0.4
    velocity_fading: float = 0.97
    overlap_caution: float = 1.0
    stay_inside: bool = True
    widening: float = 0.0
    appearance_weight: float = 0.6
    memory: float = 0.9
    max_gap_frames: int = 40
    confirm_after: int = 1
    duplicate_oks: float = 0.5
    pose_threshold: float = 0.18
    weak_threshold: float = 1.0
    weak_match_threshold: float = 0.3
    new_track_threshold: float = 0.22
    joint_threshold: float = 0.3

    def __post_init__(self) -> None:
        check_choices(self, similarity=("iou", "oks", "mix"), association=("greedy", "hungarian"))
        check_range(
            self, 0, 1, "oks_weight", "match_threshold", "velocity_share", "velocity_fading", "overlap_caution",
            "appearance_weight", "memory", "duplicate_oks", "pose_threshold", "weak_threshold", "weak_match_threshold",
            "new_track_threshold", "joint_threshold",
        )  # fmt: skip
        check_least(self, 0, "max_gap_frames", "widening")
        check_least(self, 1, "confirm_after")
        if self.new_track_threshold < self.pose_threshold:
            raise ValueError(
                f"new_track_threshold is {self.new_track_threshold}, expected at least pose_threshold "
                f"({self.pose_threshold})"
            )

    @property
    def needs_flow(self) -> bool:
        """Whether the tracker cannot do without the optical flow."""
        return False

    @property
    def frames_back(self) -> int:
        """How many frames are looked back."""
        return self.max_gap_frames


@dataclass(frozen=True)
class SimpleBaselineTrackerConfig:
    """The tracker of Xiao et al. 2018 (SimpleBaseline), and of HRNet's figures on PoseTrack.

    The paper's table of ablations is ``similarity`` box, pose, flow and multi-flow, each with and without
    ``propagate_boxes``. It does not say how long the queue is, from which likeness on people may be matched, or what
    score a carried box has; the values here are those of the public re-implementation frankchen121212/flowtrack where
    it has them (8 frames, 0.2, 0.7).

    Attributes:
        kind: ``simple_baseline``.
        similarity: ``box`` = overlap of boxes; ``pose`` = OKS with the poses where they were; ``flow`` = OKS with the
            poses of the last frame carried along the optical flow; ``multi-flow`` = the greatest such OKS with the poses
            of the last ``queue_frames`` frames, so that a person may be missed and come back.
        queue_frames: how many frames ``multi-flow`` looks back; the others look back one frame whatever this says.
        propagate_boxes: the last frame's people, carried along the flow, are given to the pose network as boxes beside
            the detector's.
        propagate_threshold: only people whose joints score this on average are carried on.
        propagate_nms_iou: of the detector's and the carried boxes that overlap more than this the better stays.
        association: ``greedy`` as in the paper, or ``hungarian``.
        match_threshold: pairs less alike than this are never the same person.
        pose_threshold: poses that score less are left out; 0.5 of the box's score in the paper (``pose.rescore``
            false).
        joint_threshold: joints that score less are left out; 0.4 in the paper.
    """

    kind: Literal["simple_baseline"] = "simple_baseline"
    similarity: Literal["box", "pose", "flow", "multi-flow"] = "multi-flow"
    queue_frames: int = 8
    propagate_boxes: bool = True
    propagate_threshold: float = 0.7
    propagate_nms_iou: float = 0.5
    association: Literal["greedy", "hungarian"] = "greedy"
    match_threshold: float = 0.2
    pose_threshold: float = 0.5
    joint_threshold: float = 0.4

    def __post_init__(self) -> None:
        check_choices(self, similarity=("box", "pose", "flow", "multi-flow"), association=("greedy", "hungarian"))
        check_range(
            self, 0, 1, "propagate_threshold", "propagate_nms_iou", "match_threshold", "pose_threshold",
            "joint_threshold",
        )  # fmt: skip
        check_least(self, 1, "queue_frames")

    @property
    def uses_flow(self) -> bool:
        """Whether poses are carried along the flow before they are compared."""
        return self.similarity in ("flow", "multi-flow")

    @property
    def needs_flow(self) -> bool:
        """Whether the tracker cannot do without the optical flow."""
        return self.uses_flow or self.propagate_boxes

    @property
    def frames_back(self) -> int:
        """How many frames are looked back."""
        return self.queue_frames if self.similarity == "multi-flow" else 1


AnyTrackerConfig = TrackerConfig | SimpleBaselineTrackerConfig
