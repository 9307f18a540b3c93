"""Contact sheets: many crops side by side with their labels, for visual inspection."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from posetrack.structures import COCO, POSETRACK18, ImageArray
from posetrack.synthetic.humans.crops import Crop
from posetrack.synthetic.humans.landmarks import LABELS
from posetrack.synthetic.humans.scene.truth import OUTSIDE, VISIBLE

_LEFT, _RIGHT, _MIDDLE = (60, 220, 60), (255, 70, 60), (255, 230, 60)
_LIMBS = [
    (LABELS.index(skeleton.joints[a]), LABELS.index(skeleton.joints[b]))
    for skeleton in (POSETRACK18, COCO)
    for a, b in skeleton.limbs
]


def draw_labels(crop: Crop, enlarge: int = 1) -> ImageArray:
    """Draw a crop's joints (left green, right red, hollow if hidden) and boxes (body white, head yellow)."""
    image = cv2.resize(crop.image, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_NEAREST)
    at = np.round((crop.truth.joints_xy + 0.5) * enlarge - 0.5).clip(-10000, 10000).astype(int)
    for a, b in dict.fromkeys(_LIMBS):
        if crop.truth.visibility[[a, b]].min() > OUTSIDE:
            cv2.line(image, tuple(at[a]), tuple(at[b]), (255, 255, 255), 1, cv2.LINE_AA)
    for joint, name in enumerate(LABELS):
        if crop.truth.visibility[joint] == OUTSIDE:
            continue
        color = _LEFT if name.startswith("left") else _RIGHT if name.startswith("right") else _MIDDLE
        filled = -1 if crop.truth.visibility[joint] == VISIBLE else 1
        cv2.circle(image, tuple(at[joint]), 2 * enlarge, color, filled, cv2.LINE_AA)
    for box, color in ((crop.box_xyxy, (255, 255, 255)), (crop.truth.head_box_xyxy, (255, 230, 60))):
        if np.isfinite(box).all():
            corner = np.round((box + 0.5) * enlarge - 0.5).clip(-10000, 10000).astype(int)
            cv2.rectangle(image, tuple(corner[:2]), tuple(corner[2:]), color, 1)
    return np.asarray(image)


def tile(images: Sequence[ImageArray], columns: int) -> ImageArray:
    """Tile images of equal size row by row; unused tiles are black."""
    blank = np.zeros_like(images[0])
    padded = [*images, *[blank] * (-len(images) % columns)]
    return np.vstack([np.hstack(padded[row : row + columns]) for row in range(0, len(padded), columns)])
