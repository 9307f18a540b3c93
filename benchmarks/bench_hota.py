"""Time HOTA, compared with TrackEval's and PoseTrack21's on the same people in the same run.

    python benchmarks/bench_hota.py [--sequences 170] [--people 5] [--trackeval DIR] [--kit DIR]

``DIR`` is a clone of JonathonLuiten/TrackEval (12c8791) for TrackEval, and ``eval/posetrack21`` of
anDoer/PoseTrack21 (3e61960) for the kit. The people are those of ``bench_evaluation.py``. The official programs
get precomputed similarities, which are not timed; ours starts from SequencePoses in memory and computes the
distances itself. They run on the first ``--official-sequences``, and ours is timed again on the same ones.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench_data import FRAMES, drawn_walks, make_sequence

from posetrack.evaluation.hota import CORRECTED, POSETRACK21_KIT, KitQuirks, joint_hota
from posetrack.evaluation.hota_counts import HotaCounts
from posetrack.evaluation.persons import NUM_JOINTS, PersonColumns
from posetrack.evaluation.posetrack import evaluated_persons
from posetrack.evaluation.tracking_measures import count_tracking, merge_tracking
from posetrack.io.posetrack18 import parse_posetrack18
from posetrack.structures import FloatArray, SequencePoses

SCENES = 17  # number drawn; they are reused in turn, with different errors in the predictions
Pair = tuple[SequencePoses, SequencePoses]


def load(sequences: int, people: int) -> list[Pair]:
    """Return the sequences as produced by our reader."""
    rng = np.random.default_rng(0)
    walks = drawn_walks(min(SCENES, sequences), people)
    sides = [make_sequence(rng, number, walks[(number - 1) % len(walks)]) for number in range(1, sequences + 1)]
    return [tuple(parse_posetrack18(content, "drawn") for content in pair) for pair in sides]


def ours(pairs: list[Pair], quirks: KitQuirks) -> tuple[float, HotaCounts]:
    """Return seconds and joint counts over all sequences."""
    begin = time.perf_counter()
    total = HotaCounts.zero(NUM_JOINTS + quirks.total_of_sequences)
    for gt, pred in pairs:
        truth, prediction, kept = evaluated_persons(gt, pred)
        total += joint_hota(truth, prediction, len(kept), quirks)
    return time.perf_counter() - begin, total


def frames_of(persons: PersonColumns, num_frames: int) -> list[slice]:
    """Return the rows of each frame."""
    limits = np.searchsorted(persons.frames, np.arange(num_frames + 1)).tolist()
    return [slice(a, b) for a, b in zip(limits[:-1], limits[1:], strict=True)]


def distances(truth: PersonColumns, pred: PersonColumns, num_frames: int) -> list[FloatArray]:
    """Return (G, P, 15) distances of each frame in head sizes, infinite where a joint is missing."""
    tables = []
    for a, b in zip(frames_of(truth, num_frames), frames_of(pred, num_frames), strict=True):
        offset = np.linalg.norm(truth.joints_xy[a][:, None] - pred.joints_xy[b][None], axis=-1)
        tables.append(np.nan_to_num(offset / truth.head_sizes[a][:, None, None], nan=np.inf))
    return tables


def trackeval_input(truth: PersonColumns, pred: PersonColumns, tables: list[FloatArray], joint: int) -> dict:
    """Build TrackEval's input for one joint of one sequence."""
    data: dict = {"similarity_scores": [], "gt_ids": [], "tracker_ids": []}
    masks = []
    for name, side in (("gt", truth), ("tracker", pred)):
        has = side.joint_valid[:, joint]
        known, ids = np.unique(side.track_ids[has], return_inverse=True)
        numbers = np.zeros(len(side), dtype=int)
        numbers[has] = ids
        rows = frames_of(side, len(tables))
        masks.append([has[part] for part in rows])
        data[f"{name}_ids"] = [numbers[part][has[part]] for part in rows]
        data[f"num_{name}_ids"], data[f"num_{name}_dets"] = len(known), int(has.sum())
    for table, a, b in zip(tables, *masks, strict=True):
        data["similarity_scores"].append(np.maximum(0.0, 1 - table[..., joint][a][:, b] / 0.5))
    return data


def time_trackeval(folder: Path, pairs: list[Pair]) -> tuple[float, FloatArray]:
    """Return seconds, and HOTA of each joint."""
    sys.path.insert(0, str(folder))
    from trackeval.metrics.hota import HOTA

    metric, seconds = HOTA(), 0.0
    parts: list[list[dict]] = [[] for _ in range(NUM_JOINTS)]
    for gt, pred in pairs:
        truth, prediction, kept = evaluated_persons(gt, pred)
        tables = distances(truth, prediction, len(kept))
        inputs = [trackeval_input(truth, prediction, tables, joint) for joint in range(NUM_JOINTS)]
        begin = time.perf_counter()
        for joint, data in enumerate(inputs):
            parts[joint].append(metric.eval_sequence(data))
        seconds += time.perf_counter() - begin
    return seconds, np.array([metric.combine_sequences(dict(enumerate(p)))["HOTA"].mean() for p in parts])


def positive(persons: PersonColumns) -> PersonColumns:
    """Remove the joints that do not exist for the kit."""
    valid = (persons.joints_xy > 0).all(axis=2)
    return replace(persons, joint_valid=valid, joints_xy=np.where(valid[..., None], persons.joints_xy, np.nan))


def kit_input(truth: PersonColumns, pred: PersonColumns, tables: list[FloatArray]) -> dict:
    """Build the kit's input for one sequence."""
    data: dict = {"keypoint_distances": tables, "num_timesteps": len(tables)}
    for name, side in (("gt", truth), ("tracker", pred)):
        known, ids = np.unique(side.track_ids, return_inverse=True)
        rows = frames_of(side, len(tables))
        data[f"{name}_ids"] = [ids[part] for part in rows]
        data[f"{name}_dets"] = [np.nan_to_num(side.joints_xy[part]) for part in rows]
        data[f"num_{name}_ids"], data[f"num_{name}_dets"] = len(known), len(side)
        data[f"num_{name}_joints"] = side.joint_valid.sum(axis=0)
    return data


def time_kit(folder: Path, pairs: list[Pair]) -> tuple[float, FloatArray]:
    """Return seconds, and HOTA of each joint and the total."""
    sys.path.insert(0, str(folder))
    from posetrack21.trackeval.metrics.hota_pose import HOTAeypoints

    metric, seconds, parts = HOTAeypoints(), 0.0, {}
    for number, (gt, pred) in enumerate(pairs):
        truth, prediction, kept = evaluated_persons(gt, pred)
        truth, prediction = positive(truth), positive(prediction)
        data = kit_input(truth, prediction, distances(truth, prediction, len(kept)))
        begin = time.perf_counter()
        parts[number] = metric.eval_sequence(data)
        seconds += time.perf_counter() - begin
    return seconds, metric.combine_sequences(parts)["HOTA"].mean(axis=0)


def main() -> None:
    """Make the people, time everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=170)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--trackeval", type=Path)
    parser.add_argument("--kit", type=Path)
    parser.add_argument("--official-sequences", type=int, default=170)
    args = parser.parse_args()
    np.int, np.float = int, float  # type: ignore[attr-defined]  # removed from numpy, but used by both programs
    warnings.simplefilter("ignore")
    pairs = load(args.sequences, args.people)
    print(f"{args.sequences} sequences, {args.sequences * FRAMES} frames, {args.people} people per frame")
    ours(pairs[:1], CORRECTED)  # warm up imports and caches
    for what, quirks in (("corrected", CORRECTED), ("kit's quirks", POSETRACK21_KIT)):
        print(f"HOTA of joints, {what:14s} {ours(pairs, quirks)[0]:9.2f} s", flush=True)
    begin = time.perf_counter()
    result = merge_tracking(count_tracking(*pair) for pair in pairs).result()
    print(f"HOTA of joints and persons, identity {time.perf_counter() - begin:3.2f} s")
    print(f"HOTA {result.joints.summary()['hota'][15]:.6f}  IDF1 {result.identity.idf1[15]:.6f}")
    some = pairs[: args.official_sequences]
    for name, folder, run, quirks in (
        ("TrackEval", args.trackeval, time_trackeval, CORRECTED),
        ("PoseTrack21", args.kit, time_kit, POSETRACK21_KIT),
    ):
        if folder:
            theirs_s, theirs = run(folder, some)
            ours_s, counts = ours(some, quirks)
            found = counts.result().summary()["hota"] / 100
            print(
                f"{name}, {len(some)} sequences: {theirs_s:.2f} s; ours {ours_s:.2f} s: {theirs_s / ours_s:.0f} x; "
                f"largest difference {np.abs(theirs - found).max():.2g}",
                flush=True,
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
