"""Estimate camera motion as the motion of the background between two frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from posetrack.flow.config import CameraConfig
from posetrack.flow.lucas_kanade import follow
from posetrack.flow.point_flow import GreyArray, check_pair, grey
from posetrack.structures import FloatArray, Frame

MAX_CORNERS = 400
CORNER_QUALITY = 0.005  # minimum, relative to the strongest corner
CORNER_DISTANCE = 1 / 80  # minimum, relative to the long side
WINDOW_PX, LEVELS, MAX_RETURN_PX = 15, 4, 0.7
ORB_FEATURES = 1000
ORB_MASK_RADIUS_PX = 16  # radius of the patch described around a keypoint, half of OpenCV's 31 pixels
RANSAC_PX = 1.5  # in the reduced image
LEAST_POINTS, LEAST_SHARE = 12, 0.3  # minimum inliers: fewer may be people walking the same way, or chance
BOX_MARGIN = 0.05  # relative to the box's side; covers arms and shadows
MOST_ZOOM = 2.0  # a larger zoom between two frames means a wrong map

IDENTITY = np.eye(3)
IDENTITY.setflags(write=False)  # it is returned in results


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """Motion of the background from one frame to the next.

    Attributes:
        homography: (3, 3) float64, pixels of the previous frame to pixels of the current one, last element 1.
        affine: (2, 3) float64: the same if the model is affine, otherwise the affine map that approximates it at the
            image centre.
        is_known: false = too few background points agree; the maps are then the identity.
        num_points: number of inliers.
    """

    homography: FloatArray
    affine: FloatArray
    is_known: bool
    num_points: int


def estimate_camera_motion(
    previous: Frame, current: Frame, boxes_xyxy: FloatArray, config: CameraConfig
) -> CameraMotion:
    """Estimate the motion of the background between two frames.

    Args:
        previous: the earlier frame.
        current: the later one.
        boxes_xyxy: (N, 4) people in ``previous``, whose points are excluded; NaN = none.
        config: method and model.

    Raises:
        InputError: the frames differ in size.

    Source: corners, Lucas-Kanade and RANSAC as in BoT-SORT's camera motion compensation (Aharon et al. 2022, section
    3.2), with people excluded and a forward-backward check.
    """
    check_pair(previous, current)
    height, width = previous.image_hw
    scale = min(config.max_side_px / max(height, width), 1.0)
    size_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
    before, now = (_reduced(grey(frame.image), size_wh) for frame in (previous, current))
    factor = np.array(size_wh) / [width, height]
    find = _followed if config.method == "lucas-kanade" else _matched
    start, end = find(before, now, _background(boxes_xyxy, before.shape, factor))
    if len(start) < LEAST_POINTS:
        return CameraMotion(IDENTITY, IDENTITY[:2], False, len(start))
    # The centre of the top-left pixel is (0, 0) at both scales.
    start, end = ((points + 0.5) / factor - 0.5 for points in (start, end))
    return _fit(start, end, config.model, RANSAC_PX / float(factor.min()), (height, width))


def _reduced(image: GreyArray, size_wh: tuple[int, int]) -> GreyArray:
    return np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _background(boxes_xyxy: FloatArray, shape: tuple[int, ...], factor: FloatArray) -> GreyArray:
    """Mask that is 255 where there is no person."""
    mask = np.full(shape, 255, dtype=np.uint8)
    for box in boxes_xyxy[np.isfinite(boxes_xyxy).all(axis=1)]:
        margin = BOX_MARGIN * (box[2:] - box[:2])
        low = np.floor((box[:2] - margin) * factor).clip(0, [shape[1], shape[0]]).astype(int)
        high = np.ceil((box[2:] + margin) * factor).clip(-1, [shape[1], shape[0]]).astype(int) + 1
        mask[low[1] : max(high[1], 0), low[0] : max(high[0], 0)] = 0
    return mask


def _followed(before: GreyArray, now: GreyArray, mask: GreyArray) -> tuple[FloatArray, FloatArray]:
    distance = max(before.shape) * CORNER_DISTANCE
    corners = cv2.goodFeaturesToTrack(before, MAX_CORNERS, CORNER_QUALITY, distance, mask=mask)
    if corners is None:
        return np.zeros((0, 2)), np.zeros((0, 2))
    start = corners[:, 0].astype(np.float64)
    end, found = follow(before, now, start, WINDOW_PX, LEVELS)
    back, found_back = follow(now, before, end, WINDOW_PX, LEVELS)
    good = found & found_back & (np.linalg.norm(back - start, axis=1) <= MAX_RETURN_PX)
    return start[good], end[good]


def _matched(before: GreyArray, now: GreyArray, mask: GreyArray) -> tuple[FloatArray, FloatArray]:
    if min(before.shape) <= 2 * ORB_MASK_RADIUS_PX:  # no patch fits, and OpenCV fails on images of a few pixels
        return np.zeros((0, 2)), np.zeros((0, 2))
    orb = cv2.ORB.create(ORB_FEATURES)
    away = cv2.erode(mask, np.ones((2 * ORB_MASK_RADIUS_PX + 1,) * 2, dtype=np.uint8))
    points, words = orb.detectAndCompute(before, away)
    points_now, words_now = orb.detectAndCompute(now, None)
    if not points or not points_now:
        return np.zeros((0, 2)), np.zeros((0, 2))
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words, words_now)
    start = np.array([points[p.queryIdx].pt for p in pairs], dtype=np.float64)
    end = np.array([points_now[p.trainIdx].pt for p in pairs], dtype=np.float64)
    return start.reshape(-1, 2), end.reshape(-1, 2)


def _fit(start: FloatArray, end: FloatArray, model: str, threshold_px: float, hw: tuple[int, int]) -> CameraMotion:
    """Fit the map by RANSAC, which OpenCV always starts from the same seed."""
    if model == "homography":
        found, agree = cv2.findHomography(start, end, cv2.RANSAC, threshold_px)
    else:
        estimate = cv2.estimateAffine2D if model == "affine" else cv2.estimateAffinePartial2D
        found, agree = estimate(start, end, method=cv2.RANSAC, ransacReprojThreshold=threshold_px)
    count = 0 if found is None else int(agree.sum())
    if count >= max(LEAST_POINTS, LEAST_SHARE * len(start)):
        matrix = np.vstack([found, IDENTITY[2:]])[:3].astype(np.float64)
        affine = _affine_at(matrix, np.array([hw[1] - 1, hw[0] - 1]) / 2)
        finite = np.isfinite(affine).all()  # a homography may map the centre to infinity
        zoom = np.linalg.svd(affine[:, :2], compute_uv=False) if finite else np.zeros(2)
        if np.linalg.det(affine[:, :2]) > 0 and zoom.max() <= MOST_ZOOM and zoom.min() >= 1 / MOST_ZOOM:
            return CameraMotion(matrix, affine, True, count)
    return CameraMotion(IDENTITY, IDENTITY[:2], False, count)


def _affine_at(homography: FloatArray, point_xy: FloatArray) -> FloatArray:
    """The affine map that agrees with a homography at a point, in value and derivative."""
    x, y, w = homography @ [*point_xy, 1.0]
    place = np.array([x, y]) / w
    derivative = (homography[:2, :2] - np.outer(place, homography[2, :2])) / w
    return np.column_stack([derivative, place - derivative @ point_xy])
