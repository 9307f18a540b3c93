"""Shared fixtures of the command tests."""

import shutil

import pytest

from tests.cli.eval_cases import SEQUENCE, unpack_parity


@pytest.fixture(scope="module")
def parity(tmp_path_factory):
    """Unpacked parity files: (folder, figures of the official program)."""
    root = tmp_path_factory.mktemp("parity")
    return root, unpack_parity(root)


@pytest.fixture
def one(parity, tmp_path):
    """A ground-truth and a prediction file of one sequence, for tests to corrupt."""
    gt, pred = tmp_path / "gt.json", tmp_path / "pred.json"
    shutil.copy(parity[0] / "gt18_seq" / f"{SEQUENCE}.json", gt)
    shutil.copy(parity[0] / "pred18_seq_noisy" / f"{SEQUENCE}.json", pred)
    return gt, pred
