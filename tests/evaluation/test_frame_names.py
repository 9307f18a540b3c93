"""Frame names: ``tools/validate.py`` reports an error exactly where ``tools/eval.py`` refuses the file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from posetrack.cli import eval as eval_command
from posetrack.evaluation.frame_pairing import pair_names
from posetrack.evaluation.protocols import PROTOCOLS
from posetrack.evaluation.validation import validate
from posetrack.io import read_poses
from posetrack.structures import SequenceInfo, SequencePoses

DATA = Path(__file__).parents[1] / "data" / "evaluation" / "golden.json.gz"
SEQUENCE = "009473_mpii_test"
Files = tuple[Path, Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Ground truth and predictions of one sequence of six frames."""
    with gzip.open(DATA) as stream:
        packed = json.load(stream)["files"]
    paths = tmp_path / "gt.json", tmp_path / "pred.json"
    for path, folder in zip(paths, ("gt18_seq", "pred18_seq_noisy"), strict=True):
        path.write_text(json.dumps(packed[f"{folder}/{SEQUENCE}.json"]))
    return paths


def _rename(path: Path, names: list[str]) -> None:
    data = json.loads(path.read_text())
    for image, name in zip(data["images"], names, strict=True):
        image["file_name"] = name
    path.write_text(json.dumps(data))


def _errors(files: Files) -> set[str]:
    faults = validate([files[1]], files[0]).files[1]
    return {rule.code for rule in faults.findings if rule.severity == "error"}


CASES: dict[str, tuple[Callable[[int], str], set[str]]] = {
    "from 1": (lambda i: f"vid/{i + 1:06d}.jpg", {"frame-missing", "frame-extra"}),
    "half of them .png": (lambda i: f"images/val/{SEQUENCE}/{i:06d}.{'png' if i % 2 else 'jpg'}", set()),
    "another folder": (lambda i: f"vid/{i:06d}.jpg", set()),
    "reversed, another folder": (lambda i: f"vid/{5 - i:06d}.jpg", set()),
    "no name known": (lambda i: f"vid/a{i}.jpg", set()),
    "a name twice": (lambda i: f"vid/{min(i, 4):06d}.jpg", {"frame-missing"}),
}


@pytest.mark.parametrize("case", CASES)
def test_validator_and_evaluator_agree(files: Files, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, errors = CASES[case]
    _rename(files[1], [name(i) for i in range(6)])
    assert _errors(files) == errors
    status = eval_command.main(["--gt", str(files[0]), "--pred", str(files[1])])
    assert status == (2 if errors else 0), capsys.readouterr()


def test_names_that_both_sides_have_twice(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """In equal order they are paired by position; in different orders they are ambiguous."""
    _rename(files[0], [f"v/{i}.jpg" for i in (0, 0, 1, 2, 3, 4)])
    for order, errors in (((0, 0, 1, 2, 3, 4), set()), ((0, 1, 0, 2, 3, 4), {"frames-alike"})):
        _rename(files[1], [f"v/{i}.jpg" for i in order])
        assert _errors(files) == errors
        assert eval_command.main(["--gt", str(files[0]), "--pred", str(files[1])]) == (2 if errors else 0)


def test_frames_in_another_order_are_a_warning_and_put_right_by_stems(files: Files, tmp_path: Path) -> None:
    data = json.loads(files[1].read_text())
    data["images"].reverse()
    files[1].write_text(json.dumps(data))
    _rename(files[1], [f"vid/{5 - i:06d}.png" for i in range(6)])
    found = validate([files[1]], files[0], tmp_path / "mended")
    severities = {rule.code: rule.severity for rule in found.files[1].findings}
    assert severities["frame-order"] == "warning" and found.remaining == 0
    mended = read_poses(tmp_path / "mended" / "pred.json")
    assert mended.info.frame_names == tuple(f"vid/{i:06d}.png" for i in range(6))


def test_a_file_in_a_folder_needs_the_name_of_its_truth(files: Files, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    files[1].rename(folder / "pred.json")
    codes = {rule.code for file in validate([folder], files[0]).files for rule in file.findings}
    assert {"no-prediction", "extra-file"} <= codes
    assert eval_command.main(["--gt", str(files[0]), "--pred", str(folder)]) == 2
    assert not any(file.count("error") for file in validate([folder / "pred.json"], files[0]).files)


def test_pairing_of_names() -> None:
    some = pair_names(["v/1.jpg", "v/2.jpg", "v/9.jpg", None], ["0.png", "1.png", "2.png"])
    np.testing.assert_array_equal(some.order, [-1, 0, 1])
    assert (some.whole, some.by_place, some.extra) == (False, False, (2,))
    none = pair_names(["a"], ["0", "1"])
    np.testing.assert_array_equal(none.order, [-1, -1])
    assert (none.whole, none.by_place) == (False, True)


def test_smoothness_takes_the_frames_in_the_order_of_the_truth(files: Files) -> None:
    pred = read_poses(files[1])
    order = np.random.default_rng(0).permutation(len(pred.frames)).tolist()
    info = SequenceInfo(pred.info.name, tuple(pred.info.frame_names[i] for i in order))
    shuffled = SequencePoses(info, pred.skeleton, tuple(pred.frames[i].at_frame(n) for n, i in enumerate(order)))
    gt, count = read_poses(files[0]), PROTOCOLS["smoothness"].count
    np.testing.assert_allclose(count(gt, shuffled).acceleration_sums, count(gt, pred).acceleration_sums)
    assert (count(gt, pred).acceleration_sums > 0).any()
