"""Cut detection: between drawn scenes, and none for pans, shaking, flashes, fades, walls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import pytest

from posetrack.flow import CutConfig, frame_likeness, mark_cuts
from posetrack.flow.cuts import MOST_HELD
from posetrack.structures import Frame, ImageArray
from posetrack.synthetic import Scene, SceneConfig
from tests.flow.pictures import frame, moved, texture

SCENE = SceneConfig(image_hw=(180, 320), height_px=(60.0, 115.0), num_frames=12)
HW = (270, 480)


def cuts(images: Iterable[ImageArray]) -> list[int]:
    """Indices of frames that begin a shot; checks that every frame comes out once, in order."""
    marked = list(mark_cuts((frame(image, i) for i, image in enumerate(images)), CutConfig()))
    assert [f.index for f in marked] == list(range(len(marked)))
    return [f.index for f in marked if f.begins_shot]


def scene(seed: int, config: SceneConfig = SCENE) -> list[ImageArray]:
    return [given.image for given, _ in Scene(config, seed).frames()]


def test_drawn_scenes() -> None:
    """20 scenes in a row: no false cut, at most 2 of 19 missed (the streets look alike)."""
    found = cuts(image for seed in range(20) for image in scene(seed))
    expected = set(range(SCENE.num_frames, 20 * SCENE.num_frames, SCENE.num_frames))
    assert set(found) <= expected
    assert len(found) >= len(expected) - 2


@pytest.mark.parametrize("pan_px", [60.0, 300.0])
def test_pans_are_none(pan_px: float) -> None:
    """Pans of up to 25 of 320 pixels per frame, with walking people and camera shake."""
    config = SceneConfig(
        image_hw=(180, 320),
        height_px=(60.0, 115.0),
        num_frames=12,
        people=8,
        pan_px=pan_px,
        shake_px=2.0,
    )
    for seed in range(4):
        assert cuts(scene(seed, config)) == []


@pytest.mark.parametrize("level", [0, 255])
def test_flashes_and_fades_are_none(level: int) -> None:
    """White or black frames, and fades to them and back."""
    first, second = scene(0), scene(1)
    blank = np.full_like(first[0], level)
    faded = [np.asarray(cv2.addWeighted(first[6], a, blank, 1 - a, 0)) for a in (0.7, 0.4, 0.1)]
    assert cuts([*first[:6], blank, *first[6:]]) == []
    assert cuts([*first[:7], *faded, blank, *faded[::-1], *first[7:]]) == []
    assert cuts([blank, blank, *first]) == []
    # A new scene after blank frames is a cut, at its first visible frame.
    assert cuts([*first, blank, blank, *second]) == [SCENE.num_frames + 2]


@pytest.mark.parametrize("damaged", [1, 2])
def test_a_shot_goes_on_after_damaged_frames(damaged: int) -> None:
    """One or two damaged frames are tolerated, even near the start; three are a shot, and the return is a cut."""
    first = scene(0)
    for others in ([texture(SCENE.image_hw)] * damaged, [texture(SCENE.image_hw, 3 + k) for k in range(damaged)]):
        assert cuts([*first[:6], *others, *first[6:]]) == []
        assert cuts([*first[:1], *others, *first[1:]]) == []
    assert cuts([*first[:6], *[texture(SCENE.image_hw)] * 3, *first[6:]]) == [6, 9]


@pytest.mark.parametrize("level", [0, 255])
def test_blank_frames_behind_damaged_ones_are_nothing_else(level: int) -> None:
    """They begin no shot, and are held, up to a limit, until it is clear what the frames before them are."""
    first, second = scene(0), scene(1)
    damaged, blank = texture(SCENE.image_hw), np.full_like(first[0], level)
    assert cuts([*first[:5], damaged, blank, blank, *first[5:]]) == []
    assert cuts([*first[:5], blank, damaged, blank, damaged, blank, *first[5:]]) == []
    assert cuts([*first[:5], damaged, *[blank] * (MOST_HELD - 2), *first[5:]]) == []
    assert cuts([*first[:5], damaged, *[blank] * (MOST_HELD - 1), *first[5:]]) == [5, 5 + MOST_HELD]
    assert cuts([*first[:5], *second[:2], blank, blank, *second[2:]]) == [5]
    assert cuts([*first[:5], *second[:1], blank]) == [5]


def test_a_frame_between_two_shots_and_cuts_near_the_end() -> None:
    first, second = scene(0), scene(1)
    between = texture(SCENE.image_hw)
    assert cuts([*first, between, *second]) == [12, 13]
    for count in (1, 2, 3):
        assert cuts([*first, *second[:count]]) == [12]
    assert cuts([*first, between, second[0]]) == [12, 13]


def test_frames_are_held_only_where_a_shot_may_begin() -> None:
    """Frames come out at once, except after a possible cut: there two are held, or more if it turns dark."""
    given: list[int] = []

    def behind(images: Iterable[ImageArray]) -> list[int]:
        def coming() -> Iterator[Frame]:
            for i, image in enumerate(images):
                given.append(i)
                yield frame(image, i)

        return [given[-1] - marked.index for marked in mark_cuts(coming(), CutConfig())]

    first, second = scene(0)[:6], scene(1)[:6]
    assert behind([*first, *second]) == [0] * 6 + [2, 1, 0, 0, 0, 0]
    dark = [np.zeros_like(first[0])] * 30
    assert behind([*first, second[0], *dark]) == [0] * 6 + [*range(MOST_HELD)][::-1] + [0] * (31 - MOST_HELD)


def test_a_flat_middle() -> None:
    """A flat wall in the middle carries no information, yet repeated frames are one shot."""
    image = texture(HW)
    image[54:-54, 90:-90] = 90
    assert frame_likeness(image, image) == pytest.approx(1, abs=1e-4)
    assert cuts([image] * 4) == []


def test_likeness() -> None:
    """1 with itself, also with other brightness and contrast; high if moved; low for another image; NaN if flat."""
    image = texture(HW)
    blocks = np.asarray(
        cv2.resize(texture((54, 96)), HW[::-1], interpolation=cv2.INTER_CUBIC),
        dtype=np.uint8,
    )
    other = np.asarray(
        cv2.resize(texture((54, 96), 3), HW[::-1], interpolation=cv2.INTER_CUBIC),
        dtype=np.uint8,
    )
    assert frame_likeness(image, image) == pytest.approx(1, abs=1e-4)
    assert frame_likeness(blocks, np.asarray(blocks // 2 + 60, dtype=np.uint8)) > 0.98
    assert frame_likeness(blocks, moved(blocks, np.float64([[1, 0, 40], [0, 1, -20]]))) > 0.7
    assert frame_likeness(blocks, other) < 0.6  # blurred images correlate by chance, more than the usual 0.4
    assert np.isnan(frame_likeness(image, np.zeros_like(image)))


def test_odd_sizes() -> None:
    """A change of size is a cut; portrait and tiny images can be compared too."""
    upright = np.ascontiguousarray(texture(HW).transpose(1, 0, 2))
    assert cuts([texture(HW), texture(HW), upright, upright, texture((1, 1)), texture((1, 1))]) == [2, 4]
    assert frame_likeness(upright, upright) == pytest.approx(1, abs=1e-4)


def test_images_are_not_changed() -> None:
    image = texture(HW)
    old = image.copy()
    image.setflags(write=False)
    cuts([image, image])
    assert np.array_equal(image, old)
