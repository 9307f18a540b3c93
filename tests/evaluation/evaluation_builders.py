"""Small handmade sequences for the evaluation tests."""

import numpy as np

from posetrack.structures import POSETRACK17, FramePoses, SequenceInfo, SequencePoses

IMAGE_HW = (480, 640)
HEAD = 20.0  # side of the head boxes; head size 0.6 * sqrt(2) * 20 = 16.97 pixels


def skeleton_at(x, y):
    """(15, 2) joints of one person, 40 pixels apart, so that none is close to another."""
    column, row = np.arange(15) % 5, np.arange(15) // 5
    return np.stack([x + 40.0 * column, y + 40.0 * row], axis=1)


def frame(index, people, head=HEAD):
    """One frame of people ``(track id, (15, 2) joints, NaN if missing, score)``."""
    n = len(people)
    joints = np.array([p[1] for p in people], dtype=np.float64).reshape(n, 15, 2)
    valid = ~np.isnan(joints).any(axis=2)
    return FramePoses(
        frame_index=index,
        image_hw=IMAGE_HW,
        boxes_xyxy=np.full((n, 4), np.nan),
        scores=np.full(n, np.nan),
        joints_xy=joints,
        joint_scores=np.array([np.full(15, p[2]) for p in people]).reshape(n, 15),
        joint_valid=valid,
        track_ids=np.array([p[0] for p in people], dtype=np.int64),
        head_boxes_xyxy=np.tile([10.0, 10.0, 10.0 + head, 10.0 + head], (n, 1)),
    )


def sequence(frames, name="000001_mpii_test", regions=()):
    """A sequence from lists of people; see ``frame``."""
    poses = tuple(frame(i, people) if isinstance(people, list) else people for i, people in enumerate(frames))
    names = tuple(f"images/val/{name}/{i:06d}.jpg" for i in range(len(poses)))
    return SequencePoses(SequenceInfo(name, names), POSETRACK17, poses, tuple(regions))


def walk(num_frames=6, num_people=3, score=0.9):
    """People side by side who walk to the right, with all joints."""
    return [
        [(n, skeleton_at(10.0 + 200 * n + 3 * t, 30.0 + 7 * n), score) for n in range(num_people)]
        for t in range(num_frames)
    ]
