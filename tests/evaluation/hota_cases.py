"""Small random sequences for the HOTA tests: plain lists made from a seed, and a converter for them."""

import random

import numpy as np

from posetrack.evaluation.persons import PersonColumns

NUM_JOINTS = 15


def make_case(seed):
    """Make up to three sequences, each ``{"truth": frames, "pred": frames, "head": head sizes}``.

    A frame is a list of ``[track id, 15 x [x, y] or None]``; ``head`` has one head size per ground-truth person.
    People cross, leave, swap identities, stand in the same place or outside the image; there are frames without
    truth, predictions or both, and joints that nobody has.
    """
    draw = random.Random(seed)
    return [_sequence(draw) for _ in range(draw.randint(1, 3))]


def _sequence(draw):
    head = draw.uniform(15, 40)
    spread = head * draw.choice((0.3, 1.0, 3.0, 10.0))
    noise = head * draw.choice((0.05, 0.2, 0.4))
    whole = draw.random() < 0.4  # whole pixels, so that equal distances occur
    gone, no_joint, swap = draw.uniform(0, 0.3), draw.uniform(0, 0.3), draw.uniform(0, 0.3)
    nobody = draw.choice((None, draw.randrange(NUM_JOINTS)))
    corner = draw.choice((0.0, 150.0))
    people = [
        {
            "id": 3 + 7 * n,
            "guess": 40 - 2 * n,
            "at": (corner + draw.uniform(0, spread), corner + draw.uniform(0, spread)),
            "step": (draw.gauss(0, head / 3), draw.gauss(0, head / 3)),
            "shape": [(draw.uniform(-head, 2 * head), draw.uniform(-head, 3 * head)) for _ in range(NUM_JOINTS)],
        }
        for n in range(draw.randint(1, 5))
    ]
    sequence = {"truth": [], "pred": [], "head": []}
    for frame in range(draw.randint(1, 9)):
        truth, pred = [], []
        if draw.random() < swap:
            one, other = draw.choice(people), draw.choice(people)
            one["guess"], other["guess"] = other["guess"], one["guess"]
        for person in people:
            at = [start + frame * step for start, step in zip(person["at"], person["step"], strict=True)]
            joints = [(at[0] + x, at[1] + y) for x, y in person["shape"]]
            if draw.random() >= gone:
                truth.append([person["id"], _seen(draw, joints, 0.0, no_joint, whole, nobody)])
            if draw.random() >= gone:
                pred.append([person["guess"], _seen(draw, joints, noise, no_joint, whole, None)])
            if draw.random() < 0.15:
                pred.append([100 + draw.randrange(3) + 10 * len(pred), _seen(draw, joints, noise, 0.1, whole, None)])
        sequence["truth"].append([] if draw.random() < 0.07 else truth)
        sequence["pred"].append([] if draw.random() < 0.1 else pred)
        sequence["head"].append([round(head, 2)] * len(sequence["truth"][-1]))
    return sequence


def _seen(draw, joints, noise, no_joint, whole, nobody):
    digits = 0 if whole else 2
    moved = [(x + draw.gauss(0, noise), y + draw.gauss(0, noise)) for x, y in joints]
    return [
        None if joint == nobody or draw.random() < no_joint else [round(x, digits), round(y, digits)]
        for joint, (x, y) in enumerate(moved)
    ]


def columns_of(frames, head=None):
    """The people of one side of a sequence as ``PersonColumns``."""
    people = [(index, *person) for index, frame in enumerate(frames) for person in frame]
    xy = np.array(
        [[point if point else (np.nan, np.nan) for point in joints] for _, _, joints in people], dtype=np.float64
    ).reshape(len(people), NUM_JOINTS, 2)
    return PersonColumns(
        frames=np.array([index for index, _, _ in people], dtype=np.int64),
        joints_xy=xy,
        joint_valid=~np.isnan(xy).any(axis=2),
        joint_scores=np.ones((len(people), NUM_JOINTS)),
        null_scores=np.zeros((len(people), NUM_JOINTS), dtype=np.bool_),
        track_ids=np.array([track for _, track, _ in people], dtype=np.int64),
        head_sizes=np.array([h for frame in head for h in frame]) if head else np.full(len(people), np.nan),
        joints_listed=np.ones(len(people), dtype=np.bool_),
        scores=np.full(len(people), np.nan),
    )
