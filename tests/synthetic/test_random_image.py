"""Single drawn images: the same seed gives the same bytes, and the ground truth is valid."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posetrack.structures import POSETRACK18, FramePoses
from posetrack.synthetic import random_image
from posetrack.synthetic.images import MIN_JOINTS, MOST_PEOPLE

SMALL = (120, 200)
_PRINT = (
    "import hashlib; from posetrack.synthetic import random_image; image, truth = random_image(11, (120, 200));"
    "print(hashlib.sha256(image.tobytes() + truth.joints_xy.tobytes() + truth.boxes_xyxy.tobytes()).hexdigest())"
)


def assert_promises(truth: FramePoses, image_hw: tuple[int, int]) -> None:
    """Assert the invariants of the ground truth of any drawn frame."""
    height, width = image_hw
    xy, valid = truth.joints_xy, truth.joint_valid
    assert truth.num_joints == POSETRACK18.num_joints and truth.image_hw == image_hw
    assert (valid.sum(axis=1) >= MIN_JOINTS).all() and truth.joint_visible.any(axis=1).all()
    assert not (truth.joint_visible & ~valid).any()
    np.testing.assert_array_equal(np.isnan(xy).any(axis=2), ~valid)
    inside = xy[valid]
    # A pixel extends half a pixel to each side of its centre.
    assert (inside >= -0.5).all() and (inside <= np.array([width, height]) - 0.5).all()
    low, high = truth.boxes_xyxy[:, None, :2], truth.boxes_xyxy[:, None, 2:]
    assert (truth.boxes_xyxy[:, :2] >= 0).all() and (high[:, 0] <= np.array([width, height]) - 1).all()
    assert (high > low).all()
    assert ((xy >= low - 0.5) & (xy <= high + 0.5))[valid].all()
    heads = truth.head_boxes_xyxy
    assert (heads[:, 2:] > heads[:, :2]).all()
    assert len(set(truth.track_ids.tolist())) == len(truth)


@given(st.integers(0, 2**40), st.tuples(st.integers(20, 200), st.integers(20, 200)))
@example(37391992923, (20, 20))  # a person three pixels tall just outside the border, with a box of zero width
@settings(max_examples=40, deadline=None)
def test_the_truth_keeps_its_promises(seed: int, image_hw: tuple[int, int]) -> None:
    image, truth = random_image(seed, image_hw, most_people=8)
    assert image.shape == (*image_hw, 3) and image.dtype == np.uint8
    assert len(truth) <= 8
    assert_promises(truth, image_hw)


@pytest.mark.parametrize("image_hw", [(1, 1), (2, 3), (1, 90), (90, 1)])
def test_the_smallest_images(image_hw: tuple[int, int]) -> None:
    for seed in range(10):
        image, truth = random_image(seed, image_hw)
        assert image.shape == (*image_hw, 3) and truth.image_hw == image_hw


def test_a_seed_gives_the_same_bytes_and_another_does_not() -> None:
    (image, truth), (again, same), (other, _) = (random_image(seed, SMALL) for seed in (4, 4, 5))
    assert image.tobytes() == again.tobytes() and truth.joints_xy.tobytes() == same.joints_xy.tobytes()
    assert image.tobytes() != other.tobytes()


def test_global_chance_is_neither_used_nor_changed() -> None:
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    one, _ = random_image(9, SMALL)
    assert np.random.random() == expected
    np.random.seed(2)
    other, _ = random_image(9, SMALL)
    assert one.tobytes() == other.tobytes()


def test_another_process_draws_the_same() -> None:
    image, truth = random_image(11, SMALL)
    here = hashlib.sha256(image.tobytes() + truth.joints_xy.tobytes() + truth.boxes_xyxy.tobytes()).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": "5"}
    there = subprocess.run([sys.executable, "-c", _PRINT], capture_output=True, text=True, check=True, env=environment)
    assert there.stdout.strip() == here


def test_images_are_varied() -> None:
    truths = [random_image(seed, SMALL, most_people=6)[1] for seed in range(150)]
    people = [len(truth) for truth in truths]
    assert people.count(0) >= 5 and max(people) >= 4
    heights = np.concatenate([truth.boxes_xyxy[:, 3] - truth.boxes_xyxy[:, 1] for truth in truths]) / SMALL[0]
    assert heights.min() < 0.2 and heights.max() > 0.95
    valid = np.concatenate([truth.joint_valid for truth in truths])
    visible = np.concatenate([truth.joint_visible for truth in truths])
    assert 0.02 < (valid & ~visible).sum() / valid.sum() < 0.4  # some hidden, most visible
    assert 0.02 < (~valid).mean() < 0.5  # some cut off
    left, right = (POSETRACK18.index(f"{side}_shoulder") for side in ("left", "right"))
    xy = np.concatenate([truth.joints_xy for truth in truths])
    facing = np.nanmean(xy[:, left, 0] > xy[:, right, 0])
    assert 0.25 < facing < 0.75  # both front and back views


@pytest.mark.parametrize("most_people", [0, -1, MOST_PEOPLE + 1])
def test_an_impossible_number_of_people_is_refused(most_people: int) -> None:
    with pytest.raises(ValueError, match=f"most_people is {most_people}, expected 1 to {MOST_PEOPLE}"):
        random_image(0, SMALL, most_people)
