"""Compare our figures with the official program's for any number of random cases.

    official/bin/python tests/data/evaluation/record_official.py poseval 1000 3000 record.json.gz
    python tests/data/evaluation/compare_official.py record.json.gz

Prints the number of cases and figures compared, the largest difference, and every case in which the official
program failed, with our result. Exit status 1 if a figure differs by more than 1e-9.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from posetrack.errors import PoseTrackError
from posetrack.evaluation import count_sequence, merge_counts
from posetrack.io import read_poses

sys.path.insert(0, str(Path(__file__).parents[2] / "evaluation"))

from official_cases import digest, make_case  # noqa: E402

LISTS = ("ap", "precision", "recall", "mota", "motp", "mot_precision", "mot_recall")
TOLERANCE = 1e-9


def our_figures(case):
    """(7, 16) figures of one data set, read from files like the official program does."""
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for name, sides in sorted(case.items()):
            paths = [Path(folder) / f"{side}_{name}" for side in ("gt", "pred")]
            for path, content in zip(paths, sides, strict=True):
                path.write_text(json.dumps(content))
            parts.append(count_sequence(*map(read_poses, paths)))
    result = merge_counts(parts).result()
    return np.array([getattr(result, name) for name in LISTS])


def difference(ours, theirs):
    """The largest difference; infinite where one is undefined and the other is not."""
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return float("inf")
    return float(np.nan_to_num(np.abs(ours - theirs)).max())


def main(path):
    with gzip.open(path) as stream:
        record = json.load(stream)
    compared, defined, largest = 0, 0, 0.0
    for seed, theirs in record.items():
        case = make_case(int(seed))
        assert digest(case) == theirs["input"], f"seed {seed}: the generator changed: record again"
        try:
            ours = our_figures(case)
        except PoseTrackError as error:
            ours = str(error)
        if "failure" in theirs or isinstance(ours, str):
            shown = ours if isinstance(ours, str) else f"AP {ours[0, 15]:.1f}, MOTA {ours[3, 15]:.1f}"
            print(f"seed {seed}: official {theirs.get('failure', 'gives figures')}; ours {shown}")
            continue
        expected = np.array([[np.nan if v is None else v for v in values] for values in theirs["figures"]])
        compared, defined = compared + 1, defined + int((~np.isnan(expected)).sum())
        now = difference(ours, expected)
        largest = max(largest, now)
        if now > TOLERANCE:
            print(f"seed {seed}: largest difference {now:g}")
    print(f"{len(record)} cases, {compared} compared, {defined} figures, largest difference {largest:.2g}")
    return int(largest > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
