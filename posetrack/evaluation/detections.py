"""Recall of a person detector at a given number of false positives per image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posetrack.geometry import box_iou
from posetrack.structures import BoolArray, FloatArray

MIN_IOU = 0.5


@dataclass(frozen=True, eq=False)
class JudgedBoxes:
    """The detected boxes of one image, matched to its people.

    Attributes:
        scores: (N,).
        finds: (N,) the box is matched to a person who counts.
        false_alarm: (N,) the box matches nobody: no person there, or the person is taken by a higher-scoring box.
    """

    scores: FloatArray
    finds: BoolArray
    false_alarm: BoolArray


def judge_boxes(
    boxes_xyxy: FloatArray,
    scores: FloatArray,
    people_xyxy: FloatArray,
    counts: BoolArray | None = None,
    excused: BoolArray | None = None,
) -> JudgedBoxes:
    """Match each box, in order of descending score, to the still unmatched person with whom it overlaps most.

    Args:
        boxes_xyxy: (N, 4) pixels.
        scores: (N,).
        people_xyxy: (M, 4) ground-truth boxes.
        counts: (M,) people to be found; a box on anyone else is neither a find nor a false positive. None = all.
        excused: (N,) boxes that are not false positives even when unmatched, e.g. those in a crowd. None = none.
    """
    overlap = box_iou(boxes_xyxy, people_xyxy)
    counts = np.ones(len(people_xyxy), dtype=bool) if counts is None else counts
    excused = np.zeros(len(boxes_xyxy), dtype=bool) if excused is None else excused
    overlap[overlap <= MIN_IOU] = 0
    overlap[:, counts] *= 2  # prefer people who count
    finds, false_alarm = np.zeros(len(scores), dtype=bool), ~excused
    for box in np.argsort(-scores, kind="stable"):
        if overlap[box].max(initial=0) > 0:
            person = overlap[box].argmax()
            finds[box], false_alarm[box] = counts[person], False
            overlap[:, person] = 0
    return JudgedBoxes(scores, finds, false_alarm)


def people_found(images: Sequence[JudgedBoxes], false_alarms: float) -> int:
    """Count the people found at the lowest score threshold with at most ``false_alarms`` false positives per image."""
    wrong = np.sort(np.concatenate([image.scores[image.false_alarm] for image in images]))[::-1]
    allowed = int(false_alarms * len(images))
    least = wrong[allowed] if len(wrong) > allowed else -np.inf
    return sum(int((image.finds & (image.scores > least)).sum()) for image in images)
