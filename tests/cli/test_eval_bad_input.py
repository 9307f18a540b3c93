"""``tools/eval.py`` on input it cannot score or output it cannot write: one error each, nothing half-written."""

import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest

from posetrack.io import convert_sequence, read_poses, write_posetrack17
from posetrack.structures import POSETRACK17
from tests.cli.eval_cases import ROOT, SEQUENCE, assert_fails, run_eval


def test_paths_that_are_not_there(one, tmp_path):
    assert_fails(run_eval("--gt", "nowhere", "--pred", one[1]), "--gt nowhere: no such file or folder")
    assert_fails(run_eval("--gt", one[0], "--pred", tmp_path / "no"), "--pred", "no such file or folder")
    (tmp_path / "empty").mkdir()
    assert_fails(run_eval("--gt", tmp_path / "empty", "--pred", one[1]), "no .json file in this folder")


def test_sequences_without_predictions(parity, tmp_path):
    root = parity[0]
    shutil.copy(root / "pred18_seq_perfect" / f"{SEQUENCE}.json", tmp_path)
    assert_fails(
        run_eval("--gt", root / "gt18_seq", "--pred", tmp_path),
        "no predictions for 2 of 3 ground-truth sequences",
        "009473_mpii_test, 012834_mpii_test",
    )
    assert_fails(run_eval("--gt", root / "gt18_seq", "--pred", tmp_path / f"{SEQUENCE}.json"), "is one file", "3 sequences")


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "pred.json"), (b'{"images": [', "pred.json"), (b'{"licences": 3}', "pred.json"), (b"[1, 2]", "pred.json")],
    ids=["empty", "truncated", "another kind", "a list"],
)
def test_files_that_are_no_poses(one, content, part):
    one[1].write_bytes(content)
    assert_fails(run_eval("--gt", one[0], "--pred", one[1]), part)


def test_frames_that_do_not_fit(one):
    pred = json.loads(one[1].read_text())
    last = pred["images"].pop()["id"]
    pred["annotations"] = [a for a in pred["annotations"] if a["image_id"] != last]
    one[1].write_text(json.dumps(pred))
    assert_fails(run_eval("--gt", one[0], "--pred", one[1]), "frames of predictions, expected")


def test_truth_without_head_boxes(one):
    truth = json.loads(one[0].read_text())
    for annotation in truth["annotations"]:
        del annotation["bbox_head"]
    one[0].write_text(json.dumps(truth))
    assert_fails(run_eval("--gt", one[0], "--pred", one[1]), "no head box", "bbox_head")


def test_output_that_cannot_be_written(one, tmp_path):
    assert_fails(run_eval("--gt", one[0], "--pred", one[1], "--json", tmp_path / "no" / "out.json"), "the folder does not exist")
    (tmp_path / "folder.json").mkdir()
    assert_fails(run_eval("--gt", one[0], "--pred", one[1], "--json", tmp_path / "folder.json"), "folder.json: cannot be written")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--table", "out.txt"), "out.txt: the extension .txt, expected .csv, .md or .tex"),
        (("--table", "out"), "out: no extension, expected"),
        (("--table", "no/out.csv"), "no/out.csv: cannot be written: the folder does not exist"),
        (("--table", "a.csv", "--table", "./a.csv"), "a.csv: given twice as an output"),
        (("--plots", "no/plots"), "no/plots: cannot be written: the folder does not exist"),
        (("--plots", "gt.json"), "gt.json: cannot hold plots, as it is a file"),
        (("--plots", "gt.json/plots"), "gt.json/plots: cannot be written: a part of the path is a file"),
    ],
)
def test_output_that_cannot_be_written_is_told_before_anything_is_read(one, tmp_path, words, part):
    one[1].write_text("not poses: would be the error if it were read")
    before = sorted(tmp_path.iterdir())
    assert_fails(run_eval("--gt", one[0], "--pred", one[1], *words, cwd=tmp_path), part)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--json", "--table", "--thresholds"])
@pytest.mark.parametrize("read", ["gt.csv", "pred/other.csv", "compare.csv"])
def test_what_is_scored_is_never_overwritten(one, tmp_path, option, read):
    """Inputs are protected whatever their suffix (here that of a table), and also via a symlink."""
    (tmp_path / "pred").mkdir()
    gt, pred, compare = (tmp_path / name for name in ("gt.csv", "pred/other.csv", "compare.csv"))
    shutil.copy(one[0], gt)
    for path in (pred, compare):
        shutil.copy(one[1], path)
    (tmp_path / "link.csv").symlink_to(read)
    before = {path: path.read_bytes() for path in (gt, pred, compare)}
    for name in (read, "link.csv"):
        words = ["--gt", gt, "--pred", pred, "--compare", compare, "--sweep", option, tmp_path / name]
        assert_fails(run_eval(*words), f"{tmp_path / name}: is an input, and would be overwritten; choose another file")
    assert {path: path.read_bytes() for path in before} == before


def test_standard_output_is_not_taken_for_a_file(one, tmp_path):
    """``--json /dev/stdout >> log`` must not replace the log with the figures."""
    log = tmp_path / "log"
    log.write_text("old\n")
    command = [sys.executable, str(ROOT / "tools" / "eval.py"), "--gt", one[0], "--pred", one[1], "--json", "/dev/stdout"]
    with open(log, "a") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 2 and "it is not a regular file (a device or a pipe); name a file" in done.stderr
    assert log.read_text() == "old\n"


@pytest.mark.parametrize("words", [("--protocol", "mota"), ("--jobs", "0"), ("--jobs", "two")])
def test_bad_options_name_what_is_expected(one, words):
    done = run_eval("--gt", one[0], "--pred", one[1], *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and words[0] in done.stderr


@pytest.mark.parametrize("how", ["posetrack17", "annotations", "images"])
def test_the_same_truth_in_another_form_is_refused(one, tmp_path, how):
    gt, pred = one
    for folder, path in ((tmp_path / "gt", gt), (tmp_path / "pred", pred)):
        folder.mkdir()
        shutil.copy(path, folder / "a.json")
        shutil.copy(path, folder / "b.json")
    truth = read_poses(gt)
    if how == "posetrack17":
        write_posetrack17(tmp_path / "gt" / "b.json", convert_sequence(truth, POSETRACK17))
    else:
        data = json.loads(gt.read_text())
        data[how].reverse()
        (tmp_path / "gt" / "b.json").write_text(json.dumps(data))
    assert_fails(run_eval("--gt", tmp_path / "gt", "--pred", tmp_path / "pred"), "a and b hold the same ground truth")


def test_packed_files_pipes_and_folders_of_a_files_name(one, tmp_path):
    gt, pred = one
    packed = tmp_path / "packed.json"
    packed.write_bytes(gzip.compress(gt.read_bytes()))
    assert_fails(run_eval("--gt", packed, "--pred", pred), "packed.json: is gzip-compressed, expected JSON; unpack it first")
    os.mkfifo(tmp_path / "pipe.json")
    assert_fails(run_eval("--gt", tmp_path / "pipe.json", "--pred", pred), "pipe.json: is a pipe or a device; name a file")
    (tmp_path / "folder" / "d.json").mkdir(parents=True)
    assert_fails(run_eval("--gt", tmp_path / "folder", "--pred", pred), "no .json file in this folder")
