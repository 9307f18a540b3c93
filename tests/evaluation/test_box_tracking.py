"""Box tracking: figures over several sequences equal py-motmetrics'; errors name the fault."""

import json

import motmetrics
import numpy as np
import pytest
from evaluation_builders import IMAGE_HW, sequence

from posetrack.errors import FormatError
from posetrack.evaluation.box_tracking import BoxCounts, count_boxes, merge_boxes
from posetrack.structures import POSETRACK17, FramePoses

FIGURES = {
    "mota": "mota",
    "precision": "precision",
    "recall": "recall",
    "idf1": "idf1",
    "id_precision": "idp",
    "id_recall": "idr",
}
COUNTS = {
    "misses": "num_misses",
    "false_positives": "num_false_positives",
    "switches": "num_switches",
    "fragmentations": "num_fragmentations",
    "tracks": "num_unique_objects",
    "mostly_tracked": "mostly_tracked",
    "partially_tracked": "partially_tracked",
    "mostly_lost": "mostly_lost",
}


def boxes_frame(index, people):
    """A frame of people ``(track id, box)`` without joints."""
    boxes = np.array([box for _, box in people], dtype=np.float64).reshape(len(people), 4)
    ids = np.array([track for track, _ in people], dtype=np.int64)
    n, k = len(people), POSETRACK17.num_joints
    return FramePoses(
        index, IMAGE_HW, boxes, np.ones(n), np.full((n, k, 2), np.nan), np.full((n, k), np.nan),
        np.zeros((n, k), dtype=bool), track_ids=ids,
    )  # fmt: skip


def boxes_sequence(frames, regions=()):
    return sequence([boxes_frame(i, people) for i, people in enumerate(frames)], regions=regions)


def random_sides(seed, num_frames=12, people=4):
    """Boxes that move past each other; some predictions are missing, moved, renamed, or false positives."""
    rng = np.random.default_rng(seed)
    start, speed = rng.uniform(0, 120, (people, 2)), rng.normal(0, 8, (people, 2))
    names = np.arange(people) + 2**60  # ids that float64 cannot distinguish
    truth, pred = [], []
    for t in range(num_frames):
        if rng.random() < 0.3:
            names = rng.permutation(names)
        corners = start + speed * t
        box = np.column_stack([corners, corners + [40.0, 80.0]])
        truth.append([(n, box[n]) for n in range(people) if rng.random() < 0.85])
        moved = box + rng.normal(0, 5, box.shape)
        pred.append([(names[n], moved[n]) for n in range(people) if rng.random() < 0.85])
        if rng.random() < 0.3:
            pred[-1].append((500 + t, [300.0, 300.0, 340.0, 380.0]))
    truth[2], pred[5] = [], []
    return truth, pred


def overlap(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = sum((r[2] - r[0]) * (r[3] - r[1]) for r in (a, b))
    return width * height / (area - width * height)


def accumulate(truth, pred):
    record = motmetrics.MOTAccumulator(auto_id=True)
    for objects, guesses in zip(truth, pred, strict=True):
        if objects:
            distances = [[1 - overlap(a, b) for _, b in guesses] for _, a in objects]
            distances = np.array(distances).reshape(len(objects), len(guesses))
            ids = [int(g) % 2**60 + 1000 * (g < 2**60) for g, _ in guesses]
            record.update([o for o, _ in objects], ids, np.where(distances > 0.5, np.nan, distances))
    return record


@pytest.mark.parametrize("seed", range(6))
def test_equals_motmetrics_over_sequences(seed):
    sides = [random_sides(seed), random_sides(seed + 100)]
    total = merge_boxes(count_boxes(boxes_sequence(t), boxes_sequence(p)) for t, p in sides)
    found = total.result()
    names = [*FIGURES.values(), *COUNTS.values(), "motp"]
    records = [accumulate(t, p) for t, p in sides]
    table = motmetrics.metrics.create().compute_many(records, metrics=names, generate_overall=True)
    expected = table.loc["OVERALL"]
    for ours, theirs in COUNTS.items():
        assert getattr(total, ours) == expected[theirs], ours
    for ours, theirs in FIGURES.items():
        assert getattr(found, ours) / 100 == pytest.approx(expected[theirs], abs=1e-9), ours
    assert found.motp / 100 == pytest.approx(1 - expected["motp"], abs=1e-9)
    assert total.switches and total.fragmentations


def test_a_perfect_prediction_has_100():
    truth, _ = random_sides(0)
    found = count_boxes(boxes_sequence(truth), boxes_sequence(truth)).result()
    assert (found.mota, found.idf1, found.counts.switches) == (100.0, 100.0, 0)
    assert found.motp == pytest.approx(100.0)


def test_no_truth_no_prediction():
    truth, pred = random_sides(1)
    nothing = boxes_sequence([[]] * len(truth))
    assert count_boxes(nothing, boxes_sequence(pred)) == BoxCounts()
    data = json.loads(json.dumps(BoxCounts().result().to_json(), allow_nan=False))
    assert data["mota"] is None and data["objects"] == 0
    missed = count_boxes(boxes_sequence(truth), nothing).result()
    assert (missed.mota, missed.recall, missed.idf1) == (0.0, 0.0, 0.0)
    assert missed.counts.misses == missed.counts.objects == sum(map(len, truth))


def test_boxes_in_ignore_regions_do_not_count():
    here, there = [10.0, 10.0, 50.0, 90.0], [300.0, 300.0, 340.0, 380.0]
    region = np.array([[290.0, 290.0], [400.0, 290.0], [400.0, 400.0], [290.0, 400.0]])
    truth = boxes_sequence([[(1, here), (2, there)]], regions=[(region,)])
    counts = count_boxes(truth, boxes_sequence([[(1, here), (3, there)]]))
    assert (counts.objects, counts.predictions, counts.found) == (1, 1, 1)


def test_what_is_missing_is_named():
    here = [10.0, 10.0, 50.0, 90.0]
    good = boxes_sequence([[(1, here)]])
    with pytest.raises(FormatError, match="frame 0 .*person of the predictions has no box .*1 such"):
        count_boxes(good, boxes_sequence([[(1, [np.nan] * 4)]]))
    with pytest.raises(FormatError, match="frame 0 .*person of the ground truth has no track id"):
        count_boxes(boxes_sequence([[(-1, here)]]), good)
    with pytest.raises(FormatError, match="2 frames of predictions, expected 1"):
        count_boxes(good, boxes_sequence([[], []]))
