"""What tests of commands share as fixtures."""

import shutil

import pytest

from tests.cli.eval_cases import SEQUENCE, unpack_parity


@pytest.fixture(scope="module")
def parity(tmp_path_factory):
    """The packed parity files, unpacked: (folder, figures of the official program)."""
    root = tmp_path_factory.mktemp("parity")
    return root, unpack_parity(root)


@pytest.fixture
def one(parity, tmp_path):
    """A ground truth and a prediction file of one sequence, to spoil."""
    gt, pred = tmp_path / "gt.json", tmp_path / "pred.json"
    shutil.copy(parity[0] / "gt18_seq" / f"{SEQUENCE}.json", gt)
    shutil.copy(parity[0] / "pred18_seq_noisy" / f"{SEQUENCE}.json", pred)
    return gt, pred
