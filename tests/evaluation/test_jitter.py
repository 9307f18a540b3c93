"""Acceleration error against ground truth, and smoothness without it."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from evaluation_builders import frame, sequence, skeleton_at, walk

from posetrack.errors import FormatError
from posetrack.evaluation.jitter import consecutive_rows, count_jitter, merge_jitter
from posetrack.evaluation.smoothness import track_smoothness
from posetrack.structures import COCO, FramePoses, SequenceInfo, SequencePoses

HEAD_SIZE = 0.6 * math.hypot(20, 20)
DIAGONAL = math.hypot(160, 80)  # of the box around the joints of ``skeleton_at``


def moving(offsets, track=0):
    """One person at rest, moved by ``offsets`` pixels along x; None = absent."""
    return [[] if dx is None else [(track, skeleton_at(50 + dx, 50), 0.9)] for dx in offsets]


def with_fps(poses, fps):
    return replace(poses, info=replace(poses.info, fps=fps))


def test_constant_offset_is_no_jitter():
    people = walk(6, 2)
    moved = [[(t + 5, xy + [3.0, -2.0], s) for t, xy, s in frame_] for frame_ in people]
    result = count_jitter(sequence(people), sequence(moved)).result()
    assert result.acceleration_error == pytest.approx(0.0, abs=1e-12)
    assert result.samples.tolist() == [4 * 2] * 15


def test_error_by_hand():
    gt, pred = sequence(moving([0] * 5)), sequence(moving([0, 0, 3, 0, 0]))
    counts = count_jitter(gt, pred)
    result = counts.result()  # accelerations 3, -6, 3
    assert result.acceleration_error == pytest.approx(4.0)
    assert result.acceleration_error_heads == pytest.approx(4.0 / HEAD_SIZE)
    assert np.isnan(result.acceleration_error_per_s2).all()
    timed = count_jitter(with_fps(gt, 25.0), pred).result()
    assert timed.acceleration_error_per_s2 == pytest.approx(4.0 * 625)
    both = (counts + count_jitter(with_fps(gt, 25.0), pred)).result()
    assert both.samples.tolist() == [6] * 15
    assert both.acceleration_error_per_s2 == pytest.approx(4.0 * 625)


@pytest.mark.parametrize(
    "predicted, samples",
    [
        (moving([0, 0, None, 0, 0, 0]), 1),  # a gap: only the last three frames are consecutive
        (moving([0, 0, 0]) + moving([0, 0, 0], track=1), 2),  # an ID switch
        (moving([0, None, 0, None, 0, None]), 0),
    ],
)
def test_only_consecutive_frames_of_one_track(predicted, samples):
    counts = count_jitter(sequence(moving([0] * 6)), sequence(predicted))
    assert counts.samples.tolist() == [samples] * 15


def test_unlabelled_frame_is_a_gap():
    counts = count_jitter(sequence(moving([0, 0, None, 0, 0])), sequence(moving([0] * 5)))
    assert counts.samples.sum() == 0


def test_missing_joint_breaks_only_its_own():
    people = moving([0] * 5)
    people[2][0][1][4] = np.nan
    counts = count_jitter(sequence(moving([0] * 5)), sequence(people))
    assert counts.samples[4] == 0 and np.delete(counts.samples, 4).tolist() == [3] * 14


def test_nothing_to_measure():
    for gt, pred in ([[], []], [[[]] * 3, walk(3)], [walk(3), [[]] * 3], [walk(1), walk(1)]):
        result = count_jitter(sequence(gt), sequence(pred)).result()
        assert np.isnan(result.acceleration_error).all()
        assert result.to_json()["px_per_frame2"] == [None] * 16
    assert merge_jitter([]).result().to_json()["samples"] == [0] * 15
    json.dumps(result.to_json(), allow_nan=False)


def test_merged_is_the_mean_over_all_samples():
    quiet = count_jitter(sequence(moving([0] * 3)), sequence(moving([0] * 3)))
    loud = count_jitter(sequence(moving([0] * 3)), sequence(moving([0, 4, 0])))
    assert merge_jitter([quiet, loud]).result().acceleration_error == pytest.approx(4.0)


def test_jitter_errors():
    with pytest.raises(FormatError, match="frame 0 .*person of the predictions has no track id"):
        count_jitter(sequence(moving([0])), sequence(moving([0], track=-1)))
    with pytest.raises(FormatError, match="no head box"):
        count_jitter(sequence([frame(0, moving([0])[0], head=np.nan)]), sequence(moving([0])))
    with pytest.raises(FormatError, match="1 frames of predictions, expected 2"):
        count_jitter(sequence(moving([0, 0])), sequence(moving([0])))


def test_consecutive_rows_in_any_order():
    tracks, frames = np.array([[1], [0], [1], [0], [1], [1]]), np.array([2, 0, 0, 1, 1, 4])
    first, middle, last = consecutive_rows(tracks, frames)
    assert (first.tolist(), middle.tolist(), last.tolist()) == ([2], [4], [0])
    assert all(len(rows) == 0 for rows in consecutive_rows(tracks[:2], frames[:2], length=4))


def test_smooth_and_shaking_tracks():
    people = [a + b for a, b in zip(moving([0, 1, 2, 3, 4]), moving([0, 2, 0, 2, 0], track=7), strict=True)]
    result = track_smoothness(sequence(people))
    assert result.track_ids.tolist() == [0, 7] and result.frames.tolist() == [5, 5]
    assert result.sizes == pytest.approx(DIAGONAL)
    assert result.acceleration == pytest.approx([0.0, 4.0 / DIAGONAL], abs=1e-12)
    assert result.jerk == pytest.approx([0.0, 8.0 / DIAGONAL], abs=1e-12)
    assert result.mean_acceleration == pytest.approx(2.0 / DIAGONAL)
    assert result.mean_jerk == pytest.approx(4.0 / DIAGONAL)
    assert result.to_json()["acceleration_per_s2"] is None
    timed = track_smoothness(with_fps(sequence(people), 10.0)).to_json()
    assert timed["acceleration_per_s2"] == pytest.approx(200.0 / DIAGONAL)
    assert timed["jerk_per_s3"] == pytest.approx(4000.0 / DIAGONAL)


def test_smoothness_does_not_depend_on_the_size():
    small = track_smoothness(sequence(moving([0, 2, 0, 2])))
    large = [[(t, 3.0 * xy, s) for t, xy, s in frame_] for frame_ in moving([0, 2, 0, 2])]
    assert track_smoothness(sequence(large)).mean_jerk == pytest.approx(small.mean_jerk)


def test_smoothness_over_gaps():
    result = track_smoothness(sequence(moving([0, 9, None, 0, 0, 0, 9])))
    assert result.acceleration_samples.tolist() == [2 * 15] and result.jerk_samples.tolist() == [15]
    assert result.mean_acceleration == pytest.approx(4.5 / DIAGONAL)


def test_smoothness_of_nothing():
    for people in ([], [[]] * 3, moving([0]), moving([0, None, 0])):
        result = track_smoothness(sequence(people))
        assert math.isnan(result.mean_acceleration) and math.isnan(result.mean_jerk)
        json.dumps(result.to_json(), allow_nan=False)


def test_track_of_one_joint_has_no_size():
    one = moving([0, 3, 0, 3])
    for people in one:
        people[0][1][1:] = np.nan
    result = track_smoothness(sequence(one))
    assert np.isnan(result.sizes).all() and result.acceleration_samples.tolist() == [0]
    assert result.to_json()["tracks"][0]["size_px"] is None


def test_smoothness_of_any_skeleton_and_without_ids():
    xy = np.random.default_rng(0).uniform(0, 100, (1, 17, 2))
    seen = np.ones((1, 17), dtype=bool)
    ids = [np.array([4]), np.array([-1])]
    poses = [
        SequencePoses(
            SequenceInfo("clip", ("0", "1", "2")),
            COCO,
            tuple(FramePoses(i, (100, 100), np.zeros((1, 4)), np.ones(1), xy, seen * 1.0, seen, track_ids=track)
                  for i in range(3)),
        )
        for track in ids
    ]  # fmt: skip
    assert track_smoothness(poses[0]).mean_acceleration == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(FormatError, match="none of the 3 persons has a track id"):
        track_smoothness(poses[1])
