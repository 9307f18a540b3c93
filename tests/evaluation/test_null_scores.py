"""``null`` as a joint score: the official program ranks it first, a missing score last."""

import json
from dataclasses import replace

import numpy as np
import pytest

from posetrack.evaluation import CORRECTED, OFFICIAL, SINGLE_CORRECTIONS, evaluate_posetrack
from posetrack.evaluation.sweep import count_sweep
from posetrack.io import read_poses
from posetrack.io.conversion.losses import compare
from posetrack.io.posetrack_file import parse_posetrack17, parse_posetrack18
from posetrack.structures import POSETRACK17

NOSE = POSETRACK17.joints.index("nose")
NAMES = [f"images/val/000001_mpii_test/{i:06d}.jpg" for i in range(2)]
FIRST_ID = 10_000_010_000
MISSING = "missing"
PERSONS = [(10.0, 0), (400.0, 1)]  # (x of all joints, track id); only the first is in the ground truth
# (scores of the true and the false person's joints), AP of each joint by poseval 4258a15 in percent.
RANKED = [
    ((0.5, None), 50.0),  # the false one ranks first
    ((None, 0.5), 100.0),
    ((0.5, MISSING), 100.0),
    ((MISSING, 0.5), 50.0),
    ((MISSING, None), 50.0),
    ((None, MISSING), 100.0),
    ((None, None), 50.0),  # of equal scores, the last in the file ranks first
    ((0.5, 0.5), 50.0),
]


def _written17(scores):
    def person(x, track, score):
        point = {"score": [score]} if score != MISSING else {}
        points = [{"id": [j], "x": [x], "y": [20.0 + 40 * j]} | point for j in range(15)]
        return {"track_id": [track], "annopoints": [{"point": points}], "x1": [0], "y1": [0], "x2": [20], "y2": [20]}

    people = [person(*one, score) for one, score in zip(PERSONS, scores, strict=False)]
    return {"annolist": [{"image": [{"name": n}], "imgnum": [1], "is_labeled": [1], "annorect": people} for n in NAMES]}


def _written18(scores):
    images = [{"file_name": n, "id": FIRST_ID + i, "frame_id": FIRST_ID + i} for i, n in enumerate(NAMES)]
    annotations = []
    for image in images:
        for (x, track), score in zip(PERSONS, scores, strict=False):
            keypoints = np.array([[x, 20.0 + 40 * j, 1] for j in range(15)]).ravel().tolist()
            person = {"image_id": image["id"], "track_id": track, "keypoints": keypoints, "bbox_head": [0, 0, 20, 20]}
            annotations.append(person | ({"scores": [score] * 15} if score != MISSING else {}))
    category = {"id": 1, "name": "person", "keypoints": list(POSETRACK17.joints)}
    return {"images": images, "annotations": annotations, "categories": [category]}


@pytest.fixture(params=[_written17, _written18], ids=["17", "18"])
def read(request, tmp_path):
    """Read people with given scores from a file of either format."""

    def of(*scores):
        path = tmp_path / "000001_mpii_test.json"
        path.write_text(json.dumps(request.param(scores)))
        return read_poses(path)

    return of


@pytest.mark.parametrize(("scores", "expected"), RANKED, ids=lambda value: str(value))
def test_joints_rank_as_in_the_official_program(read, scores, expected):
    truth, pred = read(MISSING), read(*scores)
    np.testing.assert_allclose(evaluate_posetrack([truth], [pred]).ap, expected)
    if 0.5 in scores:  # a sweep needs at least one score
        np.testing.assert_allclose(count_sweep(truth, pred).cell(0).result().ap, expected)


def test_corrected_null_is_no_score(read):
    truth, pred = read(MISSING), read(0.5, None)
    for corrections in (CORRECTED, SINGLE_CORRECTIONS["null_scores_last"]):
        np.testing.assert_allclose(evaluate_posetrack([truth], [pred], corrections).ap, 100.0)


def test_null_of_one_joint_is_that_joint_s_alone(read):
    pred = read(0.5, None)
    assert pred.columns.null_scores.any(axis=1).tolist() == [False, True] * 2
    assert np.isnan(pred.columns.joint_scores[1]).all()


def test_conversion_says_that_nulls_are_gone(read):
    source = read(0.5, None)
    columns = replace(source.columns, null_scores=np.zeros_like(source.columns.null_scores))
    result = replace(source, frames=columns.frames([frame.image_hw for frame in source.frames]))
    losses = compare(source, result).losses
    assert [(loss.what, loss.count, loss.poses) for loss in losses] == [("nulls in place of joint scores", 30, 2)]


def test_null_for_the_whole_list_or_the_bare_value_is_missing():
    """The official program ignores the first and crashes on the second."""
    in18 = _written18((0.5, 0.5))
    in18["annotations"][0]["scores"] = None
    in17 = _written17((0.5, 0.5))
    in17["annolist"][0]["annorect"][0]["annopoints"][0]["point"][0]["score"] = None
    for sequence in (parse_posetrack18(in18, "a.json"), parse_posetrack17(in17, "a.json")):
        assert not sequence.columns.null_scores.any()
        assert np.isnan(sequence.columns.joint_scores[0]).any()


def test_nulls_stay_with_their_frames_when_frames_are_put_in_order():
    truth, pred = _written18((MISSING,)), _written18((0.5, None))
    for person in pred["annotations"][2:]:  # of the second frame
        person["scores"] = [0.6] * 15
    figures = []
    for images in (pred["images"], pred["images"][::-1]):
        sides = [parse_posetrack18(side, "a.json") for side in (truth, pred | {"images": images})]
        figures.append(evaluate_posetrack([sides[0]], [sides[1]], OFFICIAL).ap)
    np.testing.assert_array_equal(*figures)
    assert figures[0][NOSE] < 100
