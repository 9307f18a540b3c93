"""Offline linking: joining, splitting, filling, and odd input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.structures import COCO, NO_TRACK, FramePoses, Origin
from posetrack.tracking import Tracker, TrackerConfig
from posetrack.tracking.linking import GlobalLinkingConfig, NoLinkingConfig, link
from tests.tracking.walkers import people, random_frames

CONFIG = GlobalLinkingConfig(max_fill_frames=20)


def walk(frame: int, **ids_and_x: float) -> FramePoses:
    """Figures of height 100 at these x; ``a3=50`` has id 3."""
    names = [int(name[1:]) for name in ids_and_x]
    return people(frame, [(x, 200, 100) for x in ids_and_x.values()]).with_tracks(names)


def ids(frames: list[FramePoses]) -> list[list[int]]:
    return [sorted(f.track_ids[f.origin == Origin.OBSERVED].tolist()) for f in frames]


def missing(again: int = 7) -> list[FramePoses]:
    """A person walks, is missing for 20 frames and comes back under another id."""
    return [
        walk(t, **({} if 20 <= t < 40 else {"a0" if t < 20 else f"a{again}": 100 + 4 * t})) for t in range(60)
    ]  # fmt: skip


def test_missing_person_is_joined_and_filled() -> None:
    result = link(missing(), CONFIG, COCO)
    assert all(f.track_ids.tolist() == [0] for f in result)
    assert [int(f.origin[0]) for f in result] == [0] * 20 + [Origin.INTERPOLATED] * 20 + [0] * 20
    np.testing.assert_allclose(result[30].joints_xy[0], walk(30, a0=220).joints_xy[0], atol=1e-6)
    assert result[30].scores[0] < 0.9


def test_no_join_over_a_cut() -> None:
    result = link(missing(), CONFIG, COCO, cuts=[t == 30 for t in range(60)])
    assert ids(result) == [[0]] * 20 + [[]] * 20 + [[7]] * 20
    assert all(len(f) == 0 for f in result[20:40])
    one_track = link(missing(0), CONFIG, COCO, cuts=[t == 30 for t in range(60)])
    assert ids(one_track)[-1] == [1]


def test_camera_motion_is_taken_out() -> None:
    frames = [walk(t, **({} if 20 <= t < 25 else {"a0" if t < 20 else "a1": 600 - 20 * t})) for t in range(30)]
    pan = [np.array([[1.0, 0, -20], [0, 1.0, 0]])] * 30
    shaky = [None if 20 <= t < 25 else pan[t] for t in range(30)]
    assert ids(link(frames, CONFIG, COCO, camera=pan))[-1] == [0]
    assert ids(link(frames, replace(CONFIG, min_poses=1, max_cost=2.0), COCO, camera=shaky))[-1] == [1]


def crossing(steal: bool, with_appearance: bool) -> list[FramePoses]:
    """Two people run past each other; with ``steal`` the ids are swapped afterwards."""
    frames = []
    for t in range(60):
        pair = people(t, [(40 + 9 * t, 200, 100), (580 - 9 * t, 200, 100)])
        looks = np.eye(2, dtype=np.int8) if with_appearance else np.zeros((2, 0), dtype=np.int8)
        frames.append(replace(pair, track_ids=np.array((1, 0) if steal and t > 30 else (0, 1)), appearance=looks))
    return frames


@pytest.mark.parametrize("with_appearance", [True, False])
def test_swapped_ids_at_a_crossing_are_put_right(with_appearance: bool) -> None:
    result = link(crossing(True, with_appearance), CONFIG, COCO)
    assert [f.track_ids.tolist() for f in result] == [[0, 1]] * 60


@pytest.mark.parametrize("with_appearance", [True, False])
def test_right_ids_at_a_crossing_stay(with_appearance: bool) -> None:
    result = link(crossing(False, with_appearance), CONFIG, COCO)
    assert [f.track_ids.tolist() for f in result] == [[0, 1]] * 60


def test_of_two_candidates_one_is_joined() -> None:
    frames = [walk(t, a0=100 + 4.0 * t) for t in range(20)]
    frames += [walk(t, a1=100 + 4.0 * t, a2=112 + 4.0 * t) for t in range(22, 40)]
    result = link(frames, CONFIG, COCO)
    assert ids(result)[-1] == [0, 2]


def test_short_weak_and_still_tracks_are_dropped() -> None:
    frames = []
    for t in range(30):
        poses = people(t, [(100 + 4 * t, 200, 100), (500, 200, 100), (300, 100, 60)], [0.9, 0.45, 0.9])
        frames.append(poses.with_tracks([0, 1, 2]).select([0, 1, 2] if t < 3 else [0, 1]))
    assert ids(link(frames, CONFIG, COCO)) == [[0]] * 30
    assert ids(link(frames, replace(CONFIG, drop=False), COCO))[0] == [0, 1, 2]


@pytest.mark.parametrize(
    ("frames", "score", "trembling", "kept"),
    [(24, 0.45, 0.0, [0, 1]), (25, 0.45, 0.0, [0]), (60, 0.45, 0.0, [0]), (60, 0.7, 0.0, [0, 1]), (60, 0.45, 8.0, [0, 1])],
)
def test_who_keeps_as_still_as_the_background_must_score_more(
    frames: int, score: float, trembling: float, kept: list[int]
) -> None:
    pair = [
        people(t, [(100 + 4 * t, 200, 100), (500 + trembling * (-1) ** t, 200, 100)], [0.9, score]).with_tracks([0, 1])
        for t in range(frames)
    ]
    assert ids(link(pair, CONFIG, COCO)) == [kept] * frames


@pytest.mark.parametrize("count", [1, 3])
def test_in_a_short_clip_nobody_is_too_short(count: int) -> None:
    assert ids(link([walk(t, a0=100 + 4 * t) for t in range(count)], CONFIG, COCO)) == [[0]] * count
    frames = [walk(t, a0=100 + 4 * t) for t in range(24)] + [walk(24, a7=300), walk(25, a7=304)]
    assert ids(link(frames, CONFIG, COCO, cuts=[t == 24 for t in range(26)])) == [[0]] * 24 + [[7]] * 2


def test_none_changes_nothing() -> None:
    frames = missing()
    assert link(frames, NoLinkingConfig(), COCO) == frames


def test_holes_in_the_frames_are_not_filled() -> None:
    frames = [f for f in missing() if not 25 <= f.frame_index < 30]
    result = link(frames, CONFIG, COCO)
    assert [f.frame_index for f in result] == [f.frame_index for f in frames]
    np.testing.assert_allclose(result[26].joints_xy[0], walk(31, a0=224).joints_xy[0], atol=1e-6)


def test_poses_without_an_id_stay() -> None:
    frames = [f.with_tracks([NO_TRACK] * len(f)) for f in missing()]
    assert [f.track_ids.tolist() for f in link(frames, CONFIG, COCO)] == [f.track_ids.tolist() for f in frames]


def test_degenerate() -> None:
    empty = FramePoses.empty(3, (240, 640), COCO.num_joints)
    assert link([], CONFIG, COCO) == []
    assert len(link([empty], CONFIG, COCO)[0]) == 0
    assert [len(f) for f in link([empty, empty.at_frame(9)], CONFIG, COCO)] == [0, 0]
    assert ids(link([walk(0, a4=90)], replace(CONFIG, min_poses=1), COCO)) == [[4]]
    bare = [
        replace(f, joint_valid=np.zeros_like(f.joint_valid), scores=f.scores * np.nan, joint_scores=f.joint_scores * np.nan)
        for f in missing()
    ]  # fmt: skip
    everybody = replace(CONFIG, drop=False)
    assert ids(link(bare, everybody, COCO))[-1] == [0]
    nowhere = [replace(f, boxes_xyxy=f.boxes_xyxy * np.nan) for f in bare]
    assert ids(link(nowhere, everybody, COCO))[-1] == [7]


def test_bad_input_is_named() -> None:
    frames = missing()
    with pytest.raises(ValueError, match="frame 0 follows frame 1"):
        link(frames[1::-1], CONFIG, COCO)
    with pytest.raises(ValueError, match=r"the lengths \[0, 3\], expected one for the whole sequence"):
        link([replace(frames[0], appearance=np.zeros((1, 3), dtype=np.int8)), *frames[1:]], CONFIG, COCO)
    with pytest.raises(ValueError, match="camera has 1 maps"):
        link(frames, CONFIG, COCO, camera=[None])
    with pytest.raises(ValueError, match="is not an invertible"):
        link(frames, CONFIG, COCO, camera=[np.zeros((2, 3))] * 60)
    with pytest.raises(ValueError, match="cuts has 0 values"):
        link(frames, CONFIG, COCO, cuts=[])
    with pytest.raises(ValueError, match="fill_score is 2"):
        GlobalLinkingConfig(fill_score=2)


def tracked(seed: int) -> list[FramePoses]:
    tracker = Tracker(TrackerConfig(max_gap_frames=1), COCO)
    return [tracker.update(f) for f in random_frames(seed, 30)]


LOOSE = GlobalLinkingConfig(min_poses=2, min_score=0.2, still_score=0.3, max_cost=6.0, swap_margin=0.1)


def as_sets(frames: list[FramePoses], names: dict[int, int] | None = None) -> list[set[tuple[object, ...]]]:
    return [
        {(names[i] if names else i, int(o), xy.tobytes())
         for i, o, xy in zip(f.track_ids.tolist(), f.origin, f.joints_xy, strict=True)}
        for f in frames
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_properties(seed: int) -> None:
    frames = tracked(seed)
    result = link(frames, LOOSE, COCO)
    for before, after in zip(frames, result, strict=True):
        observed = after.select(after.origin == Origin.OBSERVED)
        known = {xy.tobytes() for xy in before.joints_xy}
        assert all(xy.tobytes() in known for xy in observed.joints_xy)
    assert as_sets(link(frames, LOOSE, COCO)) == as_sets(result)
    rng = np.random.default_rng(seed)
    mixed = [f.select(rng.permutation(len(f))) for f in frames]
    assert as_sets(link(mixed, LOOSE, COCO)) == as_sets(result)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_other_names_give_the_same_tracks(seed: int) -> None:
    frames = tracked(seed)
    result = link(frames, LOOSE, COCO)
    renamed = link([f.with_tracks(1000 - f.track_ids) for f in frames], LOOSE, COCO)
    names: dict[int, int] = {}
    for a, b in zip(result, renamed, strict=True):
        rows = {xy.tobytes(): i for xy, i in zip(b.joints_xy, b.track_ids.tolist(), strict=True)}
        for xy, i in zip(a.joints_xy, a.track_ids.tolist(), strict=True):
            assert names.setdefault(i, rows[xy.tobytes()]) == rows[xy.tobytes()]
    assert len(set(names.values())) == len(names)
