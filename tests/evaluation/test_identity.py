"""Identity measures equal py-motmetrics 1.4.0's on random sequences, per joint."""

import motmetrics
import numpy as np
import pytest
from hota_cases import NUM_JOINTS, columns_of, make_case

from posetrack.evaluation.identity import IdentityCounts, joint_identity
from posetrack.evaluation.matching import pair_poses

COUNTS = {
    "num_objects": "objects",
    "num_predictions": "predictions",
    "idtp": "id_true_positives",
    "num_detections": "found",
    "num_switches": "switches",
    "num_fragmentations": "fragmentations",
    "num_unique_objects": "tracks",
    "mostly_tracked": "mostly_tracked",
    "partially_tracked": "partially_tracked",
    "mostly_lost": "mostly_lost",
}
RATIOS = {"idf1": "idf1", "idp": "id_precision", "idr": "id_recall"}


def accumulate(sequence, joint):
    """py-motmetrics' accumulator for one joint of one sequence, filled with loops, not with our matching."""
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for truth, pred, heads in zip(sequence["truth"], sequence["pred"], sequence["head"], strict=True):
        objects = [(p[0], p[1][joint], h) for p, h in zip(truth, heads, strict=True) if p[1][joint]]
        hypotheses = [(p[0], p[1][joint]) for p in pred if p[1][joint]]
        distances = np.full((len(objects), len(hypotheses)), np.nan)
        for i, (_, (x, y), head) in enumerate(objects):
            for j, (_, (u, v)) in enumerate(hypotheses):
                distance = np.sqrt((u - x) ** 2 + (v - y) ** 2) / head
                distances[i, j] = distance if distance <= 0.5 else np.nan
        accumulator.update([o[0] for o in objects], [h[0] for h in hypotheses], distances)
    return accumulator


def count(sequence):
    truth, pred = columns_of(sequence["truth"], sequence["head"]), columns_of(sequence["pred"])
    return joint_identity(truth, pred, pair_poses(truth, pred, len(sequence["truth"])))


def compare(case, joints):
    total = sum((count(sequence) for sequence in case), IdentityCounts.zero())
    figures = total.result()
    metrics = motmetrics.metrics.create()
    for joint in joints:
        records = [accumulate(sequence, joint) for sequence in case]
        names = [*COUNTS, *RATIOS]
        expected = metrics.compute_many(records, metrics=names, generate_overall=True).loc["OVERALL"]
        for name, ours in COUNTS.items():
            assert getattr(total, ours)[joint] == expected[name], (name, joint)
        if not expected["num_objects"]:
            continue  # the joint is annotated nowhere, so our figures are undefined
        for name, ours in RATIOS.items():
            value = getattr(figures, ours)[joint] / 100
            np.testing.assert_allclose(value, expected[name], rtol=0, atol=1e-9, err_msg=f"{name} {joint}")


@pytest.mark.parametrize("seed", range(12))
def test_equals_motmetrics(seed):
    compare(make_case(seed), joints=(seed % NUM_JOINTS, (seed + 7) % NUM_JOINTS))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_equals_motmetrics_in_many_cases(seed):
    compare(make_case(seed), joints=range(NUM_JOINTS))


def test_the_random_cases_have_switches_fragmentations_and_hard_assignments():
    counts = [count(sequence) for seed in range(12) for sequence in make_case(seed)]
    assert sum(c.switches.sum() for c in counts) > 50
    assert sum(c.fragmentations.sum() for c in counts) > 50
    assert sum((c.found - c.id_true_positives).sum() for c in counts) > 50


def test_the_best_assignment_is_global_not_greedy():
    """Track 1 shares most frames with A, but matching it with B, and track 2 with A, is better in total."""
    here, near = [[20.0 * j, 5.0] for j in range(15)], [[20.0 * j, 9.0] for j in range(15)]
    #         A near 1 and 2 in frames 0..2; A near 1 in frame 3; B near 1 only in frames 4..6
    truth = [[[1, here], [2, near]]] * 3 + [[[1, here]]] * 4
    pred = [[[10, here]]] * 4 + [[[11, here]]] * 3
    counts = count({"truth": truth, "pred": pred, "head": [[20.0] * len(f) for f in truth]})
    assert counts.id_true_positives.tolist() == [6] * 15
