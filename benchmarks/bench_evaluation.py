"""How long the PoseTrack evaluation takes, beside the official program and beside parsing the JSON.

    python benchmarks/bench_evaluation.py [--sequences 170] [--people 5] [--official-python PY --poseval DIR]

Makes PoseTrack18 files (walking people with noise, misses and switches), then times in one run: parsing
all files with orjson, our evaluation from SequencePoses in memory, our evaluation from the files, and, if
given, the official program on the same files (``PY`` is a Python that has its packages). The official
program is timed on the first ``--official-sequences`` of them and scaled, because it takes hours.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import orjson

from posetrack.cli.eval import pair_files
from posetrack.evaluation import count_sequence, merge_counts
from posetrack.io import read_poses
from posetrack.structures import POSETRACK18

FRAMES = 52  # 170 sequences of 52 frames: as many labelled frames as PoseTrack18 val has


def make_sequence(rng: np.random.Generator, number: int, people: int) -> tuple[dict, dict]:
    """Ground truth and prediction of one sequence as PoseTrack18 JSON."""
    first = 10_000_000_000 + number * 10_000
    images = [
        {"id": first + t, "frame_id": first + t, "vid_id": f"{number:06d}", "nframes": FRAMES, "is_labeled": True,
         "file_name": f"images/val/{number:06d}_mpii_test/{t:06d}.jpg"} for t in range(FRAMES)
    ]  # fmt: skip
    start, speed = rng.uniform(100, 1200, (people, 1, 2)), rng.normal(0, 4, (people, 1, 2))
    shape = rng.uniform(-60, 60, (people, 17, 2))
    ids = np.arange(people)
    truth, pred = [], []
    for t in range(FRAMES):
        joints = start + speed * t + shape
        guess = joints + rng.normal(0, 6, joints.shape)
        if rng.random() < 0.1 and people > 1:
            ids[rng.permutation(people)[:2]] = people + 2 * t, people + 2 * t + 1
        for n in range(people):
            one = {"image_id": first + t, "category_id": 1, "id": (first + t) * 100 + n}
            truth.append({**one, "track_id": n, "scores": [], "keypoints": _keypoints(rng, joints[n], 0.1),
                          "bbox_head": [*(start[n, 0] + speed[n, 0] * t).round(1).tolist(), 24.0, 30.0]})  # fmt: skip
            if rng.random() < 0.9:
                pred.append({**one, "track_id": int(ids[n]), "scores": rng.random(17).round(5).tolist(),
                             "keypoints": _keypoints(rng, guess[n], 0.05)})  # fmt: skip
    categories = [{"id": 1, "name": "person", "supercategory": "person", "keypoints": list(POSETRACK18.joints),
                   "skeleton": []}]  # fmt: skip
    return tuple({"images": images, "annotations": a, "categories": categories} for a in (truth, pred))


def _keypoints(rng: np.random.Generator, joints: np.ndarray, missing: float) -> list[float]:
    there = rng.random(17) >= missing
    there[3:5] = False  # ears are never annotated
    return np.column_stack([joints.round(2) * there[:, None], there]).ravel().tolist()


def timed(what: str, run, times: int = 3) -> tuple[float, object]:
    """The best of some runs, printed; and the result."""
    best, result = float("inf"), None
    for _ in range(times):
        begin = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - begin)
    print(f"{what:48s} {best:9.3f} s", flush=True)
    return best, result


def main() -> None:
    """Make the files, time everything, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=170)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--official-python", type=Path)
    parser.add_argument("--poseval", type=Path)
    parser.add_argument("--official-sequences", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        names = write_files(root, args.sequences, args.people)
        print(f"{args.sequences} sequences, {args.sequences * FRAMES} frames, {args.people} people a frame")
        paths = [(root / "gt" / name, root / "pred" / name) for name in names]
        parse, _ = timed(
            "orjson.loads of all files", lambda: [orjson.loads(p.read_bytes()) for pq in paths for p in pq]
        )
        loaded = [(read_poses(a), read_poses(b)) for a, b in paths]
        memory, _ = timed(
            "mAP + MOTA, poses in memory", lambda: merge_counts(count_sequence(*p) for p in loaded).result()
        )
        files, ours = timed(
            "mAP + MOTA, from the files",
            lambda: merge_counts(count_sequence(read_poses(a), read_poses(b)) for a, b in paths).result(),
        )
        print(f"in memory {memory / parse:.1f}, from files {files / parse:.1f} times the parsing")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
        print(f"AP {ours.map_total:.6f}  MOTA {ours.mota_total:.6f}")
        if args.official_python:
            official(args, root, names, files)


def write_files(root: Path, sequences: int, people: int) -> list[str]:
    """Write the data set; returns the file names."""
    rng = np.random.default_rng(0)
    names = []
    for number in range(1, sequences + 1):
        names.append(f"{number:06d}_mpii_test.json")
        for side, content in zip(("gt", "pred"), make_sequence(rng, number, people), strict=True):
            (root / side).mkdir(exist_ok=True)
            (root / side / names[-1]).write_text(json.dumps(content))
    return names


def official(args: argparse.Namespace, root: Path, names: list[str], ours_s: float) -> None:
    """Time the official program on the first sequences, and ours on the same."""
    some = names[: args.official_sequences]
    for side in ("gt", "pred"):
        (root / f"some_{side}").mkdir()
        for name in some:
            (root / f"some_{side}" / name).symlink_to(root / side / name)
    command = [args.official_python, "-m", "poseval.evaluate", "-g", f"{root}/some_gt/", "-p", f"{root}/some_pred/"]
    command += ["-e", "-t", "-o", f"{root}/out"]
    begin = time.perf_counter()
    subprocess.run(command, cwd=args.poseval, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    theirs_s = time.perf_counter() - begin
    paths = [(gt, pred) for _, gt, pred in pair_files(root / "some_gt", root / "some_pred")]
    begin = time.perf_counter()
    ours = merge_counts(count_sequence(read_poses(a), read_poses(b)) for a, b in paths).result()
    same_s = time.perf_counter() - begin
    print(f"official, {len(some)} sequences: {theirs_s:.1f} s; ours {same_s:.3f} s: {theirs_s / same_s:.0f} times")
    print(f"official scaled to {len(names)}: {theirs_s * len(names) / len(some):.0f} s; ours {ours_s:.3f} s")
    figures = [json.loads((root / "out" / f"total_{k}_metrics.json").read_text())[m][15] for k, m in
               (("AP", "ap"), ("MOT", "mota"))]  # fmt: skip
    print(f"AP {figures[0]:.9f} {ours.map_total:.9f}  MOTA {figures[1]:.9f} {ours.mota_total:.9f}")


if __name__ == "__main__":
    sys.exit(main())
