"""Offline linking: split, join, drop, fill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from posetrack.geometry import apply_affines
from posetrack.structures import NO_TRACK, BoolArray, FloatArray, FramePoses, IntArray, Origin, Skeleton
from posetrack.structures.poses import concatenate
from posetrack.tracking.linking.background import from_background, moved_boxes
from posetrack.tracking.linking.config import LinkingConfig
from posetrack.tracking.linking.fill import Filled, fill
from posetrack.tracking.linking.join import join
from posetrack.tracking.linking.split import split
from posetrack.tracking.linking.spurious import plausible
from posetrack.tracking.linking.tracklets import Tracklets, tracklets_of


def link(
    frames: Sequence[FramePoses],
    config: LinkingConfig,
    skeleton: Skeleton,
    *,
    camera: Sequence[FloatArray | None] | None = None,
    cuts: Sequence[bool] | None = None,
) -> list[FramePoses]:
    """Relink the tracks of a whole sequence.

    A joined track takes the id of its earliest part; a part that was cut off and joined to nothing gets a new id above
    all existing ones. Poses without an id stay as they are. Joints, scores and boxes of the input poses never change.

    Args:
        frames: tracked poses, frame indices increasing; skipped frames count as gaps and are not filled.
            ``appearance`` must have the same length D in all frames with poses.
        config: switches and thresholds.
        skeleton: skeleton of the poses.
        camera: for each frame, the (2, 3) map of the background from the previous frame; None = no motion.
        cuts: for each frame, whether it begins a new shot; tracks are not joined or filled across shots.

    Returns:
        One FramePoses per frame given; interpolated poses come last, ordered by id.

    Raises:
        ValueError: frame indices do not increase, the skeleton differs, appearance vectors differ in length, or
            ``camera`` or ``cuts`` differs in length from ``frames``.
    """
    if config.kind == "none" or not len(frames):
        return list(frames)
    _check(frames, skeleton)
    begins = _cuts(cuts, len(frames))
    maps = from_background(len(frames), camera, begins)
    poses = tracklets_of(frames, maps, begins)
    if not len(poses):
        return list(frames)
    sigmas = np.asarray(skeleton.sigmas, dtype=np.float64)
    last_id = int(poses.track_id.max())
    apart = np.zeros((0, 2), dtype=np.int64)
    if config.split:
        parts = split(poses, config, sigmas)
        poses, apart = parts.poses, parts.apart
    if config.join:
        poses = poses.relabelled(poses.labels_of(join(poses, config, sigmas, apart)[poses.label]))
    names = _names(poses, last_id)
    keep = plausible(poses, config, np.bincount(np.cumsum(begins))) if config.drop else np.ones(len(poses), dtype=bool)
    result = _renamed(frames, poses, names, keep)
    if not config.fill:
        return result
    index = np.array([frame.frame_index for frame in frames], dtype=np.int64)
    filled = fill(poses, index, config)
    return _with_filled(result, filled, names, keep[poses.starts], maps)


def _names(poses: Tracklets, last_id: int) -> IntArray:
    """(L,) ids: that of the tracklet's first pose, or a new one if an earlier tracklet has it."""
    names = poses.track_id[poses.starts].copy()
    taken: set[int] = set()
    for at, name in enumerate(names.tolist()):
        if name in taken:
            last_id += 1
            names[at] = last_id
        taken.add(name)
    return names


def _renamed(frames: Sequence[FramePoses], poses: Tracklets, names: IntArray, keep: BoolArray) -> list[FramePoses]:
    order = np.argsort(poses.position, kind="stable")
    bounds = np.searchsorted(poses.position[order], np.arange(len(frames) + 1))
    result = []
    for t, frame in enumerate(frames):
        here = order[bounds[t] : bounds[t + 1]]
        ids = np.full(len(frame), NO_TRACK)
        ids[poses.row[here]] = names[poses.label[here]]
        stays = np.ones(len(frame), dtype=bool)
        stays[poses.row[here]] = keep[here]
        result.append(frame.with_tracks(ids).select(stays))
    return result


def _with_filled(
    frames: Sequence[FramePoses], filled: Filled, names: IntArray, stays: BoolArray, maps: FloatArray
) -> list[FramePoses]:
    rows = np.flatnonzero(stays[filled.label])
    rows = rows[np.lexsort((names[filled.label[rows]], filled.position[rows]))]
    position = filled.position[rows]
    xy, boxes = apply_affines(filled.xy[rows], maps[position, :2]), moved_boxes(filled.boxes[rows], maps[position])
    valid = ~np.isnan(xy[..., 0])
    bounds = np.searchsorted(position, np.arange(len(frames) + 1))
    result = list(frames)
    for t in np.unique(position).tolist():
        part = slice(bounds[t], bounds[t + 1])
        at = rows[part]
        new = FramePoses(
            frames[t].frame_index, frames[t].image_hw, boxes[part], filled.scores[at], xy[part],
            np.where(valid[part], filled.joint_scores[at], np.nan), valid[part],
            joint_visible=np.zeros_like(valid[part]), track_ids=names[filled.label[at]],
            origin=np.full(len(at), Origin.INTERPOLATED, dtype=np.uint8),
        )  # fmt: skip
        result[t] = concatenate([frames[t], new])
    return result


def _cuts(cuts: Sequence[bool] | None, num_frames: int) -> BoolArray:
    if cuts is None:
        return np.zeros(num_frames, dtype=bool)
    if len(cuts) != num_frames:
        raise ValueError(f"cuts has {len(cuts)} values for {num_frames} frames, expected one per frame")
    return np.array(cuts, dtype=bool)


def _check(frames: Sequence[FramePoses], skeleton: Skeleton) -> None:
    for before, frame in zip([None, *frames], frames, strict=False):
        if before is not None and frame.frame_index <= before.frame_index:
            raise ValueError(
                f"frame {frame.frame_index} follows frame {before.frame_index}: expected frame indices that increase"
            )
        if frame.num_joints != skeleton.num_joints:
            raise ValueError(
                f"frame {frame.frame_index} has poses of {frame.num_joints} joints, expected "
                f"{skeleton.num_joints} ({skeleton.name})"
            )
