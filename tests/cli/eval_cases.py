"""Shared helpers for the tests of ``tools/eval.py``: real processes and the packed parity files."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEQUENCE = "003418_mpii_test"
GOLDEN = ROOT / "tests" / "data" / "evaluation" / "golden.json.gz"


def run_eval(*args, cwd=ROOT):
    """Run ``tools/eval.py`` with these arguments."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    command = [sys.executable, str(ROOT / "tools" / "eval.py"), *map(str, args)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def assert_fails(done, *parts):
    """Assert status 2, nothing on stdout, and one message on stderr that contains ``parts``."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: ")
    for part in parts:
        assert part in done.stderr


def unpack_parity(root):
    """Write the packed parity files below ``root``; return the official program's figures."""
    with gzip.open(GOLDEN) as stream:
        packed = json.load(stream)
    for name, content in packed["files"].items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(json.dumps(content))
    return packed["golden"]
