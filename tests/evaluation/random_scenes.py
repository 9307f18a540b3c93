"""Random ground truth and predictions, in crowds of adjustable density, for the property tests."""

from dataclasses import replace

import numpy as np
from evaluation_builders import HEAD, frame, sequence
from hypothesis import strategies as st

HEAD_SIZE = 0.6 * np.sqrt(2) * HEAD


@st.composite
def truths(draw, crowd=(0.1, 30.0), least_people=0):
    """Frames of ``(track id, joints, score)``: people walk, lack joints, come and go; all scores differ."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    num_people = draw(st.integers(max(least_people, 1), 5))
    spread = draw(st.floats(*crowd)) * HEAD_SIZE
    absent, no_joint = draw(st.sampled_from([0.0, 0.3])), draw(st.sampled_from([0.0, 0.2, 0.9]))
    start, step = rng.uniform(0, spread, (num_people, 1, 2)), rng.normal(0, 5, (num_people, 1, 2))
    shape = rng.uniform(-3 * HEAD_SIZE, 3 * HEAD_SIZE, (num_people, 15, 2))
    ids = rng.permutation(1000)[:num_people].tolist()
    frames = []
    for t in range(draw(st.integers(1, 6))):
        there = [n for n in range(num_people) if n < least_people or rng.random() >= absent]
        frames.append([(ids[n], _holes(rng, start[n] + step[n] * t + shape[n], no_joint), rng.random()) for n in there])
    return frames


@st.composite
def noisy(draw, truth, switches=0.2, false_people=0.3):
    """Predictions for such frames: noise, missing people and joints, switched ids, false positives."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sigma = draw(st.floats(0.01, 0.6)) * HEAD_SIZE
    frames = []
    for people in truth:
        found = [
            (track + 1000 * (rng.random() < switches), _holes(rng, xy + rng.normal(0, sigma, xy.shape), 0.1), rng.random())
            for track, xy, _ in people
            if rng.random() < 0.85
        ]  # fmt: skip
        if rng.random() < false_people:
            found.append((5000, rng.uniform(0, 300, (15, 2)), rng.random()))
        frames.append(found)
    return frames


def _holes(rng, joints, share):
    return np.where(rng.random((15, 1)) < share, np.nan, joints)


def poses(frames, name="000001_mpii_test", regions=()):
    """A sequence of such frames, with boxes around the joints."""
    built = [_with_boxes(frame(t, people)) for t, people in enumerate(frames)]
    return sequence(built, name, regions)


def _with_boxes(one):
    low = np.where(one.joint_valid[..., None], one.joints_xy, np.inf).min(axis=1, initial=np.inf)
    high = np.where(one.joint_valid[..., None], one.joints_xy, -np.inf).max(axis=1, initial=-np.inf)
    boxes = np.concatenate([low, high], axis=1)
    boxes[~one.joint_valid.any(axis=1)] = [0.0, 0.0, 1.0, 1.0]
    return replace(one, boxes_xyxy=boxes)
