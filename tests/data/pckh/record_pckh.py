"""Record the official HRNet code's PCKh figures for random MPII predictions.

    git clone https://github.com/leoxiaobin/deep-high-resolution-net.pytorch   # 6f69e46
    python tests/data/pckh/record_pckh.py deep-high-resolution-net.pytorch/lib/dataset/mpii.py

Needs only numpy and scipy; the file's other imports serve data loading and are stubbed. Writes
``official_pckh.json.gz`` beside this file: inputs (0-based predictions, 1-based truth as in MPII's file) and figures.
"""

import gzip
import importlib.util
import json
import logging
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
from scipy.io import savemat

MPII_NAMES = "rank rkne rhip lhip lkne lank pelv thor neck head rwri relb rsho lsho lelb lwri".split()


def load_official(path):
    """The official ``MPIIDataset`` without its data."""
    package = types.ModuleType("dataset")
    package.__path__ = []
    joints = types.ModuleType("dataset.JointsDataset")
    joints.JointsDataset = type("JointsDataset", (), {})
    tricks = types.ModuleType("json_tricks")
    sys.modules |= {"dataset": package, "dataset.JointsDataset": joints, "json_tricks": tricks}
    spec = importlib.util.spec_from_file_location("dataset.mpii", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MPIIDataset.__new__(module.MPIIDataset)


def make_case(seed):
    """Make random people; one case has heads of size zero, another a single person."""
    rng = np.random.default_rng(seed)
    count = (1, 7, 25, 40)[seed % 4]
    truth = rng.uniform(50, 900, (count, 16, 2)).round(2)
    heads = rng.uniform(20, 150, (count, 2, 2)).round(1)
    heads[:, 1] = heads[:, 0] + rng.uniform(20, 80, (count, 2)).round(1)
    if seed == 3:
        heads[:2, 1] = heads[:2, 0]
    missing = rng.random((count, 16)) < 0.2
    missing[0] = False
    errors = rng.exponential(0.25, (count, 16, 1)) * rng.choice([1.0, 30.0], (count, 16, 1))
    pred = (truth - 1 + errors * rng.normal(size=(count, 16, 2)) * 10).round(2)
    return {"pred": pred, "truth": truth, "heads": heads, "missing": missing}


def official_figures(dataset, case):
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "annot"
        folder.mkdir()
        names = np.empty((1, 16), dtype=object)
        names[0] = MPII_NAMES
        savemat(
            folder / "gt_valid.mat",
            {
                "dataset_joints": names,
                "jnt_missing": case["missing"].T.astype(np.float64),
                "pos_gt_src": case["truth"].transpose(1, 2, 0),
                "headboxes_src": case["heads"].transpose(1, 2, 0),
            },
        )
        cfg = types.SimpleNamespace(DATASET=types.SimpleNamespace(ROOT=root, TEST_SET="valid"))
        figures, _ = dataset.evaluate(cfg, case["pred"].copy(), None)
    return {name: float(value) for name, value in figures.items()}


def main(path):
    logging.disable()
    dataset = load_official(path)
    cases = []
    for seed in range(8):
        case = make_case(seed)
        cases.append(
            {name: value.tolist() for name, value in case.items()} | {"official": official_figures(dataset, case)}
        )
    with gzip.GzipFile(Path(__file__).parent / "official_pckh.json.gz", "wb", mtime=0) as stream:
        stream.write(json.dumps(cases).encode())
    print(json.dumps([c["official"] for c in cases], indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
