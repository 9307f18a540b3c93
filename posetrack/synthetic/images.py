"""Single drawn images of great variety, for training."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import POSETRACK18, FloatArray, FramePoses, ImageArray
from posetrack.synthetic.background import draw_background, draw_occluder
from posetrack.synthetic.figure import Canvas, Figure, Look
from posetrack.synthetic.postures import random_angles

OCCLUDER_LABEL = 255
MOST_PEOPLE = OCCLUDER_LABEL - 1  # one label each; 0 is the background
MIN_JOINTS = 3  # a person with fewer joints inside the image is not labelled


def label_people(
    frame_index: int, figures: list[Figure], track_ids: list[int], labels: np.ndarray, image_hw: tuple[int, int]
) -> FramePoses:
    """Exact ground truth of drawn figures; figure i owns label i + 1.

    A joint is valid if it lies inside the image, and visible if the pixel there belongs to its own
    person (so a person's own limbs do not hide their joints). People with fewer than ``MIN_JOINTS``
    joints inside the image, with no visible joint, or whose clipped box has no area are left out.
    Boxes enclose the whole drawn person, hidden parts included, and are clipped to the image; head
    boxes are not clipped, because their size is the unit of PCKh.
    """
    height, width = image_hw
    if not figures:
        return FramePoses.empty(frame_index, image_hw, POSETRACK18.num_joints)
    xy = np.array([[f.points[name] for name in POSETRACK18.joints] for f in figures])
    column, row = np.round(xy[..., 0]).astype(int), np.round(xy[..., 1]).astype(int)
    valid = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    owner = labels[row.clip(0, height - 1), column.clip(0, width - 1)]
    visible = valid & (owner == np.arange(1, len(figures) + 1)[:, None])
    limit = np.array([width - 1.0, height - 1.0] * 2)
    boxes = np.clip(np.array([f.box() for f in figures]), 0, limit)
    poses = FramePoses(
        frame_index=frame_index,
        image_hw=image_hw,
        boxes_xyxy=boxes,
        scores=np.ones(len(figures)),
        joints_xy=np.where(valid[..., None], xy, np.nan),
        joint_scores=np.where(valid, 1.0, np.nan),
        joint_valid=valid,
        joint_visible=visible,
        track_ids=np.array(track_ids),
        head_boxes_xyxy=np.array([f.head_box() for f in figures]),
    )
    # Joints may lie on the outer half of a border pixel while the whole body is beyond the pixel's centre.
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return poses.select((valid.sum(axis=1) >= MIN_JOINTS) & visible.any(axis=1) & has_area)


def develop(rng: np.random.Generator, image: ImageArray) -> ImageArray:
    """Apply camera effects: random exposure, tint, blur and noise."""
    gain = rng.uniform(0.65, 1.25) * rng.uniform(0.93, 1.07, 3)
    if rng.random() < 0.3:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.3)), dtype=np.uint8)
    return camera_noise(rng, image, gain, rng.uniform(-18, 18), rng.uniform(0, 7))


def camera_noise(
    rng: np.random.Generator, image: ImageArray, gain: FloatArray, offset: float, noise: float
) -> ImageArray:
    """Apply ``gain`` (3,) and ``offset`` to the colours, then add grey noise of standard deviation ``noise``."""
    # In place: with a new array for each step, this took a third of the time per frame.
    picture: npt.NDArray[np.float32] = np.multiply(image, gain.astype(np.float32))
    picture += np.float32(offset)
    grain = rng.standard_normal(image.shape[:2], dtype=np.float32)[..., None]
    grain *= np.float32(noise)
    picture += grain
    return np.asarray(picture.clip(0, 255, out=picture).astype(np.uint8))


def draw_box_occluder(
    canvas: Canvas, x: float, foot: float, width: float, tall: float, color: tuple[int, int, int]
) -> None:
    """Draw an upright box that hides what is behind it."""
    corners = np.array(
        [[x - width / 2, foot - tall], [x + width / 2, foot - tall], [x + width / 2, foot], [x - width / 2, foot]]
    )
    canvas.polygon(corners, color, OCCLUDER_LABEL)


def random_image(
    seed: int, image_hw: tuple[int, int] = (360, 640), most_people: int = 6
) -> tuple[ImageArray, FramePoses]:
    """Draw an image of people in any posture, size and position.

    Args:
        seed: the same seed gives the same image.
        image_hw: height and width in pixels.
        most_people: maximum number of people, 1 to ``MOST_PEOPLE``; one image in twelve shows nobody.

    Returns:
        (H, W, 3) uint8 RGB, and its exact ground truth (PoseTrack18 skeleton with ears).

    Raises:
        ValueError: ``most_people`` is out of range.
    """
    if not 1 <= most_people <= MOST_PEOPLE:
        raise ValueError(f"most_people is {most_people}, expected 1 to {MOST_PEOPLE}")
    rng = np.random.default_rng(seed)
    height, width = image_hw
    image = draw_background(rng, height, width, rng.uniform(0.2, 0.8))
    canvas = Canvas(image, np.zeros(image_hw, dtype=np.uint8))
    count = 0 if rng.random() < 1 / 12 else int(rng.integers(1, most_people + 1))
    size = np.exp(rng.uniform(np.log(0.14), np.log(1.5)))
    sizes = np.sort(np.clip(size * np.exp(rng.normal(0, 0.3, count)), 0.1, 1.7)) * height
    figures = []
    for label, tall in enumerate(sizes, start=1):
        foot = (rng.uniform(-0.05, 1.05) * width, rng.uniform(min(tall * 0.8, 0.9 * height), height + 0.35 * tall))
        figure = Figure(Look.random(rng), random_angles(rng), foot, float(tall))
        figure.draw(canvas, label, float(rng.uniform(0.8, 1.1)))
        figures.append(figure)
        if rng.random() < 0.12:
            color, wide, high = draw_occluder(rng, float(tall))
            draw_box_occluder(canvas, foot[0] + rng.normal(0, 0.2) * tall, foot[1] + 0.05 * tall, wide, high, color)
    truth = label_people(0, figures, list(range(len(figures))), canvas.labels, image_hw)
    return develop(rng, image), truth
