"""``tools/convert.py`` as a user runs it: equal scores before and after; one error per bad input, nothing written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from posetrack.cli import convert as command
from posetrack.cli import eval as eval_command
from posetrack.cli import validate as validate_command
from posetrack.cli.main import main as posetrack
from posetrack.io.csv_table import COLUMNS
from tests.cli.eval_cases import ROOT, SEQUENCE, unpack_parity


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked parity files."""
    root = tmp_path_factory.mktemp("parity")
    unpack_parity(root)
    return root


def _figures(gt: Path, pred: Path, out: Path) -> Any:
    assert eval_command.main(["--gt", str(gt), "--pred", str(pred), "--json", str(out)]) == 0
    return json.loads(out.read_text())


def _convert(*words: object) -> int:
    return command.main([str(word) for word in words])


@pytest.mark.parametrize("by", [["posetrack17"], ["csv"], ["coco"], ["posetrack17", "csv", "posetrack17"]])
def test_figures_of_converted_files_are_the_same(by: list[str], parity: Path, tmp_path: Path) -> None:
    expected = _figures(parity / "gt18_seq_ign", parity / "pred18_seq_noisy", tmp_path / "expected.json")
    folders = [parity / "gt18_seq_ign", parity / "pred18_seq_noisy"]
    for step, form in enumerate([*by, "posetrack18"]):
        for side in (0, 1):
            target = tmp_path / f"{side}_{step}"
            assert _convert(folders[side], target, "--to", form, "--strict") == 0
            folders[side] = target
        if form == "posetrack17":
            assert _figures(*folders, tmp_path / "a.json") == expected
    assert _figures(*folders, tmp_path / "a.json") == expected
    assert validate_command.main([str(folders[1]), "--gt", str(folders[0])]) == 0


def test_merged_coco_is_taken_apart(parity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _convert(parity / "gt18_seq", tmp_path / "all.json", "--to", "coco") == 0
    assert "wrote 1 coco file with the joints of posetrack18" in capsys.readouterr().out
    assert _convert(tmp_path / "all.json", tmp_path / "apart", "--to", "posetrack18") == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("read 1 file (1 coco), 3 sequences; wrote 3 posetrack18")
    assert sorted(p.name for p in (tmp_path / "apart").iterdir()) == sorted(p.name for p in (parity / "gt18_seq").iterdir())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.json", "apart"]


def test_by_a_process_with_the_losses(parity: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, str(ROOT / "tools" / "convert.py"), str(parity / "gt18_seq" / f"{SEQUENCE}.json"), "a.txt"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "read 1 file (1 posetrack18), 1 sequence; wrote 1 mot file: a.txt"
    assert lines[1] == "not in the output:" and "  head boxes: 6" in lines and "  joints: 66 (of 6 poses)" in lines
    assert "torch" not in done.stdout and (tmp_path / "a.txt").read_text().count("\n") == 6


def test_strict_writes_nothing(parity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _convert(parity / "gt18_seq", tmp_path / "out", "--to", "mot", "--strict") == 1
    assert "nothing was written, as mot would not hold everything" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_word_of_the_posetrack_command(parity: Path, tmp_path: Path) -> None:
    assert posetrack(["convert", str(parity / "gt18_seq" / f"{SEQUENCE}.json"), str(tmp_path / "a.csv")]) == 0


def test_into_the_same_folder_under_another_ending(parity: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text((parity / "gt18_seq" / f"{SEQUENCE}.json").read_text())
    assert _convert(tmp_path, tmp_path, "--to", "csv") == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.json"]


def _bad_inputs(parity: Path, folder: Path) -> dict[str, tuple[list[object], str]]:
    """Command arguments, and what the error must contain."""
    one, many = parity / "gt18_seq" / f"{SEQUENCE}.json", parity / "gt18_seq"
    for name, text in {
        "hello.txt": "hello\n", "other.json": '{"a": 1}', "empty.json": "", "cut.json": one.read_text()[:3000],
        "boxes.json": '[{"image_id": 1, "bbox": [1, 2, 3, 4]}]', "self.json": one.read_text(),
        "results.json": json.dumps([{"image_id": 1, "category_id": 1, "keypoints": [1] * 51, "score": 1}]),
        "far.txt": "9999999999,1,2,3,4,5,1\n",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    for name in ("nothing", "mixed", "faulty", "clash"):
        (folder / name).mkdir()
    for name in ("mixed/a.json", "faulty/a.json"):
        (folder / name).write_text(one.read_text())
    (folder / "mixed/a.csv").write_text("")
    (folder / "faulty/b.json").write_text("[1, 2")
    merged = {"images": [], "annotations": [], "categories": json.loads(one.read_text())["categories"]}
    for path in sorted(many.iterdir()):
        content = json.loads(path.read_text())
        merged = merged | {key: merged[key] + content[key] for key in ("images", "annotations")}
    (folder / "merged.json").write_text(json.dumps(merged))
    (folder / f"clash/{SEQUENCE}.json").write_text(one.read_text())
    (folder / "clash/merged.json").write_text(json.dumps(merged))
    out, named = folder / "out.csv", folder / "out"
    return {
        "text": ([folder / "hello.txt", out], "found a file that begins with 'hello', expected PoseTrack17"),
        "other JSON": ([folder / "other.json", out], "found an object with the keys a, expected PoseTrack17"),
        "empty": ([folder / "empty.json", out], "the file is empty"),
        "cut off": ([folder / "cut.json", out], "the file was cut off"),
        "boxes": ([folder / "boxes.json", out], "boxes without 'keypoints'"),
        "wrong --from": ([one, out, "--from", "posetrack17"], "the key 'annolist' is missing"),
        "17 joints": ([folder / "results.json", out], "specify one with --input-skeleton"),
        "far frame": ([folder / "far.txt", out], "the last frame is 9,999,999,999"),
        "not there": ([folder / "missing.json", out], "no such file or folder"),
        "empty folder": ([folder / "nothing", named, "--to", "csv"], "no file with the extension"),
        "mixed folder": ([folder / "mixed", named, "--to", "mot"], "expected one kind; name the files one by one"),
        "one of two faulty": ([folder / "faulty", named, "--to", "csv"], "b.json: "),
        "output is a folder": ([one, folder / "nothing", "--to", "csv"], "is a folder; the input is one sequence"),
        "output is a file": ([many, folder / "hello.txt", "--to", "csv"], "the input is a folder: name a folder"),
        "merged into a file": ([folder / "merged.json", out], "the input is 3 sequences: name a folder"),
        "same file": ([folder / "self.json", folder / "self.json", "--to", "coco"], "would overwrite an input"),
        "two into one": ([folder / "clash", named, "--to", "posetrack17"], "would both be written to"),
        "no folder": ([one, folder / "no" / "a.csv"], "the folder does not exist; make it first"),
        "ending says several": ([one, folder / "a.json"], "specify one with --to"),
        "no ending": ([one, folder / "a"], "does not tell its format"),
        "wrong ending": ([one, folder / "a.csv", "--to", "mot"], "expected a file with the extension .txt, that of mot"),
        "joints of boxes": ([one, folder / "a.txt", "--skeleton", "coco"], "mot holds boxes and no joints"),
        "joints of 17": ([one, folder / "a.json", "--to", "posetrack17", "--skeleton", "coco"], "15 fixed joints"),
    }  # fmt: skip


def _tree(folder: Path) -> dict[str, str | None]:
    return {str(p.relative_to(folder)): p.read_text() if p.is_file() else None for p in folder.rglob("*")}


def test_bad_inputs(parity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = _bad_inputs(parity, tmp_path)
    before = _tree(tmp_path)
    for name, (words, expected) in cases.items():
        assert _convert(*words) == 2, name
        printed = capsys.readouterr()
        assert printed.out == "", name
        assert printed.err.startswith("error: ") and printed.err.count("\n") == 1 and expected in printed.err, printed.err
        assert ".convert-" not in printed.err, printed.err
        assert _tree(tmp_path) == before, name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_folder(parity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert _convert(parity / "gt18_seq", tmp_path / "closed", "--to", "csv") == 2
    assert "permission denied" in capsys.readouterr().err


def test_a_place_that_cannot_be_written(parity: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("no /proc here")
    assert _convert(parity / "gt18_seq", "/proc/out", "--to", "csv") == 2
    assert capsys.readouterr().err.startswith("error: /proc/out: cannot be written: ")


def test_unknown_format_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        _convert("a", "b", "--to", "octo")
    assert stopped.value.code == 2 and "invalid choice: 'octo'" in capsys.readouterr().err


def test_a_folder_in_the_place_of_an_output(parity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written at all, not even the other files."""
    (tmp_path / "out" / f"{SEQUENCE}.csv").mkdir(parents=True)
    assert _convert(parity / "gt18_seq", tmp_path / "out", "--to", "csv") == 2
    assert "is a folder where a file would be written" in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "out").iterdir()] == [f"{SEQUENCE}.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="no /dev/stdout on this system")
def test_a_log_is_not_replaced(parity: Path, tmp_path: Path) -> None:
    """In ``convert ... /dev/stdout >> log`` the path resolves to the user's log file."""
    log = tmp_path / "log.csv"
    log.write_text("before\n")
    (source, *_) = sorted((parity / "gt18_seq").iterdir())
    (tmp_path / "link.csv").symlink_to("/dev/stdout")
    for output in ("/dev/stdout", str(tmp_path / "link.csv")):
        with open(log, "a") as file:
            command = [sys.executable, str(ROOT / "tools" / "convert.py"), str(source), output, "--to", "csv"]
            done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and done.stderr.startswith("error: "), done.stderr
        assert log.read_text() == "before\n"


@pytest.mark.parametrize("form", ["posetrack18", "coco"])
def test_ids_in_lists_of_their_own_are_read_and_accounted_for(
    form: str, parity: Path, tmp_path: Path
) -> None:
    """The readers and the official program accept ids wrapped in one-element lists."""
    (source, *_) = sorted((parity / "gt18_seq").iterdir())
    assert _convert(source, tmp_path / "plain.json", "--to", form) == 0
    data = json.loads((tmp_path / "plain.json").read_text())
    data["categories"] = [None, *data["categories"]]
    for one in (*data["categories"][1:], *data["annotations"]):
        for key in ("id", "image_id", "category_id"):
            if key in one:
                one[key] = [one[key]]
    (tmp_path / "lists.json").write_text(json.dumps(data))
    for name in ("plain", "lists"):
        assert _convert(tmp_path / f"{name}.json", tmp_path / f"{name}.csv", "--to", "csv") == 0
    assert (tmp_path / "lists.csv").read_text() == (tmp_path / "plain.csv").read_text().replace("plain", "lists")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.mot", "2,3,1e308,1e308,1e308,1e308,1\n", "line 1: '2,3,1e308,1e308,1e308,1e308,1' has a number above 1e+09"),
        ("a.csv", "{header}\n" + "9" * 400 + ",a.jpg,,,,posetrack18" + "," * 13 + "\n", "frame is '999"),
    ],
)
def test_numbers_beyond_all_bounds(
    name: str, text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name.replace("mot", "txt")
    path.write_text(text.format(header=",".join(COLUMNS)))
    assert _convert(path, tmp_path / "out.json", "--to", "posetrack18") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and words in said
