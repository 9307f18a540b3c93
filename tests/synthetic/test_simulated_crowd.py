"""Simulated crowds: exact, reproducible from the seed, with occlusion by people and objects."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from posetrack.structures import POSETRACK18
from posetrack.synthetic.images import MIN_JOINTS
from posetrack.synthetic.simulation import (
    SCENARIOS,
    CameraMotion,
    Cast,
    Simulation,
    Stage,
    Thing,
    film,
    simulate,
    truth_of,
)
from posetrack.synthetic.simulation.actors import LANDMARKS, Actor, walker
from posetrack.synthetic.simulation.occlusion import hidden_by_people
from posetrack.synthetic.simulation.stage import apply_maps, relative_maps

ARRAYS = [name for name in Simulation.__dataclass_fields__ if name not in ("name", "seed", "image_hw", "fps", "alike")]
FRAMES, FPS = 5, 25.0
STAGE = Stage()
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS)


def standing(x: float, z: float) -> Actor:
    """A standing person facing the viewer."""
    return walker(np.random.default_rng(0), [(0.0, x, z)], FRAMES, FPS, facing=0.0)


def seen(*actors: Actor, things: tuple[Thing, ...] = ()) -> Simulation:
    return film("hand-made", Cast(actors, things), STAGE, FRAMES, FPS, 0)


@each_scenario
def test_the_same_by_seed(scenario: str) -> None:
    first, second, other = (simulate(scenario, seed, seconds=1.0) for seed in (3, 3, 4))
    for name in ARRAYS:
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert first.joints_xy.shape != other.joints_xy.shape or not np.allclose(first.joints_xy, other.joints_xy)


@each_scenario
def test_everything_fits(scenario: str) -> None:
    """All finite; visible joints are in the image; body and head boxes contain their joints; nobody hides themselves."""
    s = simulate(scenario, 1, seconds=2.0)
    assert all(np.isfinite(getattr(s, name)).all() for name in ARRAYS)
    assert s.joints_xy.shape == (s.num_frames, s.num_people, 17, 2)
    assert not (s.visible & ~s.in_image).any()
    low, high = s.boxes_xyxy[..., None, :2], s.boxes_xyxy[..., None, 2:]
    assert ((s.joints_xy > low) & (s.joints_xy < high)).all()
    nose = s.joints_xy[:, :, POSETRACK18.index("nose")]
    width = s.head_boxes_xyxy[..., 2] - s.head_boxes_xyxy[..., 0]
    reach = 0.05 * width[..., None]  # in profile the nose sticks out of the box a little
    assert ((nose > s.head_boxes_xyxy[..., :2] - reach) & (nose < s.head_boxes_xyxy[..., 2:] + reach)).all()
    assert (s.hidden_share[:, range(s.num_people), range(s.num_people)] == 0).all()
    assert ((s.hidden_share > 0) & (np.swapaxes(s.hidden_share, 1, 2) > 0)).sum() == 0
    assert np.array_equal(s.camera[0], np.eye(3)[:2])


@each_scenario
@pytest.mark.parametrize("annotate", ["all", "visible"])
def test_ids_of_the_truth(scenario: str, annotate: str) -> None:
    """Ids are unique, valid and have joints; ears are never annotated, nor are hidden joints if ``visible``."""
    s = simulate(scenario, 2, seconds=2.0)
    truth = truth_of(s, annotate)  # type: ignore[arg-type]
    assert len(truth.frames) == s.num_frames == len(truth.info.frame_names)
    for t, poses in enumerate(truth.frames):
        ids = poses.track_ids
        assert len(np.unique(ids)) == len(ids) and ((ids >= 0) & (ids < s.num_people)).all()
        assert poses.joint_valid.any(axis=1).all()
        assert not poses.joint_valid[:, [POSETRACK18.index("left_ear"), POSETRACK18.index("right_ear")]].any()
        valid = poses.joint_valid
        assert np.allclose(poses.joints_xy[valid], s.joints_xy[t, ids][valid])
        if annotate == "visible":
            assert not (valid & ~s.visible[t, ids]).any()


def test_every_other_frame() -> None:
    s = simulate("crossings", 1, seconds=1.0)
    whole, half = truth_of(s), truth_of(s, every=2)
    assert half.info.fps == s.fps / 2 and len(half.frames) == 13
    assert [f.frame_index for f in half.frames] == list(range(13))
    for a, b in zip(half.frames, whole.frames[::2], strict=True):
        assert np.array_equal(a.joints_xy, b.joints_xy, equal_nan=True) and np.array_equal(a.track_ids, b.track_ids)


def test_a_disc_before_a_row_of_joints() -> None:
    """A body shrunk to a point is a disc with the torso's radius, 0.075 heights = 7.5 px; only the nearer person hides."""
    points = np.full((1, 2, len(LANDMARKS), 2), 100.0)
    points[0, 0, :17, 0] = 100 + np.arange(17) - 8.4  # joints of the farther person, from 8.4 px left to 7.6 px right
    height, depth = np.full((1, 2), 100.0), np.array([[9.0, 6.0]])
    hidden, share = hidden_by_people(points[:, :, :17], points, height, depth)
    assert hidden[0, 0].tolist() == [False] + [True] * 15 + [False]
    assert not hidden[0, 1].any()
    assert share[0].tolist() == [[0.0, 15 / 17], [0.0, 0.0]]
    swapped, _ = hidden_by_people(points[:, :, :17], points, height, depth[:, ::-1])
    assert not swapped[0, 0].any() and swapped[0, 1].any()
    level, _ = hidden_by_people(points[:, :, :17], points, height, np.full((1, 2), 7.0))
    assert not level.any()


def test_two_people_overlap() -> None:
    """The nearer person is fully visible, the torso right behind is hidden; side by side, both are visible."""
    behind = seen(standing(0.0, 8.0), standing(0.0, 7.8))
    assert behind.in_image.all() and behind.visible[:, 1].all()
    trunk = [POSETRACK18.index(f"{side}_{part}") for side in ("left", "right") for part in ("shoulder", "hip")]
    assert not behind.visible[:, 0][:, trunk].any()
    assert np.allclose(behind.hidden_share[:, 0, 1], 1 - behind.visible[:, 0].mean(axis=-1))
    apart = seen(standing(-1.0, 8.0), standing(1.0, 7.8))
    assert apart.visible.all() and not apart.hidden_share.any()
    alone = seen(standing(0.0, 8.0))
    assert np.array_equal(alone.joints_xy[:, 0], behind.joints_xy[:, 0])  # others affect only visibility
    ids = [truth_of(behind, annotate).frames[0].track_ids.tolist() for annotate in ("all", "visible")]  # type: ignore[arg-type]
    assert 1 in ids[0] and 1 in ids[1]


def test_a_wall() -> None:
    """A wall hides people behind it, not those in front."""
    wall = (Thing(0.0, 6.9, 3.0, 3.0),)
    assert not seen(standing(0.0, 8.0), things=wall).visible.any()
    assert seen(standing(0.0, 6.7), things=wall).visible.all()
    assert seen(standing(2.5, 8.0), things=wall).visible.all()
    hidden = truth_of(seen(standing(0.0, 8.0), standing(2.5, 8.0), things=wall))
    assert [f.track_ids.tolist() for f in hidden.frames] == [[1]] * FRAMES


def test_the_ground() -> None:
    """A person of 1.7 m at 7 m is 1400 / 7 * 1.7 = 340 px tall, and nearer people are lower in the image."""
    s = seen(standing(0.0, 7.0), standing(0.0, 14.0))
    assert np.allclose(s.height_px[0, 0], 200.0 * standing(0.0, 7.0).height_m)
    assert np.allclose(s.height_px[:, 0], 2 * s.height_px[:, 1])
    ankle = POSETRACK18.index("left_ankle")
    assert (s.joints_xy[:, 0, ankle, 1] > s.joints_xy[:, 1, ankle, 1]).all()
    assert np.allclose(s.depth_m, [7.0, 14.0])


def test_the_camera_carries_the_background() -> None:
    """Chaining the frame-to-frame maps gives the map from the first to the last frame."""
    maps = CameraMotion(300.0, 40.0, 2.0, 0.01, 1.3).maps(np.random.default_rng(0), 40, FPS, (720, 1280))
    relative = relative_maps(maps)
    places = np.random.default_rng(1).uniform(0, 700, (1, 6, 2))
    carried = apply_maps(maps[:1], places)
    for step in relative[1:]:
        carried = apply_maps(step[None], carried)
    assert np.allclose(carried, apply_maps(maps[-1:], places))
    zoom = np.sqrt(np.linalg.det(maps[:, :, :2]))
    assert np.isclose(zoom[-1] / zoom[0], 1.3)


def test_people_are_smooth() -> None:
    """Walkers do not jump: joints move by less than 0.2 heights per frame at 25 frames per second."""
    for scenario, seed in itertools.product(("crossings", "turns"), range(2)):
        s = simulate(scenario, seed, seconds=2.0)
        step = np.linalg.norm(np.diff(s.joints_xy, axis=0), axis=-1) / s.height_px[1:, :, None]
        assert step.max() < 0.2


def test_lengths() -> None:
    assert simulate("crowd", 0, seconds=0.0).num_frames == 1
    assert simulate("reentry", 0, seconds=2.0).num_frames == 75  # half as long again
    assert 20 <= simulate("crowd", 0, seconds=0.2).num_people <= 50
    assert (simulate("crowd", 0, seconds=0.2).in_image.sum(axis=-1) >= MIN_JOINTS).any()


def test_refused() -> None:
    with pytest.raises(ValueError, match="scenario is 'picnic', expected one of crossings, "):
        simulate("picnic", 0)
    with pytest.raises(ValueError, match="annotate is 'some', expected all or visible"):
        truth_of(seen(standing(0.0, 7.0)), "some")  # type: ignore[arg-type]
