"""How many people a detector finds while so many of its boxes an image hold nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from posetrack.geometry import box_iou
from posetrack.structures import BoolArray, FloatArray

MIN_IOU = 0.5


@dataclass(frozen=True, eq=False)
class JudgedBoxes:
    """The boxes of one image against its people.

    Attributes:
        scores: (N,).
        finds: (N,) it is the box of somebody who counts.
        false_alarm: (N,) it is nobody's box: nobody is there, or who is there has a box of a higher score.
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
    """Give each box, the highest score first, the person it overlaps most of those who have none yet.

    Args:
        boxes_xyxy: (N, 4) pixels.
        scores: (N,).
        people_xyxy: (M, 4) of the ground truth.
        counts: (M,) who is to be found; a box of another person is neither found nor a false alarm. None = all.
        excused: (N,) boxes that are no false alarm even if they are nobody's, such as those of a crowd. None = none.
    """
    overlap = box_iou(boxes_xyxy, people_xyxy)
    counts = np.ones(len(people_xyxy), dtype=bool) if counts is None else counts
    excused = np.zeros(len(boxes_xyxy), dtype=bool) if excused is None else excused
    overlap[overlap <= MIN_IOU] = 0
    overlap[:, counts] *= 2  # rather than one who does not
    finds, false_alarm = np.zeros(len(scores), dtype=bool), ~excused
    for box in np.argsort(-scores, kind="stable"):
        if overlap[box].max(initial=0) > 0:
            person = overlap[box].argmax()
            finds[box], false_alarm[box] = counts[person], False
            overlap[:, person] = 0
    return JudgedBoxes(scores, finds, false_alarm)


def people_found(images: Sequence[JudgedBoxes], false_alarms: float) -> int:
    """How many are found from the lowest score on at which there are ``false_alarms`` an image, or fewer."""
    wrong = np.sort(np.concatenate([image.scores[image.false_alarm] for image in images]))[::-1]
    allowed = int(false_alarms * len(images))
    least = wrong[allowed] if len(wrong) > allowed else -np.inf
    return sum(int((image.finds & (image.scores > least)).sum()) for image in images)
