"""Appearance descriptors: the colours along the limbs."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from posetrack.models import create
from posetrack.pose import PoseEstimator
from posetrack.pose.appearance import NUM_BINS, NUM_PARTS, UsualLooks, colours_of_parts
from posetrack.runtime import TorchRunner
from posetrack.structures import COCO, MPII, POSETRACK17, POSETRACK18, FloatArray, Frame, FrameBoxes, ImageArray, Skeleton

HEAD, TRUNK, ARMS, THIGHS, LEGS = range(NUM_PARTS)
RED, BLUE = (200, 30, 40), (30, 40, 200)
_PLACES = {
    "head_top": (0, -40), "nose": (0, -30), "head_bottom": (0, -20), "ear": (8, -32), "eye": (4, -32), "shoulder": (20, -15),
    "elbow": (30, 20), "wrist": (32, 50), "hip": (12, 50), "knee": (14, 90), "ankle": (15, 130), "pelvis": (0, 50),
    "thorax": (0, -15),
}  # fmt: skip


def standing(x: float, y: float, skeleton: Skeleton) -> FloatArray:
    """(K, 2) joints of a person 170 pixels tall, with the thorax at (x, y)."""
    found = []
    for joint in skeleton.joints:
        side, _, name = joint.rpartition("_") if joint.startswith(("left", "right")) else ("", "", joint)
        dx, dy = _PLACES.get(name, (0, 0))
        found.append((x - dx if side == "right" else x + dx, y + dy))
    return np.array(found, dtype=np.float64)


def picture(people: FloatArray, shirts: list[tuple[int, int, int]], trousers: list[tuple[int, int, int]]) -> ImageArray:
    """A grey image with clothed people (``POSETRACK18`` joints)."""
    image = np.full((240, 640, 3), 120, dtype=np.uint8)
    for xy, shirt, trouser in zip(people, shirts, trousers, strict=True):
        joint = {name: tuple(np.rint(p).astype(int).tolist()) for name, p in zip(POSETRACK18.joints, xy, strict=True)}
        for side in ("left", "right"):
            cv2.line(image, joint[f"{side}_hip"], joint[f"{side}_knee"], trouser, 14)
            cv2.line(image, joint[f"{side}_knee"], joint[f"{side}_ankle"], trouser, 14)
            cv2.line(image, joint[f"{side}_shoulder"], joint[f"{side}_elbow"], shirt, 12)
        cv2.rectangle(image, joint["right_shoulder"], joint["left_hip"], shirt, -1)
    return image


def test_each_part_has_the_colours_of_its_limbs() -> None:
    xy = standing(100, 80, POSETRACK18)[None]
    parts = colours_of_parts(picture(xy, [RED], [BLUE]), xy, np.ones((1, 17)), POSETRACK18)
    assert parts.shape == (1, NUM_PARTS, NUM_BINS)
    np.testing.assert_allclose((parts**2).reshape(1, NUM_PARTS, 3, -1).sum(axis=3), 1.0)  # shares sum to 1 per channel
    reddish, bluish = parts[0, :, 8:16], parts[0, :, 16:]
    assert (reddish[[TRUNK, ARMS], -1] > 0.9).all() and (bluish[[THIGHS, LEGS], 0] > 0.9).all()
    grey = colours_of_parts(np.full((240, 640, 3), 120, dtype=np.uint8), xy, np.ones((1, 17)), POSETRACK18)[0]
    np.testing.assert_allclose(grey, np.broadcast_to(grey[HEAD], grey.shape))


def test_joints_that_are_missing_unsure_or_outside_tell_nothing() -> None:
    xy = np.stack([standing(100, 80, POSETRACK18), standing(-300, 80, POSETRACK18)])
    scores = np.ones((2, 17))
    scores[0, [POSETRACK18.index("left_ankle"), POSETRACK18.index("right_ankle")]] = 0.05
    xy[0, [POSETRACK18.index("left_elbow"), POSETRACK18.index("right_elbow")]] = np.nan
    parts = colours_of_parts(np.zeros((240, 640, 3), dtype=np.uint8), xy, scores, POSETRACK18)
    assert np.isnan(parts).all(axis=2).tolist() == [[False, False, True, False, True], [True] * NUM_PARTS]
    nobody = colours_of_parts(np.zeros((9, 9, 3), dtype=np.uint8), xy[:0], scores[:0], POSETRACK18)
    assert nobody.shape == (0, NUM_PARTS, NUM_BINS)


def test_every_skeleton_has_all_parts() -> None:
    for skeleton in (COCO, POSETRACK17, POSETRACK18, MPII):
        xy = standing(100, 80, skeleton)[None]
        parts = colours_of_parts(np.zeros((240, 640, 3), dtype=np.uint8), xy, np.ones(xy.shape[:2]), skeleton)
        assert not np.isnan(parts).any(), skeleton.name


def test_people_are_told_apart_in_another_light_and_elsewhere() -> None:
    shirts, trousers = [RED, BLUE, (230, 230, 220)], [BLUE, (40, 40, 40), (150, 120, 60)]
    usual = UsualLooks()

    def looks(places: list[int], light: float) -> FloatArray:
        xy = np.stack([standing(x, 80, POSETRACK18) for x in places])
        image = (picture(xy, shirts, trousers) * light).astype(np.uint8)
        found = usual.describe(colours_of_parts(image, xy, np.ones((3, 17)), POSETRACK18)).astype(np.float64)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    likeness = looks([100, 300, 500], 1.0) @ looks([420, 120, 260], 0.85).T
    assert (np.diag(likeness) > 0.7).all() and likeness[~np.eye(3, dtype=bool)].max() < 0.3


def test_who_is_alone_looks_like_himself_from_the_first_frame_on() -> None:
    usual = UsualLooks()
    found = []
    for x in (100, 140):
        xy = standing(x, 80, POSETRACK18)[None]
        found.append(usual.describe(colours_of_parts(picture(xy, [RED], [BLUE]), xy, np.ones((1, 17)), POSETRACK18))[0])
    assert [abs(one.astype(int)).max() for one in found] == [127, 127]
    first, second = (one / np.linalg.norm(one.astype(float)) for one in found)
    assert first @ second > 0.99


def test_of_missing_parts_nothing_is_said() -> None:
    parts = np.full((1, NUM_PARTS, NUM_BINS), 0.5)
    parts[0, LEGS] = np.nan
    found = UsualLooks().describe(parts).reshape(NUM_PARTS, NUM_BINS)
    assert found[TRUNK].any() and not found[LEGS].any()
    assert not UsualLooks().describe(np.full_like(parts, np.nan)).any()
    assert UsualLooks().describe(parts[:0]).shape == (0, NUM_PARTS * NUM_BINS)


def test_the_estimator_gives_them_whatever_the_batches_and_leaves_the_joints_as_they_are() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    frames = [Frame(t, rng.integers(0, 255, (200, 300, 3), dtype=np.uint8), None, f"{t}") for t in range(3)]
    boxes = [FrameBoxes(t, (200, 300), rng.uniform(0, 40, (4, 4)) + [0, 0, 100, 150], np.ones(4)) for t in range(3)]
    module = create("hrnet-compact", 17)
    torch.nn.init.normal_(module.final_layer.weight, std=1.0)  # type: ignore[union-attr, arg-type]
    torch.nn.init.constant_(module.final_layer.bias, 0.5)  # type: ignore[union-attr, arg-type]

    def poses(appearance: bool) -> PoseEstimator:
        return PoseEstimator(TorchRunner(module, "cpu"), COCO, (64, 96), appearance=appearance, oks_threshold=None)

    plain = poses(False).estimate(frames, boxes)
    estimator = poses(True)
    whole = estimator.estimate(frames, boxes)
    estimator.forget_people()
    again = [estimator.estimate([f], [b])[0] for f, b in zip(frames, boxes, strict=True)]
    for a, b, c in zip(plain, whole, again, strict=True):
        assert a.appearance.shape == (4, 0) and b.appearance.shape == (4, NUM_PARTS * NUM_BINS) and b.appearance.any()
        np.testing.assert_array_equal(a.joints_xy, b.joints_xy)
        assert abs(b.appearance.astype(int) - c.appearance).max() <= 12  # joints differ by rounding with the batch size
