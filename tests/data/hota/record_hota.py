"""Record the figures of TrackEval and PoseTrack21's kit for random cases, or compare ours with them.

    git clone https://github.com/JonathonLuiten/TrackEval   # 12c8791
    git clone https://github.com/anDoer/PoseTrack21         # 3e61960
    python tests/data/hota/record_hota.py TrackEval PoseTrack21/eval/posetrack21 40
    python tests/data/hota/record_hota.py TrackEval PoseTrack21/eval/posetrack21 500 --compare

Writes ``hota.json.gz`` beside this file: for each seed the input and each program's figures, averaged over the
thresholds: TrackEval's per joint and for whole poses, the kit's per joint and in total. With ``--compare``
nothing is written; every figure at every threshold is compared with ours.

Both programs use ``np.int`` and ``np.float``, which numpy has removed; they are restored here. The programs get
their own data format, built with loops from the coordinates, not with our matching.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "evaluation"))
np.int, np.float = int, float

from hota_cases import NUM_JOINTS, columns_of, make_case  # noqa: E402

TRACKEVAL_FIELDS = ("HOTA", "DetA", "AssA", "LocA", "DetRe", "DetPr", "AssRe", "AssPr")
KIT_FIELDS = (*TRACKEVAL_FIELDS, "FragA", "FA-HOTA")
COUNT_FIELDS = ("HOTA_TP", "HOTA_FN", "HOTA_FP")


def similarity(truth, pred, head, joint):
    """Similarity of two people by one joint; None if either lacks it."""
    if truth[1][joint] is None or pred[1][joint] is None:
        return None
    (x, y), (u, v) = truth[1][joint], pred[1][joint]
    return max(0.0, 1 - np.hypot(x - u, y - v) / head / 0.5)


def trackeval_data(sequence, has, score):
    """TrackEval's input: people for whom ``has`` is true, with ``score(truth, pred, head)`` for each pair."""
    data = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    numbers = {"truth": {}, "pred": {}}
    for truth, pred, heads in zip(sequence["truth"], sequence["pred"], sequence["head"], strict=True):
        truths = [(person, head) for person, head in zip(truth, heads, strict=True) if has(person)]
        preds = [person for person in pred if has(person)]
        gt_ids = [numbers["truth"].setdefault(person[0], len(numbers["truth"])) for person, _ in truths]
        tracker_ids = [numbers["pred"].setdefault(person[0], len(numbers["pred"])) for person in preds]
        data["gt_ids"].append(np.array(gt_ids, dtype=int))
        data["tracker_ids"].append(np.array(tracker_ids, dtype=int))
        table = [[score(person, other, head) for other in preds] for person, head in truths]
        data["similarity_scores"].append(np.array(table, dtype=float).reshape(len(truths), len(preds)))
    data["num_gt_dets"] = sum(map(len, data["gt_ids"]))
    data["num_tracker_dets"] = sum(map(len, data["tracker_ids"]))
    return data | {"num_gt_ids": len(numbers["truth"]), "num_tracker_ids": len(numbers["pred"])}


def trackeval_figures(metric, case, has, score):
    """TrackEval's combined figures, each (19,)."""
    parts = {number: metric.eval_sequence(trackeval_data(sequence, has, score)) for number, sequence in enumerate(case)}
    combined = metric.combine_sequences(parts)
    return {name: np.asarray(combined[name], dtype=float) for name in (*TRACKEVAL_FIELDS, *COUNT_FIELDS)}


def trackeval_of_joints(metric, case):
    """Figures per joint, each (19, 15)."""
    parts = []
    for joint in range(NUM_JOINTS):

        def has(person, joint=joint):
            return person[1][joint] is not None

        parts.append(trackeval_figures(metric, case, has, lambda *pair, joint=joint: similarity(*pair, joint)))
    return {name: np.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def trackeval_of_persons(metric, case):
    """Figures of whole poses, each (19, 1)."""

    def score(truth, pred, head):
        annotated = [joint for joint in range(NUM_JOINTS) if truth[1][joint] is not None]
        return sum(similarity(truth, pred, head, joint) or 0.0 for joint in annotated) / len(annotated)

    figures = trackeval_figures(metric, case, lambda person: any(person[1]), score)
    return {name: values[:, None] for name, values in figures.items()}


def kit_data(dataset, sequence):
    """The kit's input, as made by its ``get_preprocessed_seq_data``."""
    data = {"gt_ids": [], "tracker_ids": [], "gt_dets": [], "tracker_dets": [], "keypoint_distances": []}
    numbers = {"gt": {}, "tracker": {}}
    counts = {"gt": np.zeros(NUM_JOINTS, dtype=int), "tracker": np.zeros(NUM_JOINTS, dtype=int)}
    for truth, pred, heads in zip(sequence["truth"], sequence["pred"], sequence["head"], strict=True):
        for side, people in (("gt", truth), ("tracker", pred)):
            ids = [numbers[side].setdefault(person[0], len(numbers[side])) for person in people]
            points = [[[*point, 1.0] if point else [0.0, 0.0, 0.0] for point in person[1]] for person in people]
            points = np.array(points, dtype=float).reshape(len(people), NUM_JOINTS, 3)
            data[f"{side}_ids"].append(np.array(ids, dtype=int))
            data[f"{side}_dets"].append(points)
            counts[side] += ((points[..., 0] > 0) & (points[..., 1] > 0)).sum(axis=0)
        dets = data["gt_dets"][-1], data["tracker_dets"][-1]
        data["keypoint_distances"].append(
            dataset._calculate_pckh(SimpleNamespace(n_joints=NUM_JOINTS), *dets, np.array(heads))[1]
        )
    for side in ("gt", "tracker"):
        data[f"num_{side}_dets"] = sum(map(len, data[f"{side}_ids"]))
        data[f"num_{side}_ids"] = len(numbers[side])
        data[f"num_{side}_joints"] = counts[side]
    return data | {"num_timesteps": len(data["gt_ids"])}


def kit_figures(metric, dataset, case):
    """The kit's figures, each (19, 16)."""
    parts = {number: metric.eval_sequence(kit_data(dataset, sequence)) for number, sequence in enumerate(case)}
    combined = metric.combine_sequences(parts)
    return {name: np.asarray(combined[name], dtype=float) for name in (*KIT_FIELDS, *COUNT_FIELDS)}


def official(trackeval_dir, kit_dir):
    """Return a function from a case to the three sets of official figures."""
    sys.path[:0] = [str(trackeval_dir), str(kit_dir)]
    from posetrack21.trackeval.datasets.posetrack import PoseTrack
    from posetrack21.trackeval.metrics.hota_pose import HOTAeypoints
    from trackeval.metrics.hota import HOTA

    metric, kit = HOTA(), HOTAeypoints()
    return lambda case: {
        "joints": trackeval_of_joints(metric, case),
        "persons": trackeval_of_persons(metric, case),
        "kit": kit_figures(kit, PoseTrack, case),
    }


def ours(case):
    """Our figures under the same names."""
    from functools import reduce
    from operator import add

    from posetrack.evaluation.hota import POSETRACK21_KIT, joint_hota, person_hota

    columns = [(columns_of(s["truth"], s["head"]), columns_of(s["pred"]), len(s["truth"])) for s in case]
    totals = {
        "joints": reduce(add, (joint_hota(*c) for c in columns)),
        "persons": reduce(add, (person_hota(*c) for c in columns)),
        "kit": reduce(add, (joint_hota(*c, POSETRACK21_KIT) for c in columns)),
    }
    names = {"HOTA": "hota", "FA-HOTA": "fa_hota"} | {f"{a}{b}": f"{a.lower()}_{b.lower()}" for a, b in (
        ("Det", "A"), ("Ass", "A"), ("Loc", "A"), ("Frag", "A"), ("Det", "Re"), ("Det", "Pr"), ("Ass", "Re"),
        ("Ass", "Pr"))}  # fmt: skip
    return {
        key: {official: getattr(counts.result(), name) / 100 for official, name in names.items()}
        | {"HOTA_TP": counts.true_positives, "HOTA_FN": counts.misses, "HOTA_FP": counts.false_positives}
        for key, counts in totals.items()
    }


def compare(programs, count):
    """Print the largest difference over all figures, joints and thresholds of many cases."""
    worst = {}
    for seed in range(10_000, 10_000 + count):
        case = make_case(seed)
        mine = ours(case)
        for program, figures in programs(case).items():
            for name, values in figures.items():
                difference = float(np.abs(values - mine[program][name]).max())
                if difference > worst.get(program, (-1.0,))[0]:
                    worst[program] = (difference, name, seed)
    for program, (difference, name, seed) in worst.items():
        print(f"{program}: {count} cases, largest difference {difference:.3g} ({name}, seed {seed})")


def record(programs, count):
    """Write the file."""
    rows = []
    for seed in range(count):
        case = make_case(seed)
        figures = {
            program: {name: values.mean(axis=0).tolist() for name, values in by_name.items()}
            for program, by_name in programs(case).items()
        }
        rows.append({"seed": seed, "case": case, "figures": figures})
    with gzip.GzipFile(HERE / "hota.json.gz", "wb", mtime=0) as stream:
        stream.write(json.dumps(rows).encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trackeval", type=Path)
    parser.add_argument("kit", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    run = compare if options.compare else record
    run(official(options.trackeval, options.kit), options.count)
