"""The complete noise model: from an exact sequence to the poses of a top-down estimator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.geometry import box_iou, joints_box
from posetrack.structures import BoolArray, FloatArray, FramePoses, IntArray
from posetrack.synthetic.images import MIN_JOINTS
from posetrack.synthetic.simulation.appearance import descriptors
from posetrack.synthetic.simulation.chance import events, lasting, ramp
from posetrack.synthetic.simulation.crowd import Simulation
from posetrack.synthetic.simulation.detections import DetectedFrame
from posetrack.synthetic.simulation.false_persons import FalsePersons, false_persons
from posetrack.synthetic.simulation.joint_noise import NoisyJoints, noisy_joints
from posetrack.synthetic.simulation.levels import LEVELS, NoiseLevel

MERGE_OVERLAP = 0.33  # IoU above which two people may be taken for one
COUNTED_SCORE = 0.2  # joints above it enter the pose score, as in HRNet's evaluation
BOX_OF_VISIBLE = 0.7  # weight of the box around visible joints; the rest is the whole-body box
_MARGIN = 1.15


@dataclass(frozen=True, eq=False)
class _Pool:
    """Poses of the whole sequence, one per row: frame, person, joints, scores, validity, box, box score, appearance."""

    frame: IntArray
    persons: IntArray
    xy: FloatArray
    scores: FloatArray
    valid: BoolArray
    boxes: FloatArray
    box_scores: FloatArray
    look: FloatArray


def detect(s: Simulation, level: str | NoiseLevel, seed: int = 0) -> list[DetectedFrame]:
    """Simulate a pose estimator's output frame by frame, before any suppression of duplicates.

    Args:
        s: the exact sequence.
        level: ``easy``, ``medium`` or ``hard``, or a custom level.
        seed: seed of the noise, combined with the sequence's seed.

    Returns:
        One ``DetectedFrame`` per frame, with the poses in random order.
    """
    noise = LEVELS[level] if isinstance(level, str) else level
    rng = np.random.default_rng([s.seed, seed, 1])
    overlap = _overlaps(s)
    rival = overlap.argmax(axis=-1)
    near = np.take_along_axis(overlap, rival[..., None], axis=-1)[..., 0]
    joints = noisy_joints(s, noise, rival, near, rng)
    found, merged = _found(s, noise, rival, near, rng)
    joints, boxes = _merge(joints, _boxes(s, noise, rng), merged, rival, rng)
    look, common = descriptors(s, noise, overlap, rng)
    pools = [_people(s, noise, joints, boxes, found, look, rng)]
    pools.append(_doubles(pools[0], s, noise, rng))
    pools.append(_false(s, noise, false_persons(s, noise, common, rng), rng))
    return _frames(s, pools, _cameras(s, noise, rng), rng)


def _overlaps(s: Simulation) -> FloatArray:
    """(T, P, P) IoU of the boxes of visible people, 0 on the diagonal."""
    there = np.asarray(s.visible.any(axis=-1))
    boxes = np.where(there[..., None], s.boxes_xyxy, np.nan)
    overlap = np.nan_to_num(np.stack([box_iou(frame, frame) for frame in boxes]))
    overlap[:, np.arange(s.num_people), np.arange(s.num_people)] = 0.0
    return overlap


def _found(
    s: Simulation, level: NoiseLevel, rival: IntArray, near: FloatArray, rng: np.random.Generator
) -> tuple[BoolArray, BoolArray]:
    """(T, P) who is detected, and who is not because they are merged into their nearer rival."""
    there = s.visible.any(axis=-1) & (s.in_image.sum(axis=-1) >= MIN_JOINTS)
    seen = ramp(s.visible.mean(axis=-1), level.miss_visible, 0.06) * ramp(s.height_px, level.miss_height_px, 6.0)
    found = there & ~events(rng, 1.0 - (1.0 - level.miss) * seen, 0.85)
    behind = s.depth_m > np.take_along_axis(s.depth_m, rival, axis=1)
    taken = np.take_along_axis(found, rival, axis=1)
    merged = events(rng, np.where(near > MERGE_OVERLAP, level.merge, 0.0), 0.85) & behind & taken & there
    # A rival who is merged away cannot absorb anyone.
    merged &= ~np.take_along_axis(merged, rival, axis=1)
    return found & ~merged, merged


def _boxes(s: Simulation, level: NoiseLevel, rng: np.random.Generator) -> FloatArray:
    """(T, P, 4) boxes as from a person detector."""
    flat = s.joints_xy.reshape(-1, *s.joints_xy.shape[2:])
    seen = joints_box(flat, s.visible.reshape(len(flat), -1), _MARGIN).reshape(s.boxes_xyxy.shape)
    seen = np.where(np.isnan(seen), s.boxes_xyxy, seen)
    boxes = BOX_OF_VISIBLE * seen + (1.0 - BOX_OF_VISIBLE) * s.boxes_xyxy
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0.2 * s.height_px[..., None])
    tremble = np.sqrt(0.5) * (lasting(rng, boxes.shape, 0.8) + rng.normal(0, 1, boxes.shape))
    boxes = boxes + level.box * tremble * np.concatenate([sides, sides], axis=-1)
    return np.concatenate([boxes[..., :2], np.maximum(boxes[..., 2:], boxes[..., :2] + 1.0)], axis=-1)


def _merge(
    joints: NoisyJoints, boxes: FloatArray, merged: BoolArray, rival: IntArray, rng: np.random.Generator
) -> tuple[NoisyJoints, FloatArray]:
    """Give the nearer person of each merged pair half of the other's joints and a box around both."""
    half = events(rng, np.full(joints.valid.shape, 0.5), 0.95)
    xy, boxes = joints.xy.copy(), boxes.copy()
    for t, far in zip(*np.nonzero(merged), strict=True):
        front = rival[t, far]
        taken = half[t, far]
        xy[t, front, taken] = joints.xy[t, far, taken]
        low = np.minimum(boxes[t, front, :2], boxes[t, far, :2])
        boxes[t, front] = np.concatenate([low, np.maximum(boxes[t, front, 2:], boxes[t, far, 2:])])
    return NoisyJoints(xy, joints.scores, joints.valid), boxes


def _people(
    s: Simulation, level: NoiseLevel, joints: NoisyJoints, boxes: FloatArray, found: BoolArray, look: FloatArray,
    rng: np.random.Generator,
) -> _Pool:  # fmt: skip
    """Poses of the detected people with at least ``MIN_JOINTS`` joints."""
    frame, person = np.nonzero(found & (joints.valid.sum(axis=-1) >= MIN_JOINTS))
    sure = 0.55 + 0.42 * np.sqrt(s.visible.mean(axis=-1)) * ramp(s.height_px, 0.7 * level.miss_height_px, 15.0)
    sure = sure + level.score * lasting(rng, sure.shape, 0.8)
    at = frame, person
    return _Pool(frame, person, joints.xy[at], joints.scores[at], joints.valid[at], boxes[at], sure[at], look[at])


def _doubles(people: _Pool, s: Simulation, level: NoiseLevel, rng: np.random.Generator) -> _Pool:
    """Duplicate poses of detected people, with a displaced box and noisier joints."""
    twice = events(rng, np.full(s.height_px.shape, level.duplicate), 0.7)
    rows = np.flatnonzero(twice[people.frame, people.persons])
    height = s.height_px[people.frame[rows], people.persons[rows]]
    off = rng.uniform(0.01, 0.08, (len(rows), 1, 1)) * height[:, None, None] * rng.normal(0, 1, (len(rows), 17, 2))
    shift = rng.normal(0, 0.08, (len(rows), 4)) * height[:, None]
    box = people.boxes[rows] + shift
    box[:, 2:] = np.maximum(box[:, 2:], box[:, :2] + 1.0)
    return _Pool(
        people.frame[rows], people.persons[rows], people.xy[rows] + off, 0.8 * people.scores[rows],
        people.valid[rows], box, 0.85 * people.box_scores[rows], people.look[rows],
    )  # fmt: skip


def _false(s: Simulation, level: NoiseLevel, false: FalsePersons, rng: np.random.Generator) -> _Pool:
    valid = rng.random(false.scores.shape) >= 2 * level.dropout
    valid[:, :MIN_JOINTS] = True
    boxes = joints_box(false.xy, np.ones_like(valid), _MARGIN)
    sure = np.clip(rng.normal(0.55, 0.12, len(valid)), 0.1, 0.95)
    return _Pool(false.frame, false.persons, false.xy, false.scores, valid, boxes, sure, false.appearance)


def _cameras(s: Simulation, level: NoiseLevel, rng: np.random.Generator) -> FloatArray:
    """(T, 2, 3) estimated camera motion."""
    half = max(s.image_hw) / 2.0
    error = rng.normal(0, level.camera_px, (s.num_frames, 6)) * np.array([1 / half, 1 / half, 1.0] * 2)
    estimates = s.camera + error.reshape(-1, 2, 3)
    # The error of the linear part acts about the image centre, not the corner.
    centre = np.array([s.image_hw[1], s.image_hw[0]]) / 2.0
    estimates[:, :, 2] -= (estimates[:, :, :2] - s.camera[:, :, :2]) @ centre
    failed = rng.random(s.num_frames) < level.camera_lost
    failed[0] = True  # no frame precedes the first one
    estimates[failed] = np.eye(3)[:2]
    return np.asarray(estimates)


def _frames(
    s: Simulation, pools: list[_Pool], cameras: FloatArray, rng: np.random.Generator
) -> list[DetectedFrame]:
    """Collect the poses of all pools per frame, in random order."""
    everything = _Pool(*(np.concatenate([getattr(p, name) for p in pools]) for name in _Pool.__dataclass_fields__))
    rows = rng.permutation(len(everything.frame))
    rows = rows[np.argsort(everything.frame[rows], kind="stable")]
    limits = np.searchsorted(everything.frame[rows], np.arange(s.num_frames + 1))
    return [_frame(s, t, everything, rows[limits[t] : limits[t + 1]], cameras[t]) for t in range(s.num_frames)]


def _frame(s: Simulation, t: int, pool: _Pool, rows: IntArray, camera: FloatArray) -> DetectedFrame:
    valid, scores = pool.valid[rows], pool.scores[rows]
    counted = valid & (scores > COUNTED_SCORE)
    mean = np.where(counted, scores, 0.0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    poses = FramePoses(
        frame_index=t,
        image_hw=s.image_hw,
        boxes_xyxy=pool.boxes[rows],
        scores=np.clip(pool.box_scores[rows], 0.05, 1.0) * mean,
        joints_xy=pool.xy[rows],
        joint_scores=np.where(valid, scores, 0.0),
        joint_valid=valid,
    )
    return DetectedFrame(poses, pool.persons[rows], pool.look[rows], camera)
