"""Our accumulator against py-motmetrics, event by event."""

import motmetrics
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.evaluation.joint_tracks import count_events, joint_edges, match_joints
from posetrack.evaluation.matching import MATCH_THRESHOLD, pair_poses
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns


def _columns(frames, points, joints, track_ids):
    """One joint per person: position ``points`` (P, 2), index ``joints`` (P,) among the 15."""
    count = len(frames)
    xy = np.full((count, NUM_JOINTS, 2), np.nan)
    xy[np.arange(count), joints] = points
    valid = ~np.isnan(xy[..., 0])
    scores = np.where(valid, 0.5, np.nan)
    return PersonColumns(
        np.asarray(frames), xy, valid, scores, np.zeros(scores.shape, bool), np.asarray(track_ids), np.ones(count),
        np.ones(count, bool), np.full(count, np.nan),
    )  # fmt: skip


def _random_side(rng, num_frames, people, num_ids, grid):
    """People with one or two joints near each other; ids are unique in a frame, in any order."""
    frames, points, joints, ids = [], [], [], []
    for t in range(num_frames):
        for track in rng.permutation(num_ids)[: rng.integers(0, people + 1)]:
            frames.append(t)
            ids.append(track * 3 - 7)
            joints.append(rng.integers(0, 2))
            points.append(rng.integers(0, 5, 2) / 4 if grid else rng.uniform(0, 1.2, 2))
    return _columns(np.array(frames, dtype=int), np.array(points).reshape(-1, 2), np.array(joints, dtype=int), ids)


def _motmetrics(truth, pred, joint, num_frames):
    """Counts of one joint, and the distance summed over all events, and over matches and switches only."""
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for t in range(num_frames):
        a, b = (np.flatnonzero((side.frames == t) & side.joint_valid[:, joint]) for side in (truth, pred))
        offset = truth.joints_xy[a, None, joint] - pred.joints_xy[None, b, joint]
        distance = np.sqrt((offset**2).sum(axis=-1))
        distance[distance > MATCH_THRESHOLD] = np.nan
        accumulator.update(truth.track_ids[a].tolist(), pred.track_ids[b].tolist(), distance)
    events = accumulator.events
    kinds = events.Type.value_counts()
    paired = events[events.Type.isin(["MATCH", "SWITCH"])]
    names = ("MISS", "FP", "MATCH", "SWITCH")
    return [int(kinds.get(n, 0)) for n in names], events.D.sum(), paired.D.sum()


@pytest.mark.parametrize("grid", [False, True], ids=["anywhere", "equal distances"])
@pytest.mark.parametrize("people", [2, 4, 9])
@pytest.mark.parametrize("seed", range(6))
def test_equals_motmetrics(seed, people, grid):
    rng = np.random.default_rng([seed, people, grid])
    num_frames = 12
    truth, pred = (_random_side(rng, num_frames, people, people + 2, grid) for _ in range(2))
    edges = joint_edges(truth, pred, pair_poses(truth, pred, num_frames))
    matched = match_joints(truth, pred, edges)
    counts = count_events(truth.joint_valid.sum(axis=0), pred.joint_valid.sum(axis=0), edges, matched)
    for joint in range(2):
        expected, event_distance, matched_distance = _motmetrics(truth, pred, joint, num_frames)
        actual = [int(c[joint]) for c in (counts.misses, counts.false_positives, counts.matches, counts.switches)]
        assert actual == expected
        assert counts.event_distance[joint] == pytest.approx(event_distance, abs=1e-9)
        assert counts.matched_distance[joint] == pytest.approx(matched_distance, abs=1e-9)


def _one_joint(tracks):
    """Columns from ``{track id: [x or None per frame]}``, with joint 0 at (x, 0)."""
    entries = sorted((t, track, x) for track, xs in tracks.items() for t, x in enumerate(xs) if x is not None)
    frames, ids, xs = (np.array(column) for column in zip(*entries, strict=True))
    return _columns(frames.astype(int), np.stack([xs, 0 * xs], axis=1), np.zeros(len(xs), int), ids.astype(int))


def _count(truth, pred, num_frames):
    edges = joint_edges(truth, pred, pair_poses(truth, pred, num_frames))
    matched = match_joints(truth, pred, edges)
    return count_events(truth.joint_valid.sum(axis=0), pred.joint_valid.sum(axis=0), edges, matched)


def test_a_pairing_is_kept_although_another_is_nearer():
    truth = _one_joint({1: [0.0, 0.0]})
    pred = _one_joint({5: [0.0, 0.4], 6: [None, 0.1]})
    counts = _count(truth, pred, 2)
    assert (counts.matches[0], counts.switches[0], counts.false_positives[0]) == (2, 0, 1)
    assert counts.matched_distance[0] == pytest.approx(0.4)


def test_a_switch_is_seen_however_long_ago_the_last_pairing_was():
    gap = [None] * 20
    truth = _one_joint({1: [0.0, *gap, 0.0]})
    pred = _one_joint({5: [0.0, *gap, None], 6: [None, *gap, 0.0]})
    assert _count(truth, pred, 22).switches[0] == 1


def test_as_many_pairs_as_possible_before_the_least_distance():
    truth = _one_joint({1: [0.0], 2: [0.5]})
    pred = _one_joint({5: [0.4], 6: [0.85]})  # 5 is nearest to 2, but then 1 has no partner
    counts = _count(truth, pred, 1)
    assert (counts.matches[0], counts.misses[0], counts.false_positives[0]) == (2, 0, 0)


def test_without_people_there_is_nothing_to_count():
    none = _columns(np.zeros(0, int), np.zeros((0, 2)), np.zeros(0, int), np.zeros(0, int))
    counts = _count(none, none, 0)
    assert counts.objects.sum() == counts.false_positives.sum() == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_counts_are_consistent(seed):
    rng = np.random.default_rng(seed)
    truth, pred = (_random_side(rng, 8, 5, 7, False) for _ in range(2))
    counts = _count(truth, pred, 8)
    assert (counts.misses + counts.matches + counts.switches == counts.objects).all()
    assert (counts.false_positives + counts.matches + counts.switches == pred.joint_valid.sum(axis=0)).all()
    assert (counts.matched_distance <= counts.event_distance + 1e-9).all()
