"""Rescoring and OKS-NMS equal the official evaluation, recorded by ``tests/data/pose/record_official.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pose_cases as cases
import pytest

from posetrack.geometry import box_to_center_scale
from posetrack.pose.scoring import oks_nms, padded_area, rescore, soft_oks_nms
from posetrack.structures import COCO

OFFICIAL = np.load(Path(__file__).parents[1] / "data" / "pose" / "official.npz")


@pytest.mark.parametrize("case", cases.PEOPLE_CASES)
def test_scores_areas_and_who_stays_are_official(case: int) -> None:
    people = cases.people(case)
    scores = rescore(people.box_scores, people.joint_scores)
    if f"nms/{case}/scores" in OFFICIAL:
        np.testing.assert_allclose(scores, OFFICIAL[f"nms/{case}/scores"], rtol=1e-12)
    areas = padded_area(box_to_center_scale(people.boxes_xyxy, 192 / 256)[1])
    np.testing.assert_allclose(areas, OFFICIAL[f"nms/{case}/areas"], rtol=1e-6)  # the official ones are float32
    for threshold in cases.OKS_THRESHOLDS:
        for kind, suppress in (("hard", oks_nms), ("soft", soft_oks_nms)):
            keep = suppress(people.joints_xy, scores, areas, COCO.sigmas, threshold)
            assert keep.tolist() == OFFICIAL[f"nms/{case}/{threshold}/{kind}"].tolist()


def test_the_cases_tell_hard_soft_and_thresholds_apart() -> None:
    sizes = [len(OFFICIAL[f"nms/4/{t}/hard"]) for t in cases.OKS_THRESHOLDS]
    assert 1 < sizes[2] < sizes[1] < sizes[0] < 30
    assert [len(OFFICIAL[f"nms/4/{t}/soft"]) for t in cases.OKS_THRESHOLDS] == [20, 20, 20]


def test_by_hand() -> None:
    scores = rescore(
        np.array([0.5, 0.5, np.nan, 0.9]), np.array([[0.2, 0.4, 0.8], [0.1, 0.2, -1], [0.3, 0.5, np.nan], [np.nan] * 3])
    )
    np.testing.assert_allclose(scores, [0.3, 0, 0.4, 0])
    assert rescore(np.zeros(0), np.zeros((0, 17))).shape == (0,)


def test_nobody_and_people_without_joints() -> None:
    for suppress in (oks_nms, soft_oks_nms):
        nobody = suppress(np.zeros((0, 17, 2)), np.zeros(0), np.zeros(0), COCO.sigmas, 0.9)
        assert nobody.tolist() == []
        jointless = suppress(np.full((2, 17, 2), np.nan), np.array([0.1, 0.2]), np.ones(2), COCO.sigmas, 0.9)
        assert jointless.tolist() == [1, 0]
