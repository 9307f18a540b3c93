"""``tools/validate.py``: where its report may be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posetrack.cli.validate import main
from tests.cli.eval_cases import ROOT, unpack_parity

SEQUENCE = "003418_mpii_test.json"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Ground truth and predictions of a few sequences."""
    unpack_parity(tmp_path)
    return tmp_path / "gt18_seq", tmp_path / "pred18_seq_noisy"


def test_what_is_checked_is_never_overwritten(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether given as a file or by its folder, as PATH or ground truth, directly or via a link."""
    gt, pred = folders
    (tmp_path / "link.json").symlink_to(pred / SEQUENCE)
    before = {path: path.read_bytes() for folder in folders for path in folder.iterdir()}
    for path, out in ((pred, pred / SEQUENCE), (pred / SEQUENCE, tmp_path / "link.json"), (pred, gt / SEQUENCE)):
        assert main([str(path), "--gt", str(gt), "--json", str(out)]) == 2
        done = capsys.readouterr()
        assert done.err == f"error: {out}: is an input, and would be overwritten; choose another --json\n"
        assert done.out == ""
    assert {path: path.read_bytes() for folder in folders for path in folder.iterdir()} == before
    assert main([str(pred), "--gt", str(gt), "--json", str(pred / "faults.json")]) != 2


def test_the_list_of_faults_takes_the_place_of_no_mended_copy(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gt, pred = folders
    mended = tmp_path / "mended"
    mended.mkdir()
    (tmp_path / "link").symlink_to(mended)
    words = [str(pred), "--gt", str(gt), "--fix", "--output", str(mended), "--json"]
    for out in (mended / SEQUENCE, tmp_path / "link" / SEQUENCE):
        assert main([*words, str(out)]) == 2
        assert capsys.readouterr().err == f"error: {out}: is where a repaired copy goes; choose another --json\n"
    assert list(mended.iterdir()) == []
    assert main([*words, str(mended / "faults.json")]) != 2
    assert (mended / SEQUENCE).is_file() and (mended / "faults.json").is_file()


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="no /dev/stdout on this system")
def test_a_pipe_is_refused_before_anything_is_checked(folders: tuple[Path, Path]) -> None:
    command = [sys.executable, str(ROOT / "tools" / "validate.py"), str(folders[1]), "--json", "/dev/stdout"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert "/dev/stdout: cannot be written: it is not a regular file" in done.stderr
