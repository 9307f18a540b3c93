"""This project's rows in the tracking benchmark: configurations, ablations and the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree
from tracking_scenes import JOINT_THRESHOLD, Case

from posetrack.structures import POSETRACK18, FloatArray, FramePoses
from posetrack.synthetic.simulation import DetectedFrame
from posetrack.tracking import (
    AnyTrackerConfig,
    Carry,
    FrameContext,
    SimpleBaselineTrackerConfig,
    TrackerConfig,
    build_tracker,
    drop_joints,
)
from posetrack.tracking.linking import GlobalLinkingConfig, NoLinkingConfig, link

POSE_THRESHOLD = 0.4  # of SimpleBaseline's trackers; chosen on the tuning seeds
PERFECT_THRESHOLD = 0.45  # of the oracle; chosen on the tuning seeds
FLOW_ERROR = 0.1  # standard deviation of a simulated flow, as a fraction of the joint's displacement
FLOW_ERROR_PX = 1.0  # additional standard deviation of a simulated flow
FLOW_REACH = 0.1  # of a person's height: how far the person's surface extends from a joint


@dataclass(frozen=True)
class Ours:
    """A tracker of this project and its inputs besides the poses.

    Attributes:
        tracker: settings; SimpleBaseline's get poses without duplicates.
        linking: applied after tracking.
        camera: whether it gets the estimated camera motion.
        appearance: whether it gets the appearance descriptors.
        flow: whether it gets a simulated optical flow.
    """

    tracker: AnyTrackerConfig = TrackerConfig()
    linking: NoLinkingConfig | GlobalLinkingConfig = NoLinkingConfig()
    camera: bool = False
    appearance: bool = False
    flow: bool = False

    def track(self, case: Case) -> list[FramePoses]:
        """Return the tracked frames."""
        simple = isinstance(self.tracker, SimpleBaselineTrackerConfig)
        frames = case.distinct if simple else case.frames
        tracker = build_tracker(self.tracker, POSETRACK18)
        tracked = [
            tracker.update(with_looks(frame) if self.appearance else frame.poses, self._context(case, t, frame))
            for t, frame in enumerate(frames)
        ]
        if isinstance(self.linking, NoLinkingConfig):
            return tracked
        cameras = [frame.camera for frame in frames] if self.camera else None
        return link(tracked, self.linking, POSETRACK18, camera=cameras)

    def _context(self, case: Case, t: int, frame: DetectedFrame) -> FrameContext:
        return FrameContext(
            carry=simulated_flow(case, t) if self.flow and t else None,
            camera=frame.camera if self.camera and t else None,
        )


def with_looks(frame: DetectedFrame) -> FramePoses:
    """Return the poses with their appearance descriptors, which poses carry as int8."""
    return replace(frame.poses, appearance=np.rint(127 * frame.appearance).astype(np.int8))


def simulated_flow(case: Case, t: int) -> Carry:
    """Return the flow to frame ``t``: points move with the nearest visible true joint in reach, or with the camera."""
    s, now, before = case.simulation, t * case.every, (t - 1) * case.every
    seen = s.visible[before]
    start, way = s.joints_xy[before][seen], (s.joints_xy[now] - s.joints_xy[before])[seen]
    reach = FLOW_REACH * np.broadcast_to(s.height_px[before][:, None], seen.shape)[seen]
    camera = np.eye(3)
    for step in range(before + 1, now + 1):
        camera = np.concatenate([s.camera[step], [[0.0, 0.0, 1.0]]]) @ camera
    rng = np.random.default_rng([s.seed, now, 3])
    way = way * (1 + rng.normal(0, FLOW_ERROR, (len(way), 1))) + rng.normal(0, FLOW_ERROR_PX, way.shape)
    tree = cKDTree(start) if len(start) else None

    def carry(points: FloatArray) -> FloatArray:
        flat = points.reshape(-1, 2)
        moved = flat @ camera[:2, :2].T + camera[:2, 2]
        given = np.flatnonzero(~np.isnan(flat[:, 0]))
        if tree is not None and len(given):
            distance, nearest = tree.query(flat[given])
            near = distance <= reach[nearest]
            moved[given[near]] = flat[given[near]] + way[nearest[near]]
        return np.asarray(moved.reshape(points.shape))

    return carry


def perfect(case: Case) -> list[FramePoses]:
    """Apply the oracle: the same poses with true ids. False persons stay: linking cannot tell them from people.

    False persons that stay in place keep an id of their own; those that come and go get a new id each time. Of two
    poses of one person in a frame the better is kept.
    """
    last = max((int(frame.persons.max(initial=0)) for frame in case.distinct), default=0)
    fresh = last + 1000
    result = []
    for frame in case.distinct:
        rows = np.flatnonzero(frame.poses.scores >= PERFECT_THRESHOLD)
        rows = rows[np.argsort(-frame.poses.scores[rows], kind="stable")]
        ids, kept = [], []
        for row in rows.tolist():
            person = int(frame.persons[row])
            if person == -1:
                fresh += 1
                person = fresh
            elif person < -1:
                person = last - person
            if person not in ids:
                ids.append(person)
                kept.append(row)
        result.append(drop_joints(frame.poses.select(np.array(kept, dtype=int)).with_tracks(ids), JOINT_THRESHOLD))
    return result


# The meaning of a score differs between estimators: these thresholds are chosen for the simulated scores, as for the
# public trackers. Simulated descriptors also tell people apart less well than the pipeline's colours.
DEFAULT = TrackerConfig(pose_threshold=0.45, new_track_threshold=0.5, appearance_weight=0.4)
LINKED = GlobalLinkingConfig()
# Each part of the default tracker switched off in turn (or on, if it is off by default).
ABLATIONS: dict[str, Ours] = {
    "default": Ours(DEFAULT),
    **{
        f"{name}: {str(value).lower()}": Ours(replace(DEFAULT, **{name: value}))  # type: ignore[arg-type]
        for name, value in (
            ("similarity", "oks"), ("similarity", "iou"), ("confident_joints", False), ("association", "greedy"),
            ("motion", False), ("overlap_caution", 0.0), ("stay_inside", False), ("max_gap_frames", 15),
            ("max_gap_frames", 0), ("duplicate_oks", 1.0), ("weak_threshold", 0.25), ("confirm_after", 3),
            ("widening", 0.03), ("joint_threshold", 0.0),
        )
    },
    "thresholds as shipped": Ours(TrackerConfig()),
}  # fmt: skip


def _baseline(similarity: str, association: str) -> Ours:
    config = SimpleBaselineTrackerConfig(
        similarity=similarity, association=association, propagate_boxes=False, pose_threshold=POSE_THRESHOLD,  # type: ignore[arg-type]
        joint_threshold=JOINT_THRESHOLD,
    )  # fmt: skip
    return Ours(config, flow=config.uses_flow)


BASELINES: dict[str, Ours] = {
    f"SimpleBaseline {similarity}, {association}": _baseline(similarity, association)
    for similarity in ("box", "pose", "flow", "multi-flow")
    for association in ("greedy", "hungarian")
}
CONFIGURATIONS: dict[str, Ours] = {
    "default": Ours(DEFAULT),
    "default, linking: global": Ours(DEFAULT, linking=LINKED),
    "default + camera": Ours(DEFAULT, camera=True),
    "default + appearance": Ours(DEFAULT, appearance=True),
    "default + appearance, linking: global": Ours(DEFAULT, linking=LINKED, appearance=True),
    "default + camera + appearance, linking: global": Ours(DEFAULT, linking=LINKED, camera=True, appearance=True),
}
Track = Callable[[Case], Sequence[FramePoses]]
PERFECT: Track = perfect
