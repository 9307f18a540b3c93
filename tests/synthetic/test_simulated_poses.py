"""Simulated estimator output: levels are ordered, scores are informative, rows are consistent."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache

import numpy as np
import pytest

from posetrack.structures import BoolArray, FloatArray
from posetrack.synthetic.images import MIN_JOINTS
from posetrack.synthetic.simulation import (
    FIRST_LASTING_FALSE,
    LEVELS,
    RANDOM_FALSE,
    SCENARIOS,
    DetectedFrame,
    NoiseLevel,
    detect,
    every_nth,
    simulate,
    without_doubles,
)
from posetrack.synthetic.simulation.chance import events, lasting, uniform

MEASURED = ("crossings", "groups", "embrace")
NOTHING = NoiseLevel(**{f.name: 0.0 for f in fields(NoiseLevel)})


@dataclass(frozen=True, eq=False)
class Figures:
    """Errors (in body heights) and scores of detected people and their visible joints; share of people missed."""

    errors: FloatArray
    scores: FloatArray
    missed: float
    pose_errors: FloatArray
    pose_scores: FloatArray


def real(frame: DetectedFrame) -> BoolArray:
    return frame.persons >= 0


@cache
def figures(level: str) -> Figures:
    errors, scores, pose_errors, pose_scores, missed, there = [], [], [], [], 0, 0
    for scenario in MEASURED:
        s = simulate(scenario, 1)
        for t, frame in enumerate(detect(s, level)):
            who = frame.persons[real(frame)]
            poses = frame.poses.select(np.flatnonzero(real(frame)))
            error = np.linalg.norm(poses.joints_xy - s.joints_xy[t, who], axis=-1) / s.height_px[t, who][:, None]
            seen = poses.joint_valid & s.visible[t, who]
            errors.append(error[seen])
            scores.append(poses.joint_scores[seen])
            pose_errors.append(np.nanmean(np.where(poses.joint_valid, error, np.nan), axis=1))
            pose_scores.append(poses.scores)
            expected = np.flatnonzero(s.visible[t].sum(axis=-1) >= 4)
            missed, there = missed + len(np.setdiff1d(expected, who)), there + len(expected)
    parts = (np.concatenate(part) for part in (errors, scores, pose_errors, pose_scores))
    e, c, pe, pc = parts
    return Figures(e, c, missed / there, pe, pc)


def test_levels_are_ordered() -> None:
    """Each level is worse by at least a third in joint error (median and 90th percentile) and in people missed."""
    easy, medium, hard = (figures(level) for level in ("easy", "medium", "hard"))
    for better, worse in ((easy, medium), (medium, hard)):
        for quantile in (0.5, 0.9):
            assert np.quantile(worse.errors, quantile) > 1.33 * np.quantile(better.errors, quantile)
        assert worse.missed > 1.33 * better.missed
    assert 0.005 < np.median(easy.errors) < 0.01 and 0.01 < easy.missed < 0.08
    assert 0.015 < np.median(hard.errors) < 0.03 and 0.1 < hard.missed < 0.3


@pytest.mark.parametrize("level", LEVELS)
def test_scores_mean_something(level: str) -> None:
    """Joint scores correlate with the error (capped at 0.1 heights) below -0.4; higher-scoring poses are better."""
    f = figures(level)
    assert np.corrcoef(np.minimum(f.errors, 0.1), f.scores)[0, 1] < -0.4
    surer = f.pose_scores > np.median(f.pose_scores)
    assert f.pose_errors[surer].mean() < 0.8 * f.pose_errors[~surer].mean()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rows_agree(scenario: str) -> None:
    """Equal lengths, unit vectors, scores in 0..1, boxes with area, at least three joints, valid ids."""
    s = simulate(scenario, 5, seconds=2.0)
    frames = detect(s, "hard")
    assert [frame.poses.frame_index for frame in frames] == list(range(s.num_frames))
    for frame in frames:
        poses, count = frame.poses, len(frame.poses)
        assert frame.persons.shape == (count,) and frame.appearance.shape == (count, 32)
        assert np.allclose(np.linalg.norm(frame.appearance, axis=1), 1)
        assert ((poses.scores >= 0) & (poses.scores <= 1)).all()
        assert ((poses.joint_scores >= 0) & (poses.joint_scores <= 1)).all()
        assert (poses.boxes_xyxy[:, 2:] > poses.boxes_xyxy[:, :2]).all()
        assert (poses.joint_valid.sum(axis=1) >= MIN_JOINTS).all()
        assert (frame.persons < s.num_people).all()
        assert (poses.track_ids is None) or (poses.track_ids < 0).all()


def test_the_same_by_seed() -> None:
    s = simulate("groups", 1, seconds=2.0)
    before = s.joints_xy.copy(), s.visible.copy(), s.camera.copy()
    first, second, other = detect(s, "medium", 7), detect(s, "medium", 7), detect(s, "medium", 8)
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.poses.joints_xy, b.poses.joints_xy, equal_nan=True)
        assert np.array_equal(a.persons, b.persons) and np.array_equal(a.appearance, b.appearance)
        assert np.array_equal(a.camera, b.camera)
    assert any(
        len(a.persons) != len(c.persons) or (a.persons != c.persons).any() for a, c in zip(first, other, strict=True)
    )
    assert all(np.array_equal(a, b) for a, b in zip(before, (s.joints_xy, s.visible, s.camera), strict=True))


def test_without_noise() -> None:
    """With all noise at zero: the exact joints of every visible person, and the exact camera motion."""
    s = simulate("crossings", 1, seconds=2.0)
    frames = detect(s, NOTHING)
    for t, frame in enumerate(frames):
        assert len(np.unique(frame.persons)) == len(frame.persons) and real(frame).all()
        seen = np.flatnonzero(s.visible[t].sum(axis=-1) >= 4)
        assert np.isin(seen, frame.persons).all()
        assert np.allclose(frame.poses.joints_xy, s.joints_xy[t, frame.persons])
        assert np.allclose(frame.camera, s.camera[t])


def test_an_embrace_is_merged() -> None:
    """With merge probability 1, the farther person is missing and the nearer one has some of their joints."""
    s = simulate("embrace", 1, seconds=2.0)
    merged = 0
    for t, frame in enumerate(detect(s, replace(NOTHING, merge=1.0))):
        for row, person in enumerate(frame.persons):
            own = np.isclose(frame.poses.joints_xy[row], s.joints_xy[t, person]).all(axis=-1)
            if own.all():
                continue
            merged += 1
            same = np.isclose(frame.poses.joints_xy[row], s.joints_xy[t]).all(axis=-1)
            sources = np.flatnonzero(same[:, ~own].any(axis=1))  # one person may absorb two
            assert same[:, ~own].any(axis=0).all()
            assert not np.isin(sources, frame.persons).any()
            assert (s.depth_m[t, sources] > s.depth_m[t, person]).all()
    assert merged > 0


def test_false_persons_lie_in_the_image() -> None:
    """Even if the camera moves away from them; persistent ones move with the background."""
    s = simulate("moving_camera", 0)
    frames = detect(s, replace(NOTHING, random_false=1.0, lasting_false=20.0))
    limit = np.array(s.image_hw[::-1]) - 0.5
    kinds = set()
    places: dict[int, FloatArray] = {}
    for frame in frames:
        places = {who: frame.camera[:, :2] @ at + frame.camera[:, 2] for who, at in places.items()}
        for row in np.flatnonzero(~real(frame)):
            xy, who = frame.poses.joints_xy[row], int(frame.persons[row])
            assert ((xy > -0.5) & (xy < limit)).all(axis=-1).sum() >= MIN_JOINTS
            kinds.add(who)
            if who <= FIRST_LASTING_FALSE and frame.poses.joint_valid[row].all():
                assert np.allclose(places.setdefault(who, xy[0]), xy[0], atol=0.5) or frame is frames[0]
    assert RANDOM_FALSE in kinds and min(kinds) < FIRST_LASTING_FALSE


def test_a_lower_frame_rate() -> None:
    """Every third frame, renumbered, with chained camera maps."""
    frames = detect(simulate("moving_camera", 1, seconds=2.0), "easy")
    taken = every_nth(frames, 3)
    assert [f.poses.frame_index for f in taken] == list(range(17))
    place = np.array([300.0, 200.0])
    one_by_one = place
    for frame in frames[4:7]:
        one_by_one = frame.camera[:, :2] @ one_by_one + frame.camera[:, 2]
    assert np.allclose(taken[2].camera[:, :2] @ place + taken[2].camera[:, 2], one_by_one)
    assert np.array_equal(taken[2].persons, frames[6].persons)


def test_doubles() -> None:
    """Some people are detected twice; suppression keeps the higher-scoring poses, best first, with consistent rows."""
    s = simulate("crossings", 2, seconds=2.0)
    frames = detect(s, replace(NOTHING, duplicate=0.5))
    twice = [len(f.persons) - len(np.unique(f.persons)) for f in frames]
    assert sum(twice) > 0
    single = [without_doubles(f, 0.3) for f in frames]
    left = [len(f.persons) - len(np.unique(f.persons)) for f in single]
    assert sum(left) < 0.3 * sum(twice)
    for frame in single:
        assert (np.diff(frame.poses.scores) <= 0).all()
        assert len(frame.persons) == len(frame.poses) == len(frame.appearance)


def test_appearance_tells_people_apart() -> None:
    """A person is more similar to themselves a second later than to others, but less so at worse levels."""
    s = simulate("crossings", 1)
    gaps = []
    for level in LEVELS:
        own, others = [], []
        frames = detect(s, level)
        for a, b in zip(frames[:-25], frames[25:], strict=True):
            like, same = a.appearance @ b.appearance.T, a.persons[:, None] == b.persons
            people = real(a)[:, None] & real(b)
            own.append(like[people & same])
            others.append(like[people & ~same])
        gaps.append(np.concatenate(own).mean() - np.concatenate(others).mean())
    assert gaps[0] > gaps[1] > gaps[2] > 0.05


def test_chance_with_a_memory() -> None:
    rng = np.random.default_rng(0)
    noise = lasting(rng, (400, 200), 0.8)
    assert abs(noise.mean()) < 0.02 and abs(noise.std() - 1) < 0.02
    assert abs((noise[1:] * noise[:-1]).mean() - 0.8) < 0.02
    happens = events(rng, np.full((400, 200), 0.1), 0.9)
    assert abs(happens.mean() - 0.1) < 0.01
    assert happens[1:][happens[:-1]].mean() > 0.5  # they last
    assert not events(rng, np.zeros((50, 9)), 0.9).any() and events(rng, np.ones((50, 9)), 0.9).all()
    assert np.allclose(uniform(np.array([-1.0, 0.0, 1.0])), [0.158655, 0.5, 0.841345], atol=3e-4)
