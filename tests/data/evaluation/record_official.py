"""Record the official evaluator's figures for the random cases of ``tests/evaluation/official_cases.py``.

    git clone https://github.com/leonid-pishchulin/poseval   # 4258a15
    python -m venv official && official/bin/pip install motmetrics==1.4.0 shapely tqdm click
    official/bin/python tests/data/evaluation/record_official.py poseval 0 150 official_random.json.gz

Writes for each seed the digest of the input and seven lists of 16 figures (null for NaN), or the error if the
program fails. ``official_random.json.gz`` beside this file holds seeds 0 to 149; others can be recorded and
compared with ours by ``compare_official.py``.
"""

import contextlib
import gzip
import io
import json
import math
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "evaluation"))

from official_cases import digest, make_case  # noqa: E402


def official_figures(case):
    """Run the official program on one data set."""
    from poseval import eval_helpers
    from poseval.evaluateAP import evaluateAP
    from poseval.evaluateTracking import evaluateTracking

    with tempfile.TemporaryDirectory() as folder:
        for side, name in enumerate(("gt", "pred")):
            (Path(folder) / name).mkdir()
            for file_name, sides in case.items():
                (Path(folder) / name / file_name).write_text(json.dumps(sides[side]))
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frames = eval_helpers.load_data_dir(["", f"{folder}/gt/", f"{folder}/pred/"])
            ap, precision, recall = evaluateAP(*frames, folder, False, False)
            mot = evaluateTracking(*frames, folder, False, False)
    lists = [ap, precision, recall, mot["mota"], mot["motp"], mot["pre"], mot["rec"]]
    return [[None if math.isnan(v) else float(v) for v in values.flatten()] for values in lists]


def outcome(case):
    """``{"input", "figures"}``, or ``{"input", "failure"}``."""
    found = {"input": digest(case)}
    try:
        return found | {"figures": official_figures(case)}
    except Exception as error:  # noqa: BLE001  # whatever it raises is what is recorded
        return found | {"failure": f"{type(error).__name__}: {error}"}


def main(poseval_dir, first, stop, out):
    sys.path.insert(0, poseval_dir)
    record = {}
    for seed in range(int(first), int(stop)):
        record[seed] = outcome(make_case(seed))
        print(seed, record[seed].get("failure", ""), flush=True)
    with gzip.GzipFile(out, "wb", mtime=0) as stream:
        stream.write(json.dumps(record).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
