"""Camera motion: known maps are found to a stated tolerance, despite people; no map where none can be found."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from posetrack.errors import InputError
from posetrack.flow import CameraConfig, CameraMotion, estimate_camera_motion
from posetrack.flow.camera import _affine_at
from posetrack.geometry.affine import apply_affine
from posetrack.structures import FloatArray, Frame, ImageArray
from tests.flow.pictures import HW, frame, grid, moved, similarity, texture

NOBODY = np.zeros((0, 4))
MOTIONS = {
    "still": similarity(0, 1, (0.0, 0.0)),
    "pan": similarity(0, 1, (9.0, -4.0)),
    "part of a pixel": similarity(0, 1, (0.3, 0.6)),
    "turn": similarity(2, 1, (1.0, 2.0)),
    "zoom": similarity(0, 1.04, (-2.0, 0.0)),
}


def error_px(found: CameraMotion, expected: FloatArray, hw: tuple[int, int] = HW) -> float:
    """Largest error of the affine map over the image, corners included."""
    points = grid(hw, 0)
    return float(np.linalg.norm(apply_affine(points, found.affine) - apply_affine(points, expected), axis=-1).max())


@pytest.mark.parametrize("motion", MOTIONS.values(), ids=MOTIONS)
@pytest.mark.parametrize("model", ["similarity", "affine", "homography"])
def test_known_motion(motion: FloatArray, model: Any) -> None:
    """Within 0.3 px everywhere in the image, corners included (0.6 for a homography, which is least certain there)."""
    found = estimate_camera_motion(
        frame(texture()),
        frame(moved(texture(), motion), 1),
        NOBODY,
        CameraConfig(model=model),
    )
    assert found.is_known and found.num_points >= 50
    assert error_px(found, motion) < (0.6 if model == "homography" else 0.3)
    if model != "homography":
        assert np.allclose(found.homography, np.vstack([found.affine, [0, 0, 1]]), rtol=0, atol=1e-9)


@pytest.mark.parametrize("motion", MOTIONS.values(), ids=MOTIONS)
def test_orb(motion: FloatArray) -> None:
    """Matched features are less accurate: within 2 px."""
    found = estimate_camera_motion(
        frame(texture()),
        frame(moved(texture(), motion), 1),
        NOBODY,
        CameraConfig(method="orb"),
    )
    assert found.is_known
    assert error_px(found, motion) < 2


def test_a_sheared_image() -> None:
    """An affine map that is not a similarity."""
    motion = np.array([[1.02, 0.03, -3.0], [-0.01, 0.98, 4.0]])
    found = estimate_camera_motion(frame(texture()), frame(moved(texture(), motion), 1), NOBODY, CameraConfig())
    assert found.is_known and error_px(found, motion) < 0.3


def test_a_reduced_image() -> None:
    """Estimated at a third of the size but given in image pixels: within 0.1 % of its width, no half-pixel offset."""
    hw = (540, 1921)
    image, motion = texture(hw), np.array([[1.0, 0.0, 12.0], [0.0, 1.0, -7.0]])
    big = np.asarray(cv2.GaussianBlur(image, (0, 0), 3.0), dtype=np.uint8)
    found = estimate_camera_motion(frame(big), frame(moved(big, motion), 1), NOBODY, CameraConfig())
    assert found.is_known and error_px(found, motion, hw) < 2
    centre = np.array([[960.0, 269.5]])
    assert np.allclose(apply_affine(centre, found.affine), centre + [12.0, -7.0], atol=0.3)


def with_person(image: ImageArray, box_xyxy: tuple[int, int, int, int], seed: int = 5) -> ImageArray:
    x1, y1, x2, y2 = box_xyxy
    drawn = image.copy()
    drawn[y1:y2, x1:x2] = texture((y2 - y1, x2 - x1), seed)
    return drawn


@pytest.mark.parametrize("method", ["lucas-kanade", "orb"])
def test_people_are_left_out(method: Any) -> None:
    """A crowd fills most of the image and walks the other way; without its box it is taken for the background."""
    hw = (240, 480)
    image, motion = texture(hw), np.array([[1.0, 0.0, 5.0], [0.0, 1.0, 0.0]])
    before = with_person(image, (100, 0, 380, 240))
    now = with_person(moved(image, motion), (92, 0, 372, 240))
    box = np.array([[100.0, 0.0, 380.0, 240.0], [np.nan] * 4])
    old = box.copy(), before.copy(), now.copy()
    config = CameraConfig(method=method)
    found = estimate_camera_motion(frame(before), frame(now, 1), box, config)
    assert found.is_known
    assert error_px(found, motion, hw) < (0.5 if method == "lucas-kanade" else 3)
    for given, kept in zip((box, before, now), old, strict=True):
        assert np.array_equal(given, kept, equal_nan=True)
    fooled = estimate_camera_motion(frame(before), frame(now, 1), NOBODY, config)
    assert error_px(fooled, np.array([[1.0, 0.0, -8.0], [0.0, 1.0, 0.0]]), hw) < 3


def test_one_person_needs_no_box() -> None:
    """The majority of points lies on the background."""
    motion = MOTIONS["pan"]
    before = with_person(texture(), (90, 30, 150, 170))
    now = with_person(moved(texture(), motion), (80, 30, 140, 170))
    found = estimate_camera_motion(frame(before), frame(now, 1), NOBODY, CameraConfig())
    assert found.is_known and error_px(found, motion) < 0.3


@pytest.mark.parametrize("method", ["lucas-kanade", "orb"])
@pytest.mark.parametrize("model", ["similarity", "affine", "homography"])
@pytest.mark.parametrize("hw", [(1, 1), (1, 500), (120, 160)])
def test_nothing_to_see(method: Any, model: Any, hw: tuple[int, int]) -> None:
    """On a flat image the motion is flagged as unknown, and the maps are the identity and read-only."""
    flat = frame(np.full((*hw, 3), 90, dtype=np.uint8))
    found = estimate_camera_motion(flat, flat, NOBODY, CameraConfig(method=method, model=model))
    assert not found.is_known and found.num_points == 0
    assert np.array_equal(found.homography, np.eye(3)) and np.array_equal(found.affine, np.eye(3)[:2])
    with pytest.raises(ValueError, match="read-only"):
        found.affine[0, 2] = 1


@pytest.mark.parametrize("method", ["lucas-kanade", "orb"])
def test_no_background(method: Any) -> None:
    """A person who fills the image, a box far too large, two unrelated images."""
    image, config = frame(texture()), CameraConfig(method=method)
    for box in ([0.0, 0.0, 240.0, 180.0], [-1e9, -1e9, 1e9, 1e9]):
        assert not estimate_camera_motion(image, image, np.array([box]), config).is_known
    assert not estimate_camera_motion(image, frame(texture(seed=7), 1), NOBODY, config).is_known


def test_boxes_outside_hide_nothing() -> None:
    boxes = np.array(
        [
            [500.0, 20.0, 600.0, 90.0],
            [-90.0, -90.0, -50.0, -50.0],
            [20.0, 20.0, 10.0, 10.0],
        ]
    )
    image, now = frame(texture()), frame(moved(texture(), MOTIONS["pan"]), 1)
    found = estimate_camera_motion(image, now, boxes, CameraConfig())
    assert found.num_points == estimate_camera_motion(image, now, NOBODY, CameraConfig()).num_points


def test_the_same_each_time() -> None:
    """RANSAC is seeded, so results are reproducible."""
    image, now = frame(texture()), frame(moved(texture(), MOTIONS["turn"]), 1)
    first, second = (estimate_camera_motion(image, now, NOBODY, CameraConfig()) for _ in range(2))
    assert np.array_equal(first.affine, second.affine)


def test_sizes_differ() -> None:
    other = Frame(1, texture((100, 100)), None, "b.png")
    with pytest.raises(InputError, match=r"b\.png: the frame is 100x100 pixels, expected 240x180"):
        estimate_camera_motion(frame(texture()), other, NOBODY, CameraConfig())


def test_affine_nearest_to_a_homography() -> None:
    """Equal in value and, by finite differences, in derivative."""
    homography = np.array([[1.1, 0.05, 3.0], [-0.02, 0.95, -4.0], [2e-4, -1e-4, 1.0]])
    point, step = np.array([120.0, 90.0]), 1e-4

    def apply(p: FloatArray) -> FloatArray:
        x, y, w = homography @ [*p, 1.0]
        return np.array([x, y]) / w

    affine = _affine_at(homography, point)
    assert np.allclose(apply_affine(point[None], affine)[0], apply(point))
    for axis in np.eye(2):
        slope = (apply(point + step * axis) - apply(point - step * axis)) / (2 * step)
        assert np.allclose(affine[:, :2] @ axis, slope, atol=1e-6)
