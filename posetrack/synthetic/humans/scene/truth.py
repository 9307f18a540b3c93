"""Labels from the meshes: joints and their visibility, boxes, visible share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posetrack.structures import POSETRACK18, BoolArray, FloatArray
from posetrack.synthetic.humans.drawing import Camera, Picture
from posetrack.synthetic.humans.landmarks import LABELS, POINTS

OUTSIDE, OCCLUDED, VISIBLE = 0, 1, 2
# How far behind the surface a joint may lie and still count as visible, decimetres: the depth of the body part.
_DEPTH_OF = {"shoulder": 1.5, "hip": 2.0, "knee": 1.1, "ankle": 0.9, "elbow": 0.9, "wrist": 0.75, "head_bottom": 1.6,
             "head_top": 1.3, "nose": 0.35, "eye": 0.35, "ear": 0.6}  # fmt: skip
_TOLERANCE = np.array([next(d for part, d in _DEPTH_OF.items() if name.endswith(part)) for name in LABELS])
POSETRACK_ROWS = np.array([LABELS.index(joint) for joint in POSETRACK18.joints])


@dataclass(frozen=True, eq=False)
class PersonTruth:
    """Labels of one person in a picture, in its pixels.

    Attributes:
        joints_xy: (19, 2) float64 positions of ``LABELS``, also outside the image; NaN behind the camera.
        visibility: (19,) int64: 0 outside the image, 1 hidden by people, objects or the person's own body, 2 visible.
        box_xyxy: (4,) around the whole body, hidden parts included, unclipped.
        visible_box_xyxy: (4,) around the visible pixels; NaN if there are none.
        head_box_xyxy: (4,) around the head, unclipped.
        visible_share: share of the body's surface sample that falls on the person's own pixels. Parts beyond the image, or
            the border that cuts it, count as not visible. A whole person has 0.8 to 0.98, as some samples on the outline miss.
    """

    joints_xy: FloatArray
    visibility: npt.NDArray[np.int64]
    box_xyxy: FloatArray
    visible_box_xyxy: FloatArray
    head_box_xyxy: FloatArray
    visible_share: float


def person_truth(
    points: FloatArray, probes: FloatArray, number: int, camera: Camera, picture: Picture, seen: BoolArray | None = None
) -> PersonTruth:
    """Compute the labels of the actor with that number.

    Args:
        points: (P, 3) landmarks of the posed person in the world.
        probes: (M, 3) surface sample of the person.
        number: the actor's number, from 1.
        camera: camera of the labels; its image may be smaller than ``picture`` (supersampling).
        picture: the rendered picture of the same view.
        seen: (H, W) the part of the picture that is inside the image; None = all.
    """
    xy, depth = camera.project(points)
    labels_xy, labels_depth = xy[: len(LABELS)], depth[: len(LABELS)]
    scale = picture.owners.shape[0] / camera.image_hw[0]
    mine = picture.owners == number
    visibility = _visibility(labels_xy, labels_depth, scale, mine, picture, seen)
    body, _ = camera.project(probes)
    box = np.concatenate([np.nanmin(body, axis=0), np.nanmax(body, axis=0)]) if np.isfinite(body).any() else np.full(4, np.nan)
    drawn = _mask_box(mine, scale)
    if np.isfinite(drawn).all():  # include pixels that fall between the probes
        box = np.concatenate([np.fmin(box[:2], drawn[:2]), np.fmax(box[2:], drawn[2:])])
    mine = mine if seen is None else mine & seen
    return PersonTruth(labels_xy, visibility, box, _mask_box(mine, scale), _head_box(xy), _share(body, scale, mine))


def _visibility(xy: FloatArray, depth: FloatArray, scale: float, mine: BoolArray, picture: Picture,
                seen: BoolArray | None) -> npt.NDArray[np.int64]:  # fmt: skip
    """Depth test: visible if a pixel within 1 px is the person's own and at most the part's depth in front."""
    height, width = mine.shape
    at = np.nan_to_num((xy + 0.5) * scale - 0.5, nan=-1e6, posinf=-1e6, neginf=-1e6).clip(-1e6, 1e6)
    column, row = np.round(at[:, 0]).astype(int), np.round(at[:, 1]).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = column.clip(0, width - 1), row.clip(0, height - 1)
    if seen is not None:
        inside &= seen[row, column]
    reach = max(int(round(scale)), 1)
    result = np.where(inside, OCCLUDED, OUTSIDE)
    for joint in np.flatnonzero(inside):
        rows = slice(max(row[joint] - reach, 0), row[joint] + reach + 1)
        columns = slice(max(column[joint] - reach, 0), column[joint] + reach + 1)
        near = picture.depth[rows, columns] > depth[joint] - _TOLERANCE[joint]
        if (mine[rows, columns] & near).any():
            result[joint] = VISIBLE
    return result


def _mask_box(mine: BoolArray, scale: float) -> FloatArray:
    columns, rows = np.flatnonzero(mine.any(axis=0)), np.flatnonzero(mine.any(axis=1))
    if not len(columns):
        return np.full(4, np.nan)
    corners = np.array([columns[0], rows[0], columns[-1], rows[-1]], dtype=np.float64)
    return np.asarray((corners + 0.5) / scale - 0.5)


def _head_box(xy: FloatArray) -> FloatArray:
    """Head box as PoseTrack's annotators draw it, around crown, neck, nose, ears and chin."""
    names = ("head_top", "head_bottom", "nose", "left_ear", "right_ear", "chin")
    points = xy[[POINTS.index(name) for name in names]]
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _share(body_xy: FloatArray, scale: float, mine: BoolArray) -> float:
    """Share of the surface sample that falls on the person's own pixels; see ``PersonTruth``."""
    height, width = mine.shape
    at = np.nan_to_num(np.round((body_xy + 0.5) * scale - 0.5), nan=-1).clip(-1, 1e6).astype(int)
    inside = (at[:, 0] >= 0) & (at[:, 0] < width) & (at[:, 1] >= 0) & (at[:, 1] < height)
    return float(mine[at[inside, 1], at[inside, 0]].sum() / max(len(at), 1))
