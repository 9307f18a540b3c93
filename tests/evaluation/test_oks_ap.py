"""OKS AP: equal to pycocotools on a COCO file; and our choices where COCO leaves cases open."""

import contextlib
import io
import json
import math
import sys
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from pycocotools.coco import COCO as CocoFile
from pycocotools.cocoeval import COCOeval

from posetrack.errors import FormatError, MissingDependencyError
from posetrack.evaluation.oks_ap import ENGINES, OksApResult, evaluate_oks_ap, oks_sigmas
from posetrack.structures import (
    COCO,
    MPII,
    POSETRACK17,
    POSETRACK18,
    FramePoses,
    SequenceInfo,
    SequencePoses,
    joint_map,
)

FIGURES = [f.name for f in fields(OksApResult)][:10]


def poses(index, xy, boxes=None, scores=0.9, valid=None, joint_scores=math.nan):
    """One frame of (N, K, 2) joints."""
    xy = np.asarray(xy, dtype=np.float64)
    n, k = xy.shape[:2]
    valid = ~np.isnan(xy).any(axis=2) if valid is None else valid
    boxes = np.full((n, 4), np.nan) if boxes is None else boxes
    return FramePoses(index, (480, 640), boxes, np.broadcast_to(scores, n), xy, np.full((n, k), joint_scores), valid)


def clip(frames, skeleton=COCO, name="clip", labelled=(), regions=()):
    info = SequenceInfo(name, tuple(f"{i:06d}.jpg" for i in range(len(frames))), labelled=tuple(labelled))
    return SequencePoses(info, skeleton, tuple(frames), tuple(regions))


def person(x=100.0, y=50.0, scale=10.0, joints=17):
    """(K, 2) joints in five columns, ``4 * scale`` wide and ``3 * scale`` high."""
    return np.stack([x + scale * (np.arange(joints) % 5), y + scale * (np.arange(joints) // 5)], axis=1)


def boxed(*people):
    """Stacked joints and boxes of people."""
    xy = np.array(people).reshape(-1, people[0].shape[0], 2)
    return xy, np.concatenate([xy.min(axis=1) - 5, xy.max(axis=1) + 5], axis=1)


def random_pair(seed, skeleton=COCO, num_frames=6, missing=0.15):
    """Truth and predictions of one sequence with near misses, duplicates, extra people, and people without joints."""
    rng = np.random.default_rng(seed)
    k = skeleton.num_joints
    truth, pred = [], []
    for index in range(num_frames):
        n = int(rng.integers(0, 6))
        people = [person(*rng.uniform(0, 500, 2), rng.uniform(3, 60), k) for _ in range(n)] or [person(joints=k)]
        xy, boxes = boxed(*people)
        xy, boxes = xy[:n], boxes[:n]
        valid = rng.random((n, k)) > missing
        valid[rng.random(n) < 0.15] = False
        truth.append(poses(index, np.where(valid[..., None], xy, np.nan), boxes, math.nan))
        size = (boxes[:, 2] - boxes[:, 0])[:, None, None]
        doubled = np.concatenate([xy + rng.normal(size=xy.shape) * size * s for s in (0.02, 0.1)])
        doubled = doubled[rng.random(len(doubled)) < 0.8]
        pred.append(poses(index, doubled, scores=rng.integers(1, 8, len(doubled)) / 8))  # with equal scores too
    return clip(truth, skeleton), clip(pred, skeleton)


def coco_figures(gt, pred, sigmas):
    """Figures of pycocotools on a COCO file of the same poses, written here and read by its own loader."""
    truth, results = [], []
    for frame in gt.frames:
        for i in range(len(frame)):
            x1, y1, x2, y2 = frame.boxes_xyxy[i].tolist()
            seen = frame.joint_valid[i]
            triples = np.c_[np.nan_to_num(frame.joints_xy[i]), 2.0 * seen].ravel().tolist()
            truth.append({"id": len(truth) + 1, "image_id": frame.frame_index, "category_id": 1, "iscrowd": 0,
                          "bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "keypoints": triples,
                          "num_keypoints": int(seen.sum())})  # fmt: skip
    for frame in pred.frames:
        for i in range(len(frame)):
            triples = np.c_[frame.joints_xy[i], np.ones(frame.num_joints)].ravel().tolist()
            results.append({"image_id": frame.frame_index, "category_id": 1, "keypoints": triples,
                            "score": float(frame.scores[i])})  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        file = CocoFile()
        file.dataset = {"info": {}, "images": [{"id": i} for i in range(len(gt.frames))],
                        "categories": [{"id": 1, "name": "person"}], "annotations": truth}  # fmt: skip
        file.createIndex()
        evaluation = COCOeval(file, file.loadRes(results), "keypoints")
        evaluation.params.kpt_oks_sigmas = sigmas
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [math.nan if value == -1 else 100.0 * value for value in evaluation.stats.tolist()]


def figures(result):
    return [getattr(result, name) for name in FIGURES]


@pytest.mark.parametrize("skeleton", [COCO, POSETRACK18, POSETRACK17], ids=lambda s: s.name)
@pytest.mark.parametrize("seed", range(4))
def test_equals_pycocotools_on_a_file(seed, skeleton, capsys):
    gt, pred = random_pair(seed, skeleton)
    result = evaluate_oks_ap([gt], [pred])
    assert capsys.readouterr() == ("", "")
    assert figures(result) == pytest.approx(coco_figures(gt, pred, skeleton.sigmas), abs=1e-9, nan_ok=True)
    assert 0 < result.ap < 100


@pytest.mark.parametrize("seed", range(12))
def test_faster_coco_eval_gives_the_same(seed, capsys):
    skeleton = (COCO, POSETRACK18, POSETRACK17)[seed % 3]
    pairs = [random_pair(100 * seed + i, skeleton) for i in range(3)]
    gt, pred = ([replace(p[side], info=replace(p[side].info, name=str(i))) for i, p in enumerate(pairs)]
                for side in (0, 1))  # fmt: skip
    slow, fast = (asdict(evaluate_oks_ap(gt, pred, max_persons=3 + seed, engine=engine)) for engine in ENGINES)
    assert fast == pytest.approx(slow, abs=1e-9, nan_ok=True)
    assert capsys.readouterr() == ("", "")


def test_faster_coco_eval_of_nothing():
    empty = clip([poses(0, np.zeros((0, 17, 2)))])
    some = clip([poses(0, [person()])])
    for gt, pred in ((empty, empty), (empty, some), (some, empty)):
        slow, fast = (asdict(evaluate_oks_ap([gt], [pred], engine=engine)) for engine in ENGINES)
        assert fast == pytest.approx(slow, nan_ok=True)


def test_faster_coco_eval_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "posetrack\[fast-coco\]"'):
        evaluate_oks_ap([], [], engine="faster-coco-eval")


def test_perfect_and_sizes():
    small, large = person(0, 0, 15), person(300, 100, 60)  # boxes of 70x55 and 250x190 pixels
    xy, boxes = boxed(small, large)
    result = evaluate_oks_ap([clip([poses(0, xy, boxes)])], [clip([poses(0, xy[:1])])])
    assert (result.ap_medium, result.ap_large) == (pytest.approx(100.0), 0.0)
    assert (result.ar_medium, result.ar_large, result.ar) == (100.0, 0.0, 50.0)
    assert (result.truths, result.ignored, result.predictions, result.boxes_from_joints) == (2, 0, 1, 0)
    assert evaluate_oks_ap([clip([poses(0, xy, boxes)])], [clip([poses(0, xy)])]).ap == pytest.approx(100.0)


def test_empty_sides():
    xy, boxes = boxed(person())
    some, none = clip([poses(0, xy, boxes)]), clip([poses(0, np.zeros((0, 17, 2)))])
    assert evaluate_oks_ap([some], [none]).ap == 0.0
    for gt, pred in (([none], [some]), ([none], [none]), ([clip([])], [clip([])]), ([], [])):
        result = evaluate_oks_ap(gt, pred)
        assert all(math.isnan(value) for value in figures(result))
        assert result.to_json()["ap"] is None
        json.dumps(result.to_json(), allow_nan=False)


def test_unlabelled_frames_do_not_count_but_labelled_empty_ones_do():
    xy, boxes = boxed(person())
    none = poses(1, np.zeros((0, 17, 2)))
    pred = clip([poses(0, xy, scores=0.5), poses(1, xy, scores=0.9)])
    counted = evaluate_oks_ap([clip([poses(0, xy, boxes), none])], [pred])
    free = evaluate_oks_ap([clip([poses(0, xy, boxes), none], labelled=(True, False))], [pred])
    assert counted.ap == pytest.approx(50.0) and free.ap == pytest.approx(100.0)
    assert free.predictions == 1


def test_ignore_regions():
    xy, boxes = boxed(person(0), person(300))
    region = np.array([[250.0, 0], [450, 0], [450, 200], [250, 200]])
    gt, pred = poses(0, xy[:1], boxes[:1]), clip([poses(0, xy, scores=[0.5, 0.9])])
    assert evaluate_oks_ap([clip([gt])], [pred]).ap == pytest.approx(50.0)
    freed = evaluate_oks_ap([clip([gt], regions=((region,),))], [pred])
    assert freed.ap == pytest.approx(100.0) and freed.predictions == 1
    # An annotated person inside the region does not count as missed either.
    both = evaluate_oks_ap([clip([poses(0, xy, boxes)], regions=((region,),))], [clip([poses(0, xy[:1])])])
    assert both.ap == pytest.approx(100.0) and (both.truths, both.ignored) == (1, 1)


def test_person_without_joints_is_ignored_with_its_neighbourhood():
    xy, boxes = boxed(person(0), person(300))
    unseen = np.full((1, 17, 2), np.nan)
    gt = clip([poses(0, np.concatenate([xy[:1], unseen]), boxes)])
    result = evaluate_oks_ap([gt], [clip([poses(0, xy, scores=[0.5, 0.9])])])
    assert result.ap == pytest.approx(100.0) and (result.truths, result.ignored) == (1, 1)


def test_joint_that_is_not_predicted_has_similarity_0():
    xy, boxes = boxed(person(0.0, 0.0))  # near (0, 0), where COCO files put missing joints
    partial = xy.copy()
    partial[0, :4] = np.nan  # OKS is 13/17 = 0.765: correct at 6 of the ten thresholds
    result = evaluate_oks_ap([clip([poses(0, xy, boxes)])], [clip([poses(0, partial)])])
    assert result.ar == pytest.approx(60.0) and (result.ar50, result.ar75) == (100.0, 100.0)


def test_truth_without_box_takes_its_joints_box():
    xy, _ = boxed(person())
    grown = np.array([[100 - 6, 50 - 4.5, 140 + 6, 80 + 4.5]])  # 40 by 30 pixels, enlarged 1.3 times
    moved = xy + [2.0, 0.0]
    without = evaluate_oks_ap([clip([poses(0, xy)])], [clip([poses(0, moved)])])
    given = evaluate_oks_ap([clip([poses(0, xy, grown)])], [clip([poses(0, moved)])])
    assert (without.boxes_from_joints, given.boxes_from_joints) == (1, 0)
    assert figures(without) == pytest.approx(figures(given), nan_ok=True)
    assert 0 < without.ap < 100


def test_score_of_the_pose_or_of_its_joints():
    xy, boxes = boxed(person())
    gt = clip([poses(0, xy, boxes)] + [poses(1, xy[:0])])
    pred = clip([poses(0, xy, scores=math.nan, joint_scores=0.9), poses(1, xy, scores=0.5)])
    assert evaluate_oks_ap([gt], [pred]).ap == pytest.approx(100.0)  # the true positive ranks first
    with pytest.raises(FormatError, match="frame 0 .*neither a score nor scores of joints.*1 such persons"):
        evaluate_oks_ap([gt], [clip([poses(0, xy, scores=math.nan), poses(1, xy)])])


def test_predictions_of_another_skeleton_are_found_by_name():
    gt, pred = random_pair(3, POSETRACK18)
    order = joint_map(POSETRACK18, POSETRACK17)
    fewer = [poses(f.frame_index, f.joints_xy[:, order], scores=f.scores) for f in pred.frames]
    truth = [poses(f.frame_index, f.joints_xy[:, order], f.boxes_xyxy) for f in gt.frames]
    same = evaluate_oks_ap([clip(truth, POSETRACK17)], [clip(fewer, POSETRACK17)])
    mixed = evaluate_oks_ap([clip(truth, POSETRACK17)], [pred])
    assert mixed.ar == pytest.approx(same.ar) and same.ar > 0


def test_sigmas():
    assert oks_sigmas(COCO).tolist() == COCO.sigmas.tolist() == oks_sigmas(COCO, "openpifpaf").tolist()
    coco, openpifpaf = oks_sigmas(POSETRACK18), oks_sigmas(POSETRACK18, "openpifpaf")
    assert coco[:3].tolist() == [0.026, 0.025, 0.025] and openpifpaf[:3].tolist() == [0.026, 0.08, 0.06]
    assert coco[3:].tolist() == openpifpaf[3:].tolist()
    gt, pred = random_pair(1, POSETRACK18)
    assert evaluate_oks_ap([gt], [pred], sigmas="openpifpaf").ar >= evaluate_oks_ap([gt], [pred]).ar


def test_errors():
    one, two = clip([poses(0, [person()])]), clip([poses(0, [person()]), poses(1, [person()])])
    mpii = clip([poses(0, [person(joints=16)])], MPII)
    for gt, pred, message in (
        ([one], [two], "2 frames of predictions, expected 1"),
        ([one, one], [one], r"no predictions for sequence 2 \(clip\)"),
        ([one], [one, one], "no ground truth for sequence 2"),
        ([mpii], [mpii], "skeleton mpii: OKS AP needs coco, posetrack18, posetrack17"),
        ([one, replace(one, skeleton=POSETRACK18)], [one, one], "of skeleton posetrack18, expected coco"),
        ([one, one], [replace(one, info=replace(one.info, name="b")), one], "put both sides in the same order"),
    ):
        with pytest.raises(FormatError, match=message):
            evaluate_oks_ap(gt, pred)
    for wrong in ({"engine": "fast"}, {"sigmas": "mmpose"}, {"max_persons": 0}):
        with pytest.raises(ValueError, match="expected"):
            evaluate_oks_ap([one], [one], **wrong)
