"""``tools/eval.py`` as a user runs it: real files, real processes."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas
import pytest

from tests.cli.eval_cases import ROOT, SEQUENCE, assert_fails, run_eval


def _official(golden, name):
    ap, mot = (golden[f"gt18_seq__pred18_seq_noisy/{name}_{kind}_metrics.json"] for kind in ("AP", "MOT"))
    return {"AP": {k: ap[k] for k in ("ap", "pre", "rec")}, "MOT": {k: mot[k] for k in ("mota", "motp", "pre", "rec")}}


def _assert_figures(actual, expected):
    for kind, lists in expected.items():
        assert list(actual[kind]) == list(lists)
        for name, values in lists.items():
            undefined = [v is None or math.isnan(v) for v in values]
            assert [v is None for v in actual[kind][name]] == undefined
            pairs = zip(actual[kind][name], values, undefined, strict=True)
            assert all(abs(a - b) < 1e-9 for a, b, without in pairs if not without)


def test_folders_with_json_and_table(parity, tmp_path):
    root, golden = parity
    out = tmp_path / "out.json"
    done = run_eval("--gt", root / "gt18_seq", "--pred", f"{root}/pred18_seq_noisy/", "--json", out, "--per-sequence")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.split()}
    assert rows["Head"] == "Shou Elb Wri Hip Knee Ankl Total MOTP Prec Rec".split()
    assert rows["AP"][-1] == "56.4"
    assert rows["MOTA"][-4:] == ["46.3", "42.3", "75.8", "68.7"]
    report = json.loads(out.read_text())
    _assert_figures(report, _official(golden, "total"))
    assert list(report["sequences"]) == ["003418_mpii_test", "009473_mpii_test", "012834_mpii_test"]
    for name, figures in report["sequences"].items():
        assert name in rows
        _assert_figures(figures, _official(golden, name))
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]


def test_single_files_of_any_name(parity, one, tmp_path):
    out = tmp_path / "out.json"
    assert run_eval("--gt", one[0], "--pred", one[1], "--json", out).returncode == 0
    _assert_figures(json.loads(out.read_text()), _official(parity[1], SEQUENCE))


def test_a_run_folder_is_its_poses(one, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "poses.json").write_bytes(Path(one[1]).read_bytes())
    (tmp_path / "run" / "config.yaml").write_text("")
    runs = [run_eval("--gt", one[0], "--pred", pred) for pred in (one[1], tmp_path / "run")]
    assert [done.returncode for done in runs] == [0, 0] and runs[0].stdout == runs[1].stdout


def test_file_of_truth_in_a_folder_of_predictions(parity):
    root = parity[0]
    done = run_eval("--gt", root / "gt18_seq" / f"{SEQUENCE}.json", "--pred", root / "pred18_seq_perfect")
    assert done.returncode == 0 and done.stdout.startswith("1 sequence\n")


def test_relative_paths_and_extra_predictions(parity, tmp_path):
    root = parity[0]
    shutil.copytree(root / "pred18_seq_perfect", tmp_path / "pred")
    (tmp_path / "pred" / "other.json").write_text("not read at all")
    (tmp_path / "gt").mkdir()
    shutil.copy(root / "gt18_seq" / f"{SEQUENCE}.json", tmp_path / "gt")
    assert run_eval("--gt", "gt", "--pred", "pred", cwd=tmp_path).returncode == 0


def test_undefined_figures_are_null(one, tmp_path):
    truth = json.loads(one[0].read_text())
    truth["annotations"] = []
    one[0].write_text(json.dumps(truth))
    out = tmp_path / "out.json"
    done = run_eval("--gt", one[0], "--pred", one[1], "--json", out)
    assert done.returncode == 0
    assert json.loads(out.read_text())["MOT"]["mota"] == [None] * 16
    assert "nan" not in done.stdout


def test_a_file_beside_those_that_are_scored_may_be_replaced(parity, tmp_path):
    """An earlier report in the prediction folder is scored only if there is no ground truth."""
    shutil.copytree(parity[0] / "pred18_seq_perfect", tmp_path / "pred")
    report = tmp_path / "pred" / "report.json"
    for _ in range(2):
        assert run_eval("--gt", parity[0] / "gt18_seq", "--pred", tmp_path / "pred", "--json", report).returncode == 0
    done = run_eval("--pred", tmp_path / "pred", "--protocol", "smoothness", "--json", report)
    assert_fails(done, "report.json: is an input, and would be overwritten")


def test_needs_no_torch():
    code = "import sys, posetrack.cli.eval; sys.exit('torch' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_corrected_figures_stand_beside_the_official_ones(parity, tmp_path):
    root, golden = parity
    out = tmp_path / "out.json"
    pair = ("--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy")
    done = run_eval(*pair, "--protocol", "posetrack-corrected", "--json", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "motp over matches" in done.stdout and "all corrections" in done.stdout
    report = json.loads(out.read_text())
    _assert_figures(report["official"], _official(golden, "total"))
    singles = report["single_corrections"]
    assert singles["track_last_frame"]["MOT"]["mota"] == report["MOT"]["mota"] != report["official"]["MOT"]["mota"]
    assert report["difference"]["MOT"]["mota"][15] == pytest.approx(
        report["MOT"]["mota"][15] - report["official"]["MOT"]["mota"][15]
    )


def test_every_protocol_runs_and_says_its_figures(parity, tmp_path):
    root = parity[0]
    out = tmp_path / "out.json"
    names = ("hota", "posetrack21", "oks", "pckh", "pckh-curve", "jitter", "boxes")
    options = [word for name in names for word in ("--protocol", name)]
    done = run_eval("--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy", *options, "--json", out)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(out.read_text())
    keys = ["HOTA", "HOTA_person", "ID", "posetrack21", "OKS", "PCKh@0.5", "PCKh@0.1", "PCKh_curve", "jitter", "boxes"]
    assert list(report) == keys
    assert report["boxes"]["recall"] == pytest.approx(100 * 78 / 84)
    assert report["PCKh_curve"]["percent"][-1][-1] == pytest.approx(report["PCKh@0.5"]["mean"])


def test_several_processes_give_the_same_figures(parity, tmp_path):
    root = parity[0]
    pair = ("--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy", "--per-sequence")
    for jobs in (1, 2):
        assert run_eval(*pair, "--jobs", jobs, "--json", tmp_path / f"{jobs}.json").returncode == 0
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_an_error_in_another_process_is_one_message(parity, tmp_path):
    root = parity[0]
    shutil.copytree(root / "pred18_seq_perfect", tmp_path / "pred")
    (tmp_path / "pred" / f"{SEQUENCE}.json").write_text('{"images": [')
    assert_fails(run_eval("--gt", root / "gt18_seq", "--pred", tmp_path / "pred", "--jobs", 2), f"{SEQUENCE}.json")


def test_diagnosis_and_comparison(parity, tmp_path):
    root = parity[0]
    out = tmp_path / "out.json"
    done = run_eval(
        "--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy", "--diagnose", "--per-sequence",
        "--compare", root / "pred18_seq_perfect", "--json", out,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("perfect boxes", "inversion", "crossing", "worst frames", "resamples of 3 sequences"):
        assert part in done.stdout
    report = json.loads(out.read_text())
    assert report["diagnosis"]["total"]["map"] == report["AP"]["ap"][15]
    assert list(report["diagnosis"]["sequences"]) == list(report["sequences"])
    assert report["comparison"]["map"]["b"] == 100.0
    assert report["diagnosis"]["intervals"]["map"]["low"] < report["AP"]["ap"][15]


def test_tables_in_files_are_those_of_the_terminal(parity, tmp_path):
    root = parity[0]
    files = [tmp_path / f"out.{ending}" for ending in ("csv", "md", "tex")]
    pair = ("--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy", "--per-sequence", "--diagnose")
    done = run_eval(*pair, "--json", tmp_path / "out.json", *(word for file in files for word in ("--table", file)))
    assert (done.returncode, done.stderr) == (0, "")
    figures = pandas.read_csv(files[0])
    titles = list(dict.fromkeys(figures["table"]))
    assert len(titles) == 8
    printed = done.stdout.splitlines()
    for title in titles:
        assert title in printed
        assert f"### {title}" in files[1].read_text()
        assert rf"\caption{{{title.replace('%', chr(92) + '%')}}}" in files[2].read_text()
    official = figures[figures["table"] == "posetrack-official, %"].pivot(index="row", columns="column", values="value")
    report = json.loads((tmp_path / "out.json").read_text())
    assert official.loc["AP", "Total"] == report["AP"]["ap"][15]
    assert official.loc["MOTA", "MOTP"] == report["MOT"]["motp"][15]
    assert "| AP | 58.3 | 62.1 | 57.8 | 55.1 | 52.5 | 58.8 | 49.6 | 56.4 |  |  |  |" in files[1].read_text()


def test_plots(parity, tmp_path):
    root = parity[0]
    folder = tmp_path / "plots"
    pair = ("--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy")
    done = run_eval(*pair, "--protocol", "hota", "--diagnose", "--plots", folder)
    assert (done.returncode, done.stderr) == (0, "")
    names = ["precision_recall.png", "pckh_curve.png", "sequences.png", "errors.png", "oracles.png"]
    assert done.stdout.splitlines()[-1] == f"plots in {folder}: {', '.join(names)}"
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    one = ("--gt", root / "gt18_seq" / f"{SEQUENCE}.json", "--pred", root / "pred18_seq_noisy" / f"{SEQUENCE}.json")
    done = run_eval(*one, "--protocol", "posetrack-corrected", "--plots", folder)
    assert done.returncode == 0 and done.stdout.endswith(": precision_recall.png, pckh_curve.png\n")
    assert (folder / "errors.png").read_bytes() == first["errors.png"]
    assert (folder / "precision_recall.png").read_bytes() != first["precision_recall.png"]


def test_files_are_written_though_nobody_reads_what_is_printed(parity, tmp_path):
    root, _ = parity
    words = ["--gt", root / "gt18_seq", "--pred", root / "pred18_seq_noisy", "--per-sequence", "--json", tmp_path / "a.json",
             "--table", tmp_path / "a.csv", "--plots", tmp_path / "plots"]  # fmt: skip
    command = [sys.executable, str(ROOT / "tools" / "eval.py"), *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
    assert len(json.loads((tmp_path / "a.json").read_text())["AP"]["ap"]) > 0
    assert (tmp_path / "a.csv").exists() and list((tmp_path / "plots").iterdir())


def test_frames_that_only_their_place_pairs_are_told_of(one):
    gt, pred = one
    figures = run_eval("--gt", gt, "--pred", pred)
    pred.write_text(pred.read_text().replace("/000", "/a000"))
    done = run_eval("--gt", gt, "--pred", pred)
    assert done.returncode == 0 and done.stdout == figures.stdout
    assert figures.stderr == "" and done.stderr.startswith("warning: gt: no frame has the same name on both sides (")
