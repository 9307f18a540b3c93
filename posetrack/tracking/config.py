"""User settings of the tracker; ``kind`` chooses which one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from posetrack.config.setting_checks import check_choices, check_least, check_range


@dataclass(frozen=True)
class TrackerConfig:
    """The default tracker: how poses are linked over time. Each part can be switched off.

    ``docs/tracking.md`` shows what each part does to the figures on simulated crowds, with the commands. The score
    thresholds are for this project's networks; scores of other networks mean something else. IDF1 on tuning seeds 2 and
    3 (easy, medium, hard; medium at a quarter of the frame rate) is 84.7, 77.4, 65.5; 78.4; with ``confident_joints``
    false 84.1, 77.3, 64.3; 77.4; with ``max_gap_frames`` 15 84.1, 76.8, 64.1; 78.3; with neither, and without
    ``overlap_caution`` and ``stay_inside``, 83.4, 75.5, 63.1; 76.0.

    Attributes:
        kind: ``default``.
        similarity: what makes two poses similar: overlap of their boxes (``iou``), closeness of their joints (``oks``),
            or both (``mix``).
        oks_weight: weight of OKS in ``mix``; the rest is IoU.
        confident_joints: weight each joint in OKS by its score in both poses; false = all equally.
        association: ``greedy`` takes the most similar pair first, as SimpleBaseline does; ``hungarian`` the assignment
            with the greatest sum.
        match_threshold: pairs less similar than this are never the same person.
        motion: expect people where their velocity takes them; false = where they were.
        velocity_share: weight of a new measurement in the velocity; the rest is the old velocity.
        velocity_fading: fraction of the velocity kept after each frame in which the person is not seen.
        overlap_caution: trust a new velocity measurement less where another person's box overlaps: it is weighted with
            ``1 - overlap_caution * IoU`` of ``velocity_share``; 0 = off.
        stay_inside: expect people who are not seen inside the image: whoever walks out waits at the border.
        widening: how much more tolerant OKS becomes with each frame in which a person was not seen.
        appearance_weight: weight of appearance in the similarity of pairs that are similar enough without it, if the
            poses have an appearance; 0 = off.
        memory: how slowly the appearance of a track changes, 0..1; also the fraction of a joint's score kept each time
            the joint is not seen.
        max_gap_frames: a person may be missing for this many frames and keep the id.
        confirm_after: a new track must be seen in this many consecutive frames before it may miss one; 1 = off.
        duplicate_oks: of two poses in a frame with OKS above this, the better is kept; 1 = off.
        pose_threshold: poses that score less start no track and are matched last. Poses without a score count as 1.
        weak_threshold: poses that score less than this are dropped; those between it and ``pose_threshold`` are given
            to people who were seen in the previous frame and match no better pose. Off if not below ``pose_threshold``.
        weak_match_threshold: ``match_threshold`` for those.
        new_track_threshold: an unmatched pose starts a track only if it scores at least this; otherwise it is dropped.
            Must not be below ``pose_threshold``.
        joint_threshold: joints that score less are dropped (MOTA counts every wrong joint; for the best mAP use 0). For
            boxes and joints of their networks, the papers use 0.5 and 0.4.
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
        """Whether the tracker requires optical flow."""
        return False

    @property
    def frames_back(self) -> int:
        """How many frames the tracker looks back."""
        return self.max_gap_frames


@dataclass(frozen=True)
class SimpleBaselineTrackerConfig:
    """The tracker of Xiao et al. 2018 (SimpleBaseline), also behind HRNet's figures on PoseTrack.

    The rows of the paper's ablation are ``similarity`` box, pose, flow and multi-flow, each with and without
    ``propagate_boxes``. The paper does not state the queue length, the matching threshold, or the score of a propagated
    box; the values here are those of the public re-implementation frankchen121212/flowtrack where it has them (8
    frames, 0.2, 0.7).

    Attributes:
        kind: ``simple_baseline``.
        similarity: ``box`` = IoU of boxes; ``pose`` = OKS with the previous poses in place; ``flow`` = OKS with the
            poses of the previous frame propagated by optical flow; ``multi-flow`` = the greatest such OKS over the last
            ``queue_frames`` frames, so that a person may be missed and come back.
        queue_frames: how many frames ``multi-flow`` looks back; the others always look back one frame.
        propagate_boxes: the previous frame's people, propagated by the flow, are given to the pose network as boxes in
            addition to the detector's.
        propagate_threshold: only people with at least this mean joint score are propagated.
        propagate_nms_iou: of detected and propagated boxes that overlap more than this, the better is kept.
        association: ``greedy`` as in the paper, or ``hungarian``.
        match_threshold: pairs less similar than this are never the same person.
        pose_threshold: poses that score less are dropped; the paper uses 0.5 on the box score (``pose.rescore`` false).
        joint_threshold: joints that score less are dropped; 0.4 in the paper.
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
        """Whether poses are propagated by the flow before they are compared."""
        return self.similarity in ("flow", "multi-flow")

    @property
    def needs_flow(self) -> bool:
        """Whether the tracker requires optical flow."""
        return self.uses_flow or self.propagate_boxes

    @property
    def frames_back(self) -> int:
        """How many frames the tracker looks back."""
        return self.queue_frames if self.similarity == "multi-flow" else 1


AnyTrackerConfig = TrackerConfig | SimpleBaselineTrackerConfig
