"""What people look like, from the stem of the pose network."""

from __future__ import annotations

import numpy as np
import torch

from posetrack.models import create
from posetrack.pose import PoseEstimator
from posetrack.pose.appearance import PARTS, UsualLooks, sample_parts
from posetrack.runtime import TorchRunner
from posetrack.structures import COCO, Frame, FrameBoxes


def test_parts_are_means_at_their_joints() -> None:
    maps = np.zeros((1, 2, 8, 6), dtype=np.float32)
    maps[0, 0] = np.arange(8)[:, None]
    maps[0, 1] = np.arange(6)
    xy = np.zeros((1, 17, 2))
    xy[0, [13, 14]] = [(1.2, 7.4), (2.9, 5)]  # knees; the map has no eighth row
    xy[0, 5] = np.nan
    scores = np.zeros((1, 17))
    scores[0, [5, 13, 14]] = 0.5
    parts = sample_parts(maps, xy, scores, COCO)
    assert np.isnan(parts[0, :3]).all()
    np.testing.assert_array_equal(parts[0, 3], [(7 + 5) / 2, (1 + 3) / 2])


def test_people_are_told_apart_and_light_that_all_share_says_nothing() -> None:
    rng = np.random.default_rng(0)
    clothes = rng.normal(size=(3, len(PARTS), 16))
    usual = UsualLooks()
    first = usual.describe(clothes + 50 + 0.1 * rng.normal(size=clothes.shape)).astype(float)
    later = usual.describe(clothes + 50 + 0.1 * rng.normal(size=clothes.shape)).astype(float)
    assert abs(first).max() == 127
    first, later = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (first, later))
    likeness = first @ later.T
    assert (np.diag(likeness) > 0.9).all() and likeness[~np.eye(3, dtype=bool)].max() < 0.3


def test_nothing_is_said_of_the_first_person_alone_and_of_missing_parts() -> None:
    usual = UsualLooks()
    one = np.ones((1, len(PARTS), 4)) / 3
    assert not usual.describe(one).any()
    two = np.stack([one[0] * 2, one[0]])
    two[1, 2] = np.nan
    found = usual.describe(two).reshape(2, len(PARTS), 4)
    assert found[0].all() and not found[1, 2].any()
    assert usual.describe(np.zeros((0, len(PARTS), 4))).shape == (0, 0)


def test_the_estimator_gives_them_whatever_the_batches_and_leaves_the_joints_as_they_are() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    frames = [Frame(t, rng.integers(0, 255, (200, 300, 3), dtype=np.uint8), None, f"{t}") for t in range(3)]
    boxes = [FrameBoxes(t, (200, 300), rng.uniform(0, 40, (4, 4)) + [0, 0, 100, 150], np.ones(4)) for t in range(3)]
    module = create("hrnet-compact", 17)
    torch.nn.init.constant_(module.final_layer.bias, 0.5)  # type: ignore[union-attr, arg-type]

    def poses(appearance: bool, batch_size: int) -> PoseEstimator:
        return PoseEstimator(
            TorchRunner(module, "cpu"), COCO, (64, 96), batch_size=batch_size, appearance=appearance, oks_threshold=None
        )  # fmt: skip

    plain = poses(False, 5).estimate(frames, boxes)
    whole = poses(True, 16).estimate(frames, boxes)
    estimator = poses(True, 5)
    single = [estimator.estimate([f], [b])[0] for f, b in zip(frames, boxes, strict=True)]
    for a, b, c in zip(plain, whole, single, strict=True):
        assert a.appearance.shape == (4, 0) and b.appearance.shape[1] % len(PARTS) == 0 and b.appearance.any()
        np.testing.assert_array_equal(a.joints_xy, b.joints_xy)
        assert abs(b.appearance.astype(int) - c.appearance).max() <= 1  # convolutions round by the size of the batch
