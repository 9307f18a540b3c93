"""Box clean-up common to all detectors: clip, sort, and drop weak, tiny, non-finite and duplicate boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posetrack.detection.detector import clean_boxes
from posetrack.geometry import box_iou
from posetrack.structures import Frame, FrameBoxes


def frame(height: int = 60, width: int = 80) -> Frame:
    return Frame(3, np.zeros((height, width, 3), dtype=np.uint8), None, "3.jpg")


def cleaned(boxes: object, scores: object, image: Frame | None = None, **change: float) -> FrameBoxes:
    options = {"score_threshold": 0.3, "nms_iou": 0.5, "max_people": 100} | change
    return clean_boxes(
        frame() if image is None else image,
        np.asarray(boxes, dtype=np.float64).reshape(-1, 4),
        np.asarray(scores, dtype=np.float64),
        options["score_threshold"],
        options["nms_iou"],
        int(options["max_people"]),
    )


def test_boxes_are_cut_at_the_outermost_pixel_centres() -> None:
    result = cleaned([[-5, -6, 200, 300]], [0.9])
    assert result.xyxy.tolist() == [[0, 0, 79, 59]]
    assert (result.frame_index, result.image_hw) == (3, (60, 80))


@pytest.mark.parametrize(
    "box",
    [(10, 10, 10.9, 50), (10, 10, 50, 10), (50, 50, 10, 10), (90, 10, 120, 50), (-30, 5, -1, 20), (78.5, 5, 200, 20)],
    ids=["thin", "flat", "reversed", "right-of-it", "left-of-it", "a-sliver-inside"],
)
def test_boxes_without_a_pixel_go(box: tuple[float, ...]) -> None:
    assert cleaned([box, (5, 5, 6, 6)], [0.9, 0.8]).xyxy.tolist() == [[5, 5, 6, 6]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(4))
def test_what_is_not_finite_goes_or_is_cut(bad: float, place: int) -> None:
    box = np.array([10.0, 10, 50, 40])
    box[place] = bad
    result = cleaned([box], [0.9])
    assert np.isfinite(result.xyxy).all()
    if np.isnan(bad):
        assert len(result) == 0


def test_the_score_threshold_itself_is_enough_and_no_score_counts_as_1() -> None:
    boxes = [(0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10)]
    result = cleaned(boxes, [0.3, 0.29, np.nan])
    assert result.scores.tolist() == [1.0, 0.3]
    assert result.xyxy[:, 0].tolist() == [40, 0]


def test_of_doubles_the_better_stays_and_at_most_max_people() -> None:
    boxes = [(0, 0, 10, 10), (0, 0, 10, 11), (20, 0, 30, 10), (40, 0, 50, 10)]
    assert cleaned(boxes, [0.5, 0.9, 0.8, 0.7]).scores.tolist() == [0.9, 0.8, 0.7]
    assert cleaned(boxes, [0.5, 0.9, 0.8, 0.7], max_people=2).scores.tolist() == [0.9, 0.8]
    assert len(cleaned([boxes[0]] * 3, [0.5, 0.5, 0.5], nms_iou=1.0)) == 3


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 80), (60, 1)])
def test_an_image_of_one_pixel_or_line_holds_nobody(height: int, width: int) -> None:
    assert len(cleaned([(0, 0, 5, 5)], [0.9], frame(height, width))) == 0


def test_no_boxes() -> None:
    assert cleaned([], []).xyxy.shape == (0, 4)


_number = st.floats(-200, 200) | st.sampled_from((np.nan, np.inf, -np.inf))


@given(
    st.lists(st.tuples(_number, _number, _number, _number, st.floats(0, 1)), max_size=12),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 6),
)
def test_whatever_comes_in(rows: list[tuple[float, ...]], threshold: float, nms_iou: float, most: int) -> None:
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    before = table.copy()
    result = cleaned(table[:, :4], table[:, 4], score_threshold=threshold, nms_iou=nms_iou, max_people=most)
    assert np.array_equal(table, before, equal_nan=True)
    assert len(result) <= most and (result.scores >= threshold).all() and (np.diff(result.scores) <= 0).all()
    assert ((result.xyxy >= 0) & (result.xyxy <= [79, 59, 79, 59])).all()
    assert ((result.xyxy[:, 2:] - result.xyxy[:, :2]) >= 1).all()
    overlap = box_iou(result.xyxy, result.xyxy)
    assert (overlap[~np.eye(len(result), dtype=bool)] <= nms_iou).all()
