"""HOTA and identity measures on small sequences that can be worked out by hand."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from evaluation_builders import IMAGE_HW, frame, sequence, skeleton_at, walk
from hota_cases import columns_of
from hypothesis import given, settings
from hypothesis import strategies as st

from posetrack.errors import FormatError
from posetrack.evaluation.box_tracking import count_boxes
from posetrack.evaluation.hota import POSETRACK21_KIT, KitQuirks, joint_hota, person_hota
from posetrack.evaluation.tracking_measures import count_tracking, merge_tracking

HEAD_SIZE = 0.6 * np.sqrt(2) * 20.0  # of the heads in ``evaluation_builders``


def result(truth, pred, quirks=None):
    return count_tracking(truth, pred, quirks or KitQuirks()).result()


def hota(truth, pred, quirks=None):
    """HOTA per joint (15) and in total."""
    return result(truth, pred, quirks).joints.summary()["hota"]


def test_a_perfect_prediction_has_100_in_everything():
    found = result(sequence(walk()), sequence(walk()))
    for figures in (found.joints, found.persons):
        for field in fields(figures):
            np.testing.assert_allclose(getattr(figures, field.name), 100.0, rtol=1e-12)
    assert found.identity.idf1.tolist() == [100.0] * 16
    assert found.identity.switches.tolist() == found.identity.fragmentations.tolist() == [0] * 16
    assert found.identity.mostly_tracked[15] == found.identity.tracks[15] == 45


def test_an_offset_costs_its_share_of_the_limit():
    shifted = [[(n, xy + [0.25 * HEAD_SIZE, 0.0], s) for n, xy, s in people] for people in walk()]
    joints = result(sequence(walk()), sequence(shifted)).joints
    # Similarity 0.5 reaches the thresholds 0.05 to 0.50, not the higher ones.
    reached = joints.det_a[:, 0] > 0
    assert reached.tolist() == [True] * 9 + [reached[9]] + [False] * 9
    np.testing.assert_allclose(joints.loc_a[:9], 50.0)
    np.testing.assert_allclose(joints.hota[:9], 100.0)


def test_an_identity_lost_halfway_halves_the_association():
    changed = [[(n + 10 * (t >= 3), xy, s) for n, xy, s in people] for t, people in enumerate(walk())]
    found = result(sequence(walk()), sequence(changed))
    np.testing.assert_allclose(found.joints.det_a, 100.0)
    np.testing.assert_allclose(found.joints.ass_a, 50.0)  # 3 shared frames out of 6 with either track
    np.testing.assert_allclose(found.joints.hota, 100 * np.sqrt(0.5))
    np.testing.assert_allclose(found.persons.ass_a, 50.0)
    np.testing.assert_allclose(found.identity.idf1, 50.0)
    assert found.identity.switches.tolist() == [3] * 15 + [45]


def test_fragments_count_an_identity_lost_and_won_back_in_parts():
    people = [[(0 if t in (0, 1, 4, 5) else 1, xy, s) for _, xy, s in people] for t, people in enumerate(walk(6, 1))]
    joints = result(sequence(walk(6, 1)), sequence(people)).joints
    # Track 0: 4 of 6 frames, in two runs of 2; track 1: 2 of 6 in one.
    np.testing.assert_allclose(joints.ass_a, 100 * (4 * 4 / 6 + 2 * 2 / 6) / 6)
    np.testing.assert_allclose(joints.frag_a, 100 * (3 * (2 * 2 / 6)) / 6)


def test_identity_counts_of_a_track_that_is_lost_and_found():
    pred = [people if t in (0, 2, 5) else [] for t, people in enumerate(walk(6, 1))]
    identity = result(sequence(walk(6, 1)), sequence(pred)).identity
    assert identity.fragmentations.tolist() == [2] * 15 + [30]
    assert identity.switches.tolist() == [0] * 16
    assert identity.partially_tracked.tolist() == [1] * 15 + [15]
    np.testing.assert_allclose(identity.track_recall, 50.0)
    np.testing.assert_allclose(identity.id_precision, 100.0)
    np.testing.assert_allclose(identity.id_recall, 50.0)
    np.testing.assert_allclose(identity.idf1, 100 * 2 * 3 / 9)


def test_the_last_frame_counts():
    pred = walk()[:-1] + [[]]
    identity = result(sequence(walk()), sequence(pred)).identity
    np.testing.assert_allclose(identity.id_recall, 100 * 5 / 6)


def test_a_joint_that_nobody_has_is_left_out_of_the_mean():
    truth = walk()
    for people in truth:
        for _, xy, _ in people:
            xy[13] = np.nan
    found = result(sequence(truth), sequence(walk()))
    for values in (found.joints.summary()["hota"], found.identity.idf1):
        assert np.isnan(values[13])
        assert values[15] == pytest.approx(100.0)


def test_no_prediction_and_no_truth():
    nothing = sequence([[]] * 6)
    missed = result(sequence(walk()), nothing)
    assert missed.joints.summary()["hota"].tolist() == [0.0] * 16
    assert missed.persons.summary()["hota"].tolist() == [0.0]
    assert np.isnan(missed.joints.summary()["loc_a"]).all()  # there is nothing to localise
    assert missed.identity.mostly_lost[15] == 45
    for pred in (sequence(walk()), nothing):
        nobody = result(nothing, pred)
        assert np.isnan(nobody.joints.summary()["hota"]).all()
        assert np.isnan(nobody.persons.summary()["hota"]).all()
        assert np.isnan(nobody.identity.idf1).all()
        text = json.dumps(nobody.to_json(), allow_nan=False)
        assert json.loads(text)["HOTA_person"]["hota"] is None


def test_a_single_frame():
    found = result(sequence(walk(1)), sequence(walk(1)))
    assert found.joints.summary()["hota"].tolist() == pytest.approx([100.0] * 16)
    assert found.identity.idf1[15] == 100.0


def test_json_has_16_figures_a_joint_measure_and_one_a_person_measure():
    data = json.loads(json.dumps(result(sequence(walk()), sequence(walk())).to_json(), allow_nan=False))
    assert all(len(values) == 16 for values in [*data["HOTA"].values(), *data["ID"].values()])
    assert data["HOTA_person"]["ass_a"] == pytest.approx(100.0)


def test_what_is_missing_is_named():
    walkers = walk()
    with pytest.raises(FormatError, match="5 frames of predictions, expected 6"):
        count_tracking(sequence(walkers), sequence(walkers[:-1]))
    no_id = [[(-1, xy, s) for _, xy, s in people] for people in walkers]
    with pytest.raises(FormatError, match="frame 0 .*person of the predictions has no track id.*18 such"):
        count_tracking(sequence(walkers), sequence(no_id))
    with pytest.raises(FormatError, match="person of the ground truth has no track id"):
        count_tracking(sequence(no_id), sequence(walkers))
    headless = sequence([frame(0, walkers[0], head=np.nan), *walkers[1:]])
    with pytest.raises(FormatError, match="frame 0 .*no head box"):
        count_tracking(headless, sequence(walkers))
    with pytest.raises(ValueError, match="no sequence"):
        merge_tracking([])


def test_an_id_twice_in_a_frame_is_refused():
    """Files can have it, since columns from the readers do not pass through ``FramePoses``."""
    good = sequence(walk())
    ids = good.columns.track_ids.copy()
    ids[4] = ids[3]  # the second frame
    twice = replace(good, frames=replace(good.columns, track_ids=ids).frames([IMAGE_HW] * 6))
    with pytest.raises(FormatError, match="frame 1 .*two persons of the predictions share a track id"):
        count_tracking(good, twice)
    with pytest.raises(FormatError, match="frame 1 .*appears twice in the predictions"):
        boxes = np.tile([0.0, 0.0, 10.0, 20.0], (18, 1))
        count_boxes(
            *(replace(s, frames=replace(s.columns, boxes_xyxy=boxes).frames([IMAGE_HW] * 6)) for s in (good, twice))
        )


def test_frames_without_annotated_people_are_left_out():
    truth = [people if t != 2 else [] for t, people in enumerate(walk())]
    assert hota(sequence(truth), sequence(walk()))[15] == pytest.approx(100.0)


# Quirks of PoseTrack21's kit: the effect of each by itself.


def test_quirk_unaligned():
    """Of two predictions in almost the same place, HOTA matches the lasting track, the kit the nearest one."""
    base = walk(5, 1)
    pred = [
        [(0, xy + [1.0, 0.0], 0.9), *([(50 + t, xy + [0.5, 0.0], 0.9)] if t else [])]
        for t, people in enumerate(base)
        for _, xy, _ in people
    ]
    right, kit = (
        result(sequence(base), sequence(pred), q).joints.ass_a[0, 0] for q in (KitQuirks(), KitQuirks(unaligned=True))
    )
    assert right == pytest.approx(100.0)
    assert kit < 50.0


def test_quirk_empty_frames_of_sequence():
    pred = [people if t != 1 else [] for t, people in enumerate(walk())]
    right, kit = (
        result(sequence(walk()), sequence(pred), q).joints.summary()["det_a"][0]
        for q in (KitQuirks(), KitQuirks(empty_frames_of_sequence=True))
    )
    assert right == pytest.approx(100 * 15 / 18)
    assert kit == pytest.approx(100 * 15 / (15 + 18))  # one frame without predictions costs as much as the whole sequence


def test_quirk_total_of_sequences():
    truth = walk()
    for people in truth:
        for _, xy, _ in people:
            xy[13] = np.nan
    right, kit = (hota(sequence(truth), sequence(truth), q) for q in (KitQuirks(), KitQuirks(total_of_sequences=True)))
    assert right[15] == pytest.approx(100.0)
    assert kit[15] == pytest.approx(100 * np.sqrt(14 / 15))  # perfect, but one joint never occurs
    np.testing.assert_allclose(kit[:13], right[:13])


def test_quirk_wider_limit():
    shifted = [[(n, xy + [0.25 * HEAD_SIZE, 0.0], s) for n, xy, s in people] for people in walk()]
    right, kit = (
        result(sequence(walk()), sequence(shifted), q).joints.loc_a[0, 0]
        for q in (KitQuirks(), KitQuirks(wider_limit=True))
    )
    assert right == pytest.approx(50.0, abs=1e-9)
    assert kit == pytest.approx(100 * (1 - 0.25 / 0.5001), abs=1e-9)


def test_quirk_positive_only():
    """Joints above or left of the image are annotated and found, but ignored by the kit."""
    outside = [[(0, skeleton_at(-300.0, 30.0), 0.9), *people] for people in walk()]
    truth = sequence([[(n + 5 * (i > 0), xy, s) for i, (n, xy, s) in enumerate(people)] for people in outside])
    right, kit = (
        count_tracking(truth, truth, q).joints.true_positives[0].sum()
        for q in (KitQuirks(), KitQuirks(positive_only=True))
    )
    assert right == 6 * 4 * 15
    assert kit == 6 * 3 * 15


def test_all_quirks_together_are_the_kit():
    assert POSETRACK21_KIT == KitQuirks(**{f.name: True for f in fields(KitQuirks)})


# Properties.


@st.composite
def people_over_time(draw):
    """A few frames of truth and predictions, some close together, in the format of ``hota_cases``."""
    num_frames = draw(st.integers(1, 4))
    place = st.integers(0, 12)

    def side(first_id):
        count = draw(st.integers(0, 3))
        frames = []
        for _ in range(num_frames):
            there = [n for n in range(count) if draw(st.booleans())]
            corner = [[draw(place), draw(place)] for _ in there]
            frames.append(
                [[first_id + n, [[x + 20 * j, y] for j in range(15)]] for n, (x, y) in zip(there, corner, strict=True)]
            )
        return frames

    return side(0), side(100)


def both(truth, pred):
    columns = columns_of(truth, [[17.3] * len(f) for f in truth]), columns_of(pred)
    return columns, len(truth)


def figures(columns, num_frames):
    parts = (joint_hota(*columns, num_frames), person_hota(*columns, num_frames))
    return np.concatenate([v for part in parts for v in part.result().summary().values()])


@settings(max_examples=40, deadline=None)
@given(people_over_time(), st.randoms(use_true_random=False))
def test_names_of_tracks_change_nothing(people, shuffler):
    columns, num_frames = both(*people)
    names = list(range(1000, 1000 + 200))
    shuffler.shuffle(names)
    renamed = tuple(replace(side, track_ids=np.array(names)[side.track_ids]) for side in columns)
    np.testing.assert_allclose(figures(renamed, num_frames), figures(columns, num_frames), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(people_over_time())
def test_sequences_add_up_in_any_order_and_inputs_stay(people):
    columns, num_frames = both(*people)
    before = [getattr(side, f.name).copy() for side in columns for f in fields(side)]
    one, other = joint_hota(*columns, num_frames), joint_hota(columns[0], columns[0], num_frames)
    for name in ("hota", "ass_a", "loc_a"):
        np.testing.assert_allclose(
            getattr((one + other).result(), name), getattr((other + one).result(), name), atol=1e-9
        )
    after = [getattr(side, f.name) for side in columns for f in fields(side)]
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True))
    assert ((one.true_positives + one.misses) == columns[0].joint_valid.sum(axis=0)).all()
    assert (np.diff(one.true_positives, axis=0) <= 0).all()


def test_merged_counts_are_those_of_all_sequences():
    pred = [people if t % 2 else [] for t, people in enumerate(walk())]
    parts = [count_tracking(sequence(walk()), sequence(pred)), count_tracking(sequence(walk()), sequence(walk()))]
    merged = merge_tracking(parts).result()
    assert merged.identity.tracks[15] == 90
    np.testing.assert_allclose(merged.identity.id_recall, 75.0)
    np.testing.assert_allclose(merged.joints.det_re, 75.0)
