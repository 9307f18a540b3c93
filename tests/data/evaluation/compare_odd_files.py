"""Tabulate in Markdown what the official program and ours do with each odd file of ``tests/evaluation/odd_files.py``.

    python tests/data/evaluation/compare_odd_files.py OFFICIAL_PYTHON POSEVAL > table.md

OFFICIAL_PYTHON is an interpreter with the official program's packages, POSEVAL its clone (see ``record_official.py``).
Both programs are run from the command line on the same two folders.
"""

import copy
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[3]
SEQUENCE = "009473_mpii_test.json"
sys.path.insert(0, str(ROOT / "tests" / "evaluation"))

from odd_files import ODD_FILES  # noqa: E402


def official(python, poseval, folder):
    """Run the official program: ``(figures, None)``, mean AP and MOTA in percent, or ``(None, error)``."""
    words = [python, "-m", "poseval.evaluate", "-g", f"{folder}/gt/", "-p", f"{folder}/pred/", "-e", "-t", "-o"]
    done = subprocess.run([*words, f"{folder}/out"], cwd=poseval, capture_output=True, text=True, timeout=600)
    if done.returncode:
        return None, (done.stderr.strip() or "no message").splitlines()[-1]
    totals = [json.loads((folder / "out" / f"total_{kind}_metrics.json").read_text()) for kind in ("AP", "MOT")]
    return [totals[0]["ap"][15], totals[1]["mota"][15]], None


def ours(folder):
    """The same for our program, plus the full error."""
    out = folder / "ours.json"
    words = [sys.executable, str(ROOT / "tools" / "eval.py"), "--gt", folder / "gt", "--pred", folder / "pred"]
    done = subprocess.run(
        [*words, "--json", out], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=600,
    )  # fmt: skip
    if done.returncode:
        return None, done.stderr.strip().replace(f"{folder}/", "")
    report = json.loads(out.read_text())
    return [report["AP"]["ap"][15], report["MOT"]["mota"][15]], None


def shown(figures, error):
    """Format a table cell."""
    if figures is None:
        return error.replace("|", "\\|")
    return "AP {}, MOTA {}".format(*("-" if v is None or v != v else f"{v:.4f}" for v in figures))


def main(python, poseval):
    with gzip.open(Path(__file__).parent / "golden.json.gz") as stream:
        files = json.load(stream)["files"]
    good = {"gt": files[f"gt18_seq/{SEQUENCE}"], "pred": files[f"pred18_seq_noisy/{SEQUENCE}"]}
    print("| odd file | official | ours |\n|---|---|---|")
    for odd in [None, *ODD_FILES]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for side, content in good.items():
                value = copy.deepcopy(content)
                if odd is not None and odd.truth == (side == "gt"):
                    value = odd.spoil(value)
                (folder / side).mkdir()
                (folder / side / SEQUENCE).write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))
            label = "(the good files)" if odd is None else odd.name + (" (truth)" if odd.truth else "")
            cells = [shown(*official(python, poseval, folder)), shown(*ours(folder))]
            print(f"| {label} | {cells[0]} | {cells[1]} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
