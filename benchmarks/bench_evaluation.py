"""Time the PoseTrack evaluation, compared with the official program and with parsing the JSON.

    python benchmarks/bench_evaluation.py [--sequences 170] [--official-python PY --poseval DIR]

Makes PoseTrack18 files from drawn scenes (``bench_data.py``), then times in one run: parsing all files with
orjson; our evaluation from SequencePoses in memory and from the files; the command ``tools/eval.py`` with one and
two processes; and, if given, the official program on the same files (``PY`` is a Python with its packages). The
official program takes seconds per sequence: ``--official-sequences N`` runs both programs on the first N sequences
only, without extrapolation. The times of both commands include Python start-up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
from bench_data import FRAMES, drawn_walks, write_files

from posetrack.evaluation import count_sequence, merge_counts
from posetrack.io import read_poses

EVAL = Path(__file__).parents[1] / "tools" / "eval.py"


def timed(what: str, run: Callable[[], object], times: int = 3) -> float:
    """Print and return the best of several runs, in seconds."""
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
    print(f"{what:48s} {best:9.3f} s", flush=True)
    return best


def run_ours(root: Path, out: Path, jobs: int = 1) -> None:
    """Run ``tools/eval.py`` in a separate process."""
    words = ["--gt", root / "gt", "--pred", root / "pred", "--json", out, "--jobs", str(jobs)]
    subprocess.run([sys.executable, EVAL, *words], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Make the files, time everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=170)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--scenes", type=int, default=17, help="number to draw; they are used in turn")
    parser.add_argument("--official-python", type=Path)
    parser.add_argument("--poseval", type=Path)
    parser.add_argument("--official-sequences", type=int)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "all"
        walks = drawn_walks(min(args.scenes, args.sequences), args.people)
        names = write_files(root, walks, args.sequences)
        print(f"{args.sequences} sequences, {args.sequences * FRAMES} frames, {args.people} people per frame")
        ours(root, names)
        if args.official_python:
            official(args, root, names, Path(folder))


def ours(root: Path, names: list[str]) -> None:
    """Time parsing, and our evaluation from memory, from files and as a command."""
    paths = [(root / "gt" / name, root / "pred" / name) for name in names]
    parse = timed("orjson.loads of all files", lambda: [orjson.loads(p.read_bytes()) for pq in paths for p in pq])
    loaded = [(read_poses(a), read_poses(b)) for a, b in paths]
    memory = timed("mAP + MOTA, poses in memory", lambda: merge_counts(count_sequence(*p) for p in loaded).result())
    files = timed(
        "mAP + MOTA, from the files",
        lambda: merge_counts(count_sequence(read_poses(a), read_poses(b)) for a, b in paths).result(),
    )
    timed("tools/eval.py, one process", lambda: run_ours(root, root / "ours.json"))
    timed("tools/eval.py --jobs 2", lambda: run_ours(root, root / "ours.json", jobs=2))
    print(f"in memory {memory / parse:.1f}, from files {files / parse:.1f} times the parsing")


def official(args: argparse.Namespace, root: Path, names: list[str], folder: Path) -> None:
    """Time the official program and ours, both as commands on the same files; print the largest difference."""
    some = folder / "some"
    for side in ("gt", "pred"):
        (some / side).mkdir(parents=True)
        for name in names[: args.official_sequences]:
            (some / side / name).symlink_to(root / side / name)
    count = len(list((some / "gt").iterdir()))
    out = folder / "official"
    command = [args.official_python, "-m", "poseval.evaluate", "-g", f"{some}/gt/", "-p", f"{some}/pred/"]
    theirs_s = timed(
        f"official program, {count} sequences",
        lambda: subprocess.run(
            [*command, "-e", "-t", "-o", out], cwd=args.poseval, check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ),
        times=1,
    )  # fmt: skip
    ours_s = timed(f"tools/eval.py, {count} sequences", lambda: run_ours(some, folder / "ours.json"))
    ours_figures = json.loads((folder / "ours.json").read_text())
    largest = 0.0
    for kind, lists in (("AP", ("ap", "pre", "rec")), ("MOT", ("mota", "motp", "pre", "rec"))):
        theirs = json.loads((out / f"total_{kind}_metrics.json").read_text())
        for name in lists:
            pair = (np.array(side, dtype=np.float64) for side in (theirs[name], ours_figures[kind][name]))
            largest = max(largest, float(np.nan_to_num(np.abs(np.subtract(*pair))).max()))
    print(f"{theirs_s / ours_s:.0f} times as fast; largest difference of 7 x 16 figures {largest:.2g}")


if __name__ == "__main__":
    sys.exit(main())
