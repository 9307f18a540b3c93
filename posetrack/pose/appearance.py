"""What tells people apart: the colours along their limbs, trunk and head, in the picture itself.

Of each part of the body the lightness and the two colours (CIE L*a*b*) of points along its joints are counted, softly,
in bins. Roots of such counts are alike by their dot product (Bhattacharyya 1943); here they are counted from what is usual
in the video so far, so that what all people share (light, camera, skin) says little.

Two pictures of one person are liker than pictures of two people (area under the ROC, poses of the bundled network): on
eleven sequences of SynthTrack 0.985 after 10 to 20 frames, 0.981 after 40 to 60, 0.994 after 80 to 120; on a real street, by
tracks that were looked at, 0.984, 0.963, 0.962.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import FloatArray, ImageArray, IntArray, Skeleton

MIN_JOINT_SCORE = 0.1  # the place of a joint that scores less is a guess
_ALONG, _ACROSS = 12, 5  # points of a limb
_ENDS = 0.15  # of a limb's length, left out
_WIDTH = 0.1  # of a limb's length, to either side
# Middles of the bins: lightness; green to red and blue to yellow.
_LIGHTNESS = np.array([0.0, 14, 28, 42, 56, 70, 84, 100])
_COLOUR = np.array([-40.0, -18, -8, -2, 4, 12, 24, 45])
NUM_BINS = len(_LIGHTNESS) + 2 * len(_COLOUR)
# Mean root counts of people (SynthTrack, train): who is alone in a video is counted from this, not from himself.
_USUAL = np.array([
    0.19, 0.39, 0.39, 0.33, 0.24, 0.16, 0.09, 0.03,
    0.01, 0.06, 0.15, 0.42, 0.54, 0.35, 0.11, 0.02,
    0.06, 0.14, 0.19, 0.35, 0.42, 0.36, 0.19, 0.03,
])  # fmt: skip
_USUAL_SHARE = 0.2
_LEAST = 0.05  # of the greatest difference from what is usual, below which nothing is known

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
    """The colours of each person's parts.

    Args:
        image: (H, W, 3) uint8 RGB.
        joints_xy: (N, K, 2) pixels; NaN = no joint.
        joint_scores: (N, K); joints below ``MIN_JOINT_SCORE`` are not looked at.
        skeleton: the K joints.

    Returns:
        (N, 5, 24) roots of the shares of the points in each bin, of lightness and two colours; NaN = no point of the
        part (head, trunk, upper arms, thighs, lower legs) was found.
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
    """(L,) joints at both ends of the limbs that the skeleton has, and their parts."""
    known = [
        (skeleton.index(a), skeleton.index(b), part)
        for part, limbs in enumerate(_PARTS)
        for a, b in limbs
        if a in skeleton.joints and b in skeleton.joints
    ]
    first, second, part = np.array(known, dtype=np.int64).reshape(-1, 3).T
    return first, second, part


def _points(start: FloatArray, end: FloatArray) -> FloatArray:
    """(N, L, 60, 2) points on and beside limbs from ``start`` to ``end`` (N, L, 2)."""
    way = end - start
    beside = np.stack([-way[..., 1], way[..., 0]], axis=-1) * _WIDTH
    along = np.linspace(_ENDS, 1 - _ENDS, _ALONG)[:, None, None]
    across = np.linspace(-1, 1, _ACROSS)[None, :, None]
    points = start[..., None, None, :] + along * way[..., None, None, :] + across * beside[..., None, None, :]
    return np.asarray(points.reshape(*start.shape[:2], _ALONG * _ACROSS, 2))


def _counted(pixels: npt.NDArray[np.uint8], group: IntArray, groups: int) -> FloatArray:
    """(groups, 24) roots of the shares of the RGB pixels (M, 3) of each group in the bins; NaN = the group has none."""
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
    """What is usual of the parts of all people so far, and how far each person is from that."""

    def __init__(self) -> None:
        self._count: FloatArray = np.zeros((NUM_PARTS, NUM_BINS))
        self._sum: FloatArray = np.zeros((NUM_PARTS, NUM_BINS))

    def describe(self, parts: FloatArray) -> npt.NDArray[np.int8]:
        """Take in the people of the next frame and say how they differ from what is usual.

        Args:
            parts: (N, 5, 24) of ``colours_of_parts``.

        Returns:
            (N, 120) int8, the greatest element of each 127 or -127; 0 = nothing is known.
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
