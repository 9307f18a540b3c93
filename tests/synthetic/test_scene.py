"""Drawn scenes: reproducible, renderable in any order, with constant ids and nearer people in front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_random_image import assert_promises

from posetrack.structures import POSETRACK18, FramePoses
from posetrack.synthetic import Scene, SceneConfig

HW = (144, 256)
SMALL = SceneConfig(image_hw=HW, num_frames=25, people=5, height_px=(50.0, 90.0), pan_px=30.0)
HIPS = [POSETRACK18.index("left_hip"), POSETRACK18.index("right_hip")]
ANKLE = POSETRACK18.index("left_ankle")


def truths(config: SceneConfig, seed: int) -> list[FramePoses]:
    return [truth for _, truth in Scene(config, seed).frames()]


def test_a_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = (list(Scene(SMALL, seed).frames()) for seed in (3, 3, 4))
    for (a, x), (b, y) in zip(first, again, strict=True):
        assert a.image.tobytes() == b.image.tobytes() and x.joints_xy.tobytes() == y.joints_xy.tobytes()
    assert first[0][0].image.tobytes() != other[0][0].image.tobytes()


def test_any_frame_can_be_drawn_alone() -> None:
    scene, frames = Scene(SMALL, 8), list(Scene(SMALL, 8).frames())
    for index in (24, 0, 13):
        frame, truth = scene.render(index)
        assert frame.image.tobytes() == frames[index][0].image.tobytes()
        np.testing.assert_array_equal(truth.joints_xy, frames[index][1].joints_xy)
        assert frame.index == truth.frame_index == index and frame.timestamp_s == index / SMALL.fps


@pytest.mark.parametrize("seed", range(6))
def test_the_truth_keeps_its_promises(seed: int) -> None:
    for truth in truths(SMALL, seed):
        assert_promises(truth, HW)
        assert set(truth.track_ids.tolist()) <= set(range(SMALL.people))


@pytest.mark.parametrize("seed", range(6))
def test_an_id_stays_with_a_person_who_moves_smoothly(seed: int) -> None:
    before: dict[int, np.ndarray] = {}
    compared = 0
    for truth in truths(SMALL, seed):
        # The mean of the hips does not depend on the phase of the walk.
        now = dict(zip(truth.track_ids.tolist(), truth.joints_xy[:, HIPS].mean(axis=1), strict=True))
        for track, place in now.items():
            if track in before and not np.isnan([place, before[track]]).any():
                compared += 1
                assert np.abs(place - before[track]).max() < 0.12 * SMALL.height_px[1]
        before = now
    assert compared > 30


def test_people_leave_enter_and_come_back_with_their_ids() -> None:
    config = SceneConfig(image_hw=HW, height_px=(50.0, 90.0), occluders=3)
    left = entered = returned = 0
    for seed in range(4):
        frames = truths(config, seed)
        for track in range(config.people):
            present = np.array([track in truth.track_ids for truth in frames])
            left += bool(present[0] and not present[-1])
            entered += bool(present[-1] and not present[0])
            returned += bool((np.diff(np.flatnonzero(present)) > 1).any())
    assert left and entered and returned


def test_a_person_who_comes_back_goes_on_as_before() -> None:
    config = SceneConfig(image_hw=HW, height_px=(50.0, 90.0), occluders=3)
    compared = 0
    for seed in range(4):
        alone, hidden = truths(replace(config, occluders=0), seed), truths(config, seed)
        for a, b in zip(alone, hidden, strict=True):
            for person, track in enumerate(b.track_ids):
                (same,) = np.flatnonzero(a.track_ids == track)
                compared += 1
                np.testing.assert_array_equal(a.joints_xy[same], b.joints_xy[person])
    assert compared > 300


@pytest.mark.parametrize("seed", range(6))
def test_only_a_nearer_person_hides_another(seed: int) -> None:
    config = SceneConfig(image_hw=HW, num_frames=25, people=6, height_px=(50.0, 90.0), occluders=0)
    hidden = 0
    for truth in truths(config, seed):
        for person, track in enumerate(truth.track_ids):
            behind = truth.joint_valid[person] & ~truth.joint_visible[person]
            behind[POSETRACK18.index("nose")] = False  # turned away, it may stick out beyond the person's own head
            nearer = truth.boxes_xyxy[truth.track_ids > track]  # ids increase from the farthest person
            for xy in truth.joints_xy[person][behind]:
                hidden += 1
                assert ((xy >= nearer[:, :2] - 3) & (xy <= nearer[:, 2:] + 3)).all(axis=1).any()
    assert hidden > 5


def test_an_occluder_hides_joints() -> None:
    def hidden(occluders: int) -> int:
        config = SceneConfig(image_hw=HW, num_frames=5, height_px=(50.0, 90.0), occluders=occluders)
        return sum(int((t.joint_valid & ~t.joint_visible).sum()) for seed in range(4) for t in truths(config, seed))

    assert hidden(6) > hidden(0) + 20


def test_a_pan_moves_what_stands_still_the_other_way() -> None:
    config = SceneConfig(image_hw=HW, num_frames=11, people=5, height_px=(50.0, 90.0), occluders=0, pan_px=20.0,
                         shake_px=0.0)  # fmt: skip
    steps = []
    for seed in range(6):
        frames = truths(config, seed)
        for track in range(config.people):
            path = [t.joints_xy[t.track_ids == track][:, ANKLE] for t in frames]
            if all(len(place) and not np.isnan(place).any() for place in path):
                steps.append(np.diff(np.concatenate(path), axis=0))
    # One person in five stands still: the ankle moves by the same step every frame, -20 px / 10.
    still = [step for step in steps if np.allclose(step, [-2.0, 0.0], atol=1e-6)]
    assert 3 <= len(still) < len(steps)


def test_a_scene_without_people_is_a_place() -> None:
    frame, truth = Scene(SceneConfig(image_hw=HW, num_frames=1, people=0), 0).render(0)
    assert len(truth) == 0 and frame.image.std() > 5


@pytest.mark.parametrize("index", [-1, 25])
def test_a_frame_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError, match=f"frame {index}, expected 0 to 24"):
        Scene(SMALL, 0).render(index)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"people": -1, "fps": 0.0}, r"fps is 0.0, expected more than 0; people is -1, expected 0 to 254"),
        ({"people": 255}, "people is 255"),
        ({"num_frames": 0}, "num_frames is 0"),
        ({"image_hw": (0, 5)}, r"image_hw is \(0, 5\)"),
        ({"height_px": (90.0, 50.0)}, "height_px is"),
        ({"occluders": -2}, "occluders is -2"),
        ({"shake_px": -0.1}, "shake_px is -0.1"),
    ],
)
def test_impossible_settings_are_refused_all_at_once(wrong: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SceneConfig(**wrong)
