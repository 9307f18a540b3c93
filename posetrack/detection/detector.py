"""The detector interface, and the filtering that all detectors apply to their boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from posetrack.geometry import box_nms, clip_boxes
from posetrack.structures import FloatArray, Frame, FrameBoxes

MIN_SIDE_PX = 1.0


class Detector(Protocol):
    """Finds the people in frames."""

    def detect(self, frames: Sequence[Frame]) -> list[FrameBoxes]:
        """Return one FrameBoxes per frame, best box first; frames must come in order across calls."""
        ...


def clean_boxes(
    frame: Frame, boxes_xyxy: FloatArray, scores: FloatArray, score_threshold: float, nms_iou: float, max_people: int
) -> FrameBoxes:
    """Clip boxes to the image and drop weak, empty, non-finite and duplicate ones; best first.

    Args:
        frame: the image they belong to.
        boxes_xyxy: (N, 4) pixels.
        scores: (N,); NaN counts as 1, for files without scores.
        score_threshold: minimum score.
        nms_iou: of two boxes that overlap more than this, the better stays.
        max_people: maximum number of boxes.
    """
    scores = np.where(np.isnan(scores), 1.0, scores)
    clipped = clip_boxes(boxes_xyxy, frame.image_hw)
    # In an image one pixel wide every box has width 0, so no person is ever found.
    large = ((clipped[:, 2:] - clipped[:, :2]) >= MIN_SIDE_PX).all(axis=1)
    good = large & np.isfinite(clipped).all(axis=1) & (scores >= score_threshold)
    clipped, scores = clipped[good], scores[good]
    keep = box_nms(clipped, scores, nms_iou)[:max_people]
    return FrameBoxes(frame.index, frame.image_hw, clipped[keep], scores[keep])
