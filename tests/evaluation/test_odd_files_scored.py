"""Odd files and folders through ``tools/eval.py``: figures or one clear error, on either side, for every protocol."""

from __future__ import annotations

import copy
import gzip
import json
import warnings
from pathlib import Path
from typing import Any

import orjson
import pytest
from odd_files import ODD_FILES, Odd

from posetrack.cli import eval as command
from posetrack.evaluation.protocols import PROTOCOLS

DATA = Path(__file__).parents[1] / "data" / "evaluation" / "golden.json.gz"
SEQUENCE = "009473_mpii_test"
MEASURES = [("--protocol", name) for name in PROTOCOLS] + [("--diagnose",)]


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """Ground truth and predictions of one sequence, as JSON values."""
    with gzip.open(DATA) as stream:
        files = json.load(stream)["files"]
    return {"gt": files[f"gt18_seq/{SEQUENCE}.json"], "pred": files[f"pred18_seq_noisy/{SEQUENCE}.json"]}


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))


def run(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the evaluator: (exit status, stdout, stderr); Python warnings are failures."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status = command.main(["--gt", str(folder / "gt"), "--pred", str(folder / "pred"), *words])
    return status, *capsys.readouterr()


def spoil(odd: Odd, side: str, good: dict[str, Any], folder: Path) -> bool:
    """Write both sides, one of them odd; False if this kind of oddity does not apply to this side."""
    for name, content in good.items():
        try:
            value = odd.spoil(copy.deepcopy(content)) if name == side else content
        except (KeyError, IndexError, AssertionError):
            return False
        write(folder / name / f"{SEQUENCE}.json", value)
    return True


def check(status: int, out: str, err: str) -> None:
    if status == 0:
        assert err == "" and "nan" not in out
    else:
        assert status == 2 and out == "" and err.startswith("error: ") and err.count("\n") == 1


@pytest.mark.parametrize("side", ["gt", "pred"])
@pytest.mark.parametrize("odd", ODD_FILES, ids=lambda odd: odd.name)
def test_figures_or_one_error_on_either_side(
    odd: Odd, side: str, good: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if spoil(odd, side, good, tmp_path):
        check(*run(tmp_path, capsys))


@pytest.mark.slow
@pytest.mark.parametrize("words", MEASURES, ids=lambda words: words[-1])
def test_figures_or_one_error_by_every_measure(
    words: tuple[str, ...], good: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for odd in ODD_FILES:
        for side in ("gt", "pred"):
            if spoil(odd, side, good, tmp_path):
                check(*run(tmp_path, capsys, *words))


def test_the_same_sequence_twice_is_an_error(
    good: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        write(tmp_path / "gt" / f"{name}.json", good["gt"])
        write(tmp_path / "pred" / f"{name}.json", good["pred"])
    status, out, err = run(tmp_path, capsys)
    check(status, out, err)
    assert status == 2 and "hold the same ground truth" in err


def test_extra_files_are_left_out(good: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side in good:
        write(tmp_path / side / f"{SEQUENCE}.json", good[side])
    _, expected, _ = run(tmp_path, capsys)
    write(tmp_path / "pred" / "other.json", b"not read")
    write(tmp_path / "pred" / "notes.txt", b"not read either")
    assert run(tmp_path, capsys) == (0, expected, "")


@pytest.mark.parametrize("count", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_million_persons_in_one_frame(
    count: int, good: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All in one place, far from everybody: they add false positives of one joint and change nothing else."""
    write(tmp_path / "gt" / f"{SEQUENCE}.json", good["gt"])
    perfect = copy.deepcopy(good["gt"])
    frame = perfect["images"][0]["id"]
    own = b",".join(orjson.dumps(a | {"scores": [0.9] * 17}) for a in perfect["annotations"])
    far = orjson.dumps([9000, 9000, 1] + [0] * 48)
    scores = orjson.dumps([0.5] * 17)
    more = b",".join(
        b'{"image_id":%d,"track_id":%d,"scores":%b,"keypoints":%b}' % (frame, 100 + n, scores, far)
        for n in range(count)
    )
    head = orjson.dumps({"images": perfect["images"], "categories": perfect["categories"]})[:-1]
    write(tmp_path / "pred" / f"{SEQUENCE}.json", head + b',"annotations":[' + own + b"," + more + b"]}")
    out = tmp_path / "out.json"
    assert run(tmp_path, capsys, "--json", str(out))[0] == 0
    report = json.loads(out.read_text())
    nose = 13  # index of keypoints[0] of PoseTrack18, the only joint of the extra people
    assert report["AP"]["ap"] == pytest.approx([100.0] * 16)  # ranked below all true positives
    objects = sum(a["keypoints"][2] > 0 for a in good["gt"]["annotations"] if a["image_id"] != _last(good["gt"]))
    assert report["MOT"]["mota"][nose] == pytest.approx(100 * (1 - count / objects))
    assert [v for j, v in enumerate(report["MOT"]["mota"][:15]) if j != nose] == [100.0] * 14


def _last(truth: dict[str, Any]) -> int:
    """Id of the last labelled frame, which MOTA leaves out."""
    with_people = {a["image_id"] for a in truth["annotations"]}
    return [im["id"] for im in truth["images"] if im["id"] in with_people][-1]
