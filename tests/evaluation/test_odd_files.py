"""Odd files through the commands: the validator names fault and place, the evaluator never crashes."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from odd_files import ODD_FILES, Odd, reverse_frames

from posetrack.cli import eval as eval_command
from posetrack.cli import validate as validate_command
from posetrack.io import read_poses
from posetrack.io.posetrack17 import write_posetrack17

DATA = Path(__file__).parents[1] / "data" / "evaluation" / "golden.json.gz"
SEQUENCE = "009473_mpii_test"


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """Ground truth and predictions of one sequence, as JSON values."""
    with gzip.open(DATA) as stream:
        files = json.load(stream)["files"]
    return {"gt": files[f"gt18_seq/{SEQUENCE}.json"], "pred": files[f"pred18_seq_noisy/{SEQUENCE}.json"]}


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))
    return path


@pytest.fixture
def pair(good: dict[str, Any], tmp_path: Path) -> tuple[Path, Path]:
    """Paths of the good files: (ground truth, predictions)."""
    return write(tmp_path / "gt.json", good["gt"]), write(tmp_path / "pred.json", good["pred"])


def check(*words: object) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    """Run the validator: (exit status, all faults, whole report)."""
    out = Path(str(words[0])).parent / "report-of-faults.out"
    status = validate_command.main([*map(str, words), "--json", str(out)])
    report = json.loads(out.read_bytes())
    return status, report["faults"], report


def spoil(odd: Odd, good: dict[str, Any], pair: tuple[Path, Path]) -> Path:
    side = "gt" if odd.truth else "pred"
    return write(pair[0] if odd.truth else pair[1], odd.spoil(copy.deepcopy(good[side])))


def test_good_files_have_no_fault(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert check(pair[1], "--gt", pair[0])[:2] == (0, [])
    assert capsys.readouterr().out == "2 files: 0 errors, 0 warnings, 0 notes\n"
    assert check(pair[0])[:2] == (0, [])


@pytest.mark.parametrize("odd", ODD_FILES, ids=lambda odd: odd.name)
def test_validator_names_the_fault(odd: Odd, good: dict[str, Any], pair: tuple[Path, Path]) -> None:
    path = spoil(odd, good, pair)
    status, faults, report = check(pair[1], "--gt", pair[0])
    own = [fault for fault in faults if fault["code"] == odd.code]
    assert own and {fault["file"] for fault in own} == {str(path)}
    assert {fault["severity"] for fault in own} == {odd.severity}
    assert all(fault["expected"] and fault["found"] and fault["suggestion"] for fault in own)
    errors = [fault for fault in faults if fault["severity"] == "error"]
    assert status == (1 if errors else 0)
    assert report["counts"]["error"] == len(errors) == report["remaining"]


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd.severity != "error"], ids=lambda odd: odd.name)
def test_no_error_for_what_can_be_scored(odd: Odd, good: dict[str, Any], pair: tuple[Path, Path]) -> None:
    spoil(odd, good, pair)
    assert check(pair[1], "--gt", pair[0])[0] == (0 if odd.scored else 1)


@pytest.mark.parametrize("odd", ODD_FILES, ids=lambda odd: odd.name)
def test_evaluator_gives_figures_or_one_error(
    odd: Odd, good: dict[str, Any], pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(odd, good, pair)
    status = eval_command.main(["--gt", str(pair[0]), "--pred", str(pair[1])])
    done = capsys.readouterr()
    if odd.scored:
        assert status == 0 and "MOTA" in done.out
    else:
        assert status == 2 and done.err.count("\n") == 1 and done.err.startswith("error: "), done
        assert done.out == ""


def test_the_place_is_given(good: dict[str, Any], pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    value = copy.deepcopy(good["pred"])
    value["annotations"][3]["track_id"] = "three"
    write(pair[1], value)
    _, faults, _ = check(pair[1], "--gt", pair[0])
    image = next(i for i, im in enumerate(value["images"]) if im["id"] == value["annotations"][3]["image_id"])
    name = value["images"][image]["file_name"]
    assert [(f["frame"], f["frame_name"], f["annotation"], f["found"]) for f in faults] == [
        (image, name, 3, "'track_id' is the string 'three'")
    ]
    shown = capsys.readouterr().out
    assert f"frame {image} ({name}), annotation 3: found 'track_id' is the string 'three'" in shown


def test_every_fault_is_listed_and_alike_ones_grouped(
    good: dict[str, Any], pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    value = copy.deepcopy(good["pred"])
    for person in value["annotations"]:
        del person["track_id"]
        person["scores"] = [0.5] * 3
    del value["images"][0]["file_name"]
    write(pair[1], value)
    _, faults, report = check(pair[1], "--gt", pair[0])
    count = len(value["annotations"])
    codes = [fault["code"] for fault in faults]
    assert codes.count("track-missing") == count == codes.count("scores")
    assert codes.count("frame-name") == 1
    assert report["counts"]["error"] >= 2 * count + 1
    shown = capsys.readouterr().out
    assert f"and {count - 3} more" in shown and len(shown.splitlines()) < 40


@pytest.mark.parametrize("count", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_million_annotations_in_one_frame(count: int, good: dict[str, Any], tmp_path: Path) -> None:
    image = orjson.dumps(good["pred"]["images"][:1])
    person = b'{"image_id":%d,"track_id":1}' % good["pred"]["images"][0]["id"]
    people = b",".join([person] * count)
    categories = orjson.dumps(good["pred"]["categories"])
    content = b'{"images":%b,"categories":%b,"annotations":[%b]}' % (image, categories, people)
    path = write(tmp_path / "pred.json", content)
    result = validate_command.validate([path])
    assert result.files[0].frame_names == [good["pred"]["images"][0]["file_name"]]
    found = {rule.code: len(places) for rule, places in result.files[0].findings.items()}
    assert found["keypoints"] == count and found["track-twice"] == count - 1 and found["many-people"] == 1


# PoseTrack17 files.
ODD_17 = [
    ("track_id", lambda p: p.pop("track_id"), "track-missing"),
    ("track id -3", lambda p: p.update(track_id=[-3]), "track-negative"),
    ("joint 15", lambda p: p["annopoints"][0]["point"][0].update(id=[15]), "point"),
    ("joint twice", lambda p: p["annopoints"][0]["point"].append(p["annopoints"][0]["point"][0]), "point"),
    ("text for x", lambda p: p["annopoints"][0]["point"][0].update(x=["12"]), "point"),
    ("no y", lambda p: p["annopoints"][0]["point"][0].pop("y"), "point"),
    ("point no list", lambda p: p["annopoints"][0].update(point=4), "structure"),
    ("annopoints a text", lambda p: p.update(annopoints="x"), "structure"),
    ("half a head box", lambda p: p.update(x1=[1.0]), "box"),
    ("annorect no list", None, "structure"),
]


@pytest.mark.parametrize(("change", "code"), [case[1:] for case in ODD_17], ids=[case[0] for case in ODD_17])
def test_posetrack17(change: Any, code: str, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = pair[1].with_name("pred17.json")
    write_posetrack17(path, read_poses(pair[1]))
    assert check(path, "--gt", pair[0])[0] == 0
    value = json.loads(path.read_bytes())
    frame = value["annolist"][2]
    if change is None:
        frame["annorect"] = 7
    else:
        for key in ("x1", "y1", "x2", "y2"):
            frame["annorect"][1].pop(key, None)
        change(frame["annorect"][1])
    write(path, value)
    status, faults, _ = check(path, "--gt", pair[0])
    own = [fault for fault in faults if fault["code"] == code]
    assert status == 1 and own[0]["frame"] == 2 and own[0]["annotation"] == (None if change is None else 1)
    capsys.readouterr()
    assert eval_command.main(["--gt", str(pair[0]), "--pred", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("flag", [[True], [False], [1.5], [2**64 - 1], [], None])
def test_flags_of_posetrack17_that_are_scored_are_no_error(
    flag: Any, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = pair[1].with_name("pred17.json")
    write_posetrack17(path, read_poses(pair[1]))
    value = json.loads(path.read_bytes())
    frame = value["annolist"][2]
    frame["is_labeled"] = frame["annorect"][0]["annopoints"][0]["point"][0]["is_visible"] = flag
    write(path, value)
    assert check(path, "--gt", pair[0])[0] == 0
    assert eval_command.main(["--gt", str(pair[0]), "--pred", str(path)]) == 0


def test_folders(good: dict[str, Any], tmp_path: Path) -> None:
    """A missing file, extra files, the same sequence twice; paths with and without a trailing slash."""
    for name in ("a", "b"):
        write(tmp_path / "gt" / f"{name}.json", good["gt"])
    write(tmp_path / "pred" / "a.json", good["pred"])
    write(tmp_path / "pred" / "c.json", good["pred"])
    write(tmp_path / "pred" / "readme.txt", b"x")
    report = tmp_path / "report"
    for end in ("", "/"):
        words = [f"{tmp_path}/pred{end}", "--gt", f"{tmp_path}/gt{end}", "--json", str(report)]
        assert validate_command.main(words) == 1
        found = {(Path(f["file"]).name, f["code"], f["severity"]) for f in json.loads(report.read_bytes())["faults"]}
        assert ("b.json", "no-prediction", "error") in found
        assert {("c.json", "extra-file", "note"), ("readme.txt", "extra-file", "note")} <= found
        assert {("b.json", "sequence-twice", "error"), ("c.json", "sequence-twice", "warning")} <= found


def mended(value: Any, pair: tuple[Path, Path], tmp_path: Path) -> tuple[int, Any, list[str]]:
    """Run the validator's repair: (exit status, repaired copy, list of changes)."""
    before = write(pair[1], value).read_bytes()
    folder = tmp_path / "mended"
    status, _, report = check(pair[1], "--gt", pair[0], "--fix", "--output", folder)
    assert pair[1].read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["pred.json"]
    return status, json.loads((folder / "pred.json").read_bytes()), report["changes"][str(folder / "pred.json")]


def test_fix_mends_without_changing_the_figures(
    good: dict[str, Any], pair: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = reverse_frames(copy.deepcopy(good["pred"]))
    names = value["categories"][0]["keypoints"]
    names[names.index("head_bottom")] = "neck"
    for person in value["annotations"]:
        person["track_id"] = str(person["track_id"] + 2**40)
        person["keypoints"] = [str(v) for v in person["keypoints"]]
    status, copy_, changes = mended(value, pair, tmp_path)
    assert status == 0 and len(changes) == 4
    assert [im["file_name"] for im in copy_["images"]] == [im["file_name"] for im in good["gt"]["images"]]
    ids = [person["track_id"] for person in copy_["annotations"]]
    assert sorted(set(ids)) == list(range(len(set(ids))))
    assert [p["keypoints"] for p in copy_["annotations"]] == [p["keypoints"] for p in good["pred"]["annotations"]]
    figures = []
    write(pair[1], good["pred"])
    for path in (pair[1], tmp_path / "mended" / "pred.json"):
        out = tmp_path / "figures.json"
        assert eval_command.main(["--gt", str(pair[0]), "--pred", str(path), "--json", str(out)]) == 0
        figures.append(json.loads(out.read_bytes()))
    assert figures[0] == figures[1]


def test_fix_invents_nothing(good: dict[str, Any], pair: tuple[Path, Path], tmp_path: Path) -> None:
    value = copy.deepcopy(good["pred"])
    del value["annotations"][0]["track_id"]
    del value["annotations"][1]["scores"]
    value["annotations"][2]["keypoints"][3] = "left"
    status, copy_, changes = mended(value, pair, tmp_path)
    assert (status, copy_, changes) == (1, value, [])


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("nowhere",), "nowhere: no such file or folder"),
        (("{pred}", "--gt", "nowhere"), "nowhere: no such file or folder"),
        (("{pred}", "--fix"), "--fix and --output DIR must be given together"),
        (("{pred}", "--fix", "--output", "{folder}"), "would overwrite the input"),
        (("{pred}", "--json", "{folder}/none/out.json"), "the folder does not exist"),
        (("{folder}/empty",), "no .json file"),
    ],
)
def test_bad_use(words: Any, part: str, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    (pair[0].parent / "empty").mkdir()
    filled = [word.format(pred=pair[1], folder=pair[0].parent) for word in words]
    assert validate_command.main(filled) == 2
    done = capsys.readouterr()
    assert part in done.err and done.err.count("\n") == 1 and done.out == ""
