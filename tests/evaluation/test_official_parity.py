"""Every figure equals the official program's: poseval 4258a15 with motmetrics 1.4.0, to 1e-9.

The expected figures were recorded by ``tests/data/evaluation/record_golden.py`` (supplied with the
project) and ``record_official.py`` (random cases); none is computed by our code.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from official_cases import digest, make_case

from posetrack.evaluation import count_sequence, merge_counts
from posetrack.io import read_poses

DATA = Path(__file__).parents[1] / "data" / "evaluation"
TOLERANCE = 1e-9
LISTS = ("ap", "precision", "recall", "mota", "motp", "mot_precision", "mot_recall")
CASES = 150


def _load(name):
    with gzip.open(DATA / name) as stream:
        return json.load(stream)


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """Folder of the unpacked parity files, and the recorded figures."""
    packed = _load("golden.json.gz")
    root = tmp_path_factory.mktemp("parity")
    for name, content in packed["files"].items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(json.dumps(content))
    return root, packed["golden"]


def _figures(result):
    return np.array([getattr(result, name) for name in LISTS])


def _official(ap, mot):
    lists = (ap["ap"], ap["pre"], ap["rec"], mot["mota"], mot["motp"], mot["pre"], mot["rec"])
    return np.array([[np.nan if v is None else v for v in values] for values in lists])


def _assert_equal(actual, expected, what):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE, equal_nan=True, err_msg=what)


@pytest.mark.parametrize(
    "case",
    [
        "gt18_seq__pred18_seq_badlast",
        "gt18_seq__pred18_seq_idswitch",
        "gt18_seq__pred18_seq_noisy",
        "gt18_seq__pred18_seq_nopred_frame2",
        "gt18_seq__pred18_seq_perfect",
        "gt18_seq__pred18_seq_shift025",
        "gt18_seq_ign__pred18_seq_noisy",
        "gt18_seq_ign__pred18_seq_perfect",
    ],
)
def test_golden_figures(golden, case):
    root, expected = golden
    gt, pred = case.split("__")
    parts = {
        path.stem: count_sequence(read_poses(path), read_poses(root / pred / path.name))
        for path in sorted((root / gt).glob("*.json"))
    }
    assert len(parts) == 3
    for name, counts in (*parts.items(), ("total", merge_counts(parts.values()))):
        ap, mot = (expected[f"{case}/{name}_{kind}_metrics.json"] for kind in ("AP", "MOT"))
        _assert_equal(_figures(counts.result()), _official(ap, mot), f"{case} {name}")
    fixed = expected.get(f"{case}/motp_fixed/total_MOT_metrics.json")
    if fixed is not None:  # only distances of matches and switches, as in the corrected MOTP
        tracks = merge_counts(parts.values()).tracks
        detections = tracks.matches + tracks.switches
        motp = 100 * (1 - tracks.matched_distance / detections)
        _assert_equal(motp, np.array(fixed["motp"])[:15], f"{case} MOTP over matches")


def test_every_golden_case_is_tested(golden):
    assert len({name.split("/")[0] for name in golden[1]}) == 8


@pytest.mark.parametrize("seeds", [range(start, start + 15) for start in range(0, CASES, 15)], ids=lambda s: str(s[0]))
def test_random_cases(seeds, tmp_path):
    recorded = _load("official_random.json.gz")
    assert len(recorded) == CASES
    for seed in seeds:
        case = make_case(seed)
        assert digest(case) == recorded[str(seed)]["input"], "the generator changed: record the figures again"
        parts = []
        for name, sides in sorted(case.items()):
            paths = [tmp_path / f"{side}_{name}" for side in ("gt", "pred")]
            for path, content in zip(paths, sides, strict=True):
                path.write_text(json.dumps(content))
            parts.append(count_sequence(*map(read_poses, paths)))
        expected = [[np.nan if v is None else v for v in values] for values in recorded[str(seed)]["figures"]]
        _assert_equal(_figures(merge_counts(parts).result()), np.array(expected), f"seed {seed}")
