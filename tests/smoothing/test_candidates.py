"""Choosing the most likely candidate of each joint over time."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.smoothing import AutoConfig, CandidatesConfig, choose_candidates, smooth
from posetrack.smoothing import candidates as candidates_module
from posetrack.smoothing.sizes import person_size
from posetrack.structures import POSETRACK18, FloatArray, Origin, Skeleton, TrackedPose
from tests.smoothing.people import K, standing, track

LEFT, RIGHT = POSETRACK18.index("left_ankle"), POSETRACK18.index("right_ankle")
NOSE = POSETRACK18.index("nose")
FPS = 25.0


def seen(xy: FloatArray, others: dict[tuple[int, int], tuple[FloatArray, float]], score: float = 0.5) -> TrackedPose:
    """A track with joints at ``xy``; ``others`` gives (frame, joint) a different first candidate and its score."""
    candidates = np.full((len(xy), K, 3, 3), np.nan)
    candidates[:, :, 0, :2], candidates[:, :, 0, 2] = xy, score
    for (t, joint), (place, height) in others.items():
        candidates[t, joint, 1] = candidates[t, joint, 0]
        candidates[t, joint, 0] = [*place, height]
    first = candidates[:, :, 0]
    return replace(track(first[..., :2].copy(), scores=first[..., 2].copy()), candidates=candidates)


def chosen(track: TrackedPose, joint_threshold: float | None = None, **settings: float | bool) -> TrackedPose:
    config = CandidatesConfig(**settings)  # type: ignore[arg-type]
    return choose_candidates([track], config, POSETRACK18, FPS, joint_threshold=joint_threshold)[0]


def walking(count: int = 20) -> FloatArray:
    """(T, K, 2) a person of fixed posture moving steadily."""
    return np.asarray(standing(count) + np.arange(count)[:, None, None] * [9.0, -4.0])


def test_a_joint_that_jumps_away_for_some_frames_stays_on_its_way() -> None:
    true = walking()
    away = {(t, joint): (true[t, joint] + [60.0, 50.0], 0.7) for t in (7, 8, 9) for joint in (NOSE, LEFT)}
    found = chosen(seen(true, away))
    np.testing.assert_allclose(found.joints_xy, true, atol=1e-4)
    np.testing.assert_allclose(found.joint_scores, 0.5, atol=1e-6)


def test_the_place_that_is_higher_by_far_wins_over_a_way_that_is_a_little_shorter() -> None:
    true = standing(20)
    near = {(t, NOSE): (true[t, NOSE] + [30.0, 0.0], 0.9) for t in range(5, 15)}
    found = chosen(seen(true, near, score=0.05))
    assert (found.joints_xy[5:15, NOSE, 0] > true[5:15, NOSE, 0] + 29).all()


def test_left_and_right_are_kept_apart() -> None:
    true = standing(12)
    both = {(t, LEFT): (true[t, RIGHT] + [1.0, 1.0], 0.55) for t in range(12)}  # both ankles on the right leg, always
    np.testing.assert_allclose(chosen(seen(true, both)).joints_xy, true, atol=1e-4)
    stays = chosen(seen(true, both), near_cost=0.0)
    np.testing.assert_allclose(stays.joints_xy[:, LEFT], true[:, RIGHT] + 1, atol=1e-4)


def test_without_candidates_and_where_it_is_off_tracks_are_the_same_objects() -> None:
    plain = track(standing(5))
    assert chosen(plain) is plain
    given = seen(standing(5), {(2, NOSE): (np.array([900.0, 900.0]), 0.9)})
    assert chosen(given, enabled=False) is given
    lone = replace(given, **{name: getattr(given, name)[:1] for name in
                             ("frame_indices", "joints_xy", "joint_scores", "origin", "candidates")})  # fmt: skip
    assert chosen(lone) is lone


def test_missing_joints_stay_missing_without_a_threshold() -> None:
    true = walking()
    given = seen(true, {(4, NOSE): (true[4, NOSE] + 70, 0.6)})
    holes = given.joints_xy.copy()
    holes[4, NOSE] = holes[6, LEFT] = np.nan
    found = chosen(replace(given, joints_xy=holes))
    assert np.isnan(found.joints_xy[4, NOSE]).all() and np.isnan(found.joints_xy[6, LEFT]).all()
    assert np.isnan(found.joints_xy).sum() == 4


def test_a_joint_is_there_where_its_scores_over_some_frames_are_high_enough() -> None:
    true = walking(40)
    given = seen(true, {}, score=0.5)
    candidates, xy = given.candidates.copy(), given.joints_xy.copy()
    candidates[10, NOSE, 0, 2] = 0.2  # low for one frame: still present
    candidates[20:, LEFT, 0, 2] = 0.1  # low from here on: missing
    candidates[30, LEFT, 0, 2] = 0.45  # except for one frame: still missing
    xy[10, NOSE] = xy[20:30, LEFT] = xy[31:, LEFT] = np.nan  # as left by a tracker with a threshold of 0.3
    found = chosen(replace(given, candidates=candidates, joints_xy=xy), joint_threshold=0.3)
    np.testing.assert_allclose(found.joints_xy[10, NOSE], true[10, NOSE], atol=1e-4)
    assert found.joint_scores[10, NOSE] == pytest.approx(0.2)
    assert np.isnan(found.joints_xy[23:, LEFT]).all() and not np.isnan(found.joints_xy[:18, LEFT]).any()
    assert not np.isnan(np.delete(found.joints_xy, LEFT, axis=1)).any()


def test_interpolated_poses_move_as_those_beside_them() -> None:
    true = walking()
    given = seen(true, {(t, NOSE): (true[t, NOSE] + [60.0, 0.0], 0.7) for t in (9, 11)})
    xy, candidates, origin = given.joints_xy.copy(), given.candidates.copy(), given.origin.copy()
    xy[10], candidates[10], origin[10] = (xy[9] + xy[11]) / 2, np.nan, Origin.INTERPOLATED
    found = chosen(replace(given, joints_xy=xy, candidates=candidates, origin=origin), joint_threshold=0.3)
    np.testing.assert_allclose(found.joints_xy, true, atol=1e-4)


@pytest.mark.parametrize("score", [0.2, 0.5])
def test_interpolated_poses_have_the_joints_that_both_neighbours_have(score: float) -> None:
    """Regardless of what linking filled in from the scores of two frames, a joint does not flicker."""
    true = walking()
    given = seen(true, {}, score=0.5)
    candidates, xy, origin = given.candidates.copy(), given.joints_xy.copy(), given.origin.copy()
    candidates[:, NOSE, 0, 2] = score
    between = [9, 10, 11]
    candidates[between], origin[between] = np.nan, Origin.INTERPOLATED
    if score > 0.3:
        xy[between, NOSE] = np.nan
    found = chosen(replace(given, joints_xy=xy, candidates=candidates, origin=origin), joint_threshold=0.3)
    assert np.isnan(found.joints_xy[:, NOSE]).all() == (score < 0.3)
    np.testing.assert_allclose(found.joints_xy[:, LEFT], true[:, LEFT], atol=1e-4)
    if score > 0.3:
        np.testing.assert_allclose(found.joints_xy[:, NOSE], true[:, NOSE], atol=1e-4)
        np.testing.assert_allclose(found.joint_scores[between, NOSE], score, atol=1e-6)


def test_over_a_long_gap_nothing_is_concluded() -> None:
    true = standing(4)
    moved = true + np.array([0.0, 0.0, 300.0, 300.0])[:, None, None]  # somewhere else after the gap
    given = replace(seen(moved, {(2, NOSE): (true[2, NOSE], 0.51)}), frame_indices=np.array([0, 1, 30, 60]))
    np.testing.assert_allclose(chosen(given).joints_xy[2, NOSE], true[2, NOSE], atol=1e-4)


def test_a_long_track_is_chosen_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    true = walking(60)
    given = seen(true, {(t, joint): (true[t, joint] + 70, 0.7) for t in (8, 23, 37) for joint in (NOSE, RIGHT)})
    whole = chosen(given)
    monkeypatch.setattr(candidates_module, "_AT_ONCE", 13)
    assert np.array_equal(chosen(given).joints_xy, whole.joints_xy)
    np.testing.assert_allclose(whole.joints_xy, true, atol=1e-4)


def test_a_skeleton_without_pairs() -> None:
    names = ("nose", "head_top", "head_bottom")
    lone = Skeleton("lone", names, (), (), (0.05, 0.05, 0.05))
    true = walking()[:, [POSETRACK18.index(name) for name in names]]
    candidates = np.full((20, 3, 2, 3), np.nan)
    candidates[:, :, 0] = np.concatenate([true, np.full((20, 3, 1), 0.5)], axis=2)
    candidates[9, 0, 1] = candidates[9, 0, 0]
    candidates[9, 0, 0] = [900, 900, 0.6]
    first = candidates[:, :, 0]
    given = replace(track(first[..., :2], scores=first[..., 2]), candidates=candidates)
    (found,) = choose_candidates([given], CandidatesConfig(), lone, FPS)
    np.testing.assert_allclose(found.joints_xy, true, atol=1e-4)


def test_smoothing_chooses_first() -> None:
    true = walking()
    given = seen(true, {(t, NOSE): (true[t, NOSE] + [60.0, 50.0], 0.7) for t in range(6, 14)})
    (found,) = smooth([given], AutoConfig(), POSETRACK18, FPS)
    assert np.abs(found.joints_xy - true).max() < 0.5
    off = AutoConfig(candidates=CandidatesConfig(enabled=False))
    (left,) = smooth([given], off, POSETRACK18, FPS)
    assert np.abs(left.joints_xy - true).max() > 10


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_no_combination_costs_less(seed: int) -> None:
    """Brute force over all 9 ** 3 combinations of a pair over three frames."""
    rng = np.random.default_rng(seed)
    config = CandidatesConfig()
    xy = standing(3)
    candidates = np.full((3, K, 3, 3), np.nan)
    candidates[:, :, 0] = np.concatenate([xy, np.full((3, K, 1), 0.5)], axis=2)
    pair = candidates[:, [LEFT, RIGHT]]
    pair[..., :2] = rng.uniform(0, 40, pair.shape[:-1] + (2,))
    pair[..., 2] = rng.uniform(0.01, 0.9, pair.shape[:-1])
    candidates[:, [LEFT, RIGHT]] = pair
    candidates = candidates.astype(np.float32)
    first = candidates[:, :, 0].astype(np.float64)
    given = replace(track(first[..., :2], scores=first[..., 2]), candidates=candidates)
    size = person_size(given.joints_xy)
    pair = candidates[:, [LEFT, RIGHT]].astype(np.float64)

    def cost(combination: tuple[tuple[int, int], ...]) -> float:
        total = 0.0
        for t, states in enumerate(combination):
            here = [pair[t, side, state] for side, state in enumerate(states)]
            total -= sum(np.log(place[2]) for place in here)
            apart = np.linalg.norm(here[0][:2] - here[1][:2]) / size
            total += config.near_cost * np.exp(-0.5 * (apart / config.near) ** 2)
            if t:
                before = [pair[t - 1, side, state] for side, state in enumerate(combination[t - 1])]
                moves = [np.linalg.norm(a[:2] - b[:2]) / size / config.spread for a, b in zip(here, before, strict=True)]
                total += sum(0.5 * min(move, config.most) ** 2 for move in moves)
        return float(total)

    best = min(product(product(range(3), repeat=2), repeat=3), key=cost)
    expected = [[pair[t, side, state, :2] for side, state in enumerate(states)] for t, states in enumerate(best)]
    np.testing.assert_allclose(chosen(given).joints_xy[:, [LEFT, RIGHT]], expected, atol=1e-6)


@pytest.mark.parametrize("name", ["spread", "most", "near", "longest_step_s", "score_sigma_s"])
def test_settings_that_cannot_be(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        CandidatesConfig(**{name: 0.0})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="near_cost"):
        CandidatesConfig(near_cost=-1.0)
