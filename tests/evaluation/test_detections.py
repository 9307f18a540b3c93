"""People found at a given number of false positives: by hand, and against pycocotools' matching."""

from __future__ import annotations

import numpy as np
import pytest

from posetrack.evaluation.detections import judge_boxes, people_found

A, B, FAR = [0.0, 0, 10, 20], [30.0, 0, 40, 20], [80.0, 80, 90, 95]


def test_the_second_box_of_somebody_is_a_false_alarm() -> None:
    boxes = np.array([A, A, B, FAR])
    judged = judge_boxes(boxes, np.array([0.5, 0.9, 0.4, 0.3]), np.array([A, B]))
    assert judged.finds.tolist() == [False, True, True, False]
    assert judged.false_alarm.tolist() == [True, False, False, True]


def test_a_box_of_two_people_is_the_one_s_who_counts_and_the_next_box_the_other_s() -> None:
    near = [1.0, 0, 11, 20]
    judged = judge_boxes(np.array([A, A]), np.array([0.9, 0.8]), np.array([A, near]), counts=np.array([False, True]))
    assert judged.finds.tolist() == [True, False]
    assert not judged.false_alarm.any()


def test_boxes_of_a_crowd_are_excused() -> None:
    judged = judge_boxes(np.array([A, FAR]), np.array([0.9, 0.8]), np.array([A]), excused=np.array([True, True]))
    assert judged.finds.tolist() == [True, False] and not judged.false_alarm.any()


def test_nobody_is_there_or_nothing_is_found() -> None:
    none = np.zeros((0, 4))
    assert judge_boxes(np.array([A]), np.array([0.9]), none).false_alarm.tolist() == [True]
    nothing = judge_boxes(none, np.zeros(0), np.array([A]))
    assert people_found([nothing], 1) == 0


def test_people_found_at_the_score_where_there_are_so_many_false_alarms() -> None:
    people = np.array([A, B])
    first = judge_boxes(np.array([A, FAR, B]), np.array([0.9, 0.8, 0.7]), people)
    second = judge_boxes(np.array([FAR, A, B]), np.array([0.6, 0.5, 0.4]), people)
    found = [people_found([first, second], alarms) for alarms in (0, 0.4, 0.5, 1)]
    assert found == [1, 1, 2, 4]  # 0.4 per image allows none in two images; down to a score of 0.6 there are two


@pytest.mark.parametrize("seed", range(4))
def test_as_pycocotools_matches(seed: int) -> None:
    coco, cocoeval = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    rng = np.random.default_rng(seed)
    people = np.concatenate([low := rng.uniform(0, 60, (8, 2)), low + rng.uniform(8, 40, (8, 2))], axis=1)
    boxes = people[rng.integers(8, size=30)] + rng.normal(0, 3, (30, 4))
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 2)
    scores = rng.random(30)
    judged = judge_boxes(boxes, scores, people)

    def annotation(number: int, box: np.ndarray) -> dict[str, object]:
        wh = box[2:] - box[:2]
        return {"id": number + 1, "image_id": 1, "category_id": 1, "bbox": [*box[:2], *wh], "area": wh.prod(), "iscrowd": 0}

    truth, found = coco.COCO(), coco.COCO()
    for data, rows in ((truth, people), (found, boxes)):
        data.dataset = {"images": [{"id": 1}], "categories": [{"id": 1}],
                        "annotations": [annotation(n, box) for n, box in enumerate(rows)]}  # fmt: skip
        data.createIndex()
    for row, score in zip(found.dataset["annotations"], scores, strict=True):
        row["score"] = score
    official = cocoeval.COCOeval(truth, found, "bbox")
    official.params.iouThrs = np.array([0.5])
    official.evaluate()
    matches = official.evalImgs[0]
    by_score = np.argsort(-scores, kind="stable")
    assert (np.array(matches["dtMatches"][0]) > 0).tolist() == judged.finds[by_score].tolist()
