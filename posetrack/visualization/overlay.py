"""Draw tracked poses over a frame.

Each person has the colour of the track id. Limbs on the person's left are lighter with a white outline, those
on the right darker with a black outline; the rest keeps the colour. Poses that were not seen in the frame
(interpolated) are thin, with hollow joints. A fading trail shows where the trunk was.
"""

from __future__ import annotations

import cv2
import numpy as np

from posetrack.structures import NO_TRACK, BoolArray, FloatArray, FramePoses, ImageArray, Origin, Skeleton
from posetrack.visualization.colors import SHIFT, Color, casing_color, fixed_point, side_color, track_color
from posetrack.visualization.trails import Trails

DRAWN_JOINT_SCORE = 0.2  # a joint that scores less is a guess
LEGEND = "left: light, white edge   right: dark, black edge   hollow: not seen"
_LEGEND_MIN_HW = (240, 480)  # on smaller images it would cover too much
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SMALLEST_TEXT = 0.38  # font scale: 8 pixels high, still legible

_Plate = tuple[int, int, int, int]  # x1, y1, x2, y2 of a label's background


def draw_overlay(image: ImageArray, poses: FramePoses, skeleton: Skeleton, trails: Trails | None = None) -> ImageArray:
    """Return a copy of the frame with its poses, boxes, ids and trails drawn on it.

    Args:
        image: (H, W, 3) uint8 RGB.
        poses: joints of ``skeleton``; joints that are invalid or score below 0.2 are not drawn.
        skeleton: defines the limbs to draw.
        trails: updated with these poses and drawn beneath them; None = no trails.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    picture = image.copy()
    unit = max(min(image.shape[:2]) / 360.0, 0.5)
    if trails is not None:
        trails.add(poses, skeleton)
        trails.draw(picture, poses.frame_index, max(1, round(2 * unit)))
    drawn = poses.joint_valid & ~(poses.joint_scores < DRAWN_JOINT_SCORE)  # NaN means no score, not a low one
    # A person lower in the image is usually nearer; draw the nearest last.
    order = np.argsort(np.nan_to_num(poses.boxes_xyxy[:, 3]), kind="stable").tolist()
    for person in order:
        _draw_box(picture, poses.boxes_xyxy[person], track_color(int(poses.track_ids[person])), unit)
    for person in order:
        _draw_person(picture, poses, skeleton, person, drawn[person], unit)
    plates: list[_Plate] = []
    for person in reversed(order):
        track_id = int(poses.track_ids[person])
        top = _top(poses, person, drawn[person])
        if track_id != NO_TRACK and top is not None:
            plates.append(_label(picture, top, str(track_id), track_color(track_id), unit, plates))
    if len(poses) and image.shape[0] >= _LEGEND_MIN_HW[0] and image.shape[1] >= _LEGEND_MIN_HW[1]:
        _draw_legend(picture, unit)
    return picture


def _draw_box(picture: ImageArray, box: FloatArray, color: Color, unit: float) -> None:
    """Draw only the corners of the box: they show where it is and hide little."""
    if np.isnan(box).any():
        return
    x1, y1, x2, y2 = box.tolist()
    reach = 0.18 * min(x2 - x1, y2 - y1)
    for x, y, along_x, along_y in ((x1, y1, 1, 1), (x2, y1, -1, 1), (x1, y2, 1, -1), (x2, y2, -1, -1)):
        corner = fixed_point(np.array([[x + along_x * reach, y], [x, y], [x, y + along_y * reach]]))
        cv2.polylines(picture, [corner], False, color, max(1, round(0.6 * unit)), cv2.LINE_AA, SHIFT)


def _draw_person(
    picture: ImageArray, poses: FramePoses, skeleton: Skeleton, person: int, drawn: BoolArray, unit: float
) -> None:
    if not drawn.any():
        return
    track_id = int(poses.track_ids[person])
    joints = poses.joints_xy[person]
    width = _width(joints[drawn], unit)
    points = fixed_point(np.nan_to_num(joints)).tolist()
    limbs = [(points[a], points[b], _side(skeleton, a, b)) for a, b in skeleton.limbs if drawn[a] and drawn[b]]
    dots = [(points[k], skeleton.side(k)) for k in np.flatnonzero(drawn).tolist()]
    if poses.origin[person] == Origin.INTERPOLATED:
        _draw_hollow(picture, limbs, dots, track_id, width)
    else:
        _draw_solid(picture, limbs, dots, track_id, width)


def _width(joints_xy: FloatArray, unit: float) -> float:
    """Line width: thick enough to see on a large person, thin enough to leave a small one visible."""
    extent = float(np.ptp(joints_xy, axis=0).max())
    return float(np.clip(extent / 60.0, 1.0 * unit, 2.2 * unit))


_Limbs = list[tuple[list[int], list[int], str]]
_Dots = list[tuple[list[int], str]]


def _draw_solid(picture: ImageArray, limbs: _Limbs, dots: _Dots, track_id: int, width: float) -> None:
    thick, edge = max(1, round(width)), max(1, round(width * 0.4))
    radius = int(width * 1.05 * (1 << SHIFT))
    # All outlines first: one drawn later would cut through the neighbouring limb.
    for start, end, side in limbs:
        cv2.line(picture, start, end, casing_color(side), thick + 2 * edge, cv2.LINE_AA, SHIFT)
    for point, side in dots:
        cv2.circle(picture, point, radius + (edge << SHIFT), casing_color(side), -1, cv2.LINE_AA, SHIFT)
    for start, end, side in limbs:
        cv2.line(picture, start, end, side_color(track_id, side), thick, cv2.LINE_AA, SHIFT)
    for point, side in dots:
        cv2.circle(picture, point, radius, side_color(track_id, side), -1, cv2.LINE_AA, SHIFT)


def _draw_hollow(picture: ImageArray, limbs: _Limbs, dots: _Dots, track_id: int, width: float) -> None:
    thin = max(1, round(width * 0.4))
    for start, end, side in limbs:
        cv2.line(picture, start, end, side_color(track_id, side), thin, cv2.LINE_AA, SHIFT)
    for point, side in dots:
        cv2.circle(
            picture, point, int(width * 1.3 * (1 << SHIFT)), side_color(track_id, side), thin, cv2.LINE_AA, SHIFT
        )


def _side(skeleton: Skeleton, a: int, b: int) -> str:
    """The side of a limb: that of its ends, or "middle" if they differ."""
    sides = {skeleton.side(a), skeleton.side(b)} - {"middle"}
    return sides.pop() if len(sides) == 1 else "middle"


def _top(poses: FramePoses, person: int, drawn: BoolArray) -> tuple[float, float] | None:
    """Anchor of the label: the highest joint, or the top of the box if no joint is drawn; None = neither."""
    if drawn.any():
        joints = poses.joints_xy[person][drawn]
        x, y = joints[joints[:, 1].argmin()].tolist()
        return x, y
    box = poses.boxes_xyxy[person]
    return None if np.isnan(box).any() else (float((box[0] + box[2]) / 2), float(box[1]))


def _label(
    picture: ImageArray, top: tuple[float, float], text: str, color: Color, unit: float, taken: list[_Plate]
) -> _Plate:
    """Draw the id on a plate of its colour above the person, inside the image and clear of the labels in ``taken``."""
    scale, thick = max(_SMALLEST_TEXT, 0.45 * unit), max(1, round(unit))
    (width, height), _ = cv2.getTextSize(text, _FONT, scale, thick)
    pad = max(2, round(3 * unit))
    wide, high = width + 2 * pad, height + 2 * pad
    rows, columns = picture.shape[:2]
    x = int(np.clip(top[0] - wide / 2, 0, max(columns - wide, 0)))
    y = int(np.clip(top[1] - 7 * unit - high, 0, max(rows - high, 0)))
    for x1, y1, x2, y2 in sorted(taken, key=lambda plate: -plate[1]):  # bottom up: each overlap pushes it further up
        if x < x2 and x + wide > x1 and y < y2 and y + high > y1:
            y = max(y1 - high - 1, 0)
    cv2.rectangle(picture, (x, y), (x + wide, y + high), color, -1)
    cv2.rectangle(picture, (x, y), (x + wide, y + high), (0, 0, 0), max(1, round(0.4 * unit)), cv2.LINE_AA)
    light = sum(c * w for c, w in zip(color, (0.3, 0.59, 0.11), strict=True)) > 120
    ink = (0, 0, 0) if light else (255, 255, 255)
    cv2.putText(picture, text, (x + pad, y + pad + height), _FONT, scale, ink, thick, cv2.LINE_AA)
    return x, y, x + wide, y + high


def _draw_legend(picture: ImageArray, unit: float) -> None:
    scale, at = 0.32 * unit, (round(6 * unit), picture.shape[0] - round(7 * unit))
    cv2.putText(picture, LEGEND, at, _FONT, scale, (0, 0, 0), max(2, round(2 * unit)), cv2.LINE_AA)
    cv2.putText(picture, LEGEND, at, _FONT, scale, (235, 235, 235), max(1, round(0.8 * unit)), cv2.LINE_AA)
