"""Appearance descriptors that tell people apart: colour histograms of head, trunk and limbs.

For each body part, the CIE L*a*b* values of points sampled between its joints go into soft histograms. Square-rooted
histograms are compared by their dot product (Bhattacharyya 1943); here the mean over the video so far is subtracted
first, so that what all people share (light, camera, skin) counts little.

Area under the ROC curve for telling "same person" from "different person" (poses of the bundled network): on eleven
SynthTrack sequences 0.985 at 10 to 20 frames apart, 0.981 at 40 to 60, 0.994 at 80 to 120; on a real street scene with
tracks checked by eye, 0.984, 0.963, 0.962.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import FloatArray, ImageArray, IntArray, Skeleton

MIN_JOINT_SCORE = 0.1  # below this a joint's position is a guess
_ALONG, _ACROSS = 12, 5  # sample points per limb
_ENDS = 0.15  # fraction of a limb's length left out at each end
_WIDTH = 0.1  # fraction of a limb's length sampled on either side
# Bin centres: lightness; green to red and blue to yellow.
_LIGHTNESS = np.array([0.0, 14, 28, 42, 56, 70, 84, 100])
_COLOUR = np.array([-40.0, -18, -8, -2, 4, 12, 24, 45])
NUM_BINS = len(_LIGHTNESS) + 2 * len(_COLOUR)
# Mean square-rooted histogram of people (SynthTrack train); keeps a lone person from being compared only with
# themselves.
_USUAL = np.array([
    0.19, 0.39, 0.39, 0.33, 0.24, 0.16, 0.09, 0.03,
    0.01, 0.06, 0.15, 0.42, 0.54, 0.35, 0.11, 0.02,
    0.06, 0.14, 0.19, 0.35, 0.42, 0.36, 0.19, 0.03,
])  # fmt: skip
_USUAL_SHARE = 0.2
_LEAST = 0.05  # if the largest deviation from the usual is smaller, nothing is known

_PARTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("head_bottom", "head_top"), ("left_ear", "right_ear"), ("left_eye", "right_eye")),
    (("left_shoulder", "left_hip"), ("right_shoulder", "right_hip"), ("left_shoulder", "right_hip"),
     ("right_shoulder", "left_hip")),
    (("left_shoulder", "left_elbow"), ("right_shoulder", "right_elbow")),
    (("left_hip", "left_knee"), ("right_hip", "right_knee")),
    (("left_knee", "left_ankle"), ("right_knee", "right_ankle")),
)  # fmt: skip
NUM_PARTS = len(_PARTS)


def colours_of_parts(
    image: ImageArray, joints_xy: FloatArray, joint_scores: FloatArray, skeleton: Skeleton
) -> FloatArray:
    """Colour histograms of each person's body parts.

    Args:
        image: (H, W, 3) uint8 RGB.
        joints_xy: (N, K, 2) pixels; NaN = no joint.
        joint_scores: (N, K); joints below ``MIN_JOINT_SCORE`` are ignored.
        skeleton: the K joints.

    Returns:
        (N, 5, 24) square roots of the fraction of points in each bin (lightness and two colour axes) for head, trunk,
        upper arms, thighs and lower legs; NaN = no point of the part was found.
    """
    first, second, part = _limbs(skeleton)
    seen = (joint_scores >= MIN_JOINT_SCORE) & ~np.isnan(joints_xy[..., 0])
    xy = np.where(seen[..., None], joints_xy, 0.0)
    x, y = np.rint(_points(xy[:, first], xy[:, second])).astype(np.int64).transpose(3, 0, 1, 2)
    height, width = image.shape[:2]
    there = (seen[:, first] & seen[:, second])[..., None] & (x >= 0) & (y >= 0) & (x < width) & (y < height)
    person, limb, _ = np.nonzero(there)
    counts = _counted(image[y[there], x[there]], person * NUM_PARTS + part[limb], len(joints_xy) * NUM_PARTS)
    return counts.reshape(-1, NUM_PARTS, NUM_BINS)


def _limbs(skeleton: Skeleton) -> tuple[IntArray, IntArray, IntArray]:
    """(L,) each: first joint, second joint and part index of the limbs that the skeleton has."""
    known = [
        (skeleton.index(a), skeleton.index(b), part)
        for part, limbs in enumerate(_PARTS)
        for a, b in limbs
        if a in skeleton.joints and b in skeleton.joints
    ]
    first, second, part = np.array(known, dtype=np.int64).reshape(-1, 3).T
    return first, second, part


def _points(start: FloatArray, end: FloatArray) -> FloatArray:
    """(N, L, 60, 2) sample points on and beside limbs from ``start`` to ``end``, each (N, L, 2)."""
    way = end - start
    beside = np.stack([-way[..., 1], way[..., 0]], axis=-1) * _WIDTH
    along = np.linspace(_ENDS, 1 - _ENDS, _ALONG)[:, None, None]
    across = np.linspace(-1, 1, _ACROSS)[None, :, None]
    points = start[..., None, None, :] + along * way[..., None, None, :] + across * beside[..., None, None, :]
    return np.asarray(points.reshape(*start.shape[:2], _ALONG * _ACROSS, 2))


def _counted(pixels: npt.NDArray[np.uint8], group: IntArray, groups: int) -> FloatArray:
    """(groups, 24) square-rooted histograms of RGB pixels (M, 3) by group; NaN for a group without pixels."""
    scaled = pixels.reshape(-1, 1, 3).astype(np.float32) / 255.0
    lab = cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB).reshape(-1, 3) if len(scaled) else np.zeros((0, 3))
    counts = []
    for channel, middles in enumerate((_LIGHTNESS, _COLOUR, _COLOUR)):
        place = np.interp(lab[:, channel], middles, np.arange(len(middles)))
        low = np.minimum(place.astype(np.int64), len(middles) - 2)
        upper = place - low
        flat = group * len(middles) + low
        size = groups * len(middles)
        both = np.bincount(flat, 1 - upper, size) + np.bincount(flat + 1, upper, size)
        counts.append(both.reshape(groups, len(middles)))
    total = np.bincount(group, minlength=groups)[:, None].astype(np.float64)
    total[total == 0] = np.nan
    return np.sqrt(np.concatenate(counts, axis=1) / total)


class UsualLooks:
    """Running mean of the part histograms of all people so far, and each person's deviation from it."""

    def __init__(self) -> None:
        self._count: FloatArray = np.zeros((NUM_PARTS, NUM_BINS))
        self._sum: FloatArray = np.zeros((NUM_PARTS, NUM_BINS))

    def describe(self, parts: FloatArray) -> npt.NDArray[np.int8]:
        """Add the people of the next frame to the mean and return how they differ from it.

        Args:
            parts: (N, 5, 24) from ``colours_of_parts``.

        Returns:
            (N, 120) int8, each row scaled so that its largest element is 127 or -127; 0 = nothing is known.
        """
        known = ~np.isnan(parts)
        self._count += known.sum(axis=0)
        self._sum += np.where(known, parts, 0.0).sum(axis=0)
        here = np.where(self._count > 0, self._sum / np.maximum(self._count, 1), _USUAL)
        usual = _USUAL_SHARE * _USUAL + (1 - _USUAL_SHARE) * here
        apart = np.where(known, parts - usual, 0.0).reshape(len(parts), NUM_PARTS * NUM_BINS)
        greatest = np.abs(apart).max(axis=1, keepdims=True, initial=0.0)
        scaled = 127 * np.where(greatest < _LEAST, 0.0, apart) / np.maximum(greatest, _LEAST)
        return np.asarray(np.rint(scaled), dtype=np.int8)
