"""Random ground truth and predictions with every kind of error, for the diagnosis tests."""

import numpy as np
from evaluation_builders import HEAD, skeleton_at, walk

HEAD_SIZE = 0.6 * np.sqrt(2) * HEAD


def scene(seed, num_frames=7):
    """Ground truth of people far apart, and predictions with every kind of error."""
    rng = np.random.default_rng(seed)
    truth, pred = walk(num_frames), []
    for people in truth:
        found = []
        for number, joints, _ in people:
            if rng.random() < 0.2:
                continue
            joints = joints + rng.normal(0, 0.35 * HEAD_SIZE, joints.shape)
            joints[rng.random(15) < 0.1] = np.nan
            number = number if rng.random() < 0.8 else 10 + number
            found.append((number, joints, rng.random()))
        if rng.random() < 0.4:
            found.append((50, skeleton_at(20 + 400 * rng.random(), 400.0), rng.random()))
        pred.append(found)
    for people in truth:
        for _, joints, _ in people:
            joints[rng.random(15) < 0.1] = np.nan
    return truth, pred
