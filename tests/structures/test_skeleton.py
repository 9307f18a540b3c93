"""Skeletons against the facts of the data sets (PROTOCOL.md 1.1)."""

from __future__ import annotations

import numpy as np
import pytest

from posetrack.errors import FormatError
from posetrack.structures import COCO, MPII, POSETRACK17, POSETRACK18, SKELETONS, Skeleton, get_skeleton, joint_map


def test_posetrack18_maps_to_the_evaluators_15_joints_as_poseval_does() -> None:
    # poseval 4258a15: index of each of the 17 joints among the evaluator's 15; none for the ears.
    to_15 = [13, 12, 14, -1, -1, 9, 8, 10, 7, 11, 6, 3, 2, 4, 1, 5, 0]
    assert joint_map(POSETRACK17, POSETRACK18).tolist() == to_15


def test_posetrack18_flip_pairs_leave_neck_and_head_top_in_place() -> None:
    assert POSETRACK18.flip_pairs == tuple((i, i + 1) for i in range(3, 17, 2))
    assert COCO.flip_pairs == tuple((i, i + 1) for i in range(1, 17, 2))


def test_joint_counts() -> None:
    assert {s.name: s.num_joints for s in SKELETONS.values()} == {
        "coco": 17, "posetrack18": 17, "posetrack17": 15, "mpii": 16,
    }  # fmt: skip


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_flipping_twice_changes_nothing_and_swaps_sides(skeleton: Skeleton) -> None:
    order = skeleton.flip_order
    assert (order[order] == np.arange(skeleton.num_joints)).all()
    for i, j in enumerate(order):
        assert {skeleton.side(i), skeleton.side(int(j))} in ({"middle"}, {"left", "right"})


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_limbs_connect_the_whole_body(skeleton: Skeleton) -> None:
    reached, grown = {skeleton.limbs[0][0]}, True
    while grown:
        more = {j for limb in skeleton.limbs if reached & set(limb) for j in limb} - reached
        reached |= more
        grown = bool(more)
    ears = {i for i, name in enumerate(skeleton.joints) if name.endswith("_ear")} if skeleton is POSETRACK18 else set()
    if skeleton is COCO:  # head and body are unconnected, as in COCO's own figure without the ear-shoulder lines
        body = {i for i, name in enumerate(skeleton.joints) if not name.endswith(("nose", "eye", "ear"))}
        assert reached >= body
    else:
        assert reached == set(range(skeleton.num_joints)) - ears


def test_names_and_aliases() -> None:
    assert POSETRACK18.index("neck") == 1
    assert MPII.index("upper_neck") == 8
    with pytest.raises(KeyError, match="no joint 'tail'"):
        COCO.index("tail")
    with pytest.raises(FormatError, match="unknown skeleton 'coco17', expected one of coco, posetrack18"):
        get_skeleton("coco17")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"joints": ("a", "a")}, "not unique"),
        ({"oks_sigmas": (0.1,)}, "1 sigmas, expected 2"),
        ({"limbs": ((0, 2),)}, r"pair \(0, 2\) is outside"),
    ],
)
def test_a_skeleton_checks_itself(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"name": "s", "joints": ("a", "b"), "flip_pairs": (), "limbs": (), "oks_sigmas": (1, 1)}
    with pytest.raises(ValueError, match=message):
        Skeleton(**(good | change))  # type: ignore[arg-type]
