"""Record what the official evaluator says of the random cases of ``tests/evaluation/official_cases.py``.

    git clone https://github.com/leonid-pishchulin/poseval   # 4258a15
    python -m venv official && official/bin/pip install motmetrics==1.4.0 shapely tqdm click
    official/bin/python tests/data/evaluation/record_official.py poseval 80

Writes ``official_random.json.gz`` beside this file: for each seed the digest of the input and the
seven lists of 16 figures, null for NaN.
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

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "evaluation"))

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


def main(poseval_dir, count):
    sys.path.insert(0, str(poseval_dir))
    record = {}
    for seed in range(count):
        case = make_case(seed)
        record[seed] = {"input": digest(case), "figures": official_figures(case)}
        print(seed, flush=True)
    with gzip.GzipFile(HERE / "official_random.json.gz", "wb", mtime=0) as stream:
        stream.write(json.dumps(record).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
