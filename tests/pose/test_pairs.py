"""Left and right joint of a pair in the same place."""

from __future__ import annotations

import numpy as np
import pytest
from pose_cases import bumps

from posetrack.models.zoo import DecodeKind
from posetrack.pose.decode import HeatmapJoints, decode
from posetrack.pose.pairs import pairs_to_part, part_pairs
from posetrack.structures import COCO, POSETRACK18

PAIR = np.array([[0, 1]])
Place = tuple[float, float, float]


def parted(left: list[Place], right: list[Place], kind: DecodeKind = "smooth") -> tuple[HeatmapJoints, HeatmapJoints]:
    maps = np.stack([bumps(*left), bumps(*right)])[None]
    before = decode(maps, kind)
    return before, part_pairs(maps, before, PAIR)


@pytest.mark.parametrize("kind", ["quarter", "dark", "smooth"])
def test_the_joint_that_is_as_likely_elsewhere_goes_there(kind: DecodeKind) -> None:
    before, after = parted([(10, 40, 0.8), (25, 38, 0.7)], [(10, 40, 0.9), (25, 38, 0.2)], kind)
    np.testing.assert_allclose(before.xy[0], [[10, 40], [10, 40]], atol=0.3)
    np.testing.assert_allclose(after.xy[0], [[25, 38], [10, 40]], atol=0.3)
    np.testing.assert_allclose(after.scores[0], [0.7, 0.9], atol=0.01)
    np.testing.assert_array_equal(after.xy[0, 1], before.xy[0, 1])


def test_either_side_can_go() -> None:
    _, after = parted([(10, 40, 0.9)], [(11, 40, 0.6), (25, 38, 0.55)])
    np.testing.assert_allclose(after.xy[0], [[10, 40], [25, 38]], atol=0.3)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([(10, 40, 0.9), (25, 38, 0.5)], [(10, 40, 0.8)]),  # the second peak is only 0.56 times as high
        ([(10, 40, 0.9), (12, 38, 0.8)], [(10, 40, 0.8)]),  # no other place
        ([(10, 40, 0.9), (25, 38, 0.8)], [(14, 40, 0.8)]),  # the joints are already apart
    ],
)
def test_otherwise_both_stay(left: list[Place], right: list[Place]) -> None:
    before, after = parted(left, right)
    np.testing.assert_array_equal(after.xy, before.xy)


def test_each_person_for_himself() -> None:
    one = np.stack([bumps((10, 40, 0.8), (25, 38, 0.7)), bumps((10, 40, 0.9))])
    other = np.stack([bumps((5, 5, 0.9)), bumps((30, 30, 0.8))])
    blank = np.zeros_like(one)
    maps = np.stack([other, one, blank, one[::-1]])
    joints = part_pairs(maps, decode(maps, "smooth"), PAIR)
    np.testing.assert_allclose(joints.xy[0], [[5, 5], [30, 30]], atol=0.1)
    np.testing.assert_allclose(joints.xy[1], [[25, 38], [10, 40]], atol=0.3)
    assert np.isnan(joints.xy[2]).all()
    np.testing.assert_array_equal(joints.xy[3], joints.xy[1, ::-1])


def test_nobody() -> None:
    nobody = HeatmapJoints(np.zeros((0, 2, 2)), np.zeros((0, 2)))
    assert part_pairs(np.zeros((0, 2, 48, 36), np.float32), nobody, PAIR).xy.shape == (0, 2, 2)
    some = np.stack([bumps((10, 40, 0.8)), bumps((10, 40, 0.9))])[None]
    np.testing.assert_array_equal(part_pairs(some, decode(some, "dark"), np.zeros((0, 2), int)).xy, decode(some, "dark").xy)


def test_pairs_of_the_limbs() -> None:
    for skeleton in (COCO, POSETRACK18):
        names = [tuple(skeleton.joints[k] for k in pair) for pair in pairs_to_part(skeleton)]
        assert names == [(f"left_{part}", f"right_{part}") for part in ("elbow", "wrist", "knee", "ankle")]
