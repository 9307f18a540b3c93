"""Convert poses between skeletons: joints are matched by name, two can be derived."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posetrack.structures import (
    BoolArray,
    FloatArray,
    FramePoses,
    SequencePoses,
    Skeleton,
    joint_map,
)

_SHOULDERS = ("left_shoulder", "right_shoulder")
# The joints that can be derived, with the joints they are derived from.
_DERIVED_FROM = {"head_bottom": _SHOULDERS, "head_top": (*_SHOULDERS, "nose")}


def derived_joints(source: Skeleton, target: Skeleton) -> tuple[str, ...]:
    """The joints of ``target`` that ``source`` lacks and ``convert_poses`` derives; for ``info.derived_joints``."""
    return tuple(
        joint
        for joint in target.joints
        if joint in _DERIVED_FROM
        and joint not in source.joints
        and all(name in source.joints for name in _DERIVED_FROM[joint])
    )


def convert_poses(poses: FramePoses, source: Skeleton, target: Skeleton, derive: bool = True) -> FramePoses:
    """Convert poses of ``source`` to ``target``: same boxes, scores and tracks; joints by name, candidates dropped.

    A joint that ``source`` lacks is missing, except for the two that PoseTrack has and COCO lacks:

    - ``head_bottom`` (the neck) = midpoint of the shoulders; present if both shoulders are;
    - ``head_top`` = nose + (nose - neck); present if both shoulders and the nose are.

    The score of both is the mean of the shoulders' scores; they count as visible if all the joints they are derived
    from are. ``derived_joints`` names them. The rule is approximate: a network trained on PoseTrack locates them
    better. If both skeletons have the same joints, the poses are returned unchanged.

    Args:
        poses: joints of ``source``.
        source: skeleton of the poses.
        target: skeleton to convert to.
        derive: False = derive nothing.

    Source: DetectAndTrack 9fe3540, ``lib/core/mpii_eval_engine.py``, adopted by DCPose; LightTrack takes
    head_top's y from the same rule and its x from the eyes.
    """
    if poses.num_joints != source.num_joints:
        raise ValueError(f"the poses have {poses.num_joints} joints, expected the {source.num_joints} of {source.name}")
    if source.joints == target.joints:
        return poses
    slots = joint_map(source, target)
    known = slots >= 0
    xy = np.where(known[:, None], poses.joints_xy[:, slots], np.nan)
    scores = np.where(known, poses.joint_scores[:, slots], np.nan)
    valid = poses.joint_valid[:, slots] & known
    visible = poses.joint_visible[:, slots] & known
    for joint in derived_joints(source, target) if derive else ():
        slot = target.joints.index(joint)
        xy[:, slot], scores[:, slot] = _derive(poses, source, joint)
        valid[:, slot] = _all_of(poses.joint_valid, source, joint)
        visible[:, slot] = _all_of(poses.joint_visible, source, joint)
    return replace(
        poses,
        joints_xy=np.where(valid[..., None], xy, np.nan),
        joint_scores=np.where(valid | known, scores, np.nan),
        joint_valid=valid,
        joint_visible=visible,
        candidates=np.zeros((*valid.shape, 0, 3), dtype=np.float32),
    )


def convert_sequence(sequence: SequencePoses, target: Skeleton) -> SequencePoses:
    """Convert every pose of a sequence; see ``convert_poses``."""
    source = sequence.skeleton
    frames = tuple(convert_poses(frame, source, target) for frame in sequence.frames)
    return replace(sequence, skeleton=target, frames=frames)


def _derive(poses: FramePoses, source: Skeleton, joint: str) -> tuple[FloatArray, FloatArray]:
    """Coordinates (N, 2) and scores (N,) of a derived joint; NaN coordinates where a joint it needs is missing."""
    left, right = (source.joints.index(name) for name in _SHOULDERS)
    neck = (poses.joints_xy[:, left] + poses.joints_xy[:, right]) / 2.0
    score = (poses.joint_scores[:, left] + poses.joint_scores[:, right]) / 2.0
    if joint == "head_bottom":
        return neck, score
    nose = poses.joints_xy[:, source.joints.index("nose")]
    return nose - (neck - nose), score


def _all_of(flags: BoolArray, source: Skeleton, joint: str) -> BoolArray:
    """Whether all joints that ``joint`` is derived from have the flag set, (N,)."""
    needed = [source.joints.index(name) for name in _DERIVED_FROM[joint]]
    return np.asarray(flags[:, needed].all(axis=1))
