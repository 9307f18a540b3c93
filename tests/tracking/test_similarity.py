"""IoU and OKS between tracks and new poses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import walkers
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.geometry import oks
from posetrack.structures import COCO, FramePoses
from posetrack.tracking import iou_similarity, oks_similarity
from posetrack.tracking.association import MIN_SIMILARITY
from posetrack.tracking.similarity import confident_oks


def test_oks_by_hand() -> None:
    # With all joints moved by d, OKS is the mean over the joints of exp(-d^2 / (2 area (2 sigma)^2)).
    past, now = walkers.people(0, [(100, 200, 100)]), walkers.people(1, [(106, 200, 100)])
    box = past.boxes_xyxy[0]
    area = (box[2] - box[0]) * (box[3] - box[1])
    sigmas = np.array(COCO.oks_sigmas)
    expected = np.exp(-36.0 / (2 * area * (2 * sigmas) ** 2)).mean()
    assert oks_similarity(past, now, COCO)[0, 0] == pytest.approx(expected, abs=1e-9)


def test_iou_by_hand() -> None:
    past = replace(walkers.people(0, [(100, 200, 100)]), boxes_xyxy=np.array([[0.0, 0, 10, 10]]))
    now = replace(walkers.people(1, [(100, 200, 100)] * 2), boxes_xyxy=np.array([[0.0, 5, 10, 15], [20, 0, 30, 10]]))
    assert iou_similarity(past, now) == pytest.approx(np.array([[1 / 3, 0]]))


def test_missing_joints_do_not_count() -> None:
    past, now = walkers.people(0, [(100, 200, 100)]), walkers.people(1, [(100, 200, 100)])
    xy, valid = now.joints_xy.copy(), now.joint_valid.copy()
    xy[0, :9] += 500
    assert oks_similarity(past, replace(now, joints_xy=xy), COCO)[0, 0] < 0.6
    valid[0, :9] = False
    assert oks_similarity(past, replace(now, joints_xy=xy, joint_valid=valid), COCO)[0, 0] == pytest.approx(1)


def test_poses_without_boxes_count_with_the_box_around_their_joints() -> None:
    past = walkers.people(0, [(100, 200, 100)])
    bare = replace(past, boxes_xyxy=np.full((1, 4), np.nan))
    assert iou_similarity(bare, bare)[0, 0] == pytest.approx(1)
    assert oks_similarity(bare, bare, COCO)[0, 0] == pytest.approx(1)
    assert 0 < iou_similarity(past, bare)[0, 0] < 1


def test_a_pose_with_nothing_is_like_nobody() -> None:
    past = walkers.people(0, [(100, 200, 100)])
    nothing = replace(past, boxes_xyxy=np.full((1, 4), np.nan), joint_valid=np.zeros((1, 17), dtype=bool))
    for one, other in ((past, nothing), (nothing, past), (nothing, nothing)):
        assert iou_similarity(one, other).tolist() == oks_similarity(one, other, COCO).tolist() == [[0.0]]


def test_one_joint_each() -> None:
    past = walkers.people(0, [(100, 200, 100)])
    valid = np.zeros((1, 17), dtype=bool)
    valid[0, 3] = True
    one = replace(past, joint_valid=valid)
    assert oks_similarity(past, one, COCO)[0, 0] == pytest.approx(1)
    assert oks_similarity(replace(one, boxes_xyxy=np.full((1, 4), np.nan)), one, COCO)[0, 0] == pytest.approx(1)


@given(st.integers(0, 10_000))
def test_symmetric_within_bounds_and_one_for_the_same(seed: int) -> None:
    past, now = walkers.random_frames(seed, 2)
    for similarity in (iou_similarity, lambda a, b: oks_similarity(a, b, COCO)):
        found = similarity(past, now)
        assert found.shape == (len(past), len(now))
        assert ((found >= 0) & (found <= 1 + 1e-12)).all()
        assert found == pytest.approx(similarity(now, past).T)
        with_joints = past.joint_valid.any(axis=1)
        assert np.diag(similarity(past, past))[with_joints] == pytest.approx(1)


def test_an_empty_side() -> None:
    past = walkers.people(0, [(100, 200, 100)])
    nobody = FramePoses.empty(1, walkers.IMAGE_HW, 17)
    assert iou_similarity(past, nobody).shape == oks_similarity(past, nobody, COCO).shape == (1, 0)
    assert iou_similarity(nobody, past).shape == oks_similarity(nobody, past, COCO).shape == (0, 1)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_confident_oks_of_equal_scores_is_oks(seed: int) -> None:
    """Only near pairs are computed; skipped ones are below ``MIN_SIMILARITY``."""
    rng = np.random.default_rng(seed)
    a, b = (rng.uniform(0, 2000, (n, 1, 2)) + rng.normal(0, 60, (n, 17, 2)) for n in (4, 6))
    a[rng.random((4, 17)) < 0.3] = np.nan
    a[0] = np.nan
    area = rng.uniform(100, 90_000, (4, 6))
    ones = [(~np.isnan(x[..., 0])).astype(float) for x in (a, b)]
    sigmas = np.asarray(COCO.sigmas, dtype=np.float64)
    found = confident_oks(a, ones[0], b, ones[1], area, sigmas)
    np.testing.assert_allclose(found, oks(a, b, area, sigmas), atol=MIN_SIMILARITY)
    assert (found[0] == 0).all()
