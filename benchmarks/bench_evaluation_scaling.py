"""Scaling of the evaluation's time with frames and people, and of its memory with the size of the data set.

    python benchmarks/bench_evaluation_scaling.py [--quick]

Time: mAP + MOTA, and HOTA with the identity measures, for one sequence of plain people (``bench_data.py``) in memory;
the exponent p of time ~ size^p between successive rows is 1 where the cost is linear. The image size is fixed, so
more people are also more crowded. Memory: the peak of ``tools/eval.py`` as a process, for a growing number of
sequences of the same size, and for one sequence as large as many of them.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from bench_data import FRAMES, make_sequence, plain_walks, write_files

from posetrack.evaluation import count_sequence
from posetrack.evaluation.tracking_measures import count_tracking
from posetrack.io.posetrack18 import parse_posetrack18
from posetrack.structures import SequencePoses

EVAL = Path(__file__).parents[1] / "tools" / "eval.py"
MEASURES: dict[str, Callable[[SequencePoses, SequencePoses], object]] = {
    "mAP + MOTA": count_sequence,
    "HOTA, IDF1": count_tracking,
}


def time_rows(what: str, sizes: Sequence[int], make: Callable[[int], np.ndarray]) -> None:
    """Print a table: seconds of each measure at each size, and the exponent relative to the previous row."""
    print(f"{what:>10s}" + "".join(f"{name:>14s}{'power':>7s}" for name in MEASURES))
    before: dict[str, float] = {}
    for number, size in enumerate(sizes):
        rng = np.random.default_rng(0)
        pair = tuple(parse_posetrack18(content, "drawn") for content in make_sequence(rng, 1, make(size)))
        cells = []
        for name, measure in MEASURES.items():
            seconds = min(timed(measure, *pair) for _ in range(3))
            power = math.log(seconds / before[name]) / math.log(size / sizes[number - 1]) if number else math.nan
            cells.append(f"{seconds:12.3f} s" + (f"{power:7.2f}" if number else " " * 7))
            before[name] = seconds
        print(f"{size:10d}" + "".join(cells), flush=True)


def timed(run: Callable[..., object], *args: object) -> float:
    """Return the seconds taken by one call."""
    begin = time.perf_counter()
    run(*args)
    return time.perf_counter() - begin


def peak_mib(folder: Path) -> float:
    """Return the peak memory in MiB of ``tools/eval.py`` on a data set."""
    words = [sys.executable, str(EVAL), "--gt", str(folder / "gt"), "--pred", str(folder / "pred")]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"tools/eval.py failed on {folder}")
    return usage.ru_maxrss / 1024


def memory_rows(counts: Sequence[int], people: int, frames: int) -> None:
    """Print the peak memory for sets of same-size sequences, then for a single sequence as large as the largest set."""
    rng = np.random.default_rng(0)
    print(f"{'sequences':>10s}{'frames':>10s}{'files':>12s}{'peak':>12s}")
    for sequences, length in (*((count, frames) for count in counts), (1, frames * counts[-1])):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_files(folder, [plain_walks(rng, people, length)], sequences)
            size = sum(path.stat().st_size for path in folder.rglob("*.json")) / 2**20
            print(f"{sequences:10d}{length:10d}{size:8.1f} MiB{peak_mib(folder):8.0f} MiB", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    lengths = (20, 40) if args.quick else (100, 200, 400, 800, 1600, 3200)
    crowds = (2, 4) if args.quick else (5, 10, 20, 40, 70, 100)
    print("frames, 5 people each")
    time_rows("frames", lengths, lambda size: plain_walks(rng, 5, size))
    print(f"\npeople, {FRAMES} frames")
    time_rows("people", crowds, lambda size: plain_walks(rng, size))
    print("\nmemory, 5 people per frame")
    memory_rows((1, 2) if args.quick else (1, 20, 85, 170), 5, FRAMES)


if __name__ == "__main__":
    sys.exit(main())
